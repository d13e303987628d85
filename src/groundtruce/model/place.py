"""Places: a point of WGS 84 and the radius in metres that holds the place with about 95 %.

* Longitude and latitude are degrees; inside the program the order is lon, lat.
* Distances are great-circle metres on the mean sphere; the error against the ellipsoid is below 0.6 %.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["EARTH_RADIUS_M", "MAX_RADIUS_M", "Place", "distance_m"]

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the WGS 84 ellipsoid (IUGG)."""

MAX_RADIUS_M = 20_038_000.0
"""Half the circumference: a larger radius says nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point with its radius; `radius_m` is None where the source's precision is unknown."""

    lon: float
    lat: float
    radius_m: float | None


def distance_m(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    other_lon: NDArray[np.float64],
    other_lat: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return great-circle distances in metres between points given in degrees (haversine)."""
    phi, other_phi = np.radians(lat), np.radians(other_lat)
    half_dphi = (other_phi - phi) / 2
    half_dlambda = np.radians(other_lon - lon) / 2
    a = np.sin(half_dphi) ** 2 + np.cos(phi) * np.cos(other_phi) * np.sin(half_dlambda) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(a, 0.0, 1.0))))
