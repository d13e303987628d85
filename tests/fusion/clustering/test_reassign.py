"""Reassignment: what an incident is taken to be without one of its reports."""

from collections import Counter
from statistics import median_high

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import examples

from groundtruce.fusion.clustering.reassign import (
    HIGH,
    LOW,
    TARGET,
    Members,
    describe_incidents,
)

_COUNT = 7


def members(seed: int) -> Members:
    """Return reports made of chance, some of what they say unknown."""
    chance = np.random.default_rng(seed)
    point = chance.standard_normal((_COUNT, 3))
    start = chance.integers(0, 50, _COUNT)
    codes = chance.integers(-1, 3, (4, _COUNT)).astype(np.int32)
    low = chance.integers(-1, 5, _COUNT)
    return Members(
        point=point / np.linalg.norm(point, axis=1, keepdims=True),
        radius=chance.choice([50.0, 500.0, 5_000.0], _COUNT),
        start=start,
        end=start + chance.integers(1, 60, _COUNT),
        kind=codes[0],
        weapon=codes[1],
        target=codes[2],
        actor=codes[3],
        low=low,
        high=np.where(low >= 0, low + 1, -1),
        parties=chance.integers(0, 8, _COUNT),
        text=chance.standard_normal((_COUNT, 4)).astype(np.float32),
    )


def middle(figures: list[int]) -> int:
    """Return the middle one of what is known, the higher of two."""
    known = [figure for figure in figures if figure >= 0]
    return median_high(known) if known else -1


@examples(20)
@given(st.integers(0, 2**16), st.integers(0, _COUNT - 1))
def test_an_incident_is_what_its_other_reports_say(seed: int, without: int) -> None:
    """Placed by precision, timed where intervals overlap, named by most, with the middle figures."""
    reports = members(seed)
    point, radius, start, end, codes, figures, parties, text = describe_incidents.plain(
        np.arange(_COUNT),
        np.array([0, _COUNT]),
        np.array([without], np.int32),
        np.array([0], np.int32),
        reports,
        16,
    )
    others = [number for number in range(_COUNT) if number != without]
    place = (reports.point[others] / reports.radius[others, None] ** 2).sum(axis=0)
    assert point[0] == pytest.approx(place / np.linalg.norm(place))
    assert radius[0] == reports.radius[others].min()
    latest, earliest = reports.start[others].max(), reports.end[others].min()
    shortest = min(others, key=lambda number: reports.end[number] - reports.start[number])
    apart = latest >= earliest
    assert start[0] == (reports.start[shortest] if apart else latest)
    assert end[0] == (reports.end[shortest] if apart else earliest)
    votes = Counter(code for code in reports.target[others].tolist() if code >= 0)
    assert codes[TARGET, 0] == min(votes, key=lambda code: (-votes[code], code), default=-1)
    assert figures[LOW, 0] == middle(reports.low[others].tolist())
    assert figures[HIGH, 0] == middle(reports.high[others].tolist())
    assert parties[0] == np.bitwise_or.reduce(reports.parties[others])
    joint = reports.text[others].sum(axis=0)
    assert text[0] == pytest.approx(joint / np.linalg.norm(joint), abs=1e-5)
