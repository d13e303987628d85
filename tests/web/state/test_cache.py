"""Tags: they differ where answers may, and what is kept under them stays within its room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundtruce.web.state.cache import Keeper, Kept, make_tag, matches_tag


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n")), min_size=1), st.data()
)
def test_another_part_makes_another_tag(parts: list[str], given: st.DataObject) -> None:
    """A tag is the same for the same parts alone."""
    at = given.draw(st.integers(0, len(parts) - 1))
    other = [*parts[:at], parts[at] + "x", *parts[at + 1 :]]
    assert make_tag(*parts) == make_tag(*parts)
    assert make_tag(*parts) != make_tag(*other)


@pytest.mark.parametrize(
    ("header", "held"),
    [
        (None, False),
        ("", False),
        ('W/"a"', True),
        ('"a"', True),
        ('W/"b", W/"a"', True),
        ('W/"b"', False),
        ("*", False),
        ('"', False),
    ],
)
def test_tags_are_compared_weakly(header: str | None, *, held: bool) -> None:
    """As RFC 9110 asks for `If-None-Match`; `*` names whatever is there, which is not known yet."""
    assert matches_tag(header, 'W/"a"') == held


def test_what_was_not_asked_for_longest_goes_first() -> None:
    """The room is never exceeded, and an answer that is too long is not kept at all."""
    keeper = Keeper(80)
    for name in "abcdefghij":
        keeper.keep(name, _answer(8))
    assert keeper.get("a") is not None
    keeper.keep("k", _answer(8))
    assert [name for name in "abcdefghijk" if keeper.get(name) is None] == ["b"]
    keeper.keep("long", _answer(11))
    assert keeper.get("long") is None


def test_an_answer_that_is_kept_again_counts_once() -> None:
    """Two threads may make the same answer."""
    keeper = Keeper(80)
    for _ in range(20):
        keeper.keep("a", _answer(10))
    for name in "bcdefgh":
        keeper.keep(name, _answer(10))
    assert keeper.get("a") is not None


def _answer(size: int) -> Kept:
    return Kept(body=b"x" * size, packed=None, media_type="text/plain")
