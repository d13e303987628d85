"""Reasons in words: everything that a table abbreviates is said, in each language."""

import re

import pytest
from tests.database.views import SYRIA, terms

from groundtruce.language.words import Words
from groundtruce.model.code import Language

_ABBREVIATED = re.compile(r"\d d\b|no record|not_determinable|pending|T\d\d:|[a-z]_[a-z]")


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    "reasons",
    [
        "late(23 d)",
        "late(1 d)|evidence(no record)",
        "evidence(4)",
        "rival_reading(first: not_determinable / second: breach)",
        "rival_reading(first: pending due 2015-02-28T22:00:00Z / second: overdue)",
        "missing(target_kind)|imprecise_kind(fire)",
    ],
)
def test_nothing_is_left_as_a_table_writes_it(language: Language, reasons: str) -> None:
    said = Words(language, terms(SYRIA).agreement).reasons(reasons)
    assert not _ABBREVIATED.search(said), said


def test_a_duty_in_two_readings_says_when_each_is_due() -> None:
    words = Words(Language.ENGLISH, terms(SYRIA).agreement)
    said = words.reasons("rival_reading(a: pending due 2016-02-28T22:00:00Z / b: overdue)")
    assert said.endswith("a: not due yet, 29 February 2016, 00:00, b: overdue")


def test_delays_are_counted_in_the_forms_of_the_language() -> None:
    words = Words(Language.ARABIC, terms(SYRIA).agreement)
    assert [words.reasons(f"late({n} d)").split(": ")[1] for n in (1, 2, 3, 23)] == [
        "يوم واحد",
        "يومان",
        "3 أيام",
        "23 يوما",
    ]
