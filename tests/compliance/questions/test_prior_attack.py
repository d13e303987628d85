"""Prior attacks against the plain reading of the rule, pair by pair."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from groundtruce.compliance.questions.prior_attack import Reach, find_prior_attacks

PAIRS = pl.DataFrame(
    {
        "pair": [0, 1, 2],
        "by_label": ["a", "b", "a"],
        "on_label": ["b", "a", "b"],
        "undirected": [False, False, True],
    }
)
START = datetime(2016, 3, 1, tzinfo=UTC)
WITHIN_S, WITHIN_M = 1_800.0, 10_000.0


def incidents(seed: int, count: int = 250) -> pl.DataFrame:
    """Return incidents of two sides over a day and some dozen km, some anywhere, some without place or time."""
    chance = np.random.default_rng(seed)
    begin = [START + timedelta(minutes=int(minute)) for minute in chance.integers(0, 1_500, count)]
    length = [timedelta(minutes=int(minute)) for minute in chance.choice((0, 3, 40), count)]
    finish = [one + more for one, more in zip(begin, length, strict=True)]
    frame = pl.DataFrame(
        {
            "kind": chance.choice(("fire.mortar", "access"), count),
            "occurred_from": pl.Series(begin).dt.cast_time_unit("us"),
            "occurred_to": pl.Series(finish).dt.cast_time_unit("us"),
            "lat": chance.uniform(35.0, 35.4, count),
            "lon": chance.uniform(36.0, 36.4, count),
            "location_radius_m": chance.choice(
                (0.0, 500.0, 6_000.0, 2e7), count, p=(0.32, 0.32, 0.32, 0.04)
            ),
            "pair": pl.Series(chance.integers(0, 3, count)),
        }
    )
    placed, timed = pl.Series(chance.random(count) > 0.1), pl.Series(chance.random(count) > 0.05)
    return frame.with_columns(
        pl.when(placed).then(pl.col("lat", "lon")),
        pl.when(timed).then(pl.col("occurred_from")),
    )


def metres(one: dict[str, float], other: dict[str, float]) -> float:
    """Return the great-circle distance."""
    lat, lon, lat_2, lon_2 = np.radians([one["lat"], one["lon"], other["lat"], other["lon"]])
    half = np.sin((lat_2 - lat) / 2) ** 2
    half += np.cos(lat) * np.cos(lat_2) * np.sin((lon_2 - lon) / 2) ** 2
    return float(2 * 6_371_008.8 * np.arcsin(np.sqrt(half)))


def plainly(rows: list[dict[str, object]], at: int) -> bool | None:
    """Return the answer for one row, by looking at every other."""
    row = rows[at]
    if row["occurred_from"] is None:
        return None
    answers = [preceded(row, other) for number, other in enumerate(rows) if number != at]
    if True in answers:
        return True
    return None if None in answers else False


def preceded(row: dict[str, object], other: dict[str, object]) -> bool | None:
    """Return whether another incident is an attack on those who acted, within the limits."""
    directed = {0: 1, 1: 0}
    if directed.get(int(str(row["pair"]))) != other["pair"]:
        return False
    if not str(other["kind"]).startswith("fire") or other["occurred_from"] is None:
        return False
    begin, finish = row["occurred_from"], row["occurred_to"]
    before, until = other["occurred_from"], other["occurred_to"]
    assert isinstance(begin, datetime)
    assert isinstance(finish, datetime)
    assert isinstance(before, datetime)
    assert isinstance(until, datetime)
    window = timedelta(seconds=WITHIN_S)
    possible = before < finish and begin - until <= window
    sure = until <= begin and finish - before <= window
    if row["lat"] is None or other["lat"] is None:
        return None if possible else False
    spread = float(str(row["location_radius_m"])) + float(str(other["location_radius_m"]))
    apart = metres(
        {name: float(str(row[name])) for name in ("lat", "lon")},
        {name: float(str(other[name])) for name in ("lat", "lon")},
    )
    if not possible or apart - spread > WITHIN_M:
        return False
    return True if sure and apart + spread <= WITHIN_M else None


@pytest.mark.parametrize("seed", range(6))
def test_the_join_agrees_with_the_plain_reading(seed: int) -> None:
    """For every row, whatever cell it lies in."""
    facts = incidents(seed)
    rows = facts.to_dicts()
    found = find_prior_attacks(facts, PAIRS, Reach(WITHIN_S, WITHIN_M)).to_list()
    directed = [number for number, row in enumerate(rows) if row["pair"] != 2]
    assert [found[at] for at in directed] == [plainly(rows, at) for at in directed]
    assert {True, False, None} <= set(found)
