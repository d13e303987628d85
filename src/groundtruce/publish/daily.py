"""The daily report as values: what a day holds, before it has a language or a form.

* The day is counted as everywhere (`groundtruce.day`); the report adds each incident of the day with its sources,
  and what the report rests on.
* A verdict of an incident is the first of breach, not determinable, exempt, no breach that a clause gives.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.party import look_up_parties
from groundtruce.compliance.summary import list_clause_verdicts, summarise_verdicts
from groundtruce.day.dating import FIRST_DAY, LAST_DAY, local_days
from groundtruce.day.day import Day, count_day
from groundtruce.day.rows import BASELINE_DAYS, Count, DayRows, Filed, IncidentRows
from groundtruce.model.code import NOT_ASSESSED, Verdict
from groundtruce.model.coded import Coded
from groundtruce.model.place import Place
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import COUNTS
from groundtruce.model.text_form import split_list
from groundtruce.view.view import RecordBasis, View

__all__ = ["ClauseVerdict", "DailyReport", "Entry", "daily_report", "make_day_rows"]

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseVerdict:
    """The verdict on one clause with its reason codes."""

    clause_id: str
    verdict: Verdict
    reasons: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One incident of the day; `number` is its row in the tables and its key on the map."""

    number: int
    incident_id: str
    verdict: Verdict
    judgements: tuple[ClauseVerdict, ...]
    occurred_from: datetime
    occurred_to: datetime
    place_name: str | None
    place: Place | None
    kind: str
    weapon: str | None
    target: str | None
    actor: str | None
    actor_probability: float | None
    involved: tuple[str, ...]
    killed: tuple[int, int] | None
    injured: tuple[int, int] | None
    n_reports: int
    n_independent: int
    sources: tuple[str, ...]
    references: tuple[str, ...]
    contradictions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyReport:
    """The report of one day; `entries` are ordered by verdict, then time, then place."""

    agreement: Agreement
    day: Day
    entries: tuple[Entry, ...]
    reports_total: int
    quarantined: int
    inputs: Mapping[str, str]
    method: Mapping[str, object]
    basis: RecordBasis | None

    def of(self, verdict: Verdict) -> tuple[Entry, ...]:
        """Return the entries with this verdict."""
        return tuple(entry for entry in self.entries if entry.verdict is verdict)


def daily_report(view: View, day: date) -> DailyReport:
    """Make the report of a day; raises GroundtruceError `document.day_empty` outside the data."""
    incidents = _dated_incidents(view)
    dated = incidents.filter((pl.col("first_day") == day) & (pl.col("last_day") == day))
    if dated.is_empty():
        raise _empty(incidents, view.agreement, day)
    return DailyReport(
        agreement=view.agreement,
        day=count_day(make_day_rows(view, day), view.agreement),
        entries=_entries(dated, view),
        reports_total=view.reports.height,
        quarantined=view.quarantined,
        inputs=view.input_digests,
        method=view.method,
        basis=view.basis,
    )


def make_day_rows(view: View, day: date) -> DayRows:
    """Return what a day of a view is counted from."""
    incidents = _dated_incidents(view)
    begin = day - timedelta(days=BASELINE_DAYS)
    near = incidents.filter(
        (pl.col("first_day").is_null() | (pl.col("first_day") <= day))
        & (pl.col("last_day").is_null() | (pl.col("last_day") >= begin))
    )
    days = incidents.filter(pl.col("first_day") == pl.col("last_day"))["first_day"]
    first = days.min()
    return DayRows(
        day=day,
        first=first if isinstance(first, date) else day,
        incidents=_incident_rows(near, view),
        counts=tuple(
            Count(**row | {"day": day})
            for row in view.counts.filter(pl.col("day") == day.isoformat())
            .select(COUNTS.names)
            .iter_rows(named=True)
        ),
        filed=_filed(near, view, day),
    )


def _dated_incidents(view: View) -> pl.DataFrame:
    """Return the incidents with their verdicts and local days."""
    return view.incidents.join(
        summarise_verdicts(view.assessments), on="incident_id", how="left", maintain_order="left"
    ).with_columns(pl.col("verdict").fill_null(NOT_ASSESSED), **local_days(view.agreement.zone.key))


def _incident_rows(incidents: pl.DataFrame, view: View) -> IncidentRows:
    """Return the columns from which figures are made."""
    assessments = view.assessments.filter(
        pl.col("incident_id").is_in(incidents["incident_id"].implode())
    )
    rows = incidents.join(list_clause_verdicts(assessments), on="incident_id", how="left")
    rows = rows.join(look_up_parties(incidents, view.agreement), on="incident_id")
    first, last = (rows[name].to_physical() for name in ("first_day", "last_day"))
    return IncidentRows(
        first_day=first.fill_null(FIRST_DAY).to_numpy(),
        last_day=last.fill_null(LAST_DAY).to_numpy(),
        verdict=_code(rows["verdict"].to_list()),
        kind=_code(rows["kind"].to_list()),
        actor=_code(rows["actor_party"].to_list()),
        clauses=_code(
            [
                None if pairs is None else tuple((clause, verdict) for clause, verdict in pairs)
                for pairs in rows["clauses"].to_list()
            ]
        ),
        reasons=_code(
            [None if names is None else tuple(names) for names in rows["reasons"].to_list()]
        ),
        killed_low=_persons(rows["killed_low"]),
        killed_high=_persons(rows["killed_high"]),
        injured_low=_persons(rows["injured_low"]),
        injured_high=_persons(rows["injured_high"]),
    )


