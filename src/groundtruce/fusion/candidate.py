"""Candidate pairs: reports whose discs touch and whose intervals overlap, within their own precision.

* Cells of a grid grow with the radius: a report is compared on the level of the coarser of the two,
  so that precise reports stay in small cells. The grid works at the poles and the antimeridian.
* Two reports of one source are no candidates: a source reports an incident once.
* Cost grows with reports x neighbours of a cell and day; crowded cells are cut into blocks of
  `crowd_limit`, so that the worst case stays linear. Memory grows with a stretch of days, not with all.
"""

import math
from collections.abc import Iterator

import numpy as np
import polars as pl

from groundtruce.fusion.method import FusionMethod
from groundtruce.model.place import EARTH_RADIUS_M, distance_m

__all__ = ["candidate_pairs", "with_tolerance"]

_SMALLEST_CELL_M = 5_000.0
_DAY_US = 86_400_000_000
_HOUR_US = 3_600_000_000
_STRETCH_ROWS = 20_000
"""Reports that are paired at once: bounds the memory, which else grows with all pairs of all days."""

_PAIR = {
    "left": pl.Int64,
    "right": pl.Int64,
    "distance": pl.Float64,
    "reach": pl.Float64,
    "hours": pl.Float64,
}


def with_tolerance(reports: pl.DataFrame, method: FusionMethod) -> pl.DataFrame:
    """Return one row a report: `index`, `lon`, `lat`, `radius`, `start`, `end` (us since 1970), `level`.

    Reports without a place, or with a place or time that is too coarse, have a null `level`.
    """
    open_bound = method.open_bound_days * _DAY_US
    start = pl.col("occurred_from").dt.timestamp("us")
    end = pl.col("occurred_to").dt.timestamp("us")
    tolerance = reports.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("index"),
        pl.col("lon", "lat"),
        pl.col("location_radius_m").fill_null(method.unknown_radius_m).clip(1.0).alias("radius"),
        start.fill_null(end - open_bound).alias("start"),
        end.fill_null(start + open_bound).alias("end"),
        pl.col("source"),
    )
    usable = (
        pl.col("lat").is_not_null()
        & (pl.col("radius") <= method.longest_radius_m)
        & (pl.col("end") - pl.col("start") <= method.longest_days * _DAY_US)
    )
    level = (2 * pl.col("radius") / _SMALLEST_CELL_M).log(2).ceil().clip(0).cast(pl.Int8)
    return tolerance.with_columns(pl.when(usable).then(level).alias("level"))


def candidate_pairs(tolerance: pl.DataFrame, method: FusionMethod) -> pl.DataFrame:
    """Return pairs `left` < `right` of row indices with `distance` and `reach` in metres, sorted."""
    usable = tolerance.filter(pl.col("level").is_not_null()).with_columns(
        pl.col("source").rank("dense"),
        first=pl.col("start") // _DAY_US,
        last=(pl.col("end") - 1) // _DAY_US,
    )
    found = [
        _touching(_on_level(rows, level, method), tolerance)
        for rows in _stretches(usable)
        for level in sorted(rows["level"].unique().to_list())
    ]
    nothing = pl.DataFrame(schema=_PAIR)
    return pl.concat([nothing, *found]).unique(["left", "right"]).sort("left", "right")


