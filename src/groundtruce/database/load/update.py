"""A view replaces the one before, where only what differs is written: the outcome is that of a whole fill.

* What differs is found by prints, of the rows there are and of those to come, or is known to who made the view.
* Rows about a report or an incident that came, went or changed are removed and written again; no others are touched.
* One transaction: a reader sees the view before or this one. Where much differs, a fill is quicker and is what is done.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from groundtruce.database.backend.dialect import Dialect
from groundtruce.database.backend.metadata import read_metadata
from groundtruce.database.backend.protocol import Database, Reader, Writer
from groundtruce.database.backend.schema import STORED
from groundtruce.database.columnar.codec import PartRows, find_first_number, find_part
from groundtruce.database.load.fill import fill, make_metadata, make_parts, make_small_tables
from groundtruce.database.load.fingerprint import fingerprint_incidents, fingerprint_reports
from groundtruce.database.load.redirect import LINKED, follow_redirects, read_redirects
from groundtruce.database.load.rows import (
    join_reports,
    make_incident_tables,
    make_report_tables,
    number_incidents,
    number_reports,
)
from groundtruce.model.table import DERIVED
from groundtruce.view.view import View

__all__ = ["Touched", "apply", "rewrite_touched"]

_WORTH_IT = 0.1
"""Where more than this share of the rows differs, a fill is quicker."""
_ID = {"incident_id": pl.String()}
_PRINTS = {"number": pl.Int64(), "print": pl.Int64()}


@dataclass(frozen=True, slots=True)
class Touched:
    """Identifiers of reports, and of incidents, that came, went or changed, with all that is about them."""

    reports: pl.Series
    incidents: pl.Series


@dataclass(frozen=True, slots=True)
class _Lookup:
    """A reader with the words of its dialect."""

    reader: Reader
    dialect: Dialect

    def read_numbers(
        self, sql: str, column: str, numbers: pl.Series, schema: Mapping[str, pl.DataType]
    ) -> pl.DataFrame:
        """Return the rows of a query whose column is one of the numbers."""
        where = self.dialect.match_keys(column)
        return self.reader.frame(f"{sql} WHERE {where}", schema, {"keys": _as_json(numbers)})


def apply(database: Database, view: View, known: Touched | None = None) -> None:
    """Make a database hold a view; `known` says what differs from what it holds, if that is known.

    Cost grows with what differs; to find that out, with the rows of the view. Raises GroundtruceError.
    """
    if not read_metadata(database):
        fill(database, view)
        return
    if known is None:
        with database.read() as reader:
            known = _find_touched(_Lookup(reader, database.dialect), view)
    if known.reports.len() + known.incidents.len() > _WORTH_IT * (
        view.reports.height + view.incidents.height
    ):
        fill(database, view)
        return
    with database.write() as writer:
        _write_change(writer, database.dialect, view, known)


def _find_touched(lookup: _Lookup, view: View) -> Touched:
    """Return what differs between the view that is held and another."""
    reported = join_reports(view.reports, view.links)
    reports = fingerprint_reports(view.reports, view.links, view.entries)
    derived = {table: view.tables[table] for table in DERIVED if table.by_incident}
    incidents = fingerprint_incidents(
        view.incidents, derived, reported, view.input_digests["agreement"]
    )
    return Touched(
        _find_differing(
            lookup, "report", reports.with_columns(number_reports(reports["report_id"]))
        ),
        _find_differing(
            lookup, "incident", incidents.with_columns(number_incidents(incidents["incident_id"]))
        ),
    )


def _find_differing(lookup: _Lookup, table: str, now: pl.DataFrame) -> pl.Series:
    """Return the identifiers whose prints differ, those that went among them."""
    key = f"{table}_id"
    stored = lookup.reader.frame(f"SELECT number, print FROM {table}", _PRINTS)
    changed = now.join(stored, on=["number", "print"], how="anti")
    gone = stored.join(now, on="number", how="anti")["number"]
    removed = lookup.read_numbers(f"SELECT {key} FROM {table}", "number", gone, {key: pl.String()})
    return pl.concat([changed[key], removed[key]])


def _write_change(writer: Writer, dialect: Dialect, view: View, known: Touched) -> None:
    """Write the rows of what is touched, and the small tables that differ."""
    rewrite_touched(writer, dialect, view, known)
    for name, rows in make_small_tables(view):
        _rewrite_table(writer, name, rows)
    _rewrite_table(writer, "meta", make_metadata(view))


def rewrite_touched(writer: Writer, dialect: Dialect, view: View, known: Touched) -> None:
    """Write what is about the touched reports and incidents; of these the view holds all, of others maybe nothing."""
    lookup = _Lookup(writer, dialect)
    reports, incidents = number_reports(known.reports), number_incidents(known.incidents)
    redirects = _update_redirects(lookup, view, known.incidents, incidents)
    _rewrite_rows(lookup, writer, reports, dict(make_report_tables(view, known.reports)))
    _rewrite_rows(lookup, writer, incidents, dict(make_incident_tables(view, known.incidents)))
    if redirects is not None:
        _rewrite_table(writer, "redirect", redirects)
    parts = sorted({find_part(number) for number in incidents.to_list()})
    if parts:
        writer.run(
            f"DELETE FROM packed WHERE {dialect.match_keys('part')}", {"keys": json.dumps(parts)}
        )
        writer.load("packed", make_parts(_read_part_rows(writer, parts), parts))


def _rewrite_rows(
    lookup: _Lookup, writer: Writer, numbers: pl.Series, tables: dict[str, pl.DataFrame]
) -> None:
    """Remove the rows with these numbers and write those that are in their place."""
    for name, rows in tables.items():
        where = lookup.dialect.match_keys(lookup.dialect.number_column(name))
        writer.run(f"DELETE FROM {name} WHERE {where}", {"keys": _as_json(numbers)})
        writer.load(name, rows)


def _rewrite_table(writer: Writer, name: str, rows: pl.DataFrame) -> None:
    """Write a small table again if it differs."""
    fields = STORED[name].fields
    schema = {field.name: field.kind.dtype for field in fields}
    order = ", ".join(STORED[name].key)
    stored = writer.frame(f"SELECT {', '.join(schema)} FROM {name} ORDER BY {order}", schema)
    if not stored.equals(rows.select(list(schema)).sort(STORED[name].key)):
        writer.run(f"DELETE FROM {name}")
        writer.load(name, rows)


def _update_redirects(
    lookup: _Lookup, view: View, ids: pl.Series, numbers: pl.Series
) -> pl.DataFrame | None:
    """Return the redirects from now on, or None where they stay the same."""
    stored_ids = lookup.read_numbers("SELECT incident_id FROM incident", "number", numbers, _ID)[
        "incident_id"
    ]
    here = view.incidents["incident_id"]
    moved = lookup.read_numbers("SELECT incident_id FROM redirect", "number", numbers, _ID)[
        "incident_id"
    ]
    if stored_ids.is_in(here.implode()).all() and not moved.is_in(here.implode()).any():
        return None
    linked = (
        "SELECT report.report_id, report.incident_id FROM report JOIN incident USING (incident_id)"
    )
    before = lookup.read_numbers(linked, "incident.number", numbers, LINKED)
    after = view.links.filter(pl.col("report_id").is_in(before["report_id"].implode()))
    kept, known = read_redirects(lookup.reader), ids.implode()
    concerned = pl.col("incident_id").is_in(known) | pl.col("redirect_to").is_in(known).fill_null(
        value=False
    )
    led = follow_redirects(kept.filter(concerned), before, after, here)
    rows = pl.concat([kept.filter(~concerned), led]).sort("incident_id")
    return rows.select(number_incidents(rows["incident_id"]), pl.all())


def _read_part_rows(reader: Reader, parts: list[int]) -> PartRows:
    """Return the rows about the incidents of some parts."""
    frames = []
    for table in (STORED["incident"], STORED["assessment"]):
        schema = {field.name: field.kind.dtype for field in table.fields}
        sql = (
            f"SELECT {', '.join(schema)} FROM {table.name} WHERE number >= :first AND number < :end"
        )
        bounds = (
            {"first": find_first_number(part), "end": find_first_number(part + 1)} for part in parts
        )
        frames.append(pl.concat([reader.frame(sql, schema, limits) for limits in bounds]))
    return PartRows(*frames)


def _as_json(numbers: pl.Series) -> str:
    """Return numbers as the list that `match_keys` reads."""
    return json.dumps(numbers.to_list())
