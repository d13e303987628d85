"""Shared test material: a report table in memory, and where the development data may lie."""

from collections.abc import Callable, Iterator
from contextlib import closing
from fcntl import LOCK_EX, flock
from pathlib import Path

import polars as pl
import pytest
from tests.effort import is_soak
from tools.postgres import Server, binaries, server
from typer.testing import CliRunner

from groundtruce.cli.app import app
from groundtruce.database.backend.dialect import DIALECTS, SQLITE
from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.protocol import Database
from groundtruce.model.table import REPORTS
from groundtruce.model.validation import ROW, validate

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
EXAMPLE = ROOT / "examples" / "syria-2016"

Fields = dict[str, object]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what is marked `soak` to `make soak`."""
    left = [] if is_soak() else [item for item in items if item.get_closest_marker("soak")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    """Say how the order and the chance of a run that failed are repeated."""
    seed = config.getoption("randomly_seed", default=None)
    if exitstatus and seed is not None:
        terminalreporter.write_line(f"The same order and chance again: --randomly-seed={seed}")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The development data beside the project; tests that need them skip where they are absent."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip(f"the development data are not at {folder}")
    return folder


@pytest.fixture
def reports() -> Callable[..., pl.DataFrame]:
    """Return a maker of validated report tables from rows that name only what matters to a test."""

    def make(*rows: Fields) -> pl.DataFrame:
        base: Fields = {
            "source": "monitor",
            "occurred_from": "2016-03-04T00:00:00+02:00",
            "occurred_to": "2016-03-05T00:00:00+02:00",
            "lat": "36.2",
            "lon": "37.1",
            "location_radius_m": "3000",
            "kind": "fire.shelling",
        }
        raw = pl.DataFrame(
            [{**base, "report_id": f"R{number}", **row} for number, row in enumerate(rows)],
            schema=dict.fromkeys(REPORTS.names, pl.String),
        ).with_row_index(ROW, offset=2)
        checked = validate(REPORTS, raw)
        assert checked.rejects == ()
        return checked.rows

    return make


@pytest.fixture(scope="session")
def shared_vectors() -> Path:
    """The known answers beside the project; tests that need them skip where they are absent."""
    folder = SHARED / "vectors"
    if not folder.is_dir():
        pytest.skip(f"the known answers are not at {folder}")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of this run; tests that need it skip where none is installed."""
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    with server() as running:
        yield running


@pytest.fixture(scope="session")
def demo_once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder of a demonstration and what it printed, made by the first worker that needs it, for all of them."""
    base = tmp_path_factory.getbasetemp()
    top = base if worker_id == "master" else base.parent
    folder, printed = top / "demonstration", top / "demonstration.txt"
    with (top / "demonstration.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not printed.exists():
            done = CliRunner().invoke(app, ["demo", "--out", str(folder)])
            assert done.exit_code == 0, done.output
            printed.write_text(done.stdout, encoding="utf-8")
    return folder


@pytest.fixture(params=DIALECTS, ids=[dialect.name for dialect in DIALECTS])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that holds nothing yet: of each kind in turn."""
    if request.param is SQLITE:
        yield f"sqlite:///{tmp_path / 'view.sqlite'}"
    else:
        running: Server = request.getfixturevalue("postgres")
        url = running.database()
        yield url
        running.drop(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database that holds nothing yet: of each kind in turn."""
    with closing(open_database(database_url)) as opened:
        yield opened
