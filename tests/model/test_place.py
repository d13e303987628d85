"""Distances on the sphere."""

import numpy as np
import pytest

from groundtruce.model.place import EARTH_RADIUS_M, MAX_RADIUS_M, distance_m


def test_a_quarter_of_a_meridian_and_antipodes() -> None:
    """From the equator to the pole, and half around; across the date line it is the short way."""
    lon, lat = np.array([0.0, 0.0, 179.5]), np.array([0.0, 0.0, 0.0])
    other_lon, other_lat = np.array([0.0, 180.0, -179.5]), np.array([90.0, 0.0, 0.0])
    quarter, half, short = distance_m(lon, lat, other_lon, other_lat)
    assert quarter == pytest.approx(np.pi / 2 * EARTH_RADIUS_M)
    assert half == pytest.approx(np.pi * EARTH_RADIUS_M)
    assert half <= MAX_RADIUS_M
    assert short == pytest.approx(np.radians(1.0) * EARTH_RADIUS_M)
