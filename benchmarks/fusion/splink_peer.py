"""Splink 5 as a peer of fusion, at its best threshold, which is chosen with the truth in hand.

* Fellegi-Sunter on DuckDB, the sources linked, blocked by cell and day, trained without labels.
* Groups are connected components; of three sources that report once, single best links where these do better.
"""

import logging
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.fusion.answer import Answer, peak_gb
from benchmarks.fusion.generator import Generated
from benchmarks.fusion.metric import quality
from groundtruce.fusion.clustering.agglomerate import find_components

__all__ = ["single_best_links", "splink"]

_Ints = NDArray[np.int64]
_LEAST = 0.01
"""Of pairs with a lower probability nothing is said."""
_THRESHOLDS = (0.02, 0.05, *(step / 20 for step in range(2, 20)), 0.97, 0.98, 0.99, 0.995, 0.999)
_ONCE = 3
"""With so many sources each reports an incident once, so that single best links are tried too."""
_CELL_DEGREES = 0.15
_MOST_DAYS = 8


def splink(made: Generated) -> Answer:
    """Return the answer at the best threshold; the seconds are those of training, prediction and one clustering."""
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    rows = _splink_rows(made.reports)
    started = perf_counter()
    api = DuckDBAPI()
    tables = [
        api.register(
            rows.filter(pl.col("source") == name).drop("source").to_arrow(),
            dataset_display_name=name.replace("-", "_"),
        )
        for name in rows["source"].unique().sort()
    ]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=_comparisons(text="text_vector" in rows.columns),
        blocking_rules_to_generate_predictions=[block_on("keys", arrays_to_explode=["keys"])],
        retain_matching_columns=False,
    )
    linker = Linker(tables, settings, log_level=logging.ERROR)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (("kind", "day", "weapon"), ("actor", "day", "town")):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    predicted = linker.inference.predict(threshold_match_probability=_LEAST)
    spent = perf_counter() - started
    return _best_threshold(linker, predicted, made, spent)


def _comparisons(*, text: bool) -> list[Any]:
    import splink.comparison_library as library

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
    return comparisons


def _best_threshold(linker: Any, predicted: Any, made: Generated, spent: float) -> Answer:
    """Choose the threshold by groups found with other means, which is quicker; then let the peer find them."""
    memory = peak_gb()
    pairs = _frame(predicted).select("unique_id_l", "unique_id_r", "match_probability")
    pairs = pairs.sort("match_probability", descending=True)
    ends = pairs.select("unique_id_l", "unique_id_r").to_numpy().T.astype(np.int32)
    probability = pairs["match_probability"].to_numpy()
    tried = [
        (_f1(group, made), f"connected components from {threshold:g}", threshold, group)
        for threshold, group in _components(made.reports.height, ends, probability)
    ]
    source = made.reports["source"].rank("dense").to_numpy().astype(np.int64)
    if source.max() == _ONCE:
        tried += [
            (_f1(group, made), f"single best links from {threshold:g}", threshold, group)
            for threshold, group in single_best_links(source, ends, probability)
        ]
    _, setting, threshold, group = max(tried, key=lambda one: one[0])
    started = perf_counter()
    linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_probability=threshold
    )
    return Answer(
        group=group,
        seconds=spent + perf_counter() - started,
        memory_gb=memory,
        pairs=ends.astype(np.int64),
        probability=probability,
        setting=setting,
    )


def _components(
    count: int, ends: NDArray[np.int32], probability: NDArray[np.float64]
) -> Iterator[tuple[float, _Ints]]:
    for threshold in _THRESHOLDS:
        yield threshold, find_components(count, ends[:, probability >= threshold])


def single_best_links(
    source: _Ints, ends: NDArray[np.int32], probability: NDArray[np.float64]
) -> Iterator[tuple[float, _Ints]]:
    """Yield by falling threshold the groups of at most one report a source, joined from the best pair down.

    Pairs (2, m) come in falling order of probability. Splink's own form differs in ties and takes minutes.
    """
    group = np.arange(len(source))
    members = [[at] for at in range(len(source))]
    last = 0
    for threshold in reversed(_THRESHOLDS):
        end = int((probability >= threshold).sum())
        for one, two in ends[:, last:end].T.tolist():
            ours, theirs = members[group[one]], members[group[two]]
            if ours is theirs or set(source[ours]) & set(source[theirs]):
                continue
            group[theirs] = group[one]
            ours += theirs
        last = end
        yield threshold, group.copy()


def _f1(group: _Ints, made: Generated) -> float:
    return quality(group, made.truth).f1


def _frame(table: Any) -> pl.DataFrame:
    frame = pl.from_arrow(table.as_duckdbpyrelation().to_arrow_table())
    assert isinstance(frame, pl.DataFrame)
    return frame


def _splink_rows(reports: pl.DataFrame) -> pl.DataFrame:
    """Return what the peer compares, each report named by its row, with the cells and days of its candidates."""
    reports = reports.with_row_index("unique_id").with_columns(pl.col("unique_id").cast(pl.Int64))
    x = (pl.col("lon") / _CELL_DEGREES).floor()
    y = (pl.col("lat") / _CELL_DEGREES).floor()
    east = pl.when(pl.col("lon") / _CELL_DEGREES - x >= 0.5).then(1).otherwise(-1)
    north = pl.when(pl.col("lat") / _CELL_DEGREES - y >= 0.5).then(1).otherwise(-1)
    day = pl.col("occurred_from").dt.epoch("d").cast(pl.Int64)
    days = pl.int_ranges(
        day, pl.min_horizontal((pl.col("occurred_to").dt.epoch("d") + 1), day + _MOST_DAYS)
    )
    keyed = reports.select(
        "unique_id",
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
        .group_by("unique_id")
        .agg(pl.concat_str("cell", pl.lit("/"), "days").unique().alias("keys"))
    )
    chosen = reports.select(
        "unique_id",
        "source",
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
    if "text_vector" in reports.columns:
        chosen = chosen.with_columns(reports["text_vector"])
    return chosen.join(keys, on="unique_id")
