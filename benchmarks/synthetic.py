"""A seeded generator of synthetic report tables; nothing in them happened."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

__all__ = ["synthetic_reports"]

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
