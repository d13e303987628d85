"""The view as a database: a whole fill of both programs beside their own bulk load, and one more report.

The peer is given the same rows, made before, and puts them into plain tables without any index.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import polars as pl
import psycopg
from tools.postgres import server

from benchmarks.view import synthetic_view
from groundtruce.database.backend.dialect import POSTGRES, SQLITE
from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.postgres_wire import copy_rows
from groundtruce.database.backend.protocol import Database
from groundtruce.database.backend.schema import STORED
from groundtruce.database.load.fill import fill
from groundtruce.database.load.rows import make_incident_tables, make_report_tables
from groundtruce.database.load.update import Touched, apply
from groundtruce.model.table import ASSESSMENTS, INCIDENTS, LINKS
from groundtruce.view.view import View

__all__ = ["COLUMNS", "filling"]

COLUMNS = ("job", "incidents", "rows", "ours, s", "peer", "peer, s", "ratio")
_SEED = 1
_ROWS = 50_000
_SETTINGS = ("shared_buffers=512MB", "max_wal_size=4GB")
"""Of the server: as installed otherwise, so that what is committed is on the disk."""


def filling(folder: Path, sizes: tuple[int, ...]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each program, size and job."""
    with server(_SETTINGS) as running:
        for size in sizes:
            view = synthetic_view(size, _SEED)
            yield from _jobs(f"sqlite:///{folder / f'{size}.sqlite'}", view, _executemany(folder))
            yield from _jobs(running.database(), view, _copy(running.database()))


def _jobs(
    url: str, view: View, peer: Callable[[dict[str, pl.DataFrame]], str]
) -> Iterator[tuple[str, ...]]:
    last = view.incidents["incident_id"][-1]
    before = _without(view, last)
    tables = dict(make_report_tables(before)) | dict(make_incident_tables(before))
    tables = {name: rows for name, rows in tables.items() if name in STORED}
    began = perf_counter()
    name = peer(tables)
    theirs = perf_counter() - began
    rows = sum(table.height for table in tables.values())
    del tables
    with closing(open_database(url)) as database:
        said = "SQLite" if database.dialect is SQLITE else "PostgreSQL"
        size = f"{before.incidents.height:,}"
        ours = _timed(lambda: fill(database, before))
        compared = (name, f"{theirs:.1f}", f"{ours / theirs:.1f}")
        yield f"{said}: fill", size, f"{rows:,}", f"{ours:.1f}", *compared
        for job, known in (
            ("one more report, known", _known(view, last)),
            ("one less, to be found", None),
        ):
            after = before if known is None else view
            _ = (
                after.digest
            )  # of every table: measured with the fill, and no part of what is written
            took = _timed(_changing(database, after, known))
            yield f"{said}: {job}", size, "1", f"{took:.2f}", "", "", ""


def _changing(database: Database, view: View, known: Touched | None) -> Callable[[], None]:
    return lambda: apply(database, view, known)


def _timed(job: Callable[[], None]) -> float:
    began = perf_counter()
    job()
    return perf_counter() - began


def _without(view: View, incident: str) -> View:
    """Return the view before the report of an incident came."""
    other = pl.col("incident_id") != incident
    links = view.links.filter(other)
    before = view.with_tables(
        {
            LINKS: links,
            INCIDENTS: view.incidents.filter(other),
            ASSESSMENTS: view.assessments.filter(other),
        }
    )
    return replace(
        before,
        reports=view.reports.join(links.select("report_id"), on="report_id", how="semi"),
    )


def _known(view: View, incident: str) -> Touched:
    links = view.links.filter(pl.col("incident_id") == incident)
    return Touched(links["report_id"], pl.Series("incident_id", [incident]))


def _executemany(folder: Path) -> Callable[[dict[str, pl.DataFrame]], str]:
    def peer(tables: dict[str, pl.DataFrame]) -> str:
        path = folder / "peer.sqlite"
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("BEGIN")
            for name, rows in tables.items():
                connection.execute(f"CREATE TABLE {name} ({', '.join(rows.columns)})")
                places = ", ".join("?" * rows.width)
                for part in rows.iter_slices(_ROWS):
                    connection.executemany(f"INSERT INTO {name} VALUES ({places})", part.rows())
            connection.execute("COMMIT")
        return "sqlite3 executemany"

    return peer


def _copy(url: str) -> Callable[[dict[str, pl.DataFrame]], str]:
    def peer(tables: dict[str, pl.DataFrame]) -> str:
        with psycopg.connect(url) as connection:
            for name, rows in tables.items():
                kinds = {one.name: one.kind for one in STORED[name].fields}
                columns = (f"{one} {kinds[one].name_type(POSTGRES)}" for one in rows.columns)
                connection.execute(f"CREATE TABLE {name} ({', '.join(columns)})".encode())
                copy_rows(connection, name, rows)
        return "COPY"

    return peer
