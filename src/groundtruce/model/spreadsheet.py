"""Cells that a spreadsheet would run as a formula, disarmed for tables that people open in one.

Tables for programs are exact and stay as they are.
"""

import polars as pl

__all__ = ["disarm"]

_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"
"""Beginnings that spreadsheets take for a formula, the wide forms of East Asian keyboards included."""


def disarm(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with an apostrophe before texts that a spreadsheet would run as a formula."""
    text = pl.col(pl.String)
    return rows.with_columns(
        pl.when(text.str.contains(_FORMULA)).then("'" + text).otherwise(text).name.keep()
    )
