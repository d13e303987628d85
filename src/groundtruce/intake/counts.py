"""The arithmetic of published counts: where the parts of a total do not add up, the row says so.

The figures stay as published; only the remark is added to. Parts and total are compared within one
source, day and measure.
"""

import polars as pl

__all__ = ["add_arithmetic"]

_OF = ["source", "day", "measure", "period_from"]


def add_arithmetic(counts: pl.DataFrame) -> pl.DataFrame:
    """Return the count table with a remark on each total whose parts add up to something else."""
    regional = pl.col("region").is_not_null() & pl.col("attributed_to").is_null()
    whole = pl.col("region").is_null() & pl.col("attributed_to").is_null()
    parts = counts.filter(regional).group_by(_OF).agg(parts=pl.col("count").sum())
    differs = whole & pl.col("parts").is_not_null() & (pl.col("parts") != pl.col("count"))
    said = pl.format("the parts add up to {}, the total is {}", "parts", "count")
    return (
        counts.join(parts, on=_OF, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(
            remark=pl.when(differs)
            .then(pl.concat_str("remark", said, separator="; ", ignore_nulls=True))
            .otherwise("remark")
        )
        .drop("parts")
    )
