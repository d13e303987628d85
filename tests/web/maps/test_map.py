"""The map's parts: outlines of agreements, still pictures, ground and tiles as they are served."""

import json
import re
from datetime import date

import mapbox_vector_tile
import pytest
import shapely
from starlette.testclient import TestClient
from tests.conftest import ROOT

from groundtruce.agreement.document import parse_agreement
from groundtruce.agreement.terms import Agreement
from groundtruce.database.backend.protocol import Database
from groundtruce.database.filters.filters import Filters
from groundtruce.database.query.incident import list_incidents
from groundtruce.database.query.tile import locate_incidents
from groundtruce.database.query.timeline import Histogram, TimelineBar, TimelineStep
from groundtruce.language.words import Words
from groundtruce.model.code import Language
from groundtruce.model.script import shape_for_drawing
from groundtruce.web.maps.still import draw_chart, draw_map, find_bounds
from groundtruce.web.maps.tiles import DEEPEST_GROUND, draw_ground_tile
from groundtruce.web.maps.zone import draw_zones, zones_as_geojson
from groundtruce.web.state.cache import program_edition

_TILE = "application/vnd.mapbox-vector-tile"


def agreement(name: str) -> Agreement:
    """Return an agreement of the library."""
    return parse_agreement(name, (ROOT / "agreements" / name / "agreement.yaml").read_bytes())


@pytest.mark.parametrize(
    "name", ["syria-2016-02", "minsk-2014", "minsk-2015", "hudaydah-2018", "lebanon-2024"]
)
def test_every_place_that_a_text_draws_has_an_outline(name: str) -> None:
    """A place has an outline unless the text leaves it open; GeoJSON has just these, valid and named."""
    found = draw_zones(agreement(name))
    assert {zone.id for zone in found if not zone.outlines} == {
        zone.id for zone in found if zone.declared.undetermined is not None
    }
    document = json.loads(zones_as_geojson(found, Language.ARABIC))
    shapes = [shapely.from_geojson(json.dumps(one["geometry"])) for one in document["features"]]
    assert all(shape.is_valid and not shape.is_empty for shape in shapes)
    named = {one["properties"]["id"]: one["properties"]["name"] for one in document["features"]}
    assert named == {
        zone.id: shape_for_drawing(zone.declared.name[Language.ARABIC])
        for zone in found
        if zone.outlines
    }


def test_an_uncertain_edge_is_two_outlines() -> None:
    """What surely lies within is inside what may."""
    certain = next(one for one in draw_zones(agreement("minsk-2015")) if one.id == "certain_areas")
    outer, inner = certain.outlines
    assert shapely.contains(outer, inner)


def test_an_edition_ends_the_day_before_midnight() -> None:
    """Days are those on which an edition holds: one that ends at 00:00 does not hold on the day that begins."""
    text = (ROOT / "agreements" / "syria-2016-02" / "agreement.yaml").read_text(encoding="utf-8")
    cited = "    cite: Joint Statement of 22 February 2016\n"
    dated = "    valid_from: 2016-02-27T00:00:00\n    valid_to: 2016-03-10T00:00:00\n"
    (zone,) = draw_zones(parse_agreement("dated", text.replace(cited, cited + dated, 1).encode()))
    assert (zone.first_day, zone.last_day) == (date(2016, 2, 27), date(2016, 3, 9))


def test_few_incidents_have_the_numbers_of_the_list(example_sqlite: Database) -> None:
    """A still map of few shows each incident with its place in the list; a map of many shows counts."""
    words = Words(Language.ENGLISH, agreement("syria-2016-02"))
    for filters, numbered in (
        (Filters.parse([("verdict", "breach")]), True),
        (Filters(), False),
    ):
        rows = list_incidents(example_sqlite, filters, limit=40).rows
        drawn = draw_map(locate_incidents(example_sqlite, filters), rows, words, ())
        assert drawn is not None
        assert drawn.numbered is numbered
        assert ("Each symbol is an incident with its number" in drawn.svg) is numbered


def test_nothing_chosen_has_no_map(example_sqlite: Database) -> None:
    """A still map of nothing would claim that nothing happened."""
    words = Words(Language.ENGLISH, agreement("syria-2016-02"))
    here = locate_incidents(example_sqlite, Filters.parse([("incident", "I-aaaaaaaaaaaa")]))
    assert draw_map(here, (), words, ()) is None
    assert find_bounds(here) is None


def test_the_view_holds_what_is_chosen(example_sqlite: Database) -> None:
    """The part of the map that opens holds nearly all incidents, and little else."""
    box = find_bounds(locate_incidents(example_sqlite, Filters()))
    assert box is not None
    west, south, east, north = box
    assert (34 < west < 37, 41 < east < 43) == (True, True)
    assert (31 < south < 33, 36.5 < north < 38) == (True, True)


