"""Prints: 64 bits of what a row was made from, by which a change finds what differs.

* The print of an incident covers its verdicts and what its reports tell as well; who finds it the same need not look
  at any of them.
* It covers the agreement too, which says which day it is and who a party is.
* Prints are compared only; another processor or version may give others, and then more is written than must be.
"""

import polars as pl

from groundtruce.model.table import ASSESSMENTS, INCIDENTS, REPORTS

__all__ = ["incident_prints", "report_prints"]


def report_prints(reports: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Return report_id and the print of each report with its link."""
    rows = reports.select(REPORTS.names).join(
        links.select("report_id", "incident_id", "probability"), on="report_id", how="left"
    )
    return rows.select("report_id", print=_signed(rows.hash_rows()))


def incident_prints(
    incidents: pl.DataFrame, assessments: pl.DataFrame, told: pl.DataFrame, agreement_digest: str
) -> pl.DataFrame:
    """Return incident_id and the print of each incident with what is about it."""
    seed = int(agreement_digest[:8], 16)
    own = incidents.select(INCIDENTS.names)
    parts = [
        own.select("incident_id", print=own.hash_rows(seed)),
        *(
            rows.select("incident_id", print=rows.hash_rows(seed))
            for rows in (assessments.select(ASSESSMENTS.names), told)
        ),
    ]
    return (
        pl.concat(parts)
        .group_by("incident_id")
        .agg(pl.col("print").sum())
        .join(own.select("incident_id"), on="incident_id", how="right")
        .select("incident_id", print=pl.col("print").reinterpret(signed=True))
    )


def _signed(prints: pl.Series) -> pl.Series:
    return prints.reinterpret(signed=True)
