"""Incidents: what the reports of a group say together, with every contradiction kept.

* Place and time come from the most precise report and from where the intervals overlap.
* A kind, weapon or target is the deepest code that the most reports agree with.
* Casualties stay a range: the lowest low, the highest high, and the median of the sources' best.
* A field on which reports disagree beyond their precision is listed in `contradictions`.
"""

from base64 import b32encode
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

import polars as pl

from groundtruce.model.table import INCIDENTS
from groundtruce.model.vocabulary import VocabularyName, agrees

__all__ = ["consolidate", "incident_ids"]

_ID_LENGTH = 12
"""Characters of base 32: 60 bits, a collision among ten million incidents has odds of 1 in 23,000."""


def incident_ids(report_ids: pl.Series) -> pl.Series:
    """Return the identifiers of the incidents that are anchored on these reports."""
    return pl.Series(
        "incident_id",
        [
            "I-" + b32encode(sha256(text.encode()).digest())[:_ID_LENGTH].decode().lower()
            for text in report_ids
        ],
    )


def consolidate(reports: pl.DataFrame) -> pl.DataFrame:
    """Return the incident table, with the column `group`, of reports that carry it (incident number).

    Reports are in the order of their identifiers; so the outcome does not depend on their arrival.
    """
    ordered = reports.with_columns(
        source_group=pl.coalesce("source_group", "source"),
        radius=pl.col("location_radius_m").fill_null(float("inf")),
        duration=(pl.col("occurred_to") - pl.col("occurred_from")).fill_null(
            pl.duration(days=36500)
        ),
    ).sort("group", "radius", "duration", "report_id")
    merged = ordered.group_by("group", maintain_order=True).agg(*_plain(), *_ranges(), *_votes())
    merged = merged.with_columns(incident_ids(merged["anchor"]))
    merged = merged.with_columns(
        *_interval(),
        *(_code(merged[f"{name}_list"], name) for name in (_KIND, _WEAPON, _TARGET)),
        *_who(merged),
        contradictions=_contradictions(merged),
        attributes=_attributes(merged["attributes_list"]),
    )
    return merged.select("group", *INCIDENTS.names).sort("incident_id")


_KIND, _WEAPON, _TARGET = VocabularyName.KIND, VocabularyName.WEAPON, VocabularyName.TARGET


def _plain() -> list[pl.Expr]:
    placed = pl.col("lat").is_not_null()
    return [
        pl.col("report_id").first().alias("anchor"),
        pl.col("lat").filter(placed).first(),
        pl.col("lon").filter(placed).first(),
        pl.col("location_radius_m").filter(placed).first(),
        pl.col("place_name").drop_nulls().first(),
        pl.len().cast(pl.Int64).alias("n_reports"),
        pl.col("source_group").n_unique().cast(pl.Int64).alias("n_independent"),
        pl.col("report_id").sort().str.join("|").alias("report_ids"),
        pl.col("occurred_from").max().alias("latest_start"),
        pl.col("occurred_to").min().alias("earliest_end"),
        pl.col("occurred_from").first().alias("anchor_from"),
        pl.col("occurred_to").first().alias("anchor_to"),
    ]


