"""Search and reports: whatever a text can mean is found, and only that."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mgrs import MGRS
from tests.database.plain import Plain, chosen_of
from tests.database.views import view_of

from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.protocol import Database
from groundtruce.database.filters.bbox import Box
from groundtruce.database.filters.choose import choose
from groundtruce.database.filters.filters import Filters
from groundtruce.database.filters.sql import write_condition
from groundtruce.database.load.fill import fill
from groundtruce.database.query.report import (
    count_sources,
    list_reports,
    read_report,
    read_reports_of,
)
from groundtruce.database.query.search import read_area, search
from groundtruce.model.problem import GroundtruceError
from groundtruce.model.table import REPORTS
from groundtruce.view.view import View

_METRE = 2e-5
"""Two metres in degrees of latitude; of longitude there are up to eight times as many near 83 degrees."""


@pytest.fixture
def dateline(reports: Callable[..., pl.DataFrame], tmp_path: Path) -> Iterator[Database]:
    """Three incidents about the antimeridian, one of which lies on it."""
    told = reports(
        *(
            {
                "lat": "10",
                "lon": lon,
                "place_name": "Dateline",
                "occurred_from": f"2016-03-{day}T10:00:00Z",
                "occurred_to": f"2016-03-{day}T11:00:00Z",
            }
            for lon, day in (("179.95", "04"), ("-179.95", "14"), ("180", "24"))
        )
    )
    with closing(open_database(f"sqlite:///{tmp_path / 'view.sqlite'}")) as database:
        fill(database, view_of(told))
        yield database


def test_an_identifier_or_its_beginning_is_found(asked: Database, rows: tuple[Plain, ...]) -> None:
    """The whole identifier of an incident finds it alone; a beginning finds all that share it, in any case."""
    row = rows[7]
    assert [found.incident_id for found in search(asked, row.id).incidents] == [row.id]
    beginning = row.id[:4]
    expected = sorted(other.id for other in rows if other.id.startswith(beginning))
    found = search(asked, beginning.upper(), limit=100)
    assert sorted(one.incident_id for one in found.incidents) == expected
    assert found.total == len(expected)


def test_a_report_is_found_by_the_beginning_of_its_identifier(asked: Database, view: View) -> None:
    """Identifiers of sources are taken as they are written."""
    expected = sorted(name for name in view.reports["report_id"] if name.startswith("GED-21"))[:20]
    assert [one.report_id for one in search(asked, "GED-21").reports] == expected
    assert search(asked, "GED-_").reports == ()


def test_words_are_found_in_any_spelling(asked: Database, rows: tuple[Plain, ...]) -> None:
    """Marks, case, apostrophes and forms of letters do not matter, in Latin and in Arabic."""
    for text in ("ma'arrat an numan", "MAARRAT AN-NU'MAN", "قذائف السُّوق", "market"):
        expected = len(chosen_of(rows, Filters.parse([("q", text)])))
        assert search(asked, text).total == expected > 0


def test_names_of_places_are_found_with_their_incidents(
    asked: Database, rows: tuple[Plain, ...]
) -> None:
    """A place is found by the beginning of any of its words, with its incidents and the box in which they lie."""
    found = {one.name: one for one in search(asked, "aleppo").places}
    town = [row.row for row in rows if row.row["place_name"] == "Aleppo town"]
    assert found["Aleppo town"].incidents == len(town) > 1
    box = found["Aleppo town"].box
    assert box is not None
    lons = [row["lon"] for row in town if isinstance(row["lon"], float)]
    assert (box.west, box.east) == (min(lons), max(lons))
    assert {one.name for one in search(asked, "sheikh").places} == {
        str(row.row["place_name"])
        for row in rows
        if " sheikh" in f" {row.row['place_name']}".lower()
    }


def test_a_place_across_the_antimeridian_has_the_narrow_box(dateline: Database) -> None:
    """The box spans the tenth of a degree in which the incidents lie, not the rest of the world."""
    (found,) = search(dateline, "dateline").places
    assert found.incidents == 3
    assert found.box == Box(west=179.95, south=10.0, east=-179.95, north=10.0)


@pytest.mark.parametrize(
    ("text", "incidents"), [("10 -180", 3), ("10 180", 3), ("10 179.98", 2), ("10 -179.99", 2)]
)
def test_an_area_goes_on_beyond_the_antimeridian(
    dateline: Database, text: str, incidents: int
) -> None:
    """What lies within five kilometres is found on both sides."""
    area = search(dateline, text).area
    assert area is not None
    assert area.incidents == incidents


@pytest.mark.parametrize(
    ("box", "incidents"),
    [
        ("-180,0,-179,20", 2),
        ("179,0,180,20", 2),
        ("180,0,-179,20", 2),
        ("-180,0,-180,20", 1),
        ("180,0,180,20", 1),
        ("-180,0,180,20", 3),
        ("179,0,-179,20", 3),
        ("0,0,179,20", 0),
    ],
)
def test_the_antimeridian_belongs_to_both_sides(
    dateline: Database, box: str, incidents: int
) -> None:
    """An incident on it lies in a box that ends there, by either name, in memory and in SQL."""
    filters = Filters.parse([("bbox", box)])
    where = write_condition(filters, dateline.dialect)
    rows = dateline.rows(f"SELECT COUNT(*) AS n FROM incident WHERE {where.sql}", where.values)
    assert choose(dateline, filters).count == rows[0]["n"] == incidents


def test_a_square_of_the_grid_is_a_part_of_the_map(
    asked: Database, rows: tuple[Plain, ...]
) -> None:
    """Military grid and coordinates lead to a box, with the number of incidents in it."""
    for text in (
        "37S CA 34 07",
        "37sca3407",
        "36.2012 37.1612",
        "36.2012N, 37.1612E",
        "36.2012; 37.1612",
    ):
        area = search(asked, text).area
        assert area is not None, text
        expected = chosen_of(rows, Filters.parse([("bbox", str(area.box))]))
        assert area.incidents == len(expected) > 0


def _is_square(lat: float) -> bool:
    """Return whether a latitude is not the metre south of the equator, for which the library names no square."""
    return not -_METRE < lat < 0


@given(st.floats(-79, 83).filter(_is_square), st.floats(-180, 180), st.integers(0, 5))
def test_a_square_holds_what_it_names(lat: float, lon: float, digits: int) -> None:
    """The box of a point's own square holds the point, however coarse the square is."""
    whole = MGRS().toMGRS(lat, lon)
    zone, numbers = whole[:-10], whole[-10:]
    found = read_area(f"{zone}{numbers[:digits]}{numbers[5 : 5 + digits]}")
    assert found is not None
    box = found[1]
    assert box.south - _METRE <= lat <= box.north + _METRE
    assert any(_between(box, turned) for turned in (lon, lon - 360, lon + 360))


