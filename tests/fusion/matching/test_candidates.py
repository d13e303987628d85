"""Candidates: the search on grids, against every two reports of small worlds."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import examples
from tests.fusion.worlds import ROW, table

from groundtruce.fusion.features.encode import Encoded, encode
from groundtruce.fusion.matching.candidates import (
    REACH_FACTOR,
    REACH_SLACK_M,
    SLACK_S,
    find_candidates,
)
from groundtruce.model.place import EARTH_RADIUS_M


def touch(reports: Encoded, one: int, two: int) -> bool:
    """Return whether discs and intervals of two reports touch, within tolerance."""
    gap = max(reports.start[[one, two]]) - min(reports.end[[one, two]])
    slack = SLACK_S[reports.length_class[one]] + SLACK_S[reports.length_class[two]]
    distance_m = np.linalg.norm(reports.point[one] - reports.point[two]) * EARTH_RADIUS_M
    reach = REACH_FACTOR * np.hypot(*reports.radius[[one, two]]) + REACH_SLACK_M
    return bool(gap < slack and distance_m <= reach and reports.linkable[[one, two]].all())


@examples(15)
@given(st.lists(ROW, min_size=2, max_size=14))
def test_every_two_reports_that_touch_are_found_once(rows: list[dict[str, object]]) -> None:
    """At poles, the antimeridian and with any precision; the later report comes first."""
    reports = encode(table(rows, text=False))
    found = [
        tuple(pair) for part in find_candidates(reports) for some in part.pairs() for pair in some.T
    ]
    every = combinations(range(len(reports)), 2)
    assert sorted(found) == sorted((two, one) for one, two in every if touch(reports, one, two))


@examples(8)
@given(st.lists(ROW, min_size=2, max_size=14))
def test_candidates_of_other_sources_are_counted(rows: list[dict[str, object]]) -> None:
    """Each report has as many as it touches reports of other sources."""
    reports = encode(table(rows, text=False))
    degree = np.zeros(len(reports), np.int64)
    for part in find_candidates(reports):
        part.count(degree, 0)
    source = reports.source
    for one in range(len(reports)):
        others = [two for two in range(len(reports)) if source[two] != source[one]]
        assert degree[one] == sum(touch(reports, one, two) for two in others)
