"""Places against a second opinion: distances on the ellipsoid by the geodesic, and each form by its own rule."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from tests.effort import examples

from groundtruce.agreement.zone import Zone
from groundtruce.compliance.questions.geometry import build_grounds, locate, measure_share

GEOD = Geod(ellps="WGS84")
NAME = {"en": "a", "fr": "a", "ar": "a"}


def place(**form: object) -> Zone:
    """Return a place."""
    return Zone.model_validate({"name": NAME, "cite": "a test", **form})


PLACES = {
    "meridian": place(line=[[38.0, 47.0], [38.0, 49.0]]),
    "belt": place(belt={"line": "meridian", "width_m": 50_000, "measured": "in_total"}),
    "each_side": place(belt={"line": "meridian", "width_m": 25_000, "measured": "each_side"}),
    "deep": place(
        belt={
            "line": "meridian",
            "width_m": {"low": 15_000, "high": 20_000},
            "measured": "each_side",
        }
    ),
    "circle": place(circle={"centre": [38.0, 48.0], "radius_m": 3_000}),
    "ring": place(ring={"around": "circle", "within_m": 1_000, "with_place": False}),
    "rough": place(circle={"centre": [38.0, 48.0], "radius_m": 10_000}, uncertainty_m=2_000),
    "box": place(box={"west": 37.0, "south": 47.0, "east": 39.0, "north": 49.0}),
    "open": place(undetermined=NAME),
}
GROUNDS = build_grounds(PLACES)
METRES = st.floats(0, 60_000)
BEARINGS = st.floats(0, 360)
RADII = st.floats(0, 5_000)


def asked(name: str, lon: float, lat: float, radius_m: float = 0.0) -> bool | None:
    """Return whether a disc is within a place, None where that is open."""
    ground = GROUNDS[name]
    assert ground is not None
    inside, outside = locate(ground, np.array([lat]), np.array([lon]), np.array([radius_m]))
    assert not (inside[0] and outside[0])
    return True if inside[0] else False if outside[0] else None


def expected(distance_m: float, low_m: float, high_m: float, radius_m: float) -> bool | None:
    """Return what the distance from the middle says, None where the disc may be on either side."""
    if distance_m + radius_m <= low_m:
        return True
    return False if distance_m - radius_m > high_m else None


@examples(60)
@given(METRES, BEARINGS, RADII)
def test_a_circle_keeps_its_metres(distance_m: float, bearing: float, radius_m: float) -> None:
    """Within a metre in a thousand of the geodesic, in every direction and for every disc."""
    lon, lat, _ = GEOD.fwd(38.0, 48.0, bearing, distance_m)
    for name, low, high in (("circle", 3_000, 3_000), ("rough", 8_000, 12_000)):
        edges = (abs(distance_m + s * radius_m - e) for s in (-1, 1) for e in (low, high))
        if min(edges) > 15:
            assert asked(name, lon, lat, radius_m) is expected(distance_m, low, high, radius_m)


@examples(60)
@given(METRES, st.floats(-20_000, 20_000), RADII)
def test_a_belt_keeps_its_metres(distance_m: float, along_m: float, radius_m: float) -> None:
    """A width in total is halved; a width as a range leaves what lies between open."""
    lon, lat, _ = GEOD.fwd(38.0, 48.0, 0.0, along_m)
    lon, lat, _ = GEOD.fwd(lon, lat, 90.0, distance_m)
    for name, low, high in (("belt", 25_000, 25_000), ("deep", 15_000, 20_000)):
        edges = (abs(distance_m + s * radius_m - e) for s in (-1, 1) for e in (low, high))
        if min(edges) > 150:
            answer = asked(name, lon, lat, radius_m)
            assert answer is expected(distance_m, low, high, radius_m)
            assert name != "belt" or asked("each_side", lon, lat, radius_m) is answer


def test_a_ring_leaves_its_place_out() -> None:
    """Half a kilometre beyond the edge is within; the middle and two kilometres are not."""
    for distance_m, within_it in ((0, False), (3_500, True), (5_000, False)):
        lon, lat, _ = GEOD.fwd(38.0, 48.0, 90.0, distance_m)
        assert asked("ring", lon, lat) is within_it


def test_a_point_on_the_edge_is_inside() -> None:
    """`covers`, and not `contains`."""
    for lon, lat in ((37.0, 48.0), (39.0, 49.0), (38.0, 47.0)):
        assert asked("box", lon, lat) is True


def test_what_is_open_has_no_ground() -> None:
    """No outline is made up."""
    assert GROUNDS["open"] is None


@pytest.mark.parametrize(("east_m", "share"), [(0, 1.0), (25_000, 0.5), (60_000, 0.0)])
def test_the_share_of_a_disc(east_m: float, share: float) -> None:
    """Whole, half across the straight edge of a belt, and nothing."""
    ground = GROUNDS["belt"]
    assert ground is not None
    lon, lat, _ = GEOD.fwd(38.0, 48.0, 90.0, east_m)
    at = (np.array([lat]), np.array([lon]), np.array([4_000.0]))
    found = measure_share(ground, *at, locate(ground, *at))[0]
    assert found == pytest.approx(share, abs=0.03)


def test_an_incident_without_a_place_is_neither() -> None:
    """And has no share."""
    ground = GROUNDS["box"]
    assert ground is not None
    at = (np.array([np.nan]), np.array([np.nan]), np.array([0.0]))
    masks = locate(ground, *at)
    assert not masks[0][0]
    assert not masks[1][0]
    assert np.isnan(measure_share(ground, *at, masks)[0])
