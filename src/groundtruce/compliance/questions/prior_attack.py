"""Prior attacks: whether those who acted had been attacked by the other side, within a time and a distance before.

* A prior attack is another incident of fire on record whose author is the side now hit and whose target the side that
  acted. What is not on record does not count.
* Sure if even the loosest reading of both times and places keeps to the limits; possible if some reading does; between
  them it is unknown.
* Incidents meet in cells of days and of ground, so that cost grows with incidents and with those near each other.
  One that lies nowhere known, or so widely that it fills a great many cells, meets all those of its days.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from groundtruce.model.place import EARTH_RADIUS_M

__all__ = ["ASKED", "ATTACK", "Reach", "find_prior_attacks", "reach_of"]

ASKED = "attacked_before"
"""The name of the atom that asks for prior attacks."""

ATTACK = "fire"
"""Beginning of the kinds that are prior attacks."""

_SECONDS = {"min": 60, "h": 3600, "d": 86_400}
_METRES = {"m": 1, "km": 1000}
_DAY_US = 86_400_000_000
_LONGEST_DAYS = 31
_LEAST_CELL_M = 20_000.0
_MOST_CELLS = 1_000
"""Cells of ground above which an incident is compared with all of its days: cells cost more than they spare."""
_AT_A_TIME = 100_000
"""Rows that meet those before them at a time: memory does not grow with all that meet."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How long before an act and how far from it a prior attack counts."""

    within_s: float
    within_m: float


def reach_of(arguments: tuple[str, ...]) -> Reach:
    """Return what the arguments of the atom say.

    >>> reach_of(("30 min", "10 km"))
    Reach(within_s=1800.0, within_m=10000.0)
    """
    (time, unit), (length, measure) = (quantity.split(" ") for quantity in arguments)
    return Reach(float(time) * _SECONDS[unit], float(length) * _METRES[measure])


def find_prior_attacks(facts: pl.DataFrame, pairs: pl.DataFrame, reach: Reach) -> pl.Series:
    """Return yes, no, or null for each row of `facts`, which names its `pair` of sides.

    A row without time is unknown; one without a place is unknown where a prior attack fits in time.
    """
    ids = _side_ids(pairs)
    rows = (
        facts.select(
            "kind", "occurred_from", "occurred_to", "lat", "lon", "location_radius_m", "pair"
        )
        .with_row_index("row")
        .join(ids, on="pair", how="left", maintain_order="left")
        .with_columns(
            begin=pl.col("occurred_from").to_physical(),
            finish=pl.col("occurred_to").to_physical(),
            radius=pl.col("location_radius_m").fill_null(0.0),
        )
        .filter(pl.col("by_id").is_not_null() & pl.col("on_id").is_not_null())
        .filter(pl.col("begin").is_not_null() & pl.col("finish").is_not_null())
    )
    window_us, within_m = int(reach.within_s * 1_000_000), reach.within_m
    rows = rows.with_columns(near=_fills_few_cells(within_m))
    near, far = rows.filter("near"), rows.filter(~pl.col("near"))
    attack = pl.col("kind").str.starts_with(ATTACK)
    matches = pl.concat(
        [
            _matches(near, near.filter(attack), window_us, within_m, by_ground=True),
            _matches(near, far.filter(attack), window_us, within_m, by_ground=False),
            _matches(far, rows.filter(attack), window_us, within_m, by_ground=False),
        ]
    )
    by_row = matches.group_by("row").agg(pl.col("sure").any())
    timed = facts["occurred_from"].is_not_null() & facts["occurred_to"].is_not_null()
    answered = (
        pl.DataFrame({"timed": timed})
        .with_row_index("row")
        .join(by_row, on="row", how="left", maintain_order="left")
    )
    value = (
        pl.when(pl.col("sure"))
        .then(True)
        .when(pl.col("sure").is_null() & pl.col("timed"))
        .then(False)
        .otherwise(None)
    )
    return answered.select(value.alias("attacked_before")).to_series()


