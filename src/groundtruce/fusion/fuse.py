"""Fusion: reports in, links and incidents out; one link for each report.

First version: precision-aware candidates, a declared score, conservative clustering.
It is a pure function of the reports and the method: order of rows, files and time notation do not matter.
"""

from dataclasses import dataclass

import polars as pl

from groundtruce.fusion.candidate import candidate_pairs, with_tolerance
from groundtruce.fusion.cluster import cluster, link_probability
from groundtruce.fusion.incident import consolidate
from groundtruce.fusion.method import FusionMethod
from groundtruce.fusion.score import score_pairs
from groundtruce.model.table import INCIDENTS, LINKS, REPORTS

__all__ = ["Fused", "fuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    """`links`: one row a report. `incidents`: the incident table. `pairs`: every scored pair."""

    links: pl.DataFrame
    incidents: pl.DataFrame
    pairs: pl.DataFrame


def fuse(reports: pl.DataFrame, method: FusionMethod) -> Fused:
    """Fuse a validated report table; cost grows with reports times the neighbours of each."""
    ordered = reports.select(REPORTS.names).sort("report_id")
    tolerance = with_tolerance(ordered, method)
    pairs = score_pairs(ordered, candidate_pairs(tolerance, method), method)
    group = cluster(pairs, ordered.height, method)
    grouped = ordered.with_columns(group=pl.Series(group))
    incidents = consolidate(grouped)
    links = (
        grouped.select("report_id", "group", probability=pl.Series(link_probability(pairs, group)))
        .join(incidents.select("group", "incident_id"), on="group", how="left")
        .select(LINKS.names)
        .sort("report_id")
    )
    return Fused(links=links, incidents=incidents.select(INCIDENTS.names), pairs=pairs)
