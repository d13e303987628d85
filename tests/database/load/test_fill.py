"""Fill: what a database holds is what the view says, on both programs, and readers see one view at a time."""

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from datetime import date, timedelta
from pathlib import Path
from threading import Event, Thread

import polars as pl
import pytest
from tests.database.views import COUNTED, SYRIA, held, terms, view_of
from tests.effort import pause
from tests.fusion.worlds import report_id, table

from groundtruce.compliance.assess import pick_overall
from groundtruce.database.backend.dialect import DIALECTS, SQLITE
from groundtruce.database.backend.metadata import read_metadata
from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.protocol import Database, Writer
from groundtruce.database.backend.schema import SCHEMA
from groundtruce.database.load.fill import fill
from groundtruce.database.load.rows import number_incidents, number_reports
from groundtruce.database.load.search_text import fold_text
from groundtruce.fusion.merging.incident import incident_ids
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.publish.daily import daily_report
from groundtruce.view.view import View

ROWS: list[dict[str, object]] = [
    {"source": source, "hour": hour, "precision": precision, "place": place, "kind": kind}
    | {"location_radius_m": radius, "text": text}
    for source, hour, precision, place, kind, radius, text in (
        ("A", 3, "hour", 0, "fire.shelling", 500.0, "Shells hit Ma'arrat an-Nuʿmān"),
        ("B", 3, "hour", 0, "fire.shelling", 5_000.0, "قصف على إدلب"),
        ("A", 30, "day", 3, "civilians.attack", 25_000.0, '50% of a \\N "quoted", text\nin lines'),
        ("C", 60, "open", 4, "fire", 200_000.0, ""),
        ("D", 70, "week", 7, "fire.mortar", 80_000.0, None),
        ("D", 90, "minute", None, "fire.mortar", None, "nowhere: known"),
    )
]


@pytest.fixture(scope="module")
def view() -> View:
    """Six reports at difficult places, with counts."""
    return view_of(table(ROWS, text=True), counts=COUNTED)


@pytest.fixture(scope="module", params=DIALECTS, ids=[dialect.name for dialect in DIALECTS])
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, view: View
) -> Iterator[Database]:
    """A database that holds the view, to be asked and not to be changed: of each kind in turn."""
    if request.param is SQLITE:
        url = f"sqlite:///{tmp_path_factory.mktemp('filled') / 'view.sqlite'}"
    else:
        url = request.getfixturevalue("postgres").database()
    with closing(open_database(url)) as opened:
        fill(opened, view)
        yield opened


def test_both_programs_hold_the_same(database: Database, view: View, tmp_path: Path) -> None:
    """Every row of every table is the same, hard texts and places at the edge of the map included."""
    fill(database, view)
    with closing(open_database(f"sqlite:///{tmp_path / 'other.sqlite'}")) as other:
        fill(other, view)
        expected = held(other)
    found = held(database)
    for name in found:
        assert found[name] == expected[name], name
    texts = {row["text"] for row in found["report"]}
    assert texts == {row["text"] for row in ROWS}
    assert read_metadata(database)["schema"] == SCHEMA
    assert read_metadata(database)["view"] == view.digest
    assert read_metadata(database)["agreement_document"].encode() == terms(SYRIA).document
    assert json.loads(read_metadata(database)["method"]) == json.loads(json.dumps(view.method))


def test_incidents_have_the_verdict_and_the_days_of_the_daily_report(
    filled: Database, view: View
) -> None:
    """The overall verdict is that of the assessment, and a day's incidents are those that the daily report has."""
    rows = filled.rows("SELECT incident_id, verdict, day FROM incident")
    expected = pick_overall(view.assessments).select("incident_id", "verdict")
    assert {row["incident_id"]: row["verdict"] for row in rows} == dict(expected.iter_rows())
    days = {row["day"] for row in rows} - {None}
    assert days
    zone = view.agreement.zone
    for row in view.incidents.iter_rows(named=True):
        start, end = row["occurred_from"], row["occurred_to"]
        within = (
            end is not None
            and start is not None
            and (
                start.astimezone(zone).date()
                == (end - timedelta(microseconds=1)).astimezone(zone).date()
            )
        )
        stored = next(one for one in rows if one["incident_id"] == row["incident_id"])
        assert (stored["day"] is not None) == within
    for day in days:
        report = daily_report(view, date.fromisoformat(day))
        assert {entry.incident_id for entry in report.entries} == {
            row["incident_id"] for row in rows if row["day"] == day
        }


