"""Scores: how much each comparison of a pair speaks for one incident, in natural-log odds.

Missing says nothing (0). Every score is a sum of eight named numbers, so that a link explains itself.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.method import FusionMethod
from groundtruce.model.vocabulary import VocabularyName, agrees

__all__ = ["COMPONENTS", "score_pairs"]

COMPONENTS = ("place", "time", "kind", "actor", "weapon", "target", "killed", "crowd")

_Floats = NDArray[np.float64]


def score_pairs(reports: pl.DataFrame, pairs: pl.DataFrame, method: FusionMethod) -> pl.DataFrame:
    """Return the pairs with the columns of `COMPONENTS` and their sum with the prior as `score`."""
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    parts: dict[str, _Floats] = {
        "place": _place(pairs, method),
        "time": _time(pairs, method),
        "kind": _kind(reports, left, right, method),
        "actor": _actor(reports, left, right, method),
        "weapon": _codes(reports, VocabularyName.WEAPON, left, right, method),
        "target": _codes(reports, VocabularyName.TARGET, left, right, method),
        "killed": _killed(reports, left, right, method),
    }
    parts["crowd"] = _crowd(left, right, parts["kind"], reports.height)
    total = method.prior + np.sum([parts[name] for name in COMPONENTS], axis=0)
    return pairs.with_columns(
        *(pl.Series(name, parts[name]) for name in COMPONENTS),
        pl.Series("score", np.round(total, 9)),
    )


def _place(pairs: pl.DataFrame, method: FusionMethod) -> _Floats:
    """A small joint tolerance convinces; within it, nearness does."""
    reach, distance = pairs["reach"].to_numpy(), pairs["distance"].to_numpy()
    size = np.clip(np.log(method.place_scale_m / reach), -method.place_span, method.place_span)
    return np.asarray(size + method.nearness * (0.5 - distance / reach))


def _time(pairs: pl.DataFrame, method: FusionMethod) -> _Floats:
    hours = np.maximum(pairs["hours"].to_numpy(), 1 / 60)
    size = np.log(method.time_scale_hours / hours)
    return np.asarray(np.clip(size, -method.time_span, method.time_span))


def _pair_table(
    texts: pl.Series, left: NDArray[np.int64], right: NDArray[np.int64]
) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct texts and the number of each side's; the number of null is -1."""
    distinct = texts.drop_nulls().unique().sort()
    numbers = texts.replace_strict(
        distinct,
        pl.Series(range(len(distinct)), dtype=pl.Int64),
        default=None,
        return_dtype=pl.Int64,
    )
    codes = numbers.fill_null(-1).to_numpy()
    return distinct.to_list(), codes[left], codes[right]


def _looked_up(
    count: int, a: NDArray[np.int64], b: NDArray[np.int64], compare: NDArray[np.float64]
) -> _Floats:
    """Look both sides up in a square table of scores; 0 where a side is missing."""
    if count == 0:
        return np.zeros(len(a))
    known = (a >= 0) & (b >= 0)
    return np.where(known, compare[np.where(known, a, 0), np.where(known, b, 0)], 0.0)


def _kind(
    reports: pl.DataFrame, left: NDArray[np.int64], right: NDArray[np.int64], method: FusionMethod
) -> _Floats:
    names, a, b = _pair_table(reports["kind"], left, right)
    table = np.array([[_kind_score(one, two, method) for two in names] for one in names])
    return _looked_up(len(names), a, b, table.reshape(len(names), len(names)))


_ACTS = ("fire", "civilians", "manoeuvre")
"""Families that describe one act from different sides: weapon, victim, movement."""


def _kind_score(one: str, two: str, method: FusionMethod) -> float:
    if one == two:
        return method.kind_same
    if agrees(VocabularyName.KIND, one, two):
        return method.kind_covered
    families = {one.partition(".")[0], two.partition(".")[0]}
    if len(families) > 1 and families <= set(_ACTS):
        return method.kind_other_family
    return method.kind_differs