def _side_ids(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return numbers for the labels of the two sides of each pair with a known author."""
    directed = pl.when(~pl.col("undirected"))
    return pairs.select(
        "pair",
        by_id=directed.then(pl.col("by_label")),
        on_id=directed.then(pl.col("on_label")),
    )


def _matches(
    rows: pl.DataFrame, attacks: pl.DataFrame, window_us: int, within_m: float, *, by_ground: bool
) -> pl.DataFrame:
    """Return `row` and `sure` of incidents that an attack may have preceded: whether one of them did for sure."""
    left = _celled(rows, window_us, within_m, by_ground=by_ground)
    right = _celled(attacks, 0, within_m, by_ground=by_ground)
    cells = ["day", "x", "y"] if by_ground else ["day"]
    before = right.select(
        "begin", "finish", "lat", "lon", "radius", "by_id", "on_id", *cells, other="row"
    )
    distance = _distance_m()
    spread = pl.col("radius") + pl.col("radius_before")
    # without a place there is no distance, and so nothing is sure and nothing excluded
    possible = (
        (pl.col("begin_before") < pl.col("finish"))
        & (pl.col("begin") - pl.col("finish_before") <= window_us)
        & (distance - spread <= within_m).fill_null(value=True)
    )
    sure = (
        (pl.col("finish_before") <= pl.col("begin"))
        & (pl.col("finish") - pl.col("begin_before") <= window_us)
        & (distance + spread <= within_m).fill_null(value=False)
    )
    return pl.concat(
        part.join(
            before,
            left_on=["by_id", "on_id", *cells],
            right_on=["on_id", "by_id", *cells],
            how="inner",
            suffix="_before",
        )
        .filter(pl.col("row") != pl.col("other"), possible)
        .group_by("row")
        .agg(sure=sure.any())
        for part in (list(left.iter_slices(_AT_A_TIME)) or [left])
    )


def _celled(
    rows: pl.DataFrame, window_us: int, within_m: float, *, by_ground: bool
) -> pl.DataFrame:
    """Repeat each row for every cell of days, and of ground, in which it, or what it may answer, may lie."""
    first = (pl.col("begin") - window_us) // _DAY_US
    last = pl.col("finish") // _DAY_US
    capped = pl.min_horizontal(last, first + window_us // _DAY_US + _LONGEST_DAYS)
    celled = rows.with_columns(day=pl.int_ranges(first, capped + 1)).explode("day")
    if not by_ground:
        return celled
    for name, (lowest, highest) in _ground_cells(within_m).items():
        celled = celled.with_columns(pl.int_ranges(lowest, highest + 1).alias(name)).explode(name)
    return celled


def _ground_cells(within_m: float) -> dict[str, tuple[pl.Expr, pl.Expr]]:
    """Return the first and the last cell of ground, eastwards and northwards, that a row fills."""
    cell_m = max(within_m * 2, _LEAST_CELL_M)
    metres = np.pi * EARTH_RADIUS_M / 180
    reach = (pl.col("radius") + within_m / 2) * 1.05
    # degrees of longitude are measured at the widest, so that neighbours never miss each other
    shrink = pl.col("lat").abs().clip(0, 89).radians().cos()
    extents = {"x": (pl.col("lon") * metres, reach / shrink), "y": (pl.col("lat") * metres, reach)}

    def cell(position: pl.Expr) -> pl.Expr:
        return (position / cell_m).floor().cast(pl.Int64)

    return {
        name: (cell(middle - half), cell(middle + half)) for name, (middle, half) in extents.items()
    }


def _fills_few_cells(within_m: float) -> pl.Expr:
    """Return whether a row has a place of few enough cells of ground to be compared cell by cell."""
    (west, east), (south, north) = _ground_cells(within_m).values()
    return ((east - west + 1) * (north - south + 1) <= _MOST_CELLS).fill_null(value=False)


def _distance_m() -> pl.Expr:
    """Return the great-circle distance of two positions (haversine), in metres."""
    lat, lat_before = pl.col("lat").radians(), pl.col("lat_before").radians()
    turn = (pl.col("lon_before") - pl.col("lon")).radians()
    half = ((lat_before - lat) / 2).sin().pow(2) + lat.cos() * lat_before.cos() * (
        turn / 2
    ).sin().pow(2)
    return 2 * EARTH_RADIUS_M * half.sqrt().arcsin()
