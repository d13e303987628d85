"""Prints: 64 bits of what a row was made from, by which a change finds what differs.

* The print of an incident covers its verdicts and what its reports tell as well; who finds it the same need not look
  at any of them.
* It covers the agreement too, which says which day it is and who a party is.
* Prints are compared only; another processor or version may give others, and then more is written than must be.
"""

from collections.abc import Iterable, Mapping

import polars as pl

from groundtruce.model.table import INCIDENTS, LINKS, REPORTS, Table
from groundtruce.view.project.reports import ENTRIES

__all__ = ["fingerprint_incidents", "fingerprint_reports"]


def fingerprint_reports(
    reports: pl.DataFrame, links: pl.DataFrame, entries: pl.DataFrame
) -> pl.DataFrame:
    """Return report_id and the print of each report with its link and its place in the record."""
    parts = (reports.select(REPORTS.names), links.select(LINKS.names), entries.select(*ENTRIES))
    return _sum_hashes(reports.select("report_id"), parts, 0)


def fingerprint_incidents(
    incidents: pl.DataFrame,
    derived: Mapping[Table, pl.DataFrame],
    told: pl.DataFrame,
    agreement_digest: str,
) -> pl.DataFrame:
    """Return incident_id and the print of each incident with what is about it; `derived` are tables by incident."""
    seed = int(agreement_digest[:8], 16)
    about = [rows.select(table.names) for table, rows in derived.items()]
    parts = (incidents.select(INCIDENTS.names), *about, told)
    return _sum_hashes(incidents.select("incident_id"), parts, seed)


def _sum_hashes(ids: pl.DataFrame, parts: Iterable[pl.DataFrame], seed: int) -> pl.DataFrame:
    """Return the sum of the prints of the rows about each identifier, in any order."""
    key = ids.columns[0]
    prints = pl.concat([part.select(key, print=part.hash_rows(seed)) for part in parts])
    return (
        prints.group_by(key)
        .agg(pl.col("print").sum())
        .join(ids, on=key, how="semi")
        .with_columns(pl.col("print").reinterpret(signed=True))
    )
