"""Peers of fusion, each given its best setting with the truth in hand: Splink 5 and the rule of MELTT.

* Splink: Fellegi-Sunter on DuckDB, blocked by cell and day, trained without labels, connected components
  at the threshold of the best pairwise F1.
* MELTT as documented: data sets one after the other, a window of kilometres and days, agreement by levels
  of the taxonomy, one partner for each report. The rule is written anew here; the original is in R.
"""

import logging
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.fusion.generator import Generated
from benchmarks.fusion.metric import Quality, quality
from groundtruce.model.place import distance_m

__all__ = ["meltt", "splink"]

_Ints = NDArray[np.int64]
_THRESHOLDS = (0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999)
_WINDOWS = tuple((km, days) for km in (2.0, 5.0, 10.0, 25.0) for days in (0, 1, 2))
_CELL_DEGREES = 0.15
_MOST_DAYS = 8


def splink(made: Generated, *, text: bool) -> tuple[Quality, float]:
    """Return the quality at the best threshold and the seconds of training, prediction and one clustering."""
    import splink.comparison_library as library
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    rows = _splink_rows(made.reports, text=text)
    started = perf_counter()
    api = DuckDBAPI()
    registered = api.register(rows.to_arrow(), dataset_display_name="reports")
    comparisons: list[Any] = [
        library.DistanceInKMAtThresholds("lat", "lon", [0.5, 2, 5, 15, 40]),
        library.AbsoluteTimeDifferenceAtThresholds(
            "at", input_is_string=False, metrics=["hour"] * 4, thresholds=[1, 12, 24, 72]
        ),
        library.CustomComparison(
            output_column_name="kind",
            comparison_levels=[
                {"sql_condition": "kind_l = kind_r", "label_for_charts": "same"},
                {"sql_condition": "family_l = family_r", "label_for_charts": "one family"},
                {"sql_condition": "ELSE", "label_for_charts": "other"},
            ],
        ),
        library.ExactMatch("actor"),
        library.ExactMatch("weapon"),
        library.CustomComparison(
            output_column_name="killed",
            comparison_levels=[
                {"sql_condition": "killed_l IS NULL OR killed_r IS NULL", "is_null_level": True},
                {"sql_condition": "killed_l = killed_r", "label_for_charts": "same"},
                {"sql_condition": "abs(killed_l - killed_r) <= 2", "label_for_charts": "near"},
                {"sql_condition": "ELSE", "label_for_charts": "other"},
            ],
        ),
    ]
    if text:
        comparisons.append(
            library.CosineSimilarityAtThresholds("text_vector", [0.9, 0.75, 0.6, 0.45, 0.3])
        )
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on("keys", arrays_to_explode=["keys"])],
        retain_matching_columns=False,
    )
    linker = Linker(registered, settings, log_level=logging.ERROR)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (("kind", "day", "weapon"), ("actor", "day", "town")):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    predicted = linker.inference.predict(threshold_match_probability=_THRESHOLDS[0])
    spent = perf_counter() - started
    return _best_threshold(linker, predicted, made, spent)


def _best_threshold(
    linker: Any, predicted: Any, made: Generated, spent: float
) -> tuple[Quality, float]:
    best, clustering = None, 0.0
    for threshold in _THRESHOLDS:
        started = perf_counter()
        found = linker.clustering.cluster_pairwise_predictions_at_threshold(
            predicted, threshold_match_probability=threshold
        )
        took = perf_counter() - started
        frame = pl.from_arrow(found.as_duckdbpyrelation().to_arrow_table())
        assert isinstance(frame, pl.DataFrame)
        group = made.reports.select(unique_id="report_id").join(
            frame.select("unique_id", "cluster_id"),
            on="unique_id",
            how="left",
            maintain_order="left",
        )
        scored = quality(group["cluster_id"].rank("dense").to_numpy().astype(np.int64), made.truth)
        if best is None or scored.f1 > best.f1:
            best, clustering = scored, took
    assert best is not None
    return best, spent + clustering


