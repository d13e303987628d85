"""Filters: one canonical form, a clear refusal of anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundtruce.database.filters.bbox import Box
from groundtruce.database.filters.filters import Filters
from groundtruce.database.filters.registry import BY_KEY
from groundtruce.model.message import quote
from groundtruce.model.problem import GroundtruceError, Problem


def test_every_key_takes_its_own_example() -> None:
    """The example that a key shows to people is a value that it takes, as it is written."""
    for key, one in BY_KEY.items():
        assert Filters.parse([(key, one.example)]).pairs() == ((key, one.example),)


@given(st.permutations([(key, one.example) for key, one in BY_KEY.items()]))
def test_the_order_of_an_address_does_not_matter(pairs: list[tuple[str, str]]) -> None:
    """Pairs in any order are the same filters, and come back in one."""
    found = Filters.parse(pairs)
    assert Filters.parse(sorted(pairs)) == found
    assert Filters.parse(found.pairs()) == found


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kind", "fire.nothing"),
        ("verdict", "guilty"),
        ("day__gte", "2016-3-4"),
        ("day__gte", "2016-02-30"),
        ("day__lte", "1900-01-01"),
        ("bbox", "1,2,3"),
        ("bbox", "nan,1,2,3"),
        ("bbox", "1,5,2,3"),
        ("bbox", "-181,1,2,3"),
        ("q", "x" * 201),
        ("source", "two\x00lines"),
        ("corroborated", "maybe"),
        ("contradiction", "colour"),
        ("reason", "missing(actor)|by(IS)"),
        ("reason", "boredom(actor)"),
        ("killed__gte", "-1"),
        ("killed__gte", "٣"),
        ("killed__gte", "99999999999"),
        ("incident", "I-ABC"),
    ],
)
def test_a_value_that_cannot_be_is_refused(key: str, value: str) -> None:
    """A bad value is named with what is expected, and never reaches a query."""
    with pytest.raises(GroundtruceError) as raised:
        Filters.parse([(key, value)])
    assert raised.value.problem is Problem.QUERY_BAD_VALUE
    assert raised.value.details["key"] == quote(key)


def test_an_unknown_key_is_refused() -> None:
    """A key that is not declared is an error that names those that are."""
    with pytest.raises(GroundtruceError) as raised:
        Filters.parse([("colour", "red")])
    assert raised.value.problem is Problem.QUERY_UNKNOWN_KEY
    assert "corroborated" in raised.value.advice


def test_one_value_where_one_is_meant() -> None:
    """Two days from which on contradict each other; two kinds widen."""
    assert len(Filters.parse([("kind", "fire"), ("kind", "civilians")]).values("kind")) == 2
    with pytest.raises(GroundtruceError):
        Filters.parse([("day__gte", "2016-03-04"), ("day__gte", "2016-03-05")])


def test_chips_come_and_go() -> None:
    """A value is added and taken off; what stands alone is replaced; an empty one chooses nothing."""
    both = Filters.parse([("kind", "fire"), ("kind", "civilians"), ("q", " a   b ")])
    assert both.value("q") == "a b"
    assert both.minus("kind", "fire").values("kind") == ("civilians",)
    assert both.minus("kind").pairs() == (("q", "a b"),)
    assert both.plus("q", "c").value("q") == "c"
    assert both.plus("kind", "fire") == both
    assert not Filters.parse([("kind", " ")])


@given(
    st.tuples(st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90))
)
def test_a_box_comes_back_from_its_address(corners: tuple[float, float, float, float]) -> None:
    """A box is the same once it was written, to a tenth of a metre."""
    west, south, east, north = corners
    text = str(Box(west=west, south=min(south, north), east=east, north=max(south, north)))
    assert str(Box.parse(text)) == text
