"""A view that knows many things, in a database of each kind, to be asked and not to be changed."""

from collections.abc import Iterator
from contextlib import closing
from random import Random

import polars as pl
import pytest
from tests.conftest import EXAMPLE
from tests.database.plain import Plain, plain
from tests.database.views import view_of
from tests.fusion.worlds import table
from tools.postgres import Server

from groundtruce.database.backend.dialect import DIALECTS, SQLITE
from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.protocol import Database
from groundtruce.database.load.fill import fill
from groundtruce.intake.read import read_reports, read_table
from groundtruce.model.table import COUNTS
from groundtruce.view.view import View

_KINDS = ("fire", "fire.shelling", "fire.mortar", "civilians.attack")
_TEXTS = (
    None,
    "shells hit the market square",
    "a convoy was refused",
    "سقطت قذائف على السوق",
    "Ma'arrat an-Nuʿmān: market",
)


def _world(chance: Random) -> dict[str, object]:
    """Return a report as `worlds.table` takes it: at edges of the map, of open times, in two scripts."""
    return {
        "source": chance.choice((*"ABCDE", "F|G")),
        "hour": chance.randint(-30, 300),
        "precision": chance.choice(("minute", "hour", "hour", "day", "week", "month", "open")),
        "place": chance.choice((None, *range(10))),
        "location_radius_m": chance.choice((50.0, 5_000.0, 25_000.0)),
        "kind": chance.choice(_KINDS),
        "weapon": chance.choice((None, "mortar", "artillery")),
        "actor": chance.choice((None, "Russia", "Y", "IS, Y", "Y  |\u00a0Z", "unknown")),
        "involved": chance.choice((None, "IS|Y", "Government of Syria|Y, Russia")),
        "killed_best": chance.choice((None, 0, 3)),
        "text": chance.choice(_TEXTS),
    }


@pytest.fixture(scope="session")
def view() -> View:
    """The worked example with some reports at the edges of what can be said."""
    chance = Random(6)
    example = read_reports([EXAMPLE / "reports.csv"]).in_order()
    edges = table([_world(chance) for _ in range(200)], text=True)
    counts = read_table(COUNTS, [EXAMPLE / "counts.csv"]).in_order()
    reports = pl.concat([example.select(edges.columns), edges]).sort("report_id")
    return view_of(reports, counts=counts)


@pytest.fixture(scope="session", params=DIALECTS, ids=[dialect.name for dialect in DIALECTS])
def asked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, view: View
) -> Iterator[Database]:
    """A database that holds the view: of each kind in turn."""
    if request.param is SQLITE:
        url = f"sqlite:///{tmp_path_factory.mktemp('asked') / 'view.sqlite'}"
    else:
        running: Server = request.getfixturevalue("postgres")
        url = running.database()
    with closing(open_database(url)) as opened:
        fill(opened, view)
        yield opened


@pytest.fixture(scope="session")
def rows(view: View) -> tuple[Plain, ...]:
    """The incidents of the view, read without a database."""
    return plain(view)