def _splink_rows(reports: pl.DataFrame, *, text: bool) -> pl.DataFrame:
    x = (pl.col("lon") / _CELL_DEGREES).floor()
    y = (pl.col("lat") / _CELL_DEGREES).floor()
    east = pl.when(pl.col("lon") / _CELL_DEGREES - x >= 0.5).then(1).otherwise(-1)
    north = pl.when(pl.col("lat") / _CELL_DEGREES - y >= 0.5).then(1).otherwise(-1)
    day = pl.col("occurred_from").dt.epoch("d").cast(pl.Int64)
    days = pl.int_ranges(
        day, pl.min_horizontal((pl.col("occurred_to").dt.epoch("d") + 1), day + _MOST_DAYS)
    )
    keyed = reports.select(
        "report_id",
        pl.concat_list(
            pl.concat_str(
                (x + dx * east).cast(pl.Int64), pl.lit("/"), (y + dy * north).cast(pl.Int64)
            )
            for dx in (0, 1)
            for dy in (0, 1)
        ).alias("cell"),
        days.alias("days"),
    )
    keys = (
        keyed.explode("cell")
        .explode("days")
        .group_by("report_id")
        .agg(pl.concat_str("cell", pl.lit("/"), "days").unique().alias("keys"))
    )
    chosen = reports.select(
        "report_id",
        "lat",
        "lon",
        "kind",
        "actor",
        "weapon",
        killed=pl.col("killed_best"),
        family=pl.col("kind").str.split(".").list.first(),
        at=(
            pl.col("occurred_from") + (pl.col("occurred_to") - pl.col("occurred_from")) / 2
        ).dt.replace_time_zone(None),
        day=day,
        town=pl.concat_str(x.cast(pl.Int64), pl.lit("/"), y.cast(pl.Int64)),
    )
    if text:
        chosen = chosen.with_columns(reports["text_vector"])
    return chosen.join(keys, on="report_id").rename({"report_id": "unique_id"})


def meltt(made: Generated) -> tuple[Quality, float]:
    """Return the quality at the best window and the seconds of that run."""
    best, spent = None, 0.0
    for kilometres, days in _WINDOWS:
        started = perf_counter()
        group = _meltt(made.reports, kilometres, days)
        took = perf_counter() - started
        scored = quality(group, made.truth)
        if best is None or scored.f1 > best.f1:
            best, spent = scored, took
    assert best is not None
    return best, spent


def _meltt(reports: pl.DataFrame, kilometres: float, days: int) -> _Ints:
    """Match the data sets in turn with all that came before, one partner each."""
    day = reports["occurred_from"].dt.epoch("d").to_numpy().astype(np.int64)
    lat, lon = reports["lat"].to_numpy(), reports["lon"].to_numpy()
    kind = reports["kind"].to_list()
    source = reports["source"].rank("dense").to_numpy()
    group = np.arange(reports.height)
    earlier = np.nonzero(source == 1)[0]
    for number in range(2, int(source.max()) + 1):
        own = np.nonzero(source == number)[0]
        found = _in_window(day, lat, lon, earlier, own, kilometres, days)
        scored = sorted(
            ((_taxonomy(kind[one], kind[two]), one, two) for one, two in found),
            key=lambda entry: (-entry[0], entry[1], entry[2]),
        )
        taken: set[int] = set()
        for score, one, two in scored:
            if score and one not in taken and two not in taken:
                taken |= {one, two}
                group[two] = group[one]
        earlier = np.concatenate([earlier, own[[int(two) not in taken for two in own]]])
    return group


def _in_window(
    day: _Ints,
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    ours: _Ints,
    theirs: _Ints,
    kilometres: float,
    days: int,
) -> list[tuple[int, int]]:
    order = theirs[np.argsort(day[theirs], kind="stable")]
    low = np.searchsorted(day[order], day[ours] - days)
    high = np.searchsorted(day[order], day[ours] + days, side="right")
    found: list[tuple[int, int]] = []
    for one, begin, end in zip(ours.tolist(), low.tolist(), high.tolist(), strict=True):
        others = order[begin:end]
        many = len(others)
        if many:
            apart = distance_m(
                np.full(many, lon[one]), np.full(many, lat[one]), lon[others], lat[others]
            )
            found += [(one, int(two)) for two in others[apart <= kilometres * 1_000]]
    return found


def _taxonomy(one: str, two: str) -> int:
    """Return how many levels of the taxonomy two codes share, counted down to the finer of both."""
    ours, theirs = one.split("."), two.split(".")
    return sum(a == b for a, b in zip(ours, theirs, strict=False))
