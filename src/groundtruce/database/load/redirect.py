"""Former incidents: where an identifier leads that was shown and is there no longer.

* A redirect is kept for good and always leads to an incident that is there; `gone` where no report of it is left.
* An identifier that is there again leads nowhere else.
"""

import polars as pl

from groundtruce.database.backend.protocol import Reader
from groundtruce.fusion.incremental.redirect import find_redirects, resolve
from groundtruce.model.table import REDIRECTS

__all__ = ["GONE", "LINKED", "follow_redirects", "read_redirects"]

GONE = "gone"
"""Why an identifier leads nowhere: no report of its incident is left."""

LINKED = {"report_id": pl.String(), "incident_id": pl.String()}


def read_redirects(reader: Reader) -> pl.DataFrame:
    """Return the redirects that a database holds, in the order of their identifiers."""
    sql = f"SELECT {', '.join(REDIRECTS.names)} FROM redirect ORDER BY incident_id"
    return reader.frame(sql, REDIRECTS.schema)


def follow_redirects(
    kept: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, here: pl.Series
) -> pl.DataFrame:
    """Return all redirects once the links `after` have replaced `before`.

    `kept` are the redirects of before, `here` the incidents that are there; of links those are enough whose
    incidents came, went or changed.
    """
    led = resolve(kept.filter(pl.col("why") != GONE), find_redirects(before, after))
    known = [frame.select("incident_id") for frame in (led, kept, before)]
    there = pl.DataFrame({"incident_id": here})
    missing = pl.concat(known).unique().join(there, on="incident_id", how="anti")
    leading = missing.join(led, on="incident_id").join(
        there, left_on="redirect_to", right_on="incident_id", how="semi"
    )
    lost = missing.join(leading, on="incident_id", how="anti").with_columns(
        redirect_to=pl.lit(None, pl.String), why=pl.lit(GONE)
    )
    return pl.concat([leading, lost]).sort("incident_id")
