"""Former incidents: where an identifier leads that was shown and is there no longer.

* A redirect is kept for good and always leads to an incident that is there; `gone` where no report of it is left.
* An identifier that is there again leads nowhere else.
"""

import polars as pl

from groundtruce.database.engine import Reader
from groundtruce.fusion.redirect import redirects, resolved
from groundtruce.model.table import REDIRECTS

__all__ = ["GONE", "LINKED", "kept_redirects", "redirected"]

GONE = "gone"
"""Why an identifier leads nowhere: no report of its incident is left."""

LINKED = {"report_id": pl.String(), "incident_id": pl.String()}


def kept_redirects(reader: Reader) -> pl.DataFrame:
    """Return the redirects that a database holds."""
    return reader.frame(f"SELECT {', '.join(REDIRECTS.names)} FROM redirect", REDIRECTS.schema)


def redirected(kept: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return all redirects once the links `after` stand where `before` stood; `kept` are those of before."""
    here = after.select("incident_id").unique()
    led = resolved(kept.filter(pl.col("why") != GONE), redirects(before, after))
    known = pl.concat([led, kept]).select("incident_id")
    known = pl.concat([known, before.select("incident_id")]).unique()
    found = known.join(here, on="incident_id", how="anti").join(led, on="incident_id", how="left")
    there = found.join(here, left_on="redirect_to", right_on="incident_id", how="semi")
    lost = found.select("incident_id").join(there, on="incident_id", how="anti")
    return pl.concat(
        [there, lost.with_columns(redirect_to=pl.lit(None, pl.String), why=pl.lit(GONE))]
    ).sort("incident_id")
