"""Arrivals in a database: what a live view made of them, written at once and marked as provisional.

* Only what is about the touched incidents is written; the record state stays as it was. In `meta`, `provisional`
  says how many reports came since, and `view` is the digest of the replayed view with `+` and that number.
* The next `apply` of a replayed view settles all.
* One transaction, as every change.
"""

import polars as pl

from groundtruce.database.backend.protocol import Database
from groundtruce.database.load.update import Touched, rewrite_touched
from groundtruce.view.live import Arrived

__all__ = ["admit_arrivals"]

_META = {"key": pl.String(), "value": pl.String()}


def admit_arrivals(database: Database, arrived: Arrived, reports: int) -> None:
    """Write what `reports` arrivals changed; cost grows with the incidents that they touch. Raises GroundtruceError."""
    view = arrived.view
    touched = Touched(
        reports=view.reports["report_id"],
        incidents=pl.concat([view.incidents["incident_id"], arrived.former]).unique().sort(),
    )
    with database.write() as writer:
        rewrite_touched(writer, database.dialect, view, touched)
        metadata = dict(writer.frame("SELECT key, value FROM meta", _META).iter_rows())
        came = int(metadata.get("provisional", "0")) + reports
        news = {
            "view": f"{metadata['view'].partition('+')[0]}+{came}",
            "provisional": came,
            "reports": int(metadata["reports"]) + reports,
            "incidents": int(metadata["incidents"]) + view.incidents.height - len(arrived.former),
        }
        for key in news:
            writer.run("DELETE FROM meta WHERE key = :key", {"key": key})
        rows = {"key": list(news), "value": [str(value) for value in news.values()]}
        writer.load("meta", pl.DataFrame(rows, schema=_META))
