"""The still map: an incident is drawn or counted, never left out; a view across the antimeridian is narrow."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import polars as pl
import pytest
from tests.database.views import SYRIA, terms, view_of

from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.protocol import Database
from groundtruce.database.filters.filters import Filters
from groundtruce.database.load.fill import fill
from groundtruce.database.query.incident import list_incidents
from groundtruce.database.query.tile import locate_incidents
from groundtruce.language.words import Words
from groundtruce.model.code import Language
from groundtruce.web.maps.still import draw_map, find_bounds

Lay = Callable[[Sequence[tuple[str | None, str | None]]], Database]


@pytest.fixture
def lay(reports: Callable[..., pl.DataFrame], tmp_path: Path) -> Iterator[Lay]:
    """Return a maker of databases of one incident a day at points, the first day first."""
    with ExitStack() as opened:

        def make(points: Sequence[tuple[str | None, str | None]]) -> Database:
            told = reports(
                *(
                    {
                        "lat": lat,
                        "lon": lon,
                        "location_radius_m": None if lat is None else "200",
                        "place_name": f"Town {number}",
                        "kind": "fire.shelling" if lat else "fire.airstrike",
                        "occurred_from": f"20{10 + number // 12}-{1 + number % 12:02}-05T10:00:00Z",
                        "occurred_to": f"20{10 + number // 12}-{1 + number % 12:02}-05T11:00:00Z",
                    }
                    for number, (lat, lon) in enumerate(points)
                )
            )
            database = open_database(f"sqlite:///{tmp_path / 'view.sqlite'}")
            opened.enter_context(closing(database))
            fill(database, view_of(told))
            return database

        yield make


@pytest.mark.parametrize(("unplaced", "numbered"), [(30, False), (10, True)])
def test_placed_incidents_are_all_drawn_or_grouped(lay: Lay, unplaced: int, numbered: bool) -> None:
    """Where newer incidents without a place fill the list, those with one are grouped, and none is left out."""
    placed = [(f"{33 + number * 0.12:.2f}", f"{36 + number * 0.15:.2f}") for number in range(30)]
    database = lay([*placed, *[(None, None)] * unplaced])
    rows = list_incidents(database, Filters(), limit=40).rows
    drawn = draw_map(
        locate_incidents(database, Filters()),
        rows,
        Words(Language.ENGLISH, terms(SYRIA).agreement),
        (),
    )
    assert drawn is not None
    assert drawn.numbered is numbered
    assert drawn.svg.count("<g><title>") == 30


@pytest.mark.parametrize(
    ("lons", "west", "east"),
    [
        (("179.95", "-179.95"), 179.95, 180.05),
        (("170", "-179.95", "180"), 170, 180.05),
        (("-180",), 180, 180),
        (("37.1", "39"), 37.1, 39),
        (("-10", "170", "-170"), 170, 350),
        (("-90", "90"), -90, 90),
    ],
)
def test_the_view_is_the_narrower_way_round(
    lay: Lay, lons: Sequence[str], west: float, east: float
) -> None:
    """West lies on the map, and east as far beyond it as the incidents do, with a margin."""
    box = find_bounds(locate_incidents(lay([("10", lon) for lon in lons]), Filters()))
    assert box is not None
    assert (box[0], box[2]) == pytest.approx((west - 0.18, east + 0.18))