def _code(column: Sequence[Value | None]) -> Coded[Value]:
    """Return few values as codes, in the order in which they first occur."""
    codes = {value: code for code, value in enumerate(dict.fromkeys([None, *column]))}
    numbers = np.fromiter((codes[value] for value in column), np.uint32, len(column))
    return Coded(numbers, tuple(codes))


def _persons(figure: pl.Series) -> NDArray[np.int32]:
    """Return numbers of persons, -1 where unknown."""
    return np.asarray(figure.fill_null(-1).cast(pl.Int32).to_numpy())


def _filed(incidents: pl.DataFrame, view: View, day: date) -> tuple[Filed, ...]:
    """Return how many reports of the day's incidents there are, by source and licence."""
    dated = incidents.filter((pl.col("first_day") == day) & (pl.col("last_day") == day))
    rows = (
        view.links.join(dated.select("incident_id"), on="incident_id", how="semi")
        .join(view.reports.select("report_id", "source", "licence"), on="report_id")
        .group_by("source", "licence")
        .agg(reports=pl.len())
    )
    return tuple(Filed(**row) for row in rows.iter_rows(named=True))


def _empty(incidents: pl.DataFrame, agreement: Agreement, day: date) -> GroundtruceError:
    """Return the problem of a day without incidents, with the days that there are."""
    zone = agreement.zone
    begun = incidents["occurred_from"].drop_nulls()
    first, last = begun.min(), begun.max()
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return GroundtruceError(Problem.DAY_EMPTY, day=day, first="-", last="-")
    return GroundtruceError(
        Problem.DAY_EMPTY,
        day=day,
        first=first.astimezone(zone).date(),
        last=last.astimezone(zone).date(),
    )


def _entries(dated: pl.DataFrame, view: View) -> tuple[Entry, ...]:
    rank = {verdict.value: number for number, verdict in enumerate(Verdict)}
    ordered = dated.sort(
        pl.col("verdict").replace_strict(rank, return_dtype=pl.Int8),
        "occurred_from",
        "place_name",
        "incident_id",
        nulls_last=True,
    )
    judgements = _judgements(view.assessments, ordered["incident_id"])
    citations = _told(ordered["incident_id"], view)
    return tuple(
        _entry(number, row, judgements[row["incident_id"]], citations[row["incident_id"]])
        for number, row in enumerate(ordered.iter_rows(named=True), 1)
    )


def _judgements(assessments: pl.DataFrame, ids: pl.Series) -> dict[str, list[ClauseVerdict]]:
    judgements: dict[str, list[ClauseVerdict]] = {incident_id: [] for incident_id in ids}
    chosen = assessments.filter(pl.col("incident_id").is_in(ids.implode()))
    for row in chosen.iter_rows(named=True):
        judgements[row["incident_id"]].append(
            ClauseVerdict(
                clause_id=row["clause_id"], verdict=Verdict(row["verdict"]), reasons=row["reasons"]
            )
        )
    return judgements


def _told(ids: pl.Series, view: View) -> dict[str, list[tuple[str, str | None]]]:
    """Return source and reference of each report of the incidents, in the order of the reports."""
    citations: dict[str, list[tuple[str, str | None]]] = {incident_id: [] for incident_id in ids}
    rows = (
        view.links.filter(pl.col("incident_id").is_in(ids.implode()))
        .join(
            view.reports.select("report_id", "source", "source_group", "reference"),
            on="report_id",
        )
        .sort("report_id")
    )
    for incident_id, source, group, reference in rows.select(
        "incident_id", "source", "source_group", "reference"
    ).iter_rows():
        shown = source if group in (None, source) else f"{source} ({group})"
        citations[incident_id].append((shown, reference))
    return citations


def _entry(
    number: int,
    row: Mapping[str, object],
    judgements: Sequence[ClauseVerdict],
    citations: Sequence[tuple[str, str | None]],
) -> Entry:
    start, end = row["occurred_from"], row["occurred_to"]
    assert isinstance(start, datetime)
    assert isinstance(end, datetime)
    return Entry(
        number=number,
        incident_id=str(row["incident_id"]),
        verdict=Verdict(str(row["verdict"])),
        judgements=tuple(judgements),
        occurred_from=start,
        occurred_to=end,
        place_name=_text(row["place_name"]),
        place=_place(row),
        kind=str(row["kind"]),
        weapon=_text(row["weapon"]),
        target=_text(row["target"]),
        actor=_text(row["actor"]),
        actor_probability=_number(row["actor_probability"]),
        involved=_split(row["involved"]),
        killed=_pair(row, "killed"),
        injured=_pair(row, "injured"),
        n_reports=int(str(row["n_reports"])),
        n_independent=int(str(row["n_independent"])),
        sources=tuple(dict.fromkeys(source for source, _ in citations)),
        references=tuple(dict.fromkeys(reference for _, reference in citations if reference)),
        contradictions=_split(row["contradictions"]),
    )


def _place(row: Mapping[str, object]) -> Place | None:
    lat, lon = _number(row["lat"]), _number(row["lon"])
    if lat is None or lon is None:
        return None
    return Place(lon=lon, lat=lat, radius_m=_number(row["location_radius_m"]))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _split(value: object) -> tuple[str, ...]:
    return split_list(value) if isinstance(value, str) else ()


def _pair(row: Mapping[str, object], act: str) -> tuple[int, int] | None:
    low, high = row[f"{act}_low"], row[f"{act}_high"]
    return (low, high) if isinstance(low, int) and isinstance(high, int) else None
