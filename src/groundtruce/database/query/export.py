"""Whole tables as they stream out: the rows that filters choose, in one snapshot, in the order of their numbers.

* A row has the columns of the table of the model, and what the database adds; instants are aware times.
* Reports and what is by incident are those of the chosen incidents; with a source or a clause chosen, of these only.
"""

from collections.abc import Iterator, Sequence

from groundtruce.database.backend.protocol import Database, Row
from groundtruce.database.backend.schema import STORED
from groundtruce.database.columnar.instant import read_instant
from groundtruce.database.filters.choose import choose
from groundtruce.database.filters.filters import Filters
from groundtruce.database.filters.sql import write_condition
from groundtruce.model.table import INCIDENTS, REPORTS, Column, Content, Table

__all__ = [
    "INCIDENT_COLUMNS",
    "REPORT_COLUMNS",
    "count_derived",
    "count_incidents",
    "count_reports",
    "stream_derived",
    "stream_incidents",
    "stream_reports",
]

INCIDENT_COLUMNS = (
    *INCIDENTS.columns,
    Column(
        name="verdict",
        meaning="the first of breach, not_determinable, exempt, no_breach that a clause gives",
    ),
    Column(name="first_day", meaning="the day of the agreement's zone on which it began, ISO 8601"),
    Column(name="last_day", meaning="the day on which it ended"),
    Column(name="actor_party", meaning="the author by the agreement's identifier, or as told"),
    Column(name="parties", meaning="all parties named, likewise, `|`-separated"),
    Column(name="sources", meaning="the sources of its reports, `|`-separated"),
)
REPORT_COLUMNS = (
    *REPORTS.columns,
    Column(name="incident_id", content=Content.IDENTIFIER, meaning="the incident that it is about"),
    Column(
        name="probability",
        content=Content.NUMBER,
        meaning="probability that the link is right",
        high=1,
    ),
)


def count_incidents(database: Database, filters: Filters) -> int:
    """Return how many incidents will come."""
    choice = choose(database, filters)
    if not choice.at_least:
        return choice.count
    narrowed = write_condition(filters, database.dialect)
    return _count(database, f"incident WHERE {narrowed.sql}", narrowed.values)


def stream_incidents(database: Database, filters: Filters) -> Iterator[Row]:
    """Yield the chosen incidents."""
    narrowed = write_condition(filters, database.dialect)
    where = f"incident WHERE {narrowed.sql}"
    return _rows(database, INCIDENT_COLUMNS, where, "number", narrowed.values)


def count_reports(database: Database, filters: Filters) -> int:
    """Return how many reports will come."""
    return _count(database, *_of_chosen(database, filters, "report", "source", "source"))


def stream_reports(database: Database, filters: Filters) -> Iterator[Row]:
    """Yield the reports of the chosen incidents."""
    where, values = _of_chosen(database, filters, "report", "source", "source")
    return _rows(database, REPORT_COLUMNS, where, "number", values)


def count_derived(database: Database, table: Table, filters: Filters) -> int:
    """Return how many rows of a derived table will come."""
    return _count(database, *_of_derived(database, table, filters))


def stream_derived(database: Database, table: Table, filters: Filters) -> Iterator[Row]:
    """Yield the rows of a derived table, those of the chosen incidents where it is by incident."""
    order = ", ".join(STORED[table.name].key)
    where, values = _of_derived(database, table, filters)
    return _rows(database, table.columns, where, order, values)


def _of_derived(
    database: Database, table: Table, filters: Filters
) -> tuple[str, dict[str, object]]:
    """Return what follows FROM for the rows of a derived table, and the values of its parameters."""
    if not table.by_incident:
        return table.name, {}
    return _of_chosen(database, filters, table.name, "clause", "clause_id")


def _of_chosen(
    database: Database, filters: Filters, table: str, key: str, column: str
) -> tuple[str, dict[str, object]]:
    """Return what stands after FROM for the rows of the chosen incidents, and the values of its parameters."""
    narrowed = write_condition(filters, database.dialect)
    values = dict(narrowed.values)
    parts = []
    if filters:
        by = "incident_id" if table == "report" else "number"
        parts.append(f"{by} IN (SELECT {by} FROM incident WHERE {narrowed.sql})")
    if column in STORED[table].names and (named := filters.values(key)):
        values |= {f"only_{place}": value for place, value in enumerate(named)}
        parts.append(f"{column} IN ({', '.join(f':only_{place}' for place in range(len(named)))})")
    return f"{table} WHERE {' AND '.join(parts) or '1 = 1'}", values


def _count(database: Database, where: str, values: dict[str, object]) -> int:
    return int(database.rows(f"SELECT COUNT(*) AS n FROM {where}", values)[0]["n"])


def _rows(
    database: Database,
    columns: Sequence[Column],
    where: str,
    order: str,
    values: dict[str, object],
) -> Iterator[Row]:
    names = ", ".join(column.name for column in columns)
    instants = [column.name for column in columns if column.content is Content.INSTANT]
    for row in database.stream(f"SELECT {names} FROM {where} ORDER BY {order}", values):
        for name in instants:
            row[name] = read_instant(row[name])
        yield row
