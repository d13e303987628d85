"""Three engines and the definition agree on every condition, whatever is unknown."""

import itertools

import duckdb
import polars as pl
import pytest
from hypothesis import given
from tests.agreement.test_condition import ATOMS, CONDITIONS
from tests.compliance.answer_set import facts_of, program, solved
from tests.effort import examples

from groundtruce.agreement.condition import (
    Condition,
    evaluate,
    list_occurrences,
    parse_condition,
)
from groundtruce.compliance.expression import polars_of, probability_of, sql_of

NAMES = {atom: f"a{number}" for number, atom in enumerate(ATOMS)}
ROWS = list(itertools.product((True, False, None), repeat=len(ATOMS)))
"""Every combination of yes, no and unknown."""
FRAME = pl.DataFrame(ROWS, schema=dict.fromkeys(NAMES.values(), pl.Boolean), orient="row")


def answered(condition: Condition) -> list[bool | None]:
    """Return what clingo derives for each row."""
    text = facts_of(ROWS, list(NAMES.values())) + "\n" + program(condition, NAMES, "root")
    found: list[bool | None] = [None] * len(ROWS)
    for symbol in solved(text):
        if symbol.name in {"yes", "no"} and symbol.arguments[0].name == "root":
            found[symbol.arguments[1].number] = symbol.name == "yes"
    return found


@examples(20)
@given(CONDITIONS)
def test_polars_sql_and_clingo_agree_with_the_definition(condition: Condition) -> None:
    """For every combination of yes, no and unknown: zero differences."""
    expected = [
        evaluate(
            condition,
            {atom: one for atom, one in zip(ATOMS, row, strict=True) if one is not None},
        )
        for row in ROWS
    ]
    by_polars = FRAME.select(polars_of(condition, lambda atom: pl.col(NAMES[atom])).alias("value"))
    values = by_polars["value"].to_list()
    assert values * (len(ROWS) // len(values)) == expected
    query = f"SELECT {sql_of(condition, NAMES.__getitem__)} AS value FROM incidents"
    with duckdb.connect() as connection:
        connection.register("incidents", FRAME.to_arrow())
        assert [row[0] for row in connection.execute(query).fetchall()] == expected
    assert answered(condition) == expected


@examples(20)
@given(CONDITIONS)
def test_a_probability_of_what_is_known_is_one_or_nothing(condition: Condition) -> None:
    """With atoms that are certain, the probability is the value; where one stands twice there is none."""
    if len(set(list_occurrences(condition))) < len(list_occurrences(condition)):
        with pytest.raises(ValueError, match="stands twice"):
            probability_of(condition, lambda atom: pl.col(NAMES[atom]))
        return
    certain = FRAME.drop_nulls()
    both = certain.select(
        probability=probability_of(condition, lambda atom: pl.col(NAMES[atom]).cast(pl.Float64)),
        value=polars_of(condition, lambda atom: pl.col(NAMES[atom])),
    )
    assert both["probability"].to_list() == [float(one) for one in both["value"]]


def test_probabilities_multiply() -> None:
    """A half and a third, both, either, and neither."""
    frame = pl.DataFrame({"a0": [0.5], "a1": [1 / 3]})
    for text, expected in (
        ("ordered and within(belt)", 1 / 6),
        ("ordered or within(belt)", 2 / 3),
        ("not (ordered or within(belt))", 1 / 3),
    ):
        made = probability_of(parse_condition(text), lambda atom: pl.col(NAMES[atom]))
        assert frame.select(made).item() == pytest.approx(expected)