def _ranges() -> list[pl.Expr]:
    """Low, best and high of each casualty column; a single figure of a source is its whole range."""
    ranges: list[pl.Expr] = []
    for act in ("killed", "injured"):
        low, best, high = (f"{act}_{bound}" for bound in ("low", "best", "high"))
        lowest = pl.coalesce(low, best, high)
        highest = pl.coalesce(high, best, low)
        middle = pl.coalesce(best, low, high)
        ranges += [
            lowest.min().alias(low),
            middle.sort().get((middle.count() - 1) // 2, null_on_oob=True).alias(f"{act}_best"),
            highest.max().alias(high),
            (lowest.max() > highest.min()).fill_null(value=False).alias(f"{act}_disjoint"),
        ]
    return ranges


def _votes() -> list[pl.Expr]:
    named = pl.col("actor").is_not_null()
    return [
        *(
            pl.col(name.value).drop_nulls().sort().alias(f"{name}_list")
            for name in (_KIND, _WEAPON, _TARGET)
        ),
        pl.struct("actor", "source_group").filter(named).unique().alias("actor_list"),
        pl.col("involved")
        .drop_nulls()
        .str.split("|")
        .explode()
        .unique()
        .sort()
        .alias("involved_list"),
        pl.col("attributes")
        .drop_nulls()
        .str.split("|")
        .explode()
        .drop_nulls()
        .unique()
        .sort()
        .alias("attributes_list"),
    ]


def _interval() -> list[pl.Expr]:
    meets = (pl.col("latest_start") < pl.col("earliest_end")).fill_null(value=True)
    return [
        pl.when(meets).then("latest_start").otherwise("anchor_from").alias("occurred_from"),
        pl.when(meets).then("earliest_end").otherwise("anchor_to").alias("occurred_to"),
    ]


def _code(lists: pl.Series, name: VocabularyName) -> pl.Series:
    """Return for each list of codes the one that most of them agree with, the deepest of equals."""
    known: dict[tuple[str, ...], str | None] = {}
    chosen: list[str | None] = []
    for codes in lists.to_list():
        key = tuple(codes)
        if key not in known:
            known[key] = _agreed(name, key)
        chosen.append(known[key])
    return pl.Series(name.value, chosen, pl.String)


def _agreed(name: VocabularyName, codes: Sequence[str]) -> str | None:
    if not codes:
        return None
    counted = Counter(codes)
    return max(
        sorted(counted),
        key=lambda code: (
            sum(count for other, count in counted.items() if agrees(name, code, other)),
            code.count("."),
            counted[code],
        ),
    )


def _who(merged: pl.DataFrame) -> list[pl.Series]:
    """Return the actor whom most source groups name, the share that does, and who was involved."""
    actors: list[str | None] = []
    shares: list[float | None] = []
    for named in merged["actor_list"].to_list():
        if not named:
            actors.append(None)
            shares.append(None)
            continue
        counted = Counter(entry["actor"] for entry in named)
        actor = max(sorted(counted), key=lambda name: counted[name])
        actors.append(actor)
        shares.append(round(counted[actor] / counted.total(), 4))
    return [
        pl.Series("actor", actors, pl.String),
        pl.Series("actor_probability", shares, pl.Float64),
        merged["involved_list"].list.join("|").replace("", None).alias("involved"),
    ]


def _attributes(lists: pl.Series) -> pl.Series:
    """Return what the reports say of further facts; one on which they disagree is left unknown."""
    kept: list[str | None] = []
    for noted in lists.to_list():
        values: dict[str, set[str]] = {}
        for one in noted:
            name, _, value = one.partition("=")
            values.setdefault(name.strip(), set()).add(value.strip())
        agreed = (f"{name}={min(said)}" for name, said in values.items() if len(said) == 1)
        kept.append("|".join(agreed) or None)
    return pl.Series("attributes", kept, pl.String)


def _contradictions(merged: pl.DataFrame) -> pl.Series:
    late = (merged["latest_start"] >= merged["earliest_end"]).fill_null(value=False).to_list()
    killed, injured = merged["killed_disjoint"].to_list(), merged["injured_disjoint"].to_list()
    lists = {name: merged[f"{name}_list"].to_list() for name in (_KIND, _WEAPON, _TARGET)}
    actors = merged["actor_list"].to_list()
    found: list[str | None] = []
    for index in range(merged.height):
        fields = [name.value for name in lists if _conflict(name, lists[name][index])]
        if late[index]:
            fields.append("occurred")
        if len({entry["actor"] for entry in actors[index]}) > 1:
            fields.append("actor")
        if killed[index]:
            fields.append("killed")
        if injured[index]:
            fields.append("injured")
        found.append("|".join(fields) or None)
    return pl.Series("contradictions", found, pl.String)


def _conflict(name: VocabularyName, codes: Sequence[str]) -> bool:
    distinct = sorted(set(codes))
    return any(
        not agrees(name, one, two)
        for index, one in enumerate(distinct)
        for two in distinct[index + 1 :]
    )
