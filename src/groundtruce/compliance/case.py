"""Running cases: each fact is assessed like any incident and compared with what is expected."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from groundtruce.agreement.case import Case, Expected, list_fields
from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.assess import assess
from groundtruce.compliance.obligation import obligations
from groundtruce.compliance.reason_code import parse_reasons
from groundtruce.model.table import INCIDENTS
from groundtruce.model.validation import ROW, Reject, validate

__all__ = ["Failure", "run_cases"]

_NONE = ("not assessed", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A case that does not come out as expected; `found` is what came out."""

    case_id: str
    clause_id: str
    expected: str
    found: str


def run_cases(cases: Sequence[Case], agreement: Agreement) -> list[Failure]:
    """Assess the facts of all cases, each by itself, and return those that differ."""
    return [failure for case in cases for failure in _run(case, agreement)]


def _run(case: Case, agreement: Agreement) -> list[Failure]:
    """Assess one case and return where it differs from what it expects."""
    terms = agreement.with_declarations(case.declarations)
    incidents, rejects = _incidents(case, terms)
    if rejects:
        return [_unusable(case, reject) for reject in rejects]
    assessments = assess(incidents, terms)
    verdicts = {
        row["clause_id"]: (row["verdict"], row["reasons"] or "")
        for row in assessments.iter_rows(named=True)
        if row["incident_id"] == case.id
    }
    failures = []
    for clause_id, expected in case.expect.items():
        if expected.verdict is not None:
            outcome = verdicts.get(clause_id, _NONE)
        else:
            outcome = _state(case, terms, assessments, clause_id, expected)
        wanted = (expected.verdict or expected.state or "", expected.reason)
        if outcome[0] != wanted[0] or not _named(expected.reason, outcome[1]):
            failures.append(
                Failure(
                    case_id=case.id,
                    clause_id=clause_id,
                    expected=_shown(*wanted),
                    found=_shown(*outcome),
                )
            )
    return failures


def _incidents(case: Case, agreement: Agreement) -> tuple[pl.DataFrame, Sequence[Reject]]:
    """Return the facts of a case as an incident table, earlier incidents first, and the rows that cannot be read."""
    facts = [] if case.facts is None else [*case.before, case.facts]
    rows = [
        {
            "incident_id": case.id if number == len(facts) - 1 else f"{case.id}.before.{number}",
            ROW: str(number),
            **list_fields(incident_facts, agreement),
        }
        for number, incident_facts in enumerate(facts)
    ]
    schema = dict.fromkeys([ROW, *INCIDENTS.names], pl.String)
    raw = pl.DataFrame(rows, schema=schema).with_columns(pl.col(ROW).cast(pl.Int64))
    checked = validate(INCIDENTS, raw)
    return checked.rows, checked.rejects


def _state(
    case: Case, terms: Agreement, assessments: pl.DataFrame, clause_id: str, expected: Expected
) -> tuple[str, str]:
    """Return the state and the reasons of a duty in the expected period, by default the last one that was due."""
    assert case.as_of is not None
    table = obligations(terms, case.as_of, assessments).filter(pl.col("clause_id") == clause_id)
    if table.is_empty():
        return _NONE
    due = table.filter((pl.col("due_at") <= case.as_of) | pl.col("due_at").is_null())
    number = expected.period - 1 if expected.period else max(due.height - 1, 0)
    if number >= table.height:
        return _NONE
    row = table.row(number, named=True)
    return row["state"], row["reasons"] or ""


def _named(wanted: str | None, reasons: str) -> bool:
    """Return whether a reason is among those found, as its code or with its value."""
    if wanted is None:
        return True
    parsed_reasons = parse_reasons(reasons)
    return wanted in map(str, parsed_reasons) or wanted in [
        reason.code for reason in parsed_reasons
    ]


def _unusable(case: Case, reject: Reject) -> Failure:
    return Failure(
        case_id=case.id,
        clause_id="-",
        expected="facts that can be read",
        found=f"{reject.field}: {reject.problem.sentence(reject.details)}",
    )


def _shown(verdict: str, reasons: str | None) -> str:
    return f"{verdict} [{reasons}]" if reasons else verdict
