"""A whole view into a database: tables first, then indexes, and then all of it at once for those who read.

* What a reader sees is the view before or this one; a process that ends on the way leaves the one before.
* Where incidents of the view before are gone, their identifiers lead on.
"""

import json
from collections import deque
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from groundtruce.database.backend.metadata import read_metadata
from groundtruce.database.backend.protocol import Database
from groundtruce.database.backend.schema import SCHEMA, create_indexes, create_tables
from groundtruce.database.columnar.codec import PartRows, pack_parts
from groundtruce.database.columnar.instant import to_microseconds
from groundtruce.database.load.redirect import LINKED, follow_redirects, read_redirects
from groundtruce.database.load.rows import (
    make_incident_tables,
    make_report_tables,
    number_incidents,
)
from groundtruce.model.instant import INSTANT
from groundtruce.model.table import COUNTS, DERIVED, REDIRECTS
from groundtruce.view.step import find_as_of
from groundtruce.view.view import View

__all__ = ["fill", "make_metadata", "make_parts", "make_small_tables"]

_AHEAD = 2
"""Tables that are made while one is written: the longest takes as long as two of the others."""


def fill(database: Database, view: View) -> None:
    """Replace what a database holds by a view; raises GroundtruceError.

    Cost grows with the rows of the view.
    """
    redirects = _make_redirects(database, view)
    with database.replace() as writer:
        for statement in create_tables(database.dialect):
            writer.run(statement)
        for name, rows in _make_ahead(_make_tables(view, redirects)):
            writer.load(name, rows)
        for statement in create_indexes(database.dialect):
            writer.run(statement)


def make_metadata(view: View) -> pl.DataFrame:
    """Return the rows of `meta`."""
    state = view.basis.state if view.basis else None
    values = {
        "schema": SCHEMA,
        "view": view.digest,
        "record_state": bytes(state).decode() if state else "",
        "record_state_digest": state.digest if state else "",
        "names": _write_json(dict(view.basis.names) if view.basis else {}),
        "method": _write_json(view.method),
        "agreement": view.agreement.label,
        "agreement_digest": view.input_digests["agreement"],
        "agreement_document": view.document.decode(),
        "as_of": str(to_microseconds(find_as_of(view.incidents, view.agreement))),
        "reports": str(view.reports.height),
        "incidents": str(view.incidents.height),
        "quarantined": str(view.quarantined),
        "withheld": str(view.withheld),
    }
    return pl.DataFrame({"key": list(values), "value": list(values.values())})


def make_small_tables(view: View) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the tables that do not grow with incidents, whole."""
    instants = pl.col(INSTANT).dt.epoch("us")
    for table in DERIVED:
        if not table.by_incident:
            rows = view.tables[table].select(table.names).with_columns(instants)
            position = pl.int_range(pl.len(), dtype=pl.Int64).alias("position")
            yield table.name, rows.select(position, pl.all())
    yield "counted", view.counts.select(COUNTS.names).with_columns(instants).sort("count_id")


def _make_ahead(tables: Iterator[tuple[str, pl.DataFrame]]) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the tables, the next two of which are made meanwhile."""
    with ThreadPoolExecutor(1) as maker:
        coming = deque(maker.submit(next, tables, None) for _ in range(_AHEAD))
        while (table := coming.popleft().result()) is not None:
            coming.append(maker.submit(next, tables, None))
            yield table
            del table


def _make_tables(view: View, redirects: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield each table's rows in the order in which it keeps them."""
    yield from make_small_tables(view)
    yield "redirect", redirects.select(number_incidents(redirects["incident_id"]), pl.all())
    yield from make_report_tables(view)
    yield "meta", make_metadata(view)
    packing: dict[str, pl.DataFrame] = {}
    for name, rows in make_incident_tables(view):
        if name in ("incident", "assessment"):
            packing[name] = rows
        yield name, rows
    yield "packed", make_parts(PartRows(packing["incident"], packing["assessment"]))


def make_parts(parts: PartRows, only: Collection[int] | None = None) -> pl.DataFrame:
    """Return the rows of `packed`, all or those of some parts."""
    schema = {"part": pl.Int64(), "digest": pl.String(), "content": pl.Binary()}
    return pl.DataFrame(list(pack_parts(parts, only)), schema=schema, orient="row")


def _make_redirects(database: Database, view: View) -> pl.DataFrame:
    """Return the redirects from what a database holds to a view; none where it holds nothing that can be read."""
    if not read_metadata(database):
        return pl.DataFrame(schema=REDIRECTS.schema)
    with database.read() as reader:
        kept = read_redirects(reader)
        linked = "SELECT report_id, incident_id FROM report WHERE incident_id IS NOT NULL"
        before = reader.frame(linked, LINKED)
    return follow_redirects(kept, before, view.links, view.incidents["incident_id"])


def _write_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
