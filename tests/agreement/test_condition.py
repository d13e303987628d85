"""Conditions are read strictly, written in one spelling, and answer in three values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundtruce.agreement.condition import (
    All,
    AnyOf,
    Atom,
    Condition,
    ConditionError,
    Constant,
    Not,
    evaluate,
    list_atoms,
    parse_condition,
)

ATOMS = [
    Atom("ordered"),
    Atom("within", ("belt",)),
    Atom("calibre", ("100", "mm"), ">="),
    Atom("attacked", ("30 min", "same_side")),
]
CONDITIONS = st.recursive(
    st.sampled_from(ATOMS) | st.booleans().map(Constant),
    lambda inner: (
        inner.map(Not)
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: All(tuple(parts)))
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: AnyOf(tuple(parts)))
    ),
    max_leaves=8,
)
KNOWN = st.fixed_dictionaries({}, optional=dict.fromkeys(ATOMS, st.booleans()))


@given(CONDITIONS, KNOWN)
def test_what_is_written_is_read_with_the_same_meaning(
    condition: Condition, known: dict[Atom, bool]
) -> None:
    """The text of a condition is its one spelling, and says the same."""
    again = parse_condition(str(condition))
    assert str(parse_condition(str(again))) == str(again)
    assert set(list_atoms(again)) == set(list_atoms(condition))
    assert evaluate(again, known) == evaluate(condition, known)


@given(CONDITIONS, KNOWN, st.data())
def test_unknown_never_turns_into_its_contrary(
    condition: Condition, known: dict[Atom, bool], data: st.DataObject
) -> None:
    """Whatever is learned later, a value that was determined stays."""
    before = evaluate(condition, known)
    learned = {atom: data.draw(st.booleans()) for atom in ATOMS if atom not in known}
    after = evaluate(condition, {**learned, **known})
    assert after is not None
    assert before in {None, after}


@pytest.mark.parametrize(
    ("text", "column", "cause"),
    [
        ("", 1, "a question is missing before the end"),
        ("and ordered", 1, "a question is missing before and"),
        ("ordered and", 12, "a question is missing before the end"),
        ("ordered adn tried", 9, "was and meant?"),
        ("ordered tried", 9, "and, or, or the end is missing after ordered"),
        ("(ordered", 9, ") is missing before the end"),
        ("ordered)", 8, ") does not follow"),
        ("within()", 8, "a name or a quantity is missing before )"),
        ("within(belt", 12, ") is missing before the end"),
        ("calibre >= mm", 12, "a number is missing before mm"),
        ("calibre >= 100", 15, "a unit is missing before the end"),
        ("calibre => 100 mm", 10, "a number is missing before >"),
        ("ordered & tried", 9, "'&' is no part of a condition"),
        ("__import__('os')", 1, "'_' is no part of a condition"),
        ("Ordered", 1, "'O' is no part of a condition"),
        ("not " * 40 + "ordered", 133, "it is nested more than 32 deep"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, column: int, cause: str) -> None:
    """Column and cause, and what may have been meant."""
    with pytest.raises(ConditionError) as caught:
        parse_condition(text)
    assert caught.value.column == column
    assert cause in str(caught.value.cause)


def test_and_binds_closer_than_or() -> None:
    """As in every language; parentheses change it."""
    one, two, three = (Atom(name) for name in "abc")
    assert parse_condition("a or b and c") == AnyOf((one, All((two, three))))
    assert parse_condition("(a or b) and c") == All((AnyOf((one, two)), three))
    assert parse_condition("a and (b and c)") == All((one, two, three))
