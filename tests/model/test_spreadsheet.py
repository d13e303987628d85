"""Cells that a spreadsheet would run."""

import polars as pl

from groundtruce.model.spreadsheet import disarm


def test_formulas_are_disarmed_and_nothing_else_is_touched() -> None:
    """Also in the wide forms of East Asian keyboards; numbers and nulls stay."""
    texts = ["=1+1", "＝A1", "@x", "a=b", None]
    rows = disarm(pl.DataFrame({"text": texts, "number": [-1, 2, 3, 4, 5]}))
    assert rows["text"].to_list() == ["'=1+1", "'＝A1", "'@x", "a=b", None]
    assert rows["number"].to_list() == [-1, 2, 3, 4, 5]
