"""A seeded generator of synthetic report tables; nothing in them happened."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from groundtruce.model.table import INCIDENTS

__all__ = ["synthetic_incidents", "synthetic_reports"]

_START = datetime(2016, 2, 27, tzinfo=UTC)
_KINDS = ("fire.mortar", "fire.shelling", "fire.airstrike", "fire", "civilians.attack")
_SOURCES = tuple(f"synthetic source {number}" for number in range(12))


def synthetic_reports(count: int, seed: int, per_day: int = 2_000) -> pl.DataFrame:
    """Return `count` reports as text cells, `per_day` of them a day, over 600 x 400 km."""
    chance = np.random.default_rng(seed)
    minutes = np.sort(chance.integers(0, max(count // per_day, 1) * 1_440, count))
    starts = [_START + timedelta(minutes=int(minute)) for minute in minutes]
    killed = chance.poisson(1.2, count)
    return pl.DataFrame(
        {
            "report_id": [f"SYN-{number:08}" for number in range(count)],
            "source": chance.choice(_SOURCES, count),
            "source_kind": chance.choice(("monitor", "media", "party"), count),
            "occurred_from": [moment.isoformat() for moment in starts],
            "occurred_to": [(moment + timedelta(hours=2)).isoformat() for moment in starts],
            "time_precision": ["hours"] * count,
            "lat": np.char.mod("%.5f", chance.uniform(33, 36.6, count)),
            "lon": np.char.mod("%.5f", chance.uniform(36.7, 42, count)),
            "location_radius_m": chance.choice(("500", "3000", "25000"), count),
            "place_name": [f"synthetic place {number % 997}" for number in range(count)],
            "kind": chance.choice(_KINDS, count),
            "actor": chance.choice(("side one", "side two", ""), count),
            "killed_low": killed.astype(str),
            "killed_best": killed.astype(str),
            "killed_high": (killed + 1).astype(str),
            "text": ["synthetic report, written by a generator"] * count,
            "language": ["en"] * count,
            "reference": [f"generator, seed {seed}"] * count,
            "licence": ["synthetic"] * count,
        }
    )


def synthetic_incidents(count: int, seed: int) -> pl.DataFrame:
    """Return an incident table over 500 days: two sides, half of the rows known to one or a few kilometres."""
    chance = np.random.default_rng(seed)
    starts = np.datetime64(_START.replace(tzinfo=None), "us") + np.sort(
        chance.integers(-20 * 1_440, 480 * 1_440, count)
    ).astype("timedelta64[m]")
    sides = chance.choice(("side one", "side two"), count)
    noted = ("calibre=122|ordered=yes", "calibre=82|ordered=no", "ordered=no", None)
    empty = {
        name: pl.Series(name, [None] * count, dtype) for name, dtype in INCIDENTS.schema.items()
    }
    return pl.DataFrame(
        {
            **empty,
            "incident_id": pl.Series([f"I-SYN{number:09}" for number in range(count)]),
            "occurred_from": pl.Series(starts).dt.replace_time_zone("UTC"),
            "occurred_to": pl.Series(starts + np.timedelta64(2, "h")).dt.replace_time_zone("UTC"),
            "lat": chance.uniform(33, 36.6, count),
            "lon": chance.uniform(36.7, 42, count),
            "location_radius_m": chance.choice((500.0, 3_000.0, 25_000.0), count),
            "kind": chance.choice(_KINDS, count),
            "actor": pl.Series(np.where(chance.random(count) < 0.7, sides, "")).replace("", None),
            "involved": pl.Series(["side one|side two"] * count),
            "target": chance.choice(("combatant", "civilian"), count),
            "attributes": pl.Series(chance.choice(4, count)).replace_strict(
                dict(enumerate(noted)), return_dtype=pl.String
            ),
        },
        schema=INCIDENTS.schema,
        strict=False,
    )
