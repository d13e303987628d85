"""Addresses: what a query says, written back in one order, and refused where it says nothing that is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.web.http.url import FILTER_KEYS, KEYS, LIST, Address

EVERY_KEY = LIST | frozenset(KEYS)
VALUES = {
    "order": ["newest", "oldest", "deadliest"],
    "limit": ["1", "50", "500"],
    "step": ["day", "week"],
    "as_of": ["abcdef", "0" * 64],
    "lang": ["en", "fr", "ar"],
    "kind": ["fire", "fire.shelling"],
    "placed": ["yes", "no"],
    "day__gte": ["2016-03-04"],
    "q": ["سوق", "a & b = c", "100%"],
    "killed__gte": ["10"],
}


@given(
    st.dictionaries(st.sampled_from(sorted(VALUES)), st.integers(0, 2), max_size=6),
    st.randoms(use_true_random=False),
)
def test_equal_states_have_equal_addresses(chosen: dict[str, int], random: object) -> None:
    """The order in which keys are given does not matter, and an address that is read again is the same."""
    pairs = [(key, VALUES[key][at % len(VALUES[key])]) for key, at in chosen.items()]
    first = Address.read("/x", _query(pairs), EVERY_KEY)
    second = Address.read("/x", _query(pairs[::-1]), EVERY_KEY)
    again = Address.read("/x", first.url.partition("?")[2], EVERY_KEY)
    assert first.url == second.url == again.url
    assert first == again


def test_an_empty_value_is_no_value() -> None:
    """A form without scripts sends every field, filled or not."""
    assert Address.read("/incidents", "kind=&q=&order=&day__gte=", LIST).url == "/incidents"


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=1e3",
        "limit=٥",
        "limit=5&limit=6",
        "order=best",
        "as_of=abc",
        "as_of=ABCDEF",
        "lang=tlh",
        "kind=bombing",
        "day__gte=yesterday",
        "q=%00",
        "q=%ff",
        "after=%3Cb%3E",
        "bbox=1,2,3",
        "bbox=nan,0,0,0",
        "killed__gte=-1",
        "&".join(f"kind=fire{n}" for n in range(300)),
        f"q={'a' * 7000}",
    ],
)
def test_a_value_that_a_key_cannot_have_is_refused(query: str) -> None:
    """With the key, the value and what is expected, whatever was sent."""
    with pytest.raises(GroundtruceError) as raised:
        Address.read("/incidents", query, EVERY_KEY)
    assert raised.value.problem is Problem.QUERY_BAD_VALUE
    assert raised.value.sentence.isprintable()


def test_a_key_that_is_not_taken_is_told() -> None:
    """To a program as an error; a page goes on without it."""
    address = Address.read("/glossary", "sort=up&lang=fr&sort=down&kind=fire", ())
    assert address.unknown == ("sort", "kind")
    assert address.url == "/glossary?lang=fr"
    with pytest.raises(GroundtruceError) as raised:
        address.demand_known()
    assert raised.value.problem is Problem.QUERY_UNKNOWN_KEY


def test_a_change_of_the_address_forgets_the_place_in_the_list() -> None:
    """A cursor belongs to one order and one choice."""
    address = Address.read("/incidents", "kind=fire&after=1~I-abcdefghijkl&lang=ar", LIST)
    assert address.to(order="oldest") == "/incidents?kind=fire&order=oldest&lang=ar"
    assert "after=" in address.to(after="2~I-abcdefghijkl")
    assert address.to("/map", kind=None) == "/map?lang=ar"
    assert address.only("/record") == "/record?lang=ar"


def test_no_key_is_declared_twice() -> None:
    """A key of a page would shadow a filter."""
    assert FILTER_KEYS.isdisjoint(KEYS)


def _query(pairs: list[tuple[str, str]]) -> str:
    from urllib.parse import urlencode

    return urlencode(pairs)
