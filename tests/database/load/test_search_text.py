"""Folding: what is searched is written in one way."""

from unicodedata import category

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import examples

from groundtruce.database.load.search_text import fold_column, fold_text


@examples(100)
@given(text=st.text(max_size=40))
def test_folding_is_done_once(text: str) -> None:
    """What is folded stays as it is, and has letters, digits and single spaces only."""
    once = fold_text(text)
    assert fold_text(once) == once
    assert once == " ".join(once.split(" ")).strip(" ")
    kinds = {category(letter)[0] for letter in once.replace(" ", "")}
    assert kinds <= {"L", "N", "C"}  # C: letters that came into Unicode after this Python


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Ma'arrat an-Nuʿmān", "maarrat an numan"),
        ("إِدْلِب", "ادلب"),
        ("مدرسة", "مدرسه"),
        ("٢٠١٦", "2016"),
        ("Straße – Œuvre", "strasse oeuvre"),
        ("  \t ", ""),
    ],
)
def test_letters_are_written_in_one_way(written: str, folded: str) -> None:
    """Without case, marks and the apostrophes of transliterations; digits as 0 to 9."""
    assert fold_text(written) == folded


def test_a_column_is_folded_as_its_texts_are() -> None:
    """And null stays null."""
    texts = ["Ma'arra", None, "حلب!"]
    found = pl.DataFrame({"text": texts}).select(fold_column(pl.col("text"))).to_series()
    assert found.to_list() == ["maarra", None, "حلب"]