def _stretches(usable: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Cut the reports into stretches of whole days, each small enough for memory.

    A report that lasts longer stands in each stretch that it touches, with its days there.
    """
    counts = usable.group_by("first").len().sort("first")
    stretch = counts.select("first", part=pl.col("len").cum_sum() // _STRETCH_ROWS)
    bounds = stretch.group_by("part").agg(pl.col("first").min()).sort("part")["first"].to_list()
    for begin, end in zip(bounds, [*bounds[1:], None], strict=True):
        touches = pl.col("last") >= begin
        until = pl.col("last")
        if end is not None:
            touches &= pl.col("first") < end
            until = pl.min_horizontal("last", pl.lit(end - 1))
        yield usable.filter(touches).with_columns(
            first=pl.max_horizontal("first", pl.lit(begin)), last=until
        )


def _on_level(rows: pl.DataFrame, level: int, method: FusionMethod) -> pl.DataFrame:
    """Pair the reports of one level with those of this and all finer levels, where times overlap."""
    size = _SMALLEST_CELL_M * 2**level
    days = pl.int_ranges("first", pl.col("last") + 1, dtype=pl.Int64).alias("day")
    kept = ("index", "source", "start", "end")
    finer = rows.filter(pl.col("level") <= level)
    finer = (
        finer.select(*kept, "level", days, cell=_cells(finer, size, (0,), (0,))[0])
        .explode("day")
        .sort("index")
        .with_columns(block=pl.int_range(pl.len()).over("cell", "day") // method.crowd_limit)
    )
    blocks = finer.group_by("cell", "day").agg(blocks=pl.col("block").max() + 1)
    home = finer.filter(pl.col("level") == level).select("index", "day", home="block")
    coarse = rows.filter(pl.col("level") == level)
    steps = (-1, 0, 1)
    around = (
        pl.concat(
            coarse.select(*kept, days, cell=cell) for cell in _cells(coarse, size, steps, steps)
        )
        .explode("day")
        .unique()
        .join(blocks, on=["cell", "day"])
        .join(home, on=["index", "day"])
        .with_columns(block=pl.col("home") % pl.col("blocks"))
    )
    pairs = around.lazy().join(finer.lazy(), on=["cell", "day", "block"], suffix="_finer")
    once = (pl.col("level") < level) | (pl.col("index") < pl.col("index_finer"))
    overlap = (pl.col("start") < pl.col("end_finer")) & (pl.col("start_finer") < pl.col("end"))
    return (
        pairs.filter(once & overlap & (pl.col("source") != pl.col("source_finer")))
        .select(
            left=pl.min_horizontal("index", "index_finer"),
            right=pl.max_horizontal("index", "index_finer"),
        )
        .unique()
        .collect()
    )


def _cells(
    rows: pl.DataFrame, size: float, bands: tuple[int, ...], steps: tuple[int, ...]
) -> list[pl.Series]:
    """Return the cell numbers of rows, moved by each of `bands` (south-north) and `steps` (west-east).

    A band of latitude is `size` metres high; it holds as many cells of at least that width as fit.
    """
    lat, lon = rows["lat"].to_numpy(), rows["lon"].to_numpy()
    height = math.degrees(size / EARTH_RADIUS_M)
    count = math.ceil(180 / height)
    band = np.clip(((lat + 90) / height).astype(np.int64), 0, count - 1)
    found = []
    for up in bands:
        moved = np.clip(band + up, 0, count - 1)
        edge = np.minimum(
            np.abs(np.maximum(np.abs(moved * height - 90), np.abs((moved + 1) * height - 90))), 90
        )
        circle = np.cos(np.radians(edge)) * 2 * math.pi * EARTH_RADIUS_M
        around = np.maximum((circle / size).astype(np.int64), 1)
        place = ((lon + 180) / 360 * around).astype(np.int64)
        found += [pl.Series(moved * (1 << 32) + (place + step) % around) for step in steps]
    return found


def _touching(pairs: pl.DataFrame, tolerance: pl.DataFrame) -> pl.DataFrame:
    """Keep the pairs whose discs touch; `hours` is the sum of both intervals."""
    column = {name: tolerance[name].to_numpy() for name in ("lon", "lat", "radius", "start", "end")}
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    distance = distance_m(
        column["lon"][left], column["lat"][left], column["lon"][right], column["lat"][right]
    )
    reach = column["radius"][left] + column["radius"][right]
    length = (column["end"] - column["start"]) / _HOUR_US
    touching = pl.DataFrame(
        {
            "left": left,
            "right": right,
            "distance": distance,
            "reach": reach,
            "hours": length[left] + length[right],
        },
        schema=_PAIR,
    )
    return touching.filter(pl.col("distance") <= pl.col("reach"))
