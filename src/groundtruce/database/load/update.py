"""A view in the place of the one before, where only what differs is written: the outcome is that of a whole fill.

* What differs is found by prints, of the rows that stand and of those to come, or is known to who made the view.
* Rows about a report or an incident that came, went or changed are removed and written anew; no others are touched.
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
from groundtruce.database.columnar.codec import PartRows, first_of, part_of
from groundtruce.database.load.fill import fill, packed_rows, said, small_tables
from groundtruce.database.load.fingerprint import incident_prints, report_prints
from groundtruce.database.load.redirect import LINKED, kept_redirects, redirected
from groundtruce.database.load.rows import (
    incident_numbers,
    incidents_of,
    report_numbers,
    reports_of,
    told_of,
)
from groundtruce.view.view import View

__all__ = ["Touched", "apply", "rewrite"]

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
class _Asking:
    """A reader with the words of its dialect."""

    reader: Reader
    dialect: Dialect

    def among(
        self, sql: str, column: str, numbers: pl.Series, schema: Mapping[str, pl.DataType]
    ) -> pl.DataFrame:
        """Return the rows of a query whose column is one of the numbers."""
        where = self.dialect.among(column)
        return self.reader.frame(f"{sql} WHERE {where}", schema, {"keys": _listed(numbers)})


def apply(database: Database, view: View, known: Touched | None = None) -> None:
    """Make a database hold a view; `known` says what differs from what it holds, if that is known.

    Cost grows with what differs; to find that out, with the rows of the view. Raises GroundtruceError.
    """
    if not read_metadata(database):
        fill(database, view)
        return
    if known is None:
        with database.reading() as reader:
            known = _touched(_Asking(reader, database.dialect), view)
    if known.reports.len() + known.incidents.len() > _WORTH_IT * (
        view.reports.height + view.incidents.height
    ):
        fill(database, view)
        return
    with database.writing() as writer:
        _change(writer, database.dialect, view, known)


def _touched(ask: _Asking, view: View) -> Touched:
    """Return what differs between the view that stands and another."""
    told = told_of(view.reports, view.links)
    reports = report_prints(view.reports, view.links, view.entries)
    incidents = incident_prints(
        view.incidents, view.assessments, told, view.input_digests["agreement"]
    )
    return Touched(
        _differing(ask, "report", reports.with_columns(report_numbers(reports["report_id"]))),
        _differing(
            ask, "incident", incidents.with_columns(incident_numbers(incidents["incident_id"]))
        ),
    )


def _differing(ask: _Asking, table: str, now: pl.DataFrame) -> pl.Series:
    """Return the identifiers whose prints differ, those that went among them."""
    key = f"{table}_id"
    stood = ask.reader.frame(f"SELECT number, print FROM {table}", _PRINTS)
    other = now.join(stood, on=["number", "print"], how="anti")
    gone = stood.join(now, on="number", how="anti")["number"]
    went = ask.among(f"SELECT {key} FROM {table}", "number", gone, {key: pl.String()})
    return pl.concat([other[key], went[key]])


def _change(writer: Writer, dialect: Dialect, view: View, known: Touched) -> None:
    rewrite(writer, dialect, view, known)
    for name, rows in small_tables(view):
        _whole(writer, name, rows)
    _whole(writer, "meta", said(view))


def rewrite(writer: Writer, dialect: Dialect, view: View, known: Touched) -> None:
    """Write what is about the touched reports and incidents; of these the view holds all, of others maybe nothing."""
    ask = _Asking(writer, dialect)
    reports, incidents = report_numbers(known.reports), incident_numbers(known.incidents)
    redirects = _redirects(ask, view, known.incidents, incidents)
    _rewrite(ask, writer, reports, dict(reports_of(view, known.reports)))
    _rewrite(ask, writer, incidents, dict(incidents_of(view, known.incidents)))
    if redirects is not None:
        _whole(writer, "redirect", redirects)
    parts = sorted({part_of(number) for number in incidents.to_list()})
    if parts:
        writer.run(f"DELETE FROM packed WHERE {dialect.among('part')}", {"keys": json.dumps(parts)})
        writer.load("packed", packed_rows(_parts(writer, parts), parts))


def _rewrite(
    ask: _Asking, writer: Writer, numbers: pl.Series, tables: dict[str, pl.DataFrame]
) -> None:
    """Remove the rows with these numbers and write those that are in their place."""
    for name, rows in tables.items():
        where = ask.dialect.among(ask.dialect.number_in(name))
        writer.run(f"DELETE FROM {name} WHERE {where}", {"keys": _listed(numbers)})
        writer.load(name, rows)


def _whole(writer: Writer, name: str, rows: pl.DataFrame) -> None:
    """Write a small table anew if it differs."""
    fields = STORED[name].fields
    schema = {field.name: field.kind.dtype for field in fields}
    order = ", ".join(STORED[name].key)
    stood = writer.frame(f"SELECT {', '.join(schema)} FROM {name} ORDER BY {order}", schema)
    if not stood.equals(rows.select(list(schema)).sort(STORED[name].key)):
        writer.run(f"DELETE FROM {name}")
        writer.load(name, rows)


def _redirects(ask: _Asking, view: View, ids: pl.Series, numbers: pl.Series) -> pl.DataFrame | None:
    """Return the redirects that stand from now on, or None where they are those that stood."""
    stood = ask.among("SELECT incident_id FROM incident", "number", numbers, _ID)["incident_id"]
    here = view.incidents["incident_id"]
    moved = ask.among("SELECT incident_id FROM redirect", "number", numbers, _ID)["incident_id"]
    if stood.is_in(here.implode()).all() and not moved.is_in(here.implode()).any():
        return None
    linked = (
        "SELECT report.report_id, report.incident_id FROM report JOIN incident USING (incident_id)"
    )
    before = ask.among(linked, "incident.number", numbers, LINKED)
    after = view.links.filter(pl.col("report_id").is_in(before["report_id"].implode()))
    kept, known = kept_redirects(ask.reader), ids.implode()
    concerned = pl.col("incident_id").is_in(known) | pl.col("redirect_to").is_in(known).fill_null(
        value=False
    )
    led = redirected(kept.filter(concerned), before, after, here)
    rows = pl.concat([kept.filter(~concerned), led]).sort("incident_id")
    return rows.select(incident_numbers(rows["incident_id"]), pl.all())


def _parts(reader: Reader, parts: list[int]) -> PartRows:
    """Return all that stands about the incidents of some parts."""
    frames = []
    for table in (STORED["incident"], STORED["assessment"]):
        schema = {field.name: field.kind.dtype for field in table.fields}
        sql = (
            f"SELECT {', '.join(schema)} FROM {table.name} WHERE number >= :first AND number < :end"
        )
        bounds = ({"first": first_of(part), "end": first_of(part + 1)} for part in parts)
        frames.append(pl.concat([reader.frame(sql, schema, each) for each in bounds]))
    return PartRows(*frames)


def _listed(numbers: pl.Series) -> str:
    return json.dumps(numbers.to_list())
