"""Redirects: where an incident that was published is found, when another run no longer has its identifier.

* An identifier leads to the incident that holds most of its reports, of equals to the one that is first.
* Why: *renamed*, the reports are the same, or more or fewer of them, and another one is the anchor; *merged*,
  all went where reports of another former incident went too; *split*, they went to several.
* Reports that are no longer there do not count; an identifier of which none is left leads nowhere.
"""

import polars as pl

from groundtruce.model.table import REDIRECTS

__all__ = ["find_redirects", "resolve"]


def find_redirects(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return the redirect of each incident of the links `before` that the links `after` no longer have.

    The order of rows does not matter; cost grows with the links.
    """
    now = after.select("report_id", redirect_to="incident_id")
    went = (
        before.select("report_id", "incident_id")
        .join(now, on="report_id")
        .group_by("incident_id", "redirect_to")
        .len("reports")
    )
    of_several = went.group_by("redirect_to").len("formers")
    return (
        went.join(after.select("incident_id").unique(), on="incident_id", how="anti")
        .join(of_several, on="redirect_to")
        .sort("incident_id", "reports", "redirect_to", descending=[False, True, False])
        .group_by("incident_id", maintain_order=True)
        .agg(pl.first("redirect_to"), pl.first("formers"), places=pl.len())
        .with_columns(
            why=pl.when(pl.col("places") > 1)
            .then(pl.lit("split"))
            .when(pl.col("formers") > 1)
            .then(pl.lit("merged"))
            .otherwise(pl.lit("renamed"))
        )
        .select(REDIRECTS.names)
    )


def resolve(first: pl.DataFrame, then: pl.DataFrame) -> pl.DataFrame:
    """Return the redirects of two steps in one: what led to an incident that is gone now leads on.

    Of the two reasons of an incident the graver stands: split, then merged, then renamed.
    """
    gravity = ["renamed", "merged", "split"]
    on = then.select(redirect_to="incident_id", onward="redirect_to", further="why")
    chained = first.join(on, on="redirect_to", how="left").select(
        "incident_id",
        redirect_to=pl.coalesce("onward", "redirect_to"),
        why=pl.max_horizontal(pl.col("why", "further").cast(pl.Enum(gravity))).cast(pl.String),
    )
    later = then.join(first, on="incident_id", how="anti")
    return (
        pl.concat([chained, later.select(chained.columns)])
        .filter(pl.col("incident_id") != pl.col("redirect_to"))
        .sort("incident_id")
    )
