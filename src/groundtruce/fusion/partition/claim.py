"""Claims: what each slab says of the reports that it sees, and which of them holds.

* A slab keeps the incidents whose anchor lies in its core: the earliest of their most precise reports.
* It speaks for the reports of these, and for those at home in its core that belong to another's incident.
* Of several claims to a report one holds, by rules that look at nothing else: every report comes out once.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.clustering.decision import Decision, constrain
from groundtruce.fusion.features.encode import Encoded
from groundtruce.fusion.fuse import link, weigh_links
from groundtruce.fusion.merging.incident import consolidate
from groundtruce.fusion.method import FusionMethod
from groundtruce.fusion.partition.time_slab import Slabs, measure_known_s, slabs_of
from groundtruce.model.table import INCIDENTS, REPORTS

__all__ = ["CLAIM", "FIRST", "LAST", "choose_claims", "consolidate_claims", "fuse_slab", "reach"]

_Ints = NDArray[np.int64]

FIRST, LAST = "_first", "_last"
"""Columns of the reports of a slab: the first and the last of the slabs that see the row."""
CLAIM: dict[str, pl.DataType] = {
    "slab": pl.Int64(),
    "group": pl.Int64(),
    "voice": pl.Int64(),
    "probability": pl.Float64(),
    "kept": pl.Boolean(),
    "together": pl.Boolean(),
    "away": pl.Int64(),
}
"""The columns that a claim adds to a report: `group` and `voice` are numbers of the slab, `kept` that the
incident is anchored in its core, `together` that it has other reports, `away` how many slabs the report's
home is away."""


def fuse_slab(
    rows: pl.DataFrame,
    number: int,
    slabs: Slabs,
    method: FusionMethod,
    decisions: Sequence[Decision] = (),
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Fuse the reports that a slab sees, with the model of the method.

    Returns the claims that no other slab can contest, whole incidents, and those that one may.
    """
    linked = link(rows, method, decisions)
    encoded, group = linked.reports, linked.groups.group
    voice, probability = weigh_links(rows, linked)
    statements = rows[encoded.row]
    home = slabs.at(measure_known_s(statements))
    kept = home[_anchors(encoded, group)] == number
    shared = (statements[FIRST] != statements[LAST]).to_numpy()
    claims = statements.select(REPORTS.names).with_columns(
        slab=pl.lit(number, pl.Int64),
        group=pl.Series(group),
        voice=pl.Series(voice),
        probability=pl.Series(probability),
        kept=pl.Series(kept),
        together=pl.Series(np.bincount(group)[group] > 1),
        away=pl.Series(np.abs(home - number)),
    )
    contested = np.zeros(len(group), np.bool_)
    contested[group[shared | ~kept]] = True
    open_ = contested[group]
    speaks = kept | (home == number)
    return claims.filter(pl.Series(~open_)), claims.filter(pl.Series(open_ & speaks))


def reach(
    rows: pl.DataFrame, slabs: Slabs, decisions: Sequence[Decision]
) -> dict[str, tuple[int, int]]:
    """Return the first and the last slab that see each report which people put together with one of another slab.

    `rows` are the reports that the decisions name.
    """
    _, first, last = slabs_of(rows, slabs)
    unit = constrain(rows["report_id"], decisions).unit
    slab_ranges = pl.DataFrame(
        {"name": rows["report_id"], "unit": unit, "first": first, "last": last}
    )
    together = slab_ranges.filter(pl.col("unit").is_duplicated()).with_columns(
        pl.col("first").min().over("unit"), pl.col("last").max().over("unit")
    )
    return {name: (low, high) for name, _, low, high in together.iter_rows()}


def choose_claims(claims: pl.DataFrame) -> pl.DataFrame:
    """Return the claim to each report that holds; all claims to a report must be among the rows.

    In this order: one that is kept; one that puts it with others, who may lie beyond what another slab sees;
    the surest; that of the slab nearest to the report's home; that of the earlier slab.
    """
    order = ["kept", "together", "probability"]
    falling = [False, True, True, True, False, False]
    ordered = claims.sort("report_id", *order, "away", "slab", descending=falling)
    return ordered.unique("report_id", keep="first", maintain_order=True)


def consolidate_claims(claims: pl.DataFrame) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Yield links and incidents of claims that hold, slab by slab; all claims of a slab must be among the rows."""
    for own in claims.partition_by("slab"):
        incidents = consolidate(
            own.select(*REPORTS.names, "group", "voice", "probability"),
        )
        links = own.join(incidents.select("group", "incident_id"), on="group").select(
            "report_id", "incident_id", "probability"
        )
        yield links, incidents.select(INCIDENTS.names)


def _anchors(reports: Encoded, group: _Ints) -> _Ints:
    """Return for each report the anchor of its group: the earliest of the reports of its finest class of time."""
    order = np.lexsort((np.arange(len(group)), reports.length_class, group))
    first = np.ones(len(group), np.bool_)
    first[1:] = group[order][1:] != group[order][:-1]
    anchor = np.zeros(len(group), np.int64)
    anchor[group[order[first]]] = order[first]
    return anchor[group]
