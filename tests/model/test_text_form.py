"""The text form of lists and facts: everything comes back as it was written."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundtruce.model.text_form import (
    escape,
    escape_column,
    join_column,
    join_facts,
    join_facts_column,
    join_list,
    split_column,
    split_facts,
    split_list,
    split_raw,
)

MEMBERS = st.lists(st.text(alphabet="ab|\\()=/ é", min_size=1, max_size=6), max_size=4)
FACTS = st.lists(st.tuples(MEMBERS.map("".join), MEMBERS.map("".join)), min_size=1, max_size=4)


@given(st.lists(MEMBERS, min_size=1, max_size=4))
def test_members_come_back(lists: list[list[str]]) -> None:
    """Whatever marks members hold; row by row and as a column alike."""
    texts = [join_list(members) for members in lists]
    assert [list(split_list(text)) for text in texts] == lists
    rows = [(row, member) for row, members in enumerate(lists) for member in members]
    frame = pl.DataFrame(rows, schema={"row": pl.Int64, "member": pl.String}, orient="row")
    joined = frame.group_by("row", maintain_order=True).agg(join_column(pl.col("member")))
    assert joined["member"].to_list() == [text for text in texts if text is not None]
    parted = (
        pl.select(split_column(pl.lit(pl.Series(texts, dtype=pl.String)))).to_series().to_list()
    )
    assert parted == [members or None for members in lists]


@given(st.lists(FACTS, min_size=1, max_size=4))
def test_facts_come_back(cells: list[list[tuple[str, str]]]) -> None:
    """Names and values, with the position of their cell."""
    texts = pl.Series([join_facts(facts) for facts in cells])
    assert split_facts(texts).rows() == [
        (row, name, value) for row, facts in enumerate(cells) for name, value in facts
    ]
    frame = pl.DataFrame(
        [(row, *fact) for row, facts in enumerate(cells) for fact in facts],
        schema=["row", "name", "value"],
        orient="row",
    )
    joined = frame.group_by("row", maintain_order=True).agg(
        join_facts_column(pl.col("name"), pl.col("value"))
    )
    assert joined.to_series(1).to_list() == texts.to_list()


@given(st.text(alphabet="a|\\()="))
def test_a_column_is_escaped_as_a_text_is(text: str) -> None:
    """With the same marks."""
    column = pl.select(escape_column(pl.lit(text), "|()")).item()
    assert column == escape(text, "|()")


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("Army|Faction (North)", ("Army", "Faction (North)")),
        ("A\\B|C", ("A\\B", "C")),
        ("a=b", ("a=b",)),
        ("", ()),
        (None, ()),
    ],
)
def test_texts_of_others_are_read_as_they_are(text: str | None, members: tuple[str, ...]) -> None:
    """Marks of other forms, and a backslash that escapes nothing, are ordinary characters."""
    assert split_list(text) == members
    assert join_list(split_list("Army|Faction (North)")) == "Army|Faction (North)"


def test_raw_members_keep_their_escapes() -> None:
    """So that they can be compared and joined again without being read."""
    assert split_raw("by(a\\|b)|missing(actor)") == ["by(a\\|b)", "missing(actor)"]


def test_a_fact_without_a_value_has_none() -> None:
    """A name alone says nothing; empty cells have no facts."""
    assert split_facts(pl.Series(["ordered|calibre=100..120", None])).rows() == [
        (0, "ordered", None),
        (0, "calibre", "100..120"),
    ]