def test_a_drawing_is_as_high_as_its_highest_bar() -> None:
    """Pieces of a bar stand on each other from the foot up, and a period beyond the data is drawn too."""
    bars = (
        TimelineBar(date(2016, 3, 1), {"breach": 1, "exempt": 3}),
        TimelineBar(date(2016, 3, 3), {"not_determinable": 2}),
    )
    drawn = draw_chart(
        Histogram(step=TimelineStep.DAY, bars=bars, undated=5),
        [date(2016, 2, 28), date(2016, 3, 4)],
    )
    assert drawn is not None
    assert (drawn.first, drawn.last) == (date(2016, 2, 28), date(2016, 3, 4))
    assert drawn.bars[0].pieces == (("breach", 75.0, 25.0), ("exempt", 0.0, 75.0))
    assert drawn.bars[1].pieces == (("not_determinable", 50.0, 50.0),)
    assert sum(bar.width for bar in drawn.bars) == pytest.approx(100 * 2 / 6)
    assert draw_chart(Histogram(step=TimelineStep.DAY, bars=(), undated=0), []) is None


def test_the_ground_is_named_in_each_language_and_dashed_where_contested() -> None:
    """The tile over the Golan has land, coast, a border, a contested one, and names."""
    layers = mapbox_vector_tile.decode(draw_ground_tile(5, 19, 12))
    assert {"land", "coast", "border", "open"} <= {
        name for name, layer in layers.items() if layer["features"]
    }
    names = [one["properties"] for one in layers["name"]["features"]]
    assert ("Syria", "Syrie", "سوريا") in {(one["en"], one["fr"], one["ar"]) for one in names}


@pytest.mark.parametrize("address", ["5/32/0", f"{DEEPEST_GROUND + 1}/0/0"])
def test_ground_off_the_grid_is_not_found(client: TestClient, address: str) -> None:
    """There is no tile beyond the edge, nor deeper than the data."""
    assert client.get(f"/ground/{program_edition()}/{address}.mvt").status_code == 404


def test_ground_is_kept_for_good(client: TestClient) -> None:
    """Under the address of this edition a tile never changes; under another it is asked for each time."""
    for name, kept in (
        (program_edition(), "public, max-age=31536000, immutable"),
        ("old", "no-cache"),
    ):
        answer = client.get(f"/ground/{name}/5/19/12.mvt")
        assert (answer.headers["content-type"], answer.headers["cache-control"]) == (_TILE, kept)
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.content == draw_ground_tile(5, 19, 12)


def test_a_tile_is_known_by_its_view_and_filters(client: TestClient) -> None:
    """A tile that the reader has is not sent again; other filters are another tile."""
    first = client.get("/tiles/5/19/12.mvt?verdict=breach")
    assert (first.status_code, first.headers["content-type"]) == (200, _TILE)
    tag = first.headers["etag"]
    again = client.get("/tiles/5/19/12.mvt?verdict=breach", headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert client.get("/tiles/5/19/12.mvt").headers["etag"] != tag


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/tiles/5/32/0.mvt", 404),
        ("/tiles/99/0/0.mvt", 404),
        ("/tiles/5/19/12.mvt?nonsense=1", 400),
        ("/tiles/5/19/12.mvt?bbox=1,2", 400),
        ("/tiles/5/-1/12.mvt", 404),
    ],
)
def test_a_wrong_tile_is_a_problem(client: TestClient, address: str, status: int) -> None:
    """What cannot be a tile is refused as a problem of the catalogue."""
    answer = client.get(address)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_list_is_a_part_of_the_page(client: TestClient) -> None:
    """What a script fetches when the map moves is what the page has, and its links lead to the page."""
    part = client.get("/map/list?verdict=breach&bbox=35,32,43,38").text
    assert part.strip().startswith('<p class="sum"')
    assert 'href="/map?verdict=breach&amp;sel=I-' in part
    whole = client.get("/map?verdict=breach").text
    (counted,) = re.findall(r"\d+ incidents in sight", part)
    assert counted in whole


def test_an_incident_is_shown_wherever_it_lies(client: TestClient) -> None:
    """The incident looked at stays in the list while the map moves away from it."""
    row = client.get("/incidents.json?verdict=breach").json()
    incident = json.dumps(row).partition("I-")[2][:12]
    part = client.get(f"/map/list?bbox=0,0,1,1&sel=I-{incident}").text
    assert f'data-picked="I-{incident}"' in part
    assert "0 incidents in sight" in part