def test_a_report_has_the_number_of_the_incident_that_it_would_name() -> None:
    """So an identifier that is gone is found by the report that gave it."""
    ids = pl.Series("report_id", [report_id(number) for number in range(50)])
    assert number_reports(ids).to_list() == number_incidents(incident_ids(ids)).to_list()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("maarrat", {0}),
        ("MA'ARRAT AN-NUMAN", {0}),
        ("ادلب", {1}),
        ("إِدلب قصف", {1}),
        ("quot", {2}),
        ("lines quoted", {2}),
        ("nowhere-known", {5}),
        ("shells lines", set()),
        ("%", set()),
    ],
)
def test_words_are_found_however_they_are_written(
    filled: Database, view: View, asked: str, found: set[int]
) -> None:
    """Marks, case, hamza and signs do not matter; all words must be there, the last may go on."""
    dialect = filled.dialect
    words = dialect.write_words(fold_text(asked))
    sql = (
        "SELECT report.report_id FROM incident JOIN report USING (incident_id) WHERE "
        + dialect.match_words()
    )
    rows = filled.rows(sql, {"words": words}) if words else []
    reached = {report_id(number) for number in found}
    linked = view.links.filter(
        pl.col("incident_id").is_in(
            view.links.filter(pl.col("report_id").is_in(reached))["incident_id"].implode()
        )
    )
    assert {row["report_id"] for row in rows} == set(linked["report_id"])


def test_what_is_not_filled_says_so(database: Database, view: View) -> None:
    """An empty database has no meta and says what to do; once filled it answers."""
    assert read_metadata(database) == {}
    with pytest.raises(GroundtruceError) as raised:
        database.rows("SELECT * FROM incident")
    assert raised.value.problem is Problem.DATABASE_MISSING
    fill(database, view)
    assert len(database.rows("SELECT * FROM incident")) == view.incidents.height


