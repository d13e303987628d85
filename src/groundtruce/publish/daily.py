"""The daily report as values: what a day holds, before it has a language or a form.

* A day is the local day of the agreement's zone. An incident belongs to it if its whole interval lies in it;
  what merely touches the day is counted apart, as not dated to a day.
* The figures of the previous day are made by the same function, so that reports chain.
* A verdict of an incident is the first of breach, not determinable, exempt, no breach that a clause gives.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.assess import assessed_clauses, overall
from groundtruce.database.query.bulletin import Part
from groundtruce.database.query.figure import Range
from groundtruce.model.code import Verdict
from groundtruce.model.place import Place
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.view.view import Basis, View

__all__ = [
    "Bulletin",
    "ClauseCount",
    "DailyReport",
    "Entry",
    "Figures",
    "Judgement",
    "SourceCount",
    "daily_report",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The headline figures of one day."""

    day: date
    incidents: int
    verdicts: Mapping[Verdict, int]
    killed: Range
    injured: Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
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
    judgements: tuple[Judgement, ...]
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
class Bulletin:
    """A count published for the day by one source; `parts` are its regions or attributions."""

    source: str
    on_behalf_of: str | None
    measure: str
    count: int
    period_from: datetime | None
    period_to: datetime | None
    parts: tuple[Part, ...]
    remark: str | None
    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCount:
    """How many of the day's reports a source filed, under which licences."""

    source: str
    reports: int
    licences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseCount:
    """The day's verdicts on one clause."""

    clause_id: str
    verdicts: Mapping[Verdict, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyReport:
    """The report of one day; `entries` are ordered by verdict, then time, then place."""

    agreement: Agreement
    today: Figures
    previous: Figures
    entries: tuple[Entry, ...]
    undated: int
    """Incidents that touch the day and cannot be dated to it."""
    gaps: tuple[tuple[str, int], ...]
    """What keeps incidents from being determined: a reason and how many incidents give it."""
    clauses: tuple[ClauseCount, ...]
    bulletins: tuple[Bulletin, ...]
    silent_guarantors: tuple[str, ...]
    sources: tuple[SourceCount, ...]
    reports_total: int
    quarantined: int
    inputs: Mapping[str, str]
    method: Mapping[str, object]
    basis: Basis | None

    def of(self, verdict: Verdict) -> tuple[Entry, ...]:
        """Return the entries with this verdict."""
        return tuple(entry for entry in self.entries if entry.verdict is verdict)


def daily_report(view: View, day: date) -> DailyReport:
    """Make the report of a day; raises GroundtruceError `document.day_empty` outside the data."""
    judged = view.incidents.join(
        overall(view.assessments).select("incident_id", "verdict"), on="incident_id", how="left"
    )
    dated = _dated(judged, view.agreement, day)
    if dated.is_empty():
        raise _empty(judged, view.agreement, day)
    entries = _entries(dated, view)
    bulletins = _bulletins(view.counts, day)
    spoke = {bulletin.on_behalf_of for bulletin in bulletins}
    return DailyReport(
        agreement=view.agreement,
        today=_figures(dated, day),
        previous=_figures(
            _dated(judged, view.agreement, day - timedelta(days=1)), day - timedelta(days=1)
        ),
        entries=entries,
        undated=_touching(judged, view.agreement, day).height - dated.height,
        gaps=_gaps(entries),
        clauses=_clauses(dated, view),
        bulletins=bulletins,
        silent_guarantors=tuple(name for name in view.agreement.guarantors if name not in spoke),
        sources=_sources(dated, view),
        reports_total=view.reports.height,
        quarantined=view.quarantined,
        inputs=view.input_digests,
        method=view.method,
        basis=view.basis,
    )


def _bounds(agreement: Agreement, day: date) -> tuple[datetime, datetime]:
    """Return the local day as instants; it has 23 or 25 hours where clocks change."""
    first = datetime.combine(day, time(), agreement.zone)
    last = datetime.combine(day + timedelta(days=1), time(), agreement.zone)
    return first.astimezone(UTC), last.astimezone(UTC)


def _dated(incidents: pl.DataFrame, agreement: Agreement, day: date) -> pl.DataFrame:
    start, end = _bounds(agreement, day)
    return incidents.filter((pl.col("occurred_from") >= start) & (pl.col("occurred_to") <= end))


def _touching(incidents: pl.DataFrame, agreement: Agreement, day: date) -> pl.DataFrame:
    start, end = _bounds(agreement, day)
    return incidents.filter(
        (pl.col("occurred_from").is_null() | (pl.col("occurred_from") < end))
        & (pl.col("occurred_to").is_null() | (pl.col("occurred_to") > start))
    )


def _empty(incidents: pl.DataFrame, agreement: Agreement, day: date) -> GroundtruceError:
    zone = agreement.zone
    days = incidents["occurred_from"].drop_nulls()
    first, last = days.min(), days.max()
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return GroundtruceError(Problem.DAY_EMPTY, day=day, first="-", last="-")
    return GroundtruceError(
        Problem.DAY_EMPTY,
        day=day,
        first=first.astimezone(zone).date(),
        last=last.astimezone(zone).date(),
    )


def _figures(dated: pl.DataFrame, day: date) -> Figures:
    return Figures(
        day=day,
        incidents=dated.height,
        verdicts=_verdict_counts(dated["verdict"]),
        killed=_range(dated, "killed"),
        injured=_range(dated, "injured"),
    )


def _verdict_counts(verdicts: pl.Series) -> dict[Verdict, int]:
    texts = verdicts.to_list()
    return {verdict: texts.count(verdict.value) for verdict in Verdict}


def _range(dated: pl.DataFrame, act: str) -> Range:
    low, high = dated[f"{act}_low"], dated[f"{act}_high"]
    stated = low.len() > low.null_count()
    return Range(
        figures=(int(low.sum()), int(high.sum())) if stated else None, unstated=low.null_count()
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
    told = _told(ordered["incident_id"], view)
    return tuple(
        _entry(number, row, judgements[row["incident_id"]], told[row["incident_id"]])
        for number, row in enumerate(ordered.iter_rows(named=True), 1)
    )


def _judgements(assessments: pl.DataFrame, ids: pl.Series) -> dict[str, list[Judgement]]:
    found: dict[str, list[Judgement]] = {incident_id: [] for incident_id in ids}
    chosen = assessments.filter(pl.col("incident_id").is_in(ids.implode()))
    for row in chosen.iter_rows(named=True):
        found[row["incident_id"]].append(
            Judgement(
                clause_id=row["clause_id"], verdict=Verdict(row["verdict"]), reasons=row["reasons"]
            )
        )
    return found


def _told(ids: pl.Series, view: View) -> dict[str, list[tuple[str, str | None]]]:
    """Return source and reference of each report of the incidents, in the order of the reports."""
    found: dict[str, list[tuple[str, str | None]]] = {incident_id: [] for incident_id in ids}
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
        found[incident_id].append((shown, reference))
    return found


def _entry(
    number: int,
    row: Mapping[str, object],
    judgements: Sequence[Judgement],
    told: Sequence[tuple[str, str | None]],
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
        sources=tuple(dict.fromkeys(source for source, _ in told)),
        references=tuple(dict.fromkeys(reference for _, reference in told if reference)),
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
    return tuple(str(value).split("|")) if value else ()


def _pair(row: Mapping[str, object], act: str) -> tuple[int, int] | None:
    low, high = row[f"{act}_low"], row[f"{act}_high"]
    return (low, high) if isinstance(low, int) and isinstance(high, int) else None


def _gaps(entries: Sequence[Entry]) -> tuple[tuple[str, int], ...]:
    counted: Counter[str] = Counter()
    for entry in entries:
        if entry.verdict is Verdict.NOT_DETERMINABLE:
            given = {
                part
                for judgement in entry.judgements
                if judgement.verdict is Verdict.NOT_DETERMINABLE
                for part in judgement.reasons.split("|")
            }
            counted.update(given)
    return tuple(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _clauses(dated: pl.DataFrame, view: View) -> tuple[ClauseCount, ...]:
    chosen = view.assessments.filter(pl.col("incident_id").is_in(dated["incident_id"].implode()))
    return tuple(
        ClauseCount(
            clause_id=clause.id,
            verdicts=_verdict_counts(chosen.filter(pl.col("clause_id") == clause.id)["verdict"]),
        )
        for clause in assessed_clauses(view.agreement)
    )


def _bulletins(counts: pl.DataFrame, day: date) -> tuple[Bulletin, ...]:
    """Return the counts published for the day: totals, each with its parts; figures are never added."""
    of_day = counts.filter(pl.col("day") == day.isoformat()).sort("source", "measure", "count_id")
    whole = of_day.filter(pl.col("region").is_null() & pl.col("attributed_to").is_null())
    bulletins = []
    for row in whole.iter_rows(named=True):
        parts = of_day.filter(
            (pl.col("source") == row["source"])
            & (pl.col("measure") == row["measure"])
            & (pl.col("region").is_not_null() | pl.col("attributed_to").is_not_null())
        )
        bulletins.append(
            Bulletin(
                source=row["source"],
                on_behalf_of=row["on_behalf_of"],
                measure=row["measure"],
                count=row["count"],
                period_from=row["period_from"],
                period_to=row["period_to"],
                parts=tuple(
                    Part(attributed_to=party, region=region, count=count)
                    for party, region, count in parts.select(
                        "attributed_to", "region", "count"
                    ).iter_rows()
                ),
                remark=row["remark"],
                reference=row["reference"],
            )
        )
    return tuple(bulletins)


def _sources(dated: pl.DataFrame, view: View) -> tuple[SourceCount, ...]:
    rows = (
        view.links.filter(pl.col("incident_id").is_in(dated["incident_id"].implode()))
        .join(view.reports.select("report_id", "source", "licence"), on="report_id")
        .group_by("source")
        .agg(pl.len().alias("reports"), pl.col("licence").drop_nulls().unique().sort())
        .sort(["reports", "source"], descending=[True, False])
    )
    return tuple(
        SourceCount(source=source, reports=reports, licences=tuple(licences))
        for source, reports, licences in rows.iter_rows()
    )
