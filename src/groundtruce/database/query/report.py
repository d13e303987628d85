"""Reports as their sources gave them, with the incident that each is about and its entry in the record.

* A list of reports is that of the incidents that filters choose, in the order of these, the newest first; with a
  source chosen, only what this source says.
* The place from which a page goes on is that of the incident, and the report within it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from groundtruce.database.backend.protocol import Database, Reader, Row
from groundtruce.database.columnar.codec import format_id, parse_id
from groundtruce.database.columnar.instant import read_instant
from groundtruce.database.filters.choose import choose
from groundtruce.database.filters.filters import Filters
from groundtruce.database.filters.mask import Selection
from groundtruce.database.filters.paging import Cursor, Order, OrderedRows, order_rows
from groundtruce.database.filters.sql import write_condition
from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import REPORTS, Content

__all__ = [
    "Report",
    "ReportEntry",
    "ReportPage",
    "SourceCount",
    "count_sources",
    "find_by_prefix",
    "list_reports",
    "read_report",
    "read_reports_of",
]

MOST_COUNTED = 10_000
"""Reports of a source that are counted where other filters narrow as well."""

_LAST_SIGN = chr(0x10FFFF)
"""Stands after every other sign, in the order of both databases."""

_AT_ONCE = 500
"""Incidents whose reports are asked for in one query."""

_INSTANTS = tuple(column.name for column in REPORTS.columns if column.content is Content.INSTANT)
_COLUMNS = ", ".join(f"report.{name}" for name in REPORTS.names)
_SELECT = (
    f"SELECT {_COLUMNS}, report.incident_id, report.probability, entry.origin, entry.sequence, "
    "entry.statement FROM report LEFT JOIN entry ON entry.report_id = report.report_id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEntry:
    """Where in the record a report stands."""

    origin: str
    sequence: int
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report, column by column as in the table of reports; `probability` is that of its link."""

    report_id: str
    source: str
    source_group: str | None
    source_kind: str | None
    on_behalf_of: str | None
    occurred_from: datetime | None
    occurred_to: datetime | None
    time_precision: str | None
    reported_at: datetime | None
    lat: float | None
    lon: float | None
    location_radius_m: float | None
    place_name: str | None
    kind: str
    weapon: str | None
    target: str | None
    actor: str | None
    involved: str | None
    count: int | None
    means: str | None
    killed_low: int | None
    killed_best: int | None
    killed_high: int | None
    injured_low: int | None
    injured_best: int | None
    injured_high: int | None
    text: str | None
    language: str | None
    reference: str | None
    licence: str | None
    attributes: str | None
    incident_id: str | None
    probability: float | None
    entry: ReportEntry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """A page of reports; `next` leads on, None at the end."""

    rows: tuple[Report, ...]
    next: str | None
    total: int
    total_is_least: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCount:
    """How many reports a source filed, and of what kind it is."""

    source: str
    source_kind: str | None
    reports: int


def read_report(database: Database, report_id: str) -> Report | None:
    """Return a report, or None where the view has none of this identifier."""
    rows = database.rows(f"{_SELECT} WHERE report.report_id = :id", {"id": report_id})
    return _make_report(rows[0]) if rows else None


def find_by_prefix(database: Database, text: str, limit: int) -> tuple[Report, ...]:
    """Return the reports whose identifiers begin with a text, the first ones."""
    rows = database.rows(
        f"{_SELECT} WHERE report.report_id >= :first AND report.report_id < :last "
        "ORDER BY report.report_id LIMIT :limit",
        {"first": text, "last": text + _LAST_SIGN, "limit": limit},
    )
    return tuple(_make_report(row) for row in rows)


def read_reports_of(
    database: Database | Reader, incident_ids: Sequence[str], sources: Sequence[str] = ()
) -> tuple[Report, ...]:
    """Return the reports of some incidents, in the order of their identifiers; of some sources, or of all."""
    values = {f"i{number}": incident for number, incident in enumerate(incident_ids)}
    where = f"report.incident_id IN ({_list_parameters(values)})"
    if sources:
        named = {f"s{number}": source for number, source in enumerate(sources)}
        where += f" AND report.source IN ({_list_parameters(named)})"
        values |= named
    rows = database.rows(f"{_SELECT} WHERE {where} ORDER BY report.report_id", values)
    return tuple(_make_report(row) for row in rows)