def _codes(
    reports: pl.DataFrame,
    name: VocabularyName,
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    method: FusionMethod,
) -> _Floats:
    names, a, b = _pair_table(reports[name.value], left, right)

    def compare(one: str, two: str) -> float:
        if one == two:
            return method.code_same
        return method.code_covered if agrees(name, one, two) else method.code_differs

    table = np.array([[compare(one, two) for two in names] for one in names])
    return _looked_up(len(names), a, b, table.reshape(len(names), len(names)))


def _actor(
    reports: pl.DataFrame, left: NDArray[np.int64], right: NDArray[np.int64], method: FusionMethod
) -> _Floats:
    """Compare who is said to have done it, or who was involved where that is all that is said."""
    named = pl.concat_str(
        pl.col("actor").str.to_lowercase().fill_null(""),
        pl.col("involved")
        .str.to_lowercase()
        .str.split("|")
        .list.sort()
        .list.join("|")
        .fill_null(""),
        separator="\t",
    )
    texts = reports.select(named.replace("\t", None)).to_series()
    names, a, b = _pair_table(texts, left, right)
    known = (a >= 0) & (b >= 0)
    pairs = np.unique(np.stack([a[known], b[known]], axis=1), axis=0)
    scores = {
        (int(one), int(two)): _actor_score(names[one], names[two], method) for one, two in pairs
    }
    out = np.zeros(len(a))
    out[known] = [
        scores[one, two] for one, two in zip(a[known].tolist(), b[known].tolist(), strict=True)
    ]
    return out


def _actor_score(one: str, two: str, method: FusionMethod) -> float:
    (actor, involved), (other_actor, other_involved) = (
        (head, frozenset(part for part in tail.split("|") if part))
        for head, _, tail in (one.partition("\t"), two.partition("\t"))
    )
    if actor and other_actor:
        return method.actor_same if actor == other_actor else method.actor_differs
    if actor or other_actor:
        name, sides = (actor, other_involved) if actor else (other_actor, involved)
        return method.actor_involved if name in sides else method.actor_differs
    if involved == other_involved:
        return method.involved_same
    return method.involved_overlap if involved & other_involved else method.involved_differs


def _killed(
    reports: pl.DataFrame, left: NDArray[np.int64], right: NDArray[np.int64], method: FusionMethod
) -> _Floats:
    """Ranges that overlap speak for one incident, equal figures above two more so; zero says little."""
    best = pl.col("killed_best")
    figures = reports.select(
        low=pl.coalesce("killed_low", best, "killed_high").cast(pl.Float64),
        high=pl.coalesce("killed_high", best, "killed_low").cast(pl.Float64),
    )
    low, high = figures["low"].to_numpy(), figures["high"].to_numpy()
    with np.errstate(invalid="ignore"):
        overlap = (low[left] <= high[right]) & (low[right] <= high[left])
        exact = (
            overlap
            & (low[left] == low[right])
            & (high[left] == high[right])
            & (low[left] > method.killed_few)
        )
        known = ~np.isnan(low[left]) & ~np.isnan(low[right])
        deadly = known & (np.maximum(high[left], high[right]) > 0)
    scores = np.where(overlap, method.killed_overlap, method.killed_differs)
    scores = np.where(exact, method.killed_exact, scores)
    return np.where(deadly, scores, 0.0)


def _crowd(left: NDArray[np.int64], right: NDArray[np.int64], kind: _Floats, count: int) -> _Floats:
    """The more partners a report could have, the less one of them convinces."""
    fitting = kind >= 0
    partners = np.bincount(left[fitting], minlength=count) + np.bincount(
        right[fitting], minlength=count
    )
    rivals = np.maximum(np.maximum(partners[left], partners[right]) - 1, 0)
    return np.asarray(-np.log1p(rivals) / 2)
