"""What an incident's assessments come to: one verdict, what leaves it open, and the verdict under each clause."""

import polars as pl

from groundtruce.model.code import Verdict
from groundtruce.model.text_form import split_raw_column

__all__ = ["ClauseVerdicts", "Names", "list_clause_verdicts", "summarise_verdicts"]

Names = tuple[str, ...]
"""Names or codes of an incident, each once and in order."""

ClauseVerdicts = tuple[tuple[str, str], ...]
"""The clauses of an incident in order, each with its verdict."""

_RANK = {verdict.value: rank for rank, verdict in enumerate(Verdict)}


def summarise_verdicts(assessments: pl.DataFrame) -> pl.DataFrame:
    """Return for each assessed incident `incident_id`, `verdict` and `reasons`.

    The verdict is the first in the order of `Verdict` that any clause gives. Reasons are those of the clauses that are
    open, each once and in order, as a list; null where the verdict is another than not determinable.
    """
    rank = pl.col("verdict").replace_strict(_RANK, return_dtype=pl.Int8).min()
    names = {rank: name for name, rank in _RANK.items()}
    return (
        assessments.group_by("incident_id")
        .agg(rank=rank)
        .select("incident_id", verdict=pl.col("rank").replace_strict(names, return_dtype=pl.String))
        .join(_open_reasons(assessments), on="incident_id", how="left")
        .with_columns(
            reasons=pl.when(pl.col("verdict") == Verdict.NOT_DETERMINABLE).then("reasons")
        )
    )


def list_clause_verdicts(assessments: pl.DataFrame) -> pl.DataFrame:
    """Return by incident its clauses in order of their identifiers, each with its verdict, as lists of two."""
    return assessments.group_by("incident_id").agg(
        pl.concat_list("clause_id", "verdict").sort_by("clause_id").alias("clauses")
    )


def _open_reasons(assessments: pl.DataFrame) -> pl.DataFrame:
    """Return the reasons of each incident's clauses that are open, each once and in order."""
    return (
        assessments.filter(pl.col("verdict") == Verdict.NOT_DETERMINABLE)
        .drop_nulls("reasons")
        .select("incident_id", reasons=split_raw_column(pl.col("reasons")))
        .explode("reasons")
        .group_by("incident_id")
        .agg(pl.col("reasons").unique().sort())
    )