def test_another_schema_is_not_read_and_filled_anew(
    database: Database, view: View, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """A database of another version of the program is as good as none, until it is filled."""
    for module in ("sqlite", "postgres"):
        monkeypatch.setattr(f"groundtruce.database.backend.{module}.SCHEMA", "0" * 64, raising=True)
    monkeypatch.setattr("groundtruce.database.backend.sqlite._VERSION", 7)
    monkeypatch.setattr(
        "groundtruce.database.backend.postgres._LOOK_THERE",
        "SELECT set_config('search_path', 'groundtruce_' || generation, true) "
        "FROM groundtruce.standing WHERE schema = '" + "0" * 64 + "'",
    )
    fill(database, view)
    monkeypatch.undo()
    with closing(open_database(database_url)) as newer:
        assert read_metadata(newer) == {}
        fill(newer, view)
        assert read_metadata(newer)["view"] == view.digest


def test_a_snapshot_stays_as_it_began(database: Database, view: View) -> None:
    """Who began to read goes on in the view of then, also where another whole view has taken its place."""
    fill(database, view)
    later = view_of(table(ROWS[:2], text=True))
    stream = database.stream("SELECT number FROM report ORDER BY number")
    first = next(stream)
    with database.read() as reader:
        before = reader.rows("SELECT COUNT(*) AS n FROM report")
        fill(database, later)
        assert (
            reader.rows("SELECT COUNT(*) AS n FROM incident_source")[0]["n"] >= before[0]["n"] - 1
        )
        assert reader.rows("SELECT COUNT(*) AS n FROM report") == before
    assert len([first, *stream]) == len(ROWS)
    assert database.rows("SELECT COUNT(*) AS n FROM report") == [{"n": 2}]


def _fail_after(begun: AbstractContextManager[Writer], statement: str) -> None:
    with begun as writer:
        writer.run(statement)
        raise KeyError


def test_a_change_that_fails_leaves_the_view_before(database: Database, view: View) -> None:
    """An error on the way, in a fill or a change, is as if nothing had begun."""
    fill(database, view)
    before = held(database)
    for begun, statement in (
        (database.replace, "CREATE TABLE half (x BIGINT)"),
        (database.write, "DELETE FROM report"),
    ):
        with pytest.raises(KeyError):
            _fail_after(begun(), statement)
    assert held(database) == before


def test_readers_see_one_view_while_others_are_filled(database: Database, view: View) -> None:
    """Counts that belong together are read together, whatever is written meanwhile."""
    small, stop, seen = view_of(table(ROWS[:2], text=True)), Event(), set[tuple[int, str]]()
    wrong: list[object] = []

    def read() -> None:
        while not stop.is_set():
            try:
                with database.read() as reader:
                    count = reader.rows("SELECT COUNT(*) AS n FROM report")[0]["n"]
                    said = reader.rows("SELECT value FROM meta WHERE key = 'reports'")[0]["value"]
                seen.add((count, said))
                pause(0.002)
            except Exception as error:  # noqa: BLE001 - the main thread says what went wrong
                wrong.append(error)

    fill(database, view)
    readers = [Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(4):
        fill(database, (small, view)[number % 2])
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert seen <= {(2, "2"), (6, "6")}


_FILL = """
import pickle, sys, os, signal
from groundtruce.database.backend import {module} as driver
from groundtruce.database.backend.dialect import SQLITE
from groundtruce.database.backend.open import open_database
from groundtruce.database.load.fill import fill
count = 0
class Killing(driver.{writer}):
    def _step(self):
        global count
        count += 1
        if count == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
    def run(self, *given):
        self._step()
        super().run(*given)
    def load(self, *given):
        self._step()
        super().load(*given)
driver.{writer} = Killing
view = pickle.load(open(sys.argv[2], "rb"))
fill(open_database(sys.argv[1]), view)
"""


@pytest.mark.parametrize("step", [1, 30])
def test_a_process_that_is_killed_leaves_the_view_before(
    database: Database, database_url: str, view: View, tmp_path: Path, step: int
) -> None:
    """Killed at any step of a fill, the process leaves what readers had; the next fill is whole."""
    fill(database, view_of(table(ROWS[:2], text=True)))
    before = held(database)
    (tmp_path / "view").write_bytes(pickle.dumps(view))
    sqlite = database.dialect is SQLITE
    script = _FILL.format(
        module="sqlite" if sqlite else "postgres",
        writer="SqliteWriter" if sqlite else "PostgresWriter",
    )
    command = [sys.executable, "-c", script, database_url, str(tmp_path / "view"), str(step)]
    assert subprocess.run(command, check=False).returncode == -9
    assert held(database) == before
    fill(database, view)
    assert database.rows("SELECT COUNT(*) AS n FROM report") == [{"n": len(ROWS)}]


def test_a_damaged_file_is_filled_anew(tmp_path: Path, view: View) -> None:
    """A file that is no database says so when it is read, and a fill puts a good one in its place."""
    path = tmp_path / "view.sqlite"
    path.write_bytes(b"this was a database once" * 1_000)
    with closing(open_database(f"sqlite:///{path}")) as database:
        assert read_metadata(database) == {}
        fill(database, view)
        assert read_metadata(database)["view"] == view.digest
    assert not list(tmp_path.glob("*.filling*"))


def test_an_address_that_leads_nowhere_says_so(tmp_path: Path) -> None:
    """Neither a password nor a trace is shown."""
    with pytest.raises(GroundtruceError) as raised:
        open_database("mysql://me:secret@host/db")
    assert raised.value.problem is Problem.DATABASE_ADDRESS
    assert "secret" not in raised.value.sentence
    away = open_database(f"postgresql://me:secret@/truce?host={tmp_path}")
    with pytest.raises(GroundtruceError) as raised:
        away.rows("SELECT 1")
    assert raised.value.problem is Problem.DATABASE_UNREACHABLE
    assert "secret" not in raised.value.sentence