def list_reports(
    database: Database, filters: Filters, after: str | None = None, limit: int = 50
) -> ReportPage:
    """Return a page of the reports of the chosen incidents; raises GroundtruceError `query.bad_value`."""
    selection = choose(database, filters)
    line = order_rows(selection, Order.NEWEST)
    rows: list[Report] = []
    for run in _iterate_reports(database, line, filters, after):
        rows += run
        if len(rows) > limit:
            break
    shown = rows[:limit]
    total, least = _count_reports(database, filters, selection)
    return ReportPage(
        rows=tuple(shown),
        next=_make_cursor(line, shown[-1]) if len(rows) > limit else None,
        total=total,
        total_is_least=least,
    )


def count_sources(database: Database) -> tuple[SourceCount, ...]:
    """Return every source with its number of reports, the most first."""
    rows = database.rows(
        "SELECT source, MIN(source_kind) AS source_kind, COUNT(*) AS reports FROM report "
        "GROUP BY source ORDER BY COUNT(*) DESC, source"
    )
    return tuple(SourceCount(**row) for row in rows)


def _iterate_reports(
    database: Database, line: OrderedRows, filters: Filters, after: str | None
) -> Iterator[list[Report]]:
    """Yield the reports beyond a place, incidents in their order and the reports of each by identifier."""
    cursor, last = (None, "") if after is None else _parse_cursor(after)
    for run in line.iterate_from(cursor, inclusive=True):
        for begin in range(0, len(run), _AT_ONCE):
            numbers = line.columns.number[run[begin : begin + _AT_ONCE]].tolist()
            ids = [format_id(number) for number in numbers]
            by_incident: dict[str, list[Report]] = {incident: [] for incident in ids}
            for report in read_reports_of(database, ids, filters.values("source")):
                by_incident[str(report.incident_id)].append(report)
            if cursor is not None and ids[:1] == [format_id(cursor.number)]:
                reports = by_incident[ids[0]]
                by_incident[ids[0]] = [report for report in reports if report.report_id > last]
            cursor = None
            yield [report for reports in by_incident.values() for report in reports]


def _make_cursor(line: OrderedRows, report: Report) -> str:
    """Return the place of a report in the list, as an address has it."""
    row = np.searchsorted(line.columns.number, parse_id(str(report.incident_id)))
    return f"{line.make_cursor(int(row))}~{report.report_id}"


def _parse_cursor(after: str) -> tuple[Cursor, str]:
    key, _, rest = after.partition("~")
    incident, apart, report_id = rest.partition("~")
    if not apart:
        raise GroundtruceError(
            Problem.QUERY_BAD_VALUE,
            key=quote("after"),
            value=quote(after[:80]),
            expected=Phrase("what the page before gives as the next one"),
        )
    return Cursor.parse(f"{key}~{incident}"), report_id


def _count_reports(database: Database, filters: Filters, selection: Selection) -> tuple[int, bool]:
    """Return how many reports there are, and whether there may be more."""
    named = filters.values("source")
    if not named:
        counts = selection.columns.n_reports
        chosen = counts if selection.mask is None else counts[selection.mask]
        return int(chosen.sum()), selection.at_least
    values = {f"s{number}": source for number, source in enumerate(named)}
    where = f"source IN ({_list_parameters(values)})"
    if not filters.minus("source"):
        counted = database.rows(f"SELECT COUNT(*) AS n FROM report WHERE {where}", values)
        return int(counted[0]["n"]), False
    also = write_condition(filters, database.dialect)
    counted = database.rows(
        f"SELECT COUNT(*) AS n FROM (SELECT 1 FROM report WHERE {where} AND incident_id IN "
        f"(SELECT incident_id FROM incident WHERE {also.sql}) LIMIT :most) AS counted",
        {**values, **also.values, "most": MOST_COUNTED + 1},
    )
    count = int(counted[0]["n"])
    return min(count, MOST_COUNTED), count > MOST_COUNTED


def _list_parameters(values: dict[str, str]) -> str:
    return ", ".join(f":{name}" for name in values)


def _make_report(row: Row) -> Report:
    """Return a report with the place of its entry in the record."""
    origin, sequence, statement = (row.pop(name) for name in ("origin", "sequence", "statement"))
    entry = None
    if origin is not None:
        entry = ReportEntry(origin=origin, sequence=sequence, statement=statement)
    for name in _INSTANTS:
        row[name] = read_instant(row[name])
    return Report(**row, entry=entry)
