"""What else is derived from incidents: the rows that `packed` and its like are made of."""

from dataclasses import dataclass

import polars as pl

__all__ = ["Parts"]


@dataclass(frozen=True, slots=True)
class Parts:
    """All incidents or some, and what they are assessed as; columns as in `schema`."""

    incidents: pl.DataFrame
    assessments: pl.DataFrame
