"""Incidents as pages show them: rows with their verdict and days, one with all its reports, and where one went.

* A list is chosen and put in order in memory; the database gives the rows of one page by their numbers.
"""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from groundtruce.database.backend.protocol import Database, Row
from groundtruce.database.backend.schema import LISTS
from groundtruce.database.columnar.instant import read_day, read_instant
from groundtruce.database.filters.choose import choose
from groundtruce.database.filters.filters import Filters
from groundtruce.database.filters.paging import Cursor, Order, order_rows
from groundtruce.database.query.report import Report, read_reports_of
from groundtruce.model.place import Place
from groundtruce.model.text_form import split_list

__all__ = [
    "Incident",
    "IncidentDetail",
    "Judgement",
    "Order",
    "Page",
    "Redirect",
    "Told",
    "find_redirect",
    "list_incidents",
    "read_incident",
    "read_incidents",
]

_PLAIN = (
    "incident_id",
    "verdict",
    "kind",
    "weapon",
    "target",
    "actor",
    "actor_party",
    "actor_probability",
    "lat",
    "lon",
    "location_radius_m",
    "place_name",
    "killed_low",
    "killed_best",
    "killed_high",
    "injured_low",
    "injured_best",
    "injured_high",
    "n_reports",
    "n_independent",
    "corroboration_probability",
    "attributes",
)

_INSTANTS = ("occurred_from", "occurred_to")
_DAYS = ("first_day", "last_day")
_SELECT = f"SELECT number, {', '.join((*_PLAIN, *LISTS, *_INSTANTS, *_DAYS))} FROM incident"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A row of a list; `actor` and `involved` are names as told, `actor_party` and `parties` the agreement's."""

    incident_id: str
    verdict: str
    kind: str
    weapon: str | None
    target: str | None
    actor: str | None
    actor_party: str | None
    actor_probability: float | None
    parties: tuple[str, ...]
    involved: tuple[str, ...]
    occurred_from: datetime | None
    occurred_to: datetime | None
    first_day: date | None
    last_day: date | None
    lat: float | None
    lon: float | None
    location_radius_m: float | None
    place_name: str | None
    killed_low: int | None
    killed_best: int | None
    killed_high: int | None
    injured_low: int | None
    injured_best: int | None
    injured_high: int | None
    n_reports: int
    n_independent: int
    corroboration_probability: float | None
    contradictions: tuple[str, ...]
    sources: tuple[str, ...]
    attributes: str | None

    @property
    def day(self) -> date | None:
        """The day to which it is dated; None where its interval is not within one."""
        return self.first_day if self.first_day == self.last_day else None

    @property
    def place(self) -> Place | None:
        """Where it was; None where that is not known."""
        if self.lon is None or self.lat is None:
            return None
        return Place(lon=self.lon, lat=self.lat, radius_m=self.location_radius_m)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a list; `next` leads on, None at the end."""

    rows: tuple[Incident, ...]
    next: str | None
    total: int
    total_is_least: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A report of an incident, and how sure its link is."""

    report: Report
    probability: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict under one clause, with its reasons."""

    clause_id: str
    verdict: str
    reasons: str
    agreement_version: str
    breach_probability: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDetail:
    """An incident with what each source said and what each clause says of it."""

    incident: Incident
    reports: tuple[Told, ...]
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Where an incident that is no longer there is found: `redirect_to` is None where none of its reports is left."""

    incident_id: str
    redirect_to: str | None
    why: str


def list_incidents(
    database: Database,
    filters: Filters,
    order: Order = Order.NEWEST,
    after: str | None = None,
    limit: int = 50,
) -> Page:
    """Return a page of the chosen incidents; raises GroundtruceError `query.bad_value` for a wrong `after`."""
    selection = choose(database, filters)
    line = order_rows(selection, order)
    cursor = None if after is None else Cursor.parse(after)
    rows = (int(row) for run in line.iterate_from(cursor) for row in run)
    beyond = list(islice(rows, limit + 1))
    shown = beyond[:limit]
    return Page(
        rows=read_incidents(database, selection.columns.number[shown].tolist()),
        next=str(line.make_cursor(shown[-1])) if len(beyond) > limit else None,
        total=selection.count,
        total_is_least=selection.at_least,
    )


def read_incidents(database: Database, numbers: list[int]) -> tuple[Incident, ...]:
    """Return incidents by their numbers, in this order; those that are not there are left out."""
    values = {f"n{place}": number for place, number in enumerate(numbers)}
    names = ", ".join(f":{name}" for name in values)
    rows = database.rows(f"{_SELECT} WHERE number IN ({names})", values) if values else []
    by_number = {row.pop("number"): row for row in rows}
    return tuple(_make_incident(by_number[number]) for number in numbers if number in by_number)


def read_incident(database: Database, incident_id: str) -> IncidentDetail | None:
    """Return an incident with its reports and judgements, or None where the view has none of this identifier."""
    with database.read() as reader:
        rows = reader.rows(f"{_SELECT} WHERE incident_id = :id", {"id": incident_id})
        if not rows:
            return None
        number = rows[0].pop("number")
        judged = reader.rows(
            "SELECT clause_id, verdict, reasons, agreement_version, breach_probability "
            "FROM assessment WHERE number = :number ORDER BY clause_id",
            {"number": number},
        )
        reports = read_reports_of(reader, [incident_id])
    return IncidentDetail(
        incident=_make_incident(rows[0]),
        reports=tuple(Told(report=report, probability=report.probability) for report in reports),
        judgements=tuple(Judgement(**row) for row in judged),
    )


def find_redirect(database: Database, incident_id: str) -> Redirect | None:
    """Return where an incident went that is no longer there, or None where none ever had this identifier."""
    rows = database.rows(
        "SELECT incident_id, redirect_to, why FROM redirect WHERE incident_id = :id",
        {"id": incident_id},
    )
    return Redirect(**rows[0]) if rows else None


def _make_incident(row: Row) -> Incident:
    for name in LISTS:
        row[name] = split_list(row[name])
    for name in _INSTANTS:
        row[name] = read_instant(row[name])
    for name in _DAYS:
        row[name] = read_day(row[name])
    return Incident(**row)
