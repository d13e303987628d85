"""The matrix on its page: half a year of weeks, and every earlier one a step away."""

import re
from datetime import date, timedelta

import pytest
from starlette.testclient import TestClient
from tests.database.views import view_of
from tests.fusion.worlds import table
from tests.web.conftest import place_of, reader

from groundtruce.database.backend.open import open_database
from groundtruce.database.load.fill import fill

_WEEKS = 60
_SHOWN = 26
_DAY = re.compile(r"day__gte=(\d{4}-\d{2}-\d{2})")


def _attack(week: int) -> dict[str, object]:
    return {
        "source": "A",
        "hour": 24 * 7 * week,
        "precision": "hour",
        "place": 0,
        "location_radius_m": 50.0,
        "kind": "fire.shelling",
        "weapon": "mortar",
        "actor": "Russia",
        "involved": "Y",
    }


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A reader of a truce that lasts more than a year, with one attack in each week."""
    path = tmp_path_factory.mktemp("long") / "view.sqlite"
    database = open_database(f"sqlite:///{path}")
    fill(database, view_of(table([_attack(week) for week in range(_WEEKS)], text=False)))
    return reader(place_of(database))


def test_earlier_weeks_are_a_step_away_until_the_first(client: TestClient) -> None:
    """Steps back meet each week once, in order, and end; none shows more than half a year."""
    address = "/compliance"
    seen: list[date] = []
    while address:
        page = client.get(address, headers={"accept": "text/html"}).text
        weeks = sorted({date.fromisoformat(day) for day in _DAY.findall(page)})
        assert 0 < len(weeks) <= _SHOWN
        seen = weeks + seen
        earlier = re.search(r'rel="prev" href="([^"]+)"', page)
        address = earlier[1].replace("&amp;", "&") if earlier else ""
    assert len(seen) == _WEEKS
    assert seen == [seen[0] + timedelta(days=7 * number) for number in range(_WEEKS)]
