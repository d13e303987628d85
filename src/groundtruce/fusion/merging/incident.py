"""Incidents: what the reports of a group say together, with every contradiction kept.

* Place and time come from the most precise report and from where the intervals overlap.
* A kind, weapon or target is the deepest code that the most reports agree with.
* Casualties stay a range: the lowest low, the highest high, and the median of the sources' best.
* A field on which reports disagree beyond their precision is listed in `contradictions`.
"""

from collections.abc import Iterator
from hashlib import sha256

import numpy as np
import polars as pl

from groundtruce.fusion.features.segment import Runs
from groundtruce.fusion.merging.vote import vote_actors, vote_codes
from groundtruce.model.place import distance_m
from groundtruce.model.table import INCIDENTS, REPORTS
from groundtruce.model.text_form import (
    BAR,
    join_column,
    join_facts_column,
    split_column,
    split_facts,
)
from groundtruce.model.vocabulary import VocabularyName

__all__ = ["TOLD", "consolidate", "incident_ids"]

_BASE_32 = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", "S1")
_ID_LENGTH = 12
"""Characters of base 32: 60 bits, a collision among ten million incidents has odds of 1 in 23,000."""
_KIND, _WEAPON, _TARGET = VocabularyName.KIND, VocabularyName.WEAPON, VocabularyName.TARGET
_CODES = (_KIND, _WEAPON, _TARGET)
_ACTS = ("killed", "injured")
TOLD = tuple(name for name in REPORTS.names if name == "report_id" or name in INCIDENTS.schema)
"""The columns of the report table that incidents are made of."""
_NEVER_S = 3_153_600_000
"""Stands for an unknown duration: a century."""


def incident_ids(report_ids: pl.Series) -> pl.Series:
    """Return the identifiers of the incidents that are anchored on these reports."""
    digests = b"".join([sha256(text.encode()).digest() for text in report_ids.to_list()])
    numbers = np.frombuffer(digests, ">u8")[::4].astype(np.uint64)
    shifts = np.uint64(59) - np.arange(_ID_LENGTH, dtype=np.uint64) * np.uint64(5)
    letters = _BASE_32[(numbers[:, None] >> shifts) & np.uint64(31)]
    texts = np.ascontiguousarray(letters).view(f"S{_ID_LENGTH}").ravel().astype(str)
    return (
        pl.select(pl.format("I-{}", pl.Series(texts, dtype=pl.String)))
        .to_series()
        .rename("incident_id")
    )


def consolidate(reports: pl.DataFrame) -> pl.DataFrame:
    """Return the incident table, with the column `group` and in any order, of reports that carry three more columns.

    `group` is the number of the incident, `voice` that of who says it of their own knowledge, no two groups have
    one in common; `probability` is that of the link. The outcome does not depend on the order of rows; cost grows
    with them.
    """
    shared = pl.col("group").is_duplicated()
    merged = pl.concat(
        [_take_alone(reports.filter(~shared)), _merge_shared(reports.filter(shared))],
        how="diagonal",
    )
    merged = merged.with_columns(incident_ids(merged["anchor"]))
    for table in (_unite_lists(reports, "involved"), _attributes(reports)):
        merged = merged.join(table, on="group", how="left")
    return merged.select("group", *INCIDENTS.names)


def _take_alone(reports: pl.DataFrame) -> pl.DataFrame:
    """Return by group what a single report says."""
    return reports.drop("involved", "attributes").with_columns(
        anchor="report_id",
        report_ids="report_id",
        n_reports=pl.lit(1, pl.Int64),
        n_independent=pl.lit(1, pl.Int64),
        corroboration_probability=pl.lit(0.0),
        actor_probability=pl.when(pl.col("actor").is_not_null()).then(1.0),
        contradictions=pl.lit(None, pl.String),
        **_figures(),
    )


def _merge_shared(reports: pl.DataFrame) -> pl.DataFrame:
    """Return by group what several reports say together."""
    ordered = reports.with_columns(
        radius=pl.col("location_radius_m").fill_null(np.inf),
        duration=(pl.col("occurred_to") - pl.col("occurred_from"))
        .dt.total_seconds()
        .fill_null(_NEVER_S),
        # of a voice that says it twice the better link counts
        voice_doubt=(1 - pl.col("probability").max().over("voice")).clip(1e-9, 1).log(),
        first_of_voice=pl.col("voice").is_first_distinct(),
    ).sort("group", "radius", "duration", "report_id")
    runs = Runs.find(ordered["group"].to_numpy())
    merged = (
        ordered.group_by("group", maintain_order=True)
        .agg(*_plain())
        .with_columns(_list_ids(ordered), *_ranges(ordered, runs))
        .hstack(vote_actors(ordered["actor"], ordered["voice"], runs))
    )
    for name in _CODES:
        merged = merged.hstack(vote_codes(name, ordered[name.value], runs))
    merged = merged.with_columns(
        *_interval(ordered, runs), place_differs=_find_elsewhere(ordered, merged, runs)
    )
    return merged.with_columns(contradictions=_contradictions())


