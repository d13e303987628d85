"""Review: which pairs of reports people should look at first, by what their answer would change.

* A question is about two reports: the closest of an incident and its best neighbour, or a report and the one
  that it stands with.
* What people decided is not asked again: neither of reports that are held together, nor of two incidents
  any of whose reports are held apart.
* It weighs as much as it is likely to change what is published: the number of incidents, of killed and of
  corroborated incidents, each relative to its total.
"""

from dataclasses import asdict, dataclass, fields

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.clustering.agglomerate import Clustering
from groundtruce.fusion.clustering.probability import link_probability, pair_probability
from groundtruce.fusion.fuse import Fused, Linked
from groundtruce.fusion.review.effect import figures
from groundtruce.fusion.review.estimate import chances, neighbour_odds

__all__ = ["Question", "choose_questions"]

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`together`: the two stand in one incident now. `probability` that this is right, or else that both are one.

    The other figures are what would change in the totals if it were otherwise; `weight` what is expected to
    change, as a sum of shares of the totals.
    """

    report_id: str
    other_id: str
    together: bool
    probability: float
    incidents: int
    killed: int
    corroborated: int
    weight: float

    def as_json(self) -> dict[str, object]:
        """Return the question as a JSON object."""
        return asdict(self)


def choose_questions(fused: Fused, how: Clustering, limit: int) -> list[Question]:
    """Return the questions of most weight, the heaviest first; cost grows with the edges."""
    linked = fused.linked
    asked = pl.concat([_apart(fused, how), _find_joined(fused)])
    totals = asdict(figures(fused.incidents))
    changes = [pl.col(name).abs() / max(total, 1) for name, total in totals.items()]
    wrong = pl.when("together").then(1 - pl.col("probability")).otherwise("probability")
    best = (
        asked.with_columns(
            weight=wrong * pl.sum_horizontal(changes),
            early=pl.min_horizontal("one", "two"),
            late=pl.max_horizontal("one", "two"),
        )
        .with_columns(
            report_id=linked.reports.report_id[asked["one"].to_numpy()],
            other_id=linked.reports.report_id[asked["two"].to_numpy()],
        )
        .sort("weight", "report_id", "other_id", descending=[True, False, False])
        # each of two that stand together may be asked about: the heavier question is enough
        .unique(["early", "late"], keep="first", maintain_order=True)
        .head(limit)
    )
    names = [field.name for field in fields(Question)]
    return [Question(**row) for row in best.select(names).iter_rows(named=True)]


def _incident_of(fused: Fused) -> pl.DataFrame:
    """Return for each encoded report the row of its incident's figures."""
    ids = pl.DataFrame({"report_id": fused.linked.reports.report_id})
    return ids.join(fused.links, on="report_id", how="left", maintain_order="left").join(
        fused.incidents.select("incident_id", "killed_best", "n_independent", "n_reports"),
        on="incident_id",
        how="left",
        maintain_order="left",
    )


def _apart(fused: Fused, how: Clustering) -> pl.DataFrame:
    """Return the closest pair of each incident and its best neighbour: they would be one."""
    linked = fused.linked
    low, high, chance = _neighbours(linked, how)
    first, second = _closest(linked, low, high)
    of = _incident_of(fused)
    killed = of["killed_best"].fill_null(0).to_numpy()
    voices = of["n_independent"].to_numpy()
    both = (voices[first] > 1).astype(int) + (voices[second] > 1)
    return _ask(
        first,
        second,
        together=False,
        probability=chance,
        incidents=np.full(len(first), -1),
        # of two counts of one event the larger stays, about
        killed=-np.minimum(killed[first], killed[second]),
        corroborated=1 - both,
    )


def _neighbours(linked: Linked, how: Clustering) -> tuple[_Ints, _Ints, _Floats]:
    """Return the groups of which one is the other's best neighbour, in order, and the probability that they are one.

    Of two groups that are one, one counts as part of the other: the probability is the sum of both ways, as far as
    each is the other's best.
    """
    low, high, odds = neighbour_odds(linked, how)
    best = np.full(len(linked.reports), -np.inf)
    np.maximum.at(best, low, odds)
    np.maximum.at(best, high, odds)
    part_of = 1 / (1 + np.exp(-chances(linked, how).other))
    ways = [np.where(odds == best[side], part_of[side], 0.0) for side in (low, high)]
    chance = np.minimum(sum(ways), 1.0)
    kept = (chance > 0) & np.isfinite(odds)
    return low[kept], high[kept], chance[kept]


def _closest(linked: Linked, low: _Ints, high: _Ints) -> tuple[_Ints, _Ints]:
    """Return for each pair of groups, given in order, the two reports that are most likely about one event."""
    group, edges = linked.groups.group, linked.edges
    count = len(group)
    keys = low * count + high
    sides = group[edges.ends]
    across = edges.of(np.isin(sides.min(axis=0) * count + sides.max(axis=0), keys))
    first, second = across.ends.astype(np.int64)
    of = np.searchsorted(
        keys,
        np.minimum(group[first], group[second]) * count + np.maximum(group[first], group[second]),
    )
    order = np.lexsort([second, first, -pair_probability(across), of])
    best = order[np.unique(of[order], return_index=True)[1]]
    return first[best], second[best]


def _find_joined(fused: Fused) -> pl.DataFrame:
    """Return each report with the one that it stands with for the strongest reason: it would be on its own."""
    linked = fused.linked
    group, edges = linked.groups.group, linked.edges
    inside = edges.of(group[edges.ends[0]] == group[edges.ends[1]])
    both = np.concatenate([inside.ends, inside.ends[::-1]], axis=1).astype(np.int64)
    odds = np.tile(inside.ratio + inside.prior, 2)
    order = np.lexsort([both[1], -odds, both[0]])
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = both[0, order[1:]] != both[0, order[:-1]]
    strongest = order[fresh]
    report, partner = both[:, strongest]
    # of a pair that is surely one, either both stand where they belong or neither
    chance = np.maximum(
        link_probability(linked.groups, linked.model.mean_size)[report],
        np.tile(pair_probability(inside), 2)[strongest],
    )
    bound = linked.decided.unit[report] == linked.decided.unit[partner]
    report, partner, chance = report[~bound], partner[~bound], chance[~bound]
    of = _incident_of(fused)
    size, voices = of["n_reports"].to_numpy()[report], of["n_independent"].to_numpy()[report]
    # of an incident of two one question is enough
    kept = (size > 2) | (report > partner)
    report, partner, chance, size, voices = (
        report[kept],
        partner[kept],
        chance[kept],
        size[kept],
        voices[kept],
    )
    killed = np.maximum(linked.reports.killed_low[report], 0)
    return _ask(
        report,
        partner,
        together=True,
        probability=chance,
        incidents=np.ones(len(report), int),
        killed=killed,
        corroborated=np.where((voices == 2) & (size == 2), -1, 0),
    )


def _ask(
    first: _Ints,
    second: _Ints,
    *,
    together: bool,
    probability: _Floats,
    incidents: _Ints,
    killed: _Ints,
    corroborated: _Ints,
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "one": first,
            "two": second,
            "together": np.full(len(first), together),
            "probability": np.round(probability, 4),
            "incidents": incidents.astype(np.int64),
            "killed": killed.astype(np.int64),
            "corroborated": corroborated.astype(np.int64),
        }
    )