def _between(box: Box, lon: float) -> bool:
    after, before = box.west - _METRE * 10 <= lon, lon <= box.east + _METRE * 10
    return (after and before) if box.west <= box.east else (after or before)


@pytest.mark.parametrize(
    "text", ["91 10", "10 181", "37IOO12", "37SCA123", "99S", "36.2", "market 12", "1 2 3"]
)
def test_what_is_no_place_on_the_map_is_none(text: str) -> None:
    """Numbers out of range and squares that do not exist name no part of the map."""
    assert read_area(text) is None


def test_nothing_is_found_for_nothing(asked: Database) -> None:
    """An empty text, signs only, or quotation marks of the search language find nothing and break nothing."""
    for text in ("", "   ", '"', "* OR NOT", "'); DROP TABLE incident; --", "a:b", "-x", "(("):
        assert search(asked, text).total >= 0
    assert search(asked, "").total == 0
    with pytest.raises(GroundtruceError):
        search(asked, "x" * 300)


def test_reports_of_the_chosen_incidents_come_once_in_pages(asked: Database, view: View) -> None:
    """Page by page every report of the chosen incidents is there once, incidents together, the newest first."""
    links = dict(view.links.select("report_id", "incident_id").iter_rows())
    found: list[str] = []
    after = None
    while True:
        part = list_reports(asked, Filters(), after, 97)
        found += [row.report_id for row in part.rows]
        assert part.total == view.reports.height
        after = part.next
        if after is None:
            break
    assert sorted(found) == sorted(links)
    order = list(dict.fromkeys(links[name] for name in found))
    assert [links[name] for name in found] == [
        incident for incident in order for name in sorted(links) if links[name] == incident
    ]


def test_a_source_narrows_to_what_it_says(asked: Database, view: View) -> None:
    """With a source chosen its own reports are shown and counted, alone and with other filters."""
    links = dict(view.links.select("report_id", "incident_id").iter_rows())
    of_source = view.reports.filter(source="A")["report_id"].to_list()
    alone = list_reports(asked, Filters.parse([("source", "A")]), limit=10_000)
    assert sorted(row.report_id for row in alone.rows) == sorted(of_source)
    assert alone.total == len(of_source)
    kinds = dict(view.incidents.select("incident_id", "kind").iter_rows())
    both = list_reports(
        asked, Filters.parse([("source", "A"), ("kind", "civilians")]), limit=10_000
    )
    expected = [name for name in of_source if kinds[links[name]].startswith("civilians")]
    assert sorted(row.report_id for row in both.rows) == sorted(expected)
    assert both.total == len(expected)


def test_a_report_says_what_its_source_said(asked: Database, view: View) -> None:
    """Every column of a report comes back, with its incident, its link and its entry in the record."""
    linked = {
        row[0]: row[1:]
        for row in view.links.select("report_id", "incident_id", "probability").iter_rows()
    }
    for row in view.reports.sample(60, seed=1).iter_rows(named=True):
        found = read_report(asked, row["report_id"])
        assert found is not None
        assert {name: row[name] for name in REPORTS.names} == {
            name: getattr(found, name) for name in REPORTS.names
        }
        assert (found.incident_id, found.probability) == linked[row["report_id"]]
        assert found.entry is not None
        assert found in read_reports_of(asked, [str(found.incident_id)])
    assert read_report(asked, "no such report") is None


def test_sources_are_counted(asked: Database, view: View) -> None:
    """Every source is listed with its reports, the busiest first."""
    expected = dict(view.reports["source"].value_counts().iter_rows())
    found = count_sources(asked)
    assert {row.source: row.reports for row in found} == expected
    assert [row.reports for row in found] == sorted(expected.values(), reverse=True)