def _plain() -> list[pl.Expr]:
    placed = pl.col("lat").is_not_null()
    doubt = pl.col("voice_doubt").filter("first_of_voice").sum() / 2
    return [
        pl.col("report_id").first().alias("anchor"),
        pl.col("lat").filter(placed).first(),
        pl.col("lon").filter(placed).first(),
        pl.col("location_radius_m").filter(placed).first(),
        pl.col("place_name").drop_nulls().first(),
        pl.len().cast(pl.Int64).alias("n_reports"),
        pl.col("voice").n_unique().cast(pl.Int64).alias("n_independent"),
        pl.when(pl.col("voice").n_unique() > 1)
        .then(1 - doubt.exp())
        .otherwise(0.0)
        .round(4)
        .alias("corroboration_probability"),
        pl.col("occurred_from", "occurred_to").first(),
    ]


def _ranges(ordered: pl.DataFrame, runs: Runs) -> Iterator[pl.Series]:
    """Yield low, best and high of each casualty column, and whether the sources differ."""
    figures = ordered.select(**_figures())
    for act in _ACTS:
        low, best, high = (figures[f"{act}_{bound}"] for bound in ("low", "best", "high"))
        yield from (runs.lowest(low), runs.middle(best), runs.highest(high))
        yield (runs.highest(low) > runs.lowest(high)).alias(f"{act}_differs")


def _figures() -> dict[str, pl.Expr]:
    """Return what one report gives as low, best and high; a single figure is its whole range."""
    return {
        f"{act}_{bound}": _figure(act, bound) for act in _ACTS for bound in ("low", "best", "high")
    }


def _figure(act: str, bound: str) -> pl.Expr:
    """Return what one report gives as a bound, or the figure that stands nearest to it."""
    nearest = {
        "low": ("low", "best", "high"),
        "best": ("best", "low", "high"),
        "high": ("high", "best", "low"),
    }
    return pl.coalesce(f"{act}_{name}" for name in nearest[bound])


def _interval(ordered: pl.DataFrame, runs: Runs) -> list[pl.Expr]:
    """Return where the intervals overlap, and that of the most precise report where they do not."""
    latest = pl.lit(runs.highest(ordered["occurred_from"]))
    earliest = pl.lit(runs.lowest(ordered["occurred_to"]))
    meets = (latest < earliest).fill_null(value=True)
    return [
        pl.when(meets).then(latest).otherwise("occurred_from").alias("occurred_from"),
        pl.when(meets).then(earliest).otherwise("occurred_to").alias("occurred_to"),
        (~meets).alias("occurred_differs"),
    ]


def _list_ids(ordered: pl.DataFrame) -> pl.Series:
    """Return by group its reports, in order."""
    sorted_ids = ordered.select("group", "report_id").sort("group", "report_id")
    listed = sorted_ids.group_by("group", maintain_order=True).agg("report_id")
    return listed["report_id"].list.join(BAR).alias("report_ids")


def _unite_lists(ordered: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return by group the union of lists, sorted."""
    stated = ordered.drop_nulls(name)
    return (
        stated.select("group", split_column(pl.col(name)))
        .explode(name)
        .group_by("group")
        .agg(join_column(pl.col(name).unique().sort()))
    )


def _attributes(ordered: pl.DataFrame) -> pl.DataFrame:
    """Return by group what its reports say of further facts; one on which they disagree is left unknown."""
    stated = split_facts(ordered["attributes"])
    return (
        stated.select(pl.lit(ordered["group"].gather(stated["row"])), "name", "value")
        .with_columns(pl.col("name", "value").str.strip_chars())
        .unique()
        .filter(pl.struct("group", "name").is_unique())
        .sort("group", "name")
        .group_by("group", maintain_order=True)
        .agg(join_facts_column(pl.col("name"), pl.col("value")).alias("attributes"))
    )


def _find_elsewhere(ordered: pl.DataFrame, merged: pl.DataFrame, runs: Runs) -> pl.Series:
    """Return by group whether a report's disc does not touch that of the best place."""
    best = merged.select("lat", "lon", radius=pl.col("location_radius_m").fill_null(np.inf))
    lon, lat, radius = (ordered[name].to_numpy() for name in ("lon", "lat", "radius"))
    best_lon, best_lat, best_radius = (
        best[name].to_numpy()[runs.of] for name in ("lon", "lat", "radius")
    )
    # what is not placed has no distance, which is not beyond any
    apart = distance_m(lon, lat, best_lon, best_lat) > radius + best_radius
    return pl.Series(runs.any(apart))


def _contradictions() -> pl.Expr:
    fields = (*(name.value for name in _CODES), "occurred", "place", "actor", *_ACTS)
    named = [
        pl.when(pl.col(f"{name}_differs").fill_null(value=False)).then(pl.lit(name))
        for name in fields
    ]
    return pl.concat_str(named, separator=BAR, ignore_nulls=True).replace("", None)
