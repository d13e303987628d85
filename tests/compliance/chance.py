"""Random incidents around an agreement: its places, its parties, its start; nothing in them happened."""

from datetime import timedelta

import numpy as np
import polars as pl
from numpy.random import Generator

from groundtruce.agreement.terms import Agreement
from groundtruce.model.instant import parse_instant
from groundtruce.model.table import INCIDENTS
from groundtruce.model.vocabulary import VocabularyName, load_vocabulary


def random_incidents(agreement: Agreement, count: int, seed: int) -> pl.DataFrame:
    """Return `count` incidents, ordered by nothing; each field is unknown in a part of the rows."""
    chance = np.random.default_rng(seed)
    start = agreement.in_force_at or parse_instant("2018-02-25T00:00:00Z")
    begin = np.datetime64((start - timedelta(days=2)).replace(tzinfo=None), "us") + chance.integers(
        0, 40 * 1_440, count
    ).astype("timedelta64[m]")
    length = chance.choice((1, 5, 60, 1_440), count).astype("timedelta64[m]")
    lon, lat = _positions(agreement, chance, count)
    names = [name for party in agreement.parties for name in (party.id, *party.names[:1])]
    names += ["nobody listed", ""]
    one, other = chance.choice(names, count), chance.choice(names, count)
    codes = {name: list(load_vocabulary(name)) for name in VocabularyName}
    kinds = [kind for clause in agreement.clauses if clause.act for kind in clause.act.kinds]
    kinds += codes[VocabularyName.KIND][::7]
    raw = {
        "incident_id": pl.Series([f"I-{number:07}" for number in range(count)]),
        "occurred_from": _holed(pl.Series(begin).dt.replace_time_zone("UTC"), chance, 0.03),
        "occurred_to": _holed(pl.Series(begin + length).dt.replace_time_zone("UTC"), chance, 0.03),
        "lat": pl.Series(lat),
        "lon": pl.Series(lon),
        "location_radius_m": pl.Series(chance.choice((0.0, 500.0, 5_000.0, 50_000.0), count)),
        "kind": pl.Series(chance.choice(kinds, count)),
        "weapon": _holed(
            pl.Series(chance.choice(codes[VocabularyName.WEAPON], count)), chance, 0.2
        ),
        "target": _holed(
            pl.Series(chance.choice(codes[VocabularyName.TARGET], count)), chance, 0.2
        ),
        "actor": _holed(pl.Series(one), chance, 0.3),
        "involved": pl.Series(
            [f"{a}|{b}".strip("|") or None for a, b in zip(one, other, strict=True)]
        ),
        "attributes": pl.Series([_attributes(agreement, chance) for _ in range(count)]),
    }
    placed = pl.Series(chance.random(count) >= 0.05)
    frame = pl.DataFrame(raw, schema_overrides={"attributes": pl.String}).with_columns(
        pl.when(placed).then(pl.col("lat", "lon")),
        pl.col("actor").replace("", None),
    )
    missing = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in INCIDENTS.schema.items()
        if name not in raw
    ]
    return frame.with_columns(missing).select(INCIDENTS.names).cast(pl.Schema(INCIDENTS.schema))


def _holed(values: pl.Series, chance: Generator, share: float) -> pl.Series:
    known = pl.Series(chance.random(len(values)) >= share)
    return pl.select(pl.when(known).then(values)).to_series()


def _positions(
    agreement: Agreement, chance: Generator, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return points around the positions that the document names, so that every edge is met."""
    known: list[tuple[float, float]] = []
    for place in agreement.places.values():
        known += [*(place.polygon or ()), *(place.line or ())]
        if place.circle is not None:
            known.append(place.circle.centre)
        if place.box is not None:
            known += [(place.box.west, place.box.south), (place.box.east, place.box.north)]
    at = np.array(known or [(18.5, 44.5)])[chance.integers(0, max(len(known), 1), count)]
    spread = chance.choice((0.002, 0.05, 0.3, 2.0), count)[:, None]
    moved = at + chance.normal(0, 1, (count, 2)) * spread
    return moved[:, 0], np.clip(moved[:, 1], -85, 85)


def _attributes(agreement: Agreement, chance: Generator) -> str | None:
    told = []
    for name, fact in agreement.facts.items():
        if chance.random() < 0.4:
            continue
        value = (
            str(chance.choice((82, 100, 122, 152)))
            if fact.unit
            else str(chance.choice(("yes", "no")))
        )
        told.append(f"{name}={value}")
    if chance.random() < 0.1:
        told.append("associated=yes")
    return "|".join(told) or None
