"""The map of a day: the same bytes for the same markers, shapes that differ, ground everywhere."""

import random
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from groundtruce.maps.basemap import MapBox, country_name, ground
from groundtruce.maps.static_map import (
    MapPicture,
    Marker,
    PlaceLabel,
    render_map,
    too_coarse,
)
from groundtruce.maps.symbol import Symbol, symbol_svg

SVG = "{http://www.w3.org/2000/svg}"


def marker(
    key: str = "1",
    *,
    lat: float = 36.2,
    lon: float = 37.16,
    radius_m: float = 5_000,
    symbol: Symbol = Symbol.BREACH,
    title: str = "Shelling",
) -> Marker:
    return Marker(key=key, lat=lat, lon=lon, radius_m=radius_m, symbol=symbol, title=title)


def drawn(
    *markers: Marker, language: str = "en", places: tuple[PlaceLabel, ...] = ()
) -> MapPicture:
    return render_map(markers, language=language, title="A & B", description="<D>", places=places)


def spread(count: int) -> list[Marker]:
    """Markers all over Syria, of all symbols, always the same."""
    chance = random.Random(7)
    return [
        marker(
            str(number),
            lat=chance.uniform(32.5, 36.8),
            lon=chance.uniform(36.0, 41.5),
            radius_m=chance.choice((1_000, 5_000, 30_000)),
            symbol=chance.choice(list(Symbol)),
            title=f"{number}. Shelling, a village",
        )
        for number in range(1, count + 1)
    ]


def test_order_of_markers_does_not_change_the_map() -> None:
    """The same markers give the same bytes, in whatever order they come."""
    markers = [*spread(40), marker("41"), marker("42"), marker("43", symbol=Symbol.EXEMPT)]
    shuffled = random.Random(1).sample(markers, len(markers))
    assert drawn(*shuffled) == drawn(*markers)


def test_each_symbol_has_its_own_shape() -> None:
    """Without colours, no two symbols look the same."""
    shapes = set()
    for symbol in Symbol:
        for element in ET.fromstring(symbol_svg(symbol)):
            shapes.add((element.tag, element.get("d"), element.get("r"), element.get("width")))
    assert len(shapes) == len(Symbol)


@pytest.mark.parametrize("seed", range(20))
def test_no_symbol_hides_another(seed: int) -> None:
    """Two verdicts a few hundred metres apart are both seen, wherever they lie."""
    chance = random.Random(seed)
    lat, lon = chance.uniform(33.5, 36), chance.uniform(36.5, 40.5)
    root = ET.fromstring(
        drawn(
            marker("1", lat=lat, lon=lon, symbol=Symbol.NOT_DETERMINABLE, radius_m=0),
            marker("2", lat=lat + 0.002, lon=lon + 0.002, symbol=Symbol.BREACH, radius_m=0),
        ).svg
    )
    circle = root.find(f".//{SVG}g/{SVG}g/{SVG}circle")
    square = root.find(f".//{SVG}g/{SVG}g/{SVG}rect")
    assert circle is not None
    assert square is not None
    half = float(square.get("width", "nan")) / 2
    across = float(circle.get("cx", "nan")) - float(square.get("x", "nan")) - half
    down = float(circle.get("cy", "nan")) - float(square.get("y", "nan")) - half
    assert (across**2 + down**2) ** 0.5 >= 2 * half - 2.5


@pytest.mark.parametrize("language", ["en", "ar"])
def test_names_are_those_of_cldr(language: str) -> None:
    """A territory without an ISO code has no name to show in the reader's language."""
    labels = drawn(marker(lat=35.1, lon=33.3), language=language).labels
    assert "N. Cyprus" not in {label.text for label in labels}


def test_text_is_escaped() -> None:
    """Titles from outside stay text, and the drawing stays well-formed."""
    root = ET.fromstring(drawn(marker(title='<script> & "x"')).svg)
    assert root.findtext(f"{SVG}title") == "A & B"
    assert '<script> & "x"' in {title.text for title in root.iter(f"{SVG}title")}


def test_coarse_markers_are_not_drawn() -> None:
    """A place known only to a region is left to the caller's note."""
    coarse = marker("9", radius_m=150_001, title="Somewhere")
    assert too_coarse([marker(), coarse]) == [coarse]
    assert "Somewhere" not in drawn(marker(), coarse).svg


def test_nothing_to_draw_is_an_error() -> None:
    """A map without a marker would claim that nothing happened."""
    with pytest.raises(ValueError, match="no marker can be drawn"):
        drawn(marker(radius_m=200_000))


def test_antimeridian_is_not_a_gap() -> None:
    """Two markers either side of 180 degrees are neighbours on the map, with land behind."""
    svg = drawn(marker("1", lat=-16.8, lon=179.6), marker("2", lat=-16.8, lon=-179.8)).svg
    circles = [float(c.get("cx", "nan")) for c in ET.fromstring(svg).iter(f"{SVG}circle")]
    assert len(circles) == 2
    assert all(0 < x < 720 for x in circles)
    assert max(circles) - min(circles) < 360
    assert ground(MapBox(west=178, south=-18, east=182, north=-16)).countries


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_two_hundred_markers_stay_small(language: str) -> None:
    """A bad day still makes a page that a slow line can load."""
    assert len(drawn(*spread(200), language=language).svg.encode()) <= 150_000


def test_drawing_holds_no_arabic() -> None:
    """Letters of the drawing need no joining: names are labels that the page sets."""
    places = (PlaceLabel(name="حلب", lat=36.2, lon=37.16),)
    picture = drawn(marker(), language="ar", places=places)
    assert not any("\u0600" <= letter <= "\u06ff" for letter in picture.svg)
    assert {"حلب", "سوريا"} <= {label.text for label in picture.labels}


def test_labels_lie_on_the_map() -> None:
    """Every name has its middle inside the picture."""
    labels = drawn(*spread(30)).labels
    assert labels
    assert all(0 < one.left_percent < 100 and 0 < one.top_percent < 100 for one in labels)


def test_ground_is_clipped_to_its_box() -> None:
    """Nothing sticks out of the box, and a shared border is drawn once."""
    found = ground(MapBox(west=34, south=32, east=43, north=38))
    west, south, east, north = found.borders.bounds
    assert 34 <= west < east <= 43
    assert 32 <= south < north <= 38
    assert all(one.area.is_valid for one in found.countries)
    segments = [frozenset(pair) for line in found.borders.geoms for pair in pairwise(line.coords)]
    assert len(set(segments)) == len(segments)


def test_countries_are_named_in_each_language() -> None:
    """Names come from CLDR by ISO code; what has no code has no name."""
    assert [country_name("760", code) for code in ("en", "fr", "ar")] == ["Syria", "Syrie", "سوريا"]
    assert country_name("", "en") is None
