"""The library: every agreement is well formed, comes to what its cases say, and is decided alike by three engines."""

from pathlib import Path
from random import choice, randrange

import duckdb
import polars as pl
import pytest
from tests.compliance.answer_set import verdicts_of
from tests.compliance.chance import random_incidents
from tests.effort import is_soak, times

from groundtruce.agreement.case import Case, Expected, parse_cases
from groundtruce.agreement.document import hash_terms, parse_agreement, write_agreement
from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.assess import (
    answer_atoms,
    assess,
    atom_columns,
    decide_incidents,
    select_assessed_clauses,
)
from groundtruce.compliance.case import run_cases
from groundtruce.compliance.questions.answers import Facts
from groundtruce.compliance.reason_code import parse_reasons
from groundtruce.compliance.rule import derive_rules
from groundtruce.compliance.verdict import VERDICTS, decide_sql
from groundtruce.model.code import ObligationState, Verdict

LIBRARY = Path(__file__).parents[2] / "agreements"
NAMES = sorted(path.name for path in LIBRARY.iterdir())
NUMBERED = {
    "A": [f"A-T{number}" for number in range(1, 11)],
    "B": ["B-T1", "B-T2", "B-T3", "B-T4", "B-T5", "B-T6a", "B-T6b", "B-T6c", "B-T7a", "B-T7b", "B-T7c", "B-T8"],
    "C": [f"C-T{number}" for number in range(1, 7)],
    "D": ["D-T1a", "D-T1b", "D-T2", "D-T3", "D-T4a", "D-T4b", "D-T5", "D-T6"],
    "E": ["E-T1", "E-T2", "E-T3a", "E-T3b", "E-T4", "E-T5a", "E-T5b"],
    "F": ["F-T1a", "F-T1b", "F-T2", "F-T3", "F-T4", "F-T5", "F-T6"],
    "G": [f"G-T{number}" for number in range(1, 10)],
}  # fmt: skip
"""The test cases by which agreements of this kind are told apart, one letter for each conflict."""


def agreement_of(name: str) -> Agreement:
    """Return an agreement of the library."""
    return parse_agreement(name, (LIBRARY / name / "agreement.yaml").read_bytes())


def cases_of(name: str, agreement: Agreement) -> tuple[Case, ...]:
    """Return the cases beside it."""
    return parse_cases(name, (LIBRARY / name / "cases.yaml").read_bytes(), agreement)


@pytest.mark.parametrize("name", NAMES)
def test_the_cases_beside_it_come_out(name: str) -> None:
    """Each case has the verdicts and states that it expects, and the document has the name of its folder."""
    agreement = agreement_of(name)
    assert agreement.agreement.id == name
    assert run_cases(cases_of(name, agreement), agreement) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_wrong_expectation_fails(name: str) -> None:
    """No case can come out by accident: any other verdict or state in its place is told.

    A quick run tries one other for each case, another one each time.
    """
    agreement = agreement_of(name)
    for case in cases_of(name, agreement):
        turns = range(1, max(len(Verdict), len(ObligationState)))
        for turn in turns if is_soak() else [choice(turns)]:
            wrong = {
                clause_id: changed
                for clause_id, expected in case.expect.items()
                if (changed := _turned(expected, turn)) is not None
            }
            failures = run_cases([case.model_copy(update={"expect": wrong})], agreement)
            assert [failure.clause_id for failure in failures] == list(wrong)


def _turned(expected: Expected, turn: int) -> Expected | None:
    """Return an expectation of the verdict or state so many further on; None where that is the same again."""
    field, right = ("verdict", expected.verdict) if expected.verdict else ("state", expected.state)
    values: list[Verdict | ObligationState] = list(Verdict if expected.verdict else ObligationState)
    other = values[(values.index(right) + turn) % len(values)] if right else None
    return None if other is right else expected.model_copy(update={field: other, "reason": None})


def test_every_numbered_case_is_there() -> None:
    """A case that is dropped is missed."""
    found = {case.id for name in NAMES for case in cases_of(name, agreement_of(name))}
    assert {one for ids in NUMBERED.values() for one in ids} <= found


@pytest.mark.parametrize("name", NAMES)
def test_the_one_spelling_says_the_same(name: str) -> None:
    """Written and read again, a document has the same terms and the same bytes."""
    agreement = agreement_of(name)
    written = write_agreement(agreement)
    again = parse_agreement(name, written.encode())
    assert again == agreement
    assert write_agreement(again) == written
    assert hash_terms(again) == hash_terms(agreement)


@pytest.mark.parametrize("name", NAMES)
def test_three_engines_agree_on_random_incidents(name: str) -> None:
    """Polars, DuckDB and clingo: zero differences, in a soak on 100,000 incidents; clingo sees each answers once."""
    agreement = agreement_of(name)
    incidents = random_incidents(agreement, times(5_000), seed=randrange(2**32))
    rules = derive_rules(agreement)
    columns = atom_columns(rules)
    given = answer_atoms(Facts(incidents, agreement), rules)
    by_polars = decide_incidents(incidents, agreement)
    with duckdb.connect() as connection:
        connection.register("answers", given.to_arrow())
        selected = ", ".join(
            f"{decide_sql(rule, columns.__getitem__)} AS rule_{number}"
            for number, rule in enumerate(rules)
        )
        found = connection.execute(f"SELECT {selected} FROM answers").fetchall()
    by_sql = pl.DataFrame(found, schema=by_polars.columns, orient="row")
    for number, rule in enumerate(rules):
        decided = by_polars[f"rule_{number}"].to_list()
        polars = pl.Series([VERDICTS[place].value for place in decided])
        assert (polars == by_sql[f"rule_{number}"]).all()
        asked = given.select(columns[atom] for atom in rule.atoms).with_columns(polars=polars)
        distinct = asked.unique(maintain_order=True)
        rows = distinct.drop("polars").rows()
        assert len(set(rows)) == len(rows)
        assert verdicts_of(rule, rows) == distinct["polars"].to_list()


@pytest.mark.parametrize("name", NAMES)
def test_every_verdict_has_its_reasons(name: str) -> None:
    """No row without a known reason, none dropped, and a probability only where the verdict is open."""
    agreement = agreement_of(name)
    incidents = random_incidents(agreement, 3_000, seed=1)
    table = assess(incidents, agreement)
    assert table.height == incidents.height * len(select_assessed_clauses(agreement))
    for text in table["reasons"].unique():
        assert text
        assert parse_reasons(text)
    told = table.filter(pl.col("breach_probability").is_not_null())
    assert told["verdict"].unique().to_list() in ([], [Verdict.NOT_DETERMINABLE.value])
    assert told["breach_probability"].is_between(0, 1).all()
