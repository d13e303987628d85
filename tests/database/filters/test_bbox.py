"""Boxes: plain degrees only, and the smallest arc that holds longitudes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundtruce.database.filters.bbox import Box, find_arc

_HALF_TURNS = st.integers(-18_000, 18_000).map(lambda one: one / 100)


@pytest.mark.parametrize(
    "text",
    [
        "10,0,nan,10",
        "nan,0,10,10",
        "inf,0,10,10",
        "1_0,0,20,10",
        "1e1,0,20,10",
        "٣,0,20,10",
        "0,0,181,10",
        "0,10,20,0",
        "0,0,20,90.1",
        "0,0,20",
        "0,0,20,10,5",
        "0,0,,10",
        ".,0,20,10",
    ],
)
def test_what_is_no_box_is_refused(text: str) -> None:
    """Only plain decimal numbers within the world are degrees."""
    with pytest.raises(ValueError, match=r".*"):
        Box.parse(text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("36.80, +36,37.4 ,36.5", "36.8,36,37.4,36.5"),
        (".5,-0.0,1.,1", "0.5,0,1,1"),
        ("-180,-90,180,90", "-180,-90,180,90"),
        ("-180,0,-179,20", "180,0,-179,20"),
        ("179,0,180,20", "179,0,-180,20"),
        ("180,0,180,20", "180,0,-180,20"),
        ("-180,0,-180,20", "180,0,-180,20"),
    ],
)
def test_a_box_is_written_in_one_way(text: str, canonical: str) -> None:
    """What is read from the canonical text is written as that text again."""
    assert str(Box.parse(text)) == canonical
    assert str(Box.parse(canonical)) == canonical


@given(st.lists(_HALF_TURNS, min_size=1, max_size=8))
def test_an_arc_holds_all_and_none_is_smaller(lon: list[float]) -> None:
    """Of the arcs that begin at one of the places and hold all of them, it is as narrow as the narrowest."""
    west, east = find_arc(np.array(lon))
    narrowest = min(max((one - begin) % 360 for one in lon) for begin in lon)
    assert {west, east} <= set(lon)
    assert max((one - west) % 360 for one in lon) == pytest.approx((east - west) % 360)
    assert (east - west) % 360 == pytest.approx(narrowest)
