"""The effect of a decision: which incidents become which, and what that does to the published figures."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import polars as pl

from groundtruce.fusion.clustering.agglomerate import find_components
from groundtruce.fusion.fuse import Fused

__all__ = ["Effect", "EffectFigures", "IncidentChange", "effect", "figures"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectFigures:
    """What is published of all incidents: how many, the killed, and how many rest on two voices or more."""

    incidents: int
    killed: int
    corroborated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentChange:
    """Incidents that become others; each with its reports, sorted."""

    before: Mapping[str, tuple[str, ...]]
    after: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The figures before and after, and the changes between, each as small as can be and in order."""

    before: EffectFigures
    after: EffectFigures
    changes: tuple[IncidentChange, ...]

    def as_json(self) -> dict[str, object]:
        """Return the effect as a JSON object."""
        return asdict(self)


def effect(before: Fused, after: Fused) -> Effect:
    """Compare two fusions of the same reports; cost grows with the reports."""
    return Effect(
        before=figures(before.incidents),
        after=figures(after.incidents),
        changes=tuple(_changes(before.links, after.links)),
    )


def figures(incidents: pl.DataFrame) -> EffectFigures:
    """Return the figures of an incident table."""
    killed, corroborated = incidents.select(
        pl.col("killed_best").sum(), (pl.col("n_independent") > 1).sum()
    ).row(0)
    return EffectFigures(
        incidents=incidents.height, killed=int(killed or 0), corroborated=int(corroborated or 0)
    )


def _changes(before: pl.DataFrame, after: pl.DataFrame) -> Iterable[IncidentChange]:
    """Yield the changes: incidents before and after hang together where they share a report."""
    moved = before.select("report_id", one="incident_id").join(
        after.select("report_id", two="incident_id"), on="report_id"
    )
    ways = moved.select("one", "two").unique()
    ways = ways.filter(pl.col("one").is_duplicated() | pl.col("two").is_duplicated()).sort(
        "one", "two"
    )
    begin = ways["one"].rank("dense").to_numpy().astype(np.int32) - 1
    end = ways["two"].rank("dense").to_numpy().astype(np.int32) - 1
    ends = np.stack([begin, end + (begin.max(initial=-1) + 1)]).astype(np.int32)
    whole = find_components(int(ends.max(initial=-1)) + 1, ends)[ends[0]]
    changed = moved.join(ways.with_columns(change=pl.Series(whole)), on=["one", "two"])
    for _, rows in changed.sort("change", "report_id").group_by("change", maintain_order=True):
        yield IncidentChange(before=_incidents(rows, "one"), after=_incidents(rows, "two"))


def _incidents(rows: pl.DataFrame, name: str) -> dict[str, tuple[str, ...]]:
    listed = rows.group_by(name).agg(pl.col("report_id").sort()).sort(name)
    return {incident: tuple(reports) for incident, reports in listed.iter_rows()}
