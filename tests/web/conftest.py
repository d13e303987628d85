"""A node with the example of Syria in its log, the view of it in each database, and apps that serve them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import httpx2
import pytest
from starlette.testclient import TestClient
from tests.conftest import EXAMPLE
from tests.peers import AGREEMENT, make_authoring, make_nodes

from groundtruce.database.backend.dialect import DIALECTS, SQLITE
from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.protocol import Database
from groundtruce.database.filters.filters import Filters
from groundtruce.database.load.fill import fill
from groundtruce.database.query.incident import Order, list_incidents
from groundtruce.database.query.report import read_reports_of
from groundtruce.intake.read import read_reports, read_table
from groundtruce.model.table import COUNTS
from groundtruce.node.authoring.publishing import record_publication
from groundtruce.node.authoring.recording import RecordingOptions, record_reports, record_table
from groundtruce.node.authoring.setting import record_settings
from groundtruce.node.node import Node
from groundtruce.node.peers.exchange import Exchange
from groundtruce.node.replay import current_state, replay_view
from groundtruce.view.view import View
from groundtruce.web.app import create_app
from groundtruce.web.state.settings import Limits, Settings
from groundtruce.web.wording.cosigners import name_log

GENEROUS = Limits(requests_per_second=1e6, burst=1e6)

Given = TypeVar("Given")
Open = Callable[[Settings], TestClient]


@pytest.fixture(scope="session")
def example_node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """A delegation that recorded the example and published a report of it; two others cosigned its log."""
    names = ("Secretariat", "Neighbour", "Guarantor")
    node, *others = make_nodes(tmp_path_factory.mktemp("nodes"), *names, at_least=2)
    record_settings(node, ("Syria", AGREEMENT.read_bytes()), make_authoring())
    reports = read_reports([EXAMPLE / "reports.csv"])
    counts = read_table(COUNTS, [EXAMPLE / "counts.csv"])
    with node.append() as log:
        record_table(node, log, COUNTS, counts.in_order(), make_authoring())
        record_reports(node, log, reports.in_order(), RecordingOptions(), make_authoring())
    record_publication(
        node, "a report", {"report.html": b"a page"}, current_state(node), make_authoring()
    )
    _vouch(node, others)
    return node


def _vouch(node: Node, others: Sequence[Node]) -> None:
    """Let others audit and cosign a log, and its delegation collect what they signed."""
    answers = []
    with httpx2.Client() as client:
        for one in others:
            dealings, member = (
                Exchange(one, client, make_authoring()),
                one.register.of_origin(node.origin),
            )
            answers += [dealings.mirror(member), dealings.cosign(member)]
        with node.append() as log:
            dealings = Exchange(node, client, make_authoring())
            answers += [dealings.collect_cosignature(log, member) for member in node.others]
    assert [one.problem for one in answers if one.problem] == []


@pytest.fixture(scope="session")
def example_view(example_node: Node) -> View:
    """The view of what is recorded."""
    return replay_view(example_node, current_state(example_node))


@pytest.fixture(scope="session")
def example_sqlite(
    example_view: View, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """The view in SQLite."""
    path = tmp_path_factory.mktemp("view") / "view.sqlite"
    with closing(open_database(f"sqlite:///{path}")) as database:
        fill(database, example_view)
        yield database


@pytest.fixture(scope="session")
def example_postgres(request: pytest.FixtureRequest, example_view: View) -> Iterator[Database]:
    """The view in PostgreSQL; skipped where none is installed."""
    running = request.getfixturevalue("postgres")
    url = running.database()
    with closing(open_database(url)) as database:
        fill(database, example_view)
        yield database
    running.drop(url)


@pytest.fixture(scope="session", params=DIALECTS, ids=[dialect.name for dialect in DIALECTS])
def example_database(request: pytest.FixtureRequest) -> Database:
    """The view in each database in turn."""
    database: Database = request.getfixturevalue(
        "example_sqlite" if request.param is SQLITE else "example_postgres"
    )
    return database


@pytest.fixture(scope="session")
def example_place(example_node: Node, example_sqlite: Database) -> Settings:
    """The example as it is served."""
    return place_of(example_sqlite, example_node)


@pytest.fixture(scope="session")
def screens(example_node: Node, example_sqlite: Database) -> Mapping[str, str]:
    """Every screen of the site by its name, at an address where it has content."""
    most = list_incidents(example_sqlite, Filters(), Order.MOST_REPORTED, None, 1).rows[0]
    (report, *_) = read_reports_of(example_sqlite, [most.incident_id])
    assert report.entry is not None
    log = f"/record/{name_log(example_node.origin)}"
    return {
        "situation": "/",
        "map": "/map",
        "incidents": "/incidents",
        "incidents narrowed": "/incidents?kind=fire&verdict=not_determinable&day__gte=2016-03-04",
        "incident": f"/incidents/{most.incident_id}",
        "reports": "/reports",
        "report": f"/reports/{report.report_id}",
        "compliance": "/compliance",
        "bulletins": "/bulletins",
        "days": "/daily",
        "day": "/daily/2016-03-04",
        "agreement": "/agreement",
        "clause": "/agreement/A3",
        "record": "/record",
        "log": log,
        "entry": f"{log}/{report.entry.sequence}",
        "verify": "/record/verify",
        "search": "/search?q=Aleppo",
        "methods": "/about/methods",
        "glossary": "/glossary",
        "api": "/api",
        "accessibility": "/accessibility",
    }


@pytest.fixture
def client(example_place: Settings) -> Iterator[TestClient]:
    """A reader of the example."""
    with reader(example_place) as one:
        yield one


def place_of(database: Database, node: Node | None = None, limits: Limits = GENEROUS) -> Settings:
    """Return a place with the clock of this machine."""
    return Settings(database=database, clock=lambda: datetime.now(UTC), node=node, limits=limits)


def reader(place: Settings, *, follow: bool = False, former_views: int | None = None) -> TestClient:
    """Return a reader of a place, who follows no redirect by itself and is told of faults by their status."""
    if former_views is not None:
        place = replace(place, limits=replace(place.limits, former_views=former_views))
    return TestClient(
        create_app(place, follow=follow, quiet=True),
        base_url="http://reader",
        follow_redirects=False,
        raise_server_exceptions=False,
        client=("192.0.2.7", 50_000),
    )


def waited(asked: Awaitable[Given]) -> Given:
    """Wait in a thread of its own: another test's browser may have a loop running in this one."""

    async def wait() -> Given:
        return await asked

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(wait())).result()


def files_below(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder by its path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
