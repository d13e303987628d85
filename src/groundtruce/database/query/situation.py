"""The situation on a day: today against yesterday and what is usual, what changed, and what cannot be determined.

* The figures are those of the daily report of the same day.
* What is usual is the middle of the four weeks before, with the range in which eight days of ten lay; of fewer than a
  week nothing is said to be usual. Days before the terms began are not like those after, and do not count for them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.rule import first_day
from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.columns import Columns, read_columns
from groundtruce.database.columnar.instant import from_day_number, to_day_number
from groundtruce.database.filters.facet_value import count_values
from groundtruce.database.filters.family.verdict import VERDICTS
from groundtruce.database.filters.filter import UNKNOWN
from groundtruce.database.filters.mask import Selection
from groundtruce.database.query.bulletin import Compared, of_day
from groundtruce.database.query.figure import Figures, figures
from groundtruce.model.code import Verdict

__all__ = [
    "Baseline",
    "Change",
    "ClauseCount",
    "DaySource",
    "Gap",
    "Situation",
    "Spread",
    "situation",
]

_USUAL_DAYS = 28
"""Four weeks, so that every day of the week counts alike."""

_LEAST_DAYS = 7
_MOST_CHANGES = 12
"""That are shown; the list goes from the largest difference down."""

_LOW, _MIDDLE, _HIGH = 0.1, 0.5, 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Incidents a day: the middle, and the range in which eight days of ten lay."""

    low: int
    median: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What was usual in the days before."""

    days: int
    incidents: Spread
    verdicts: Mapping[str, Spread]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What keeps incidents from being determined: a reason, and how many incidents give it."""

    reason: str
    incidents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseCount:
    """The day's verdicts under one clause."""

    clause_id: str
    verdicts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A verdict, kind or author, with how many of the day's incidents have it and how many of the day before had."""

    key: str
    code: str
    today: int
    previous: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySource:
    """How many of the day's reports a source filed, under which licences."""

    source: str
    reports: int
    licences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A day; `first_day` and `last_day` are those between which there are incidents that are dated to a day."""

    day: date
    today: Figures
    previous: Figures
    baseline: Baseline | None
    undated: int
    """Incidents that touch the day and cannot be dated to it."""
    gaps: tuple[Gap, ...]
    clauses: tuple[ClauseCount, ...]
    changes: tuple[Change, ...]
    bulletins: tuple[Compared, ...]
    sources: tuple[DaySource, ...]
    first_day: date
    last_day: date

    def silent(self, guarantors: Sequence[str]) -> tuple[str, ...]:
        """Return those of the guarantors who published no count for the day."""
        spoke = {one.bulletin.on_behalf_of for one in self.bulletins}
        return tuple(name for name in guarantors if name not in spoke)


def situation(
    database: Database, agreement: Agreement, day: date | None = None
) -> Situation | None:
    """Return the situation on a day, by default the last to which an incident is dated; None where none is."""
    held = read_columns(database)
    dated = held.first_day[held.dated]
    if not len(dated):
        return None
    first, last = from_day_number(int(dated.min())), from_day_number(int(dated.max()))
    day = last if day is None else day
    today, previous = _of(held, day), _of(held, day - timedelta(days=1))
    start = first_day(agreement)
    alike = first if start is None or day < start else max(first, start)
    begin = max(alike, day - timedelta(days=_USUAL_DAYS))
    run = figures(held, min(begin, day - timedelta(days=1)), day)
    number = to_day_number(day)
    touching = np.count_nonzero((held.first_day <= number) & (held.last_day >= number))
    return Situation(
        day=day,
        today=run[-1],
        previous=run[-2],
        baseline=_baseline([one for one in run[:-1] if one.day >= begin]),
        undated=int(touching) - run[-1].incidents,
        gaps=_gaps(today),
        clauses=_clauses(today),
        changes=_changes(today, previous),
        bulletins=of_day(database, day),
        sources=_sources(database, day),
        first_day=first,
        last_day=last,
    )


def _of(held: Columns, day: date) -> Selection:
    return Selection(columns=held, mask=held.dated & (held.first_day == to_day_number(day)))


def _baseline(days: Sequence[Figures]) -> Baseline | None:
    if len(days) < _LEAST_DAYS:
        return None
    return Baseline(
        days=len(days),
        incidents=_spread([one.incidents for one in days]),
        verdicts={
            verdict: _spread([one.verdicts[verdict] for one in days]) for verdict in VERDICTS
        },
    )


def _spread(counts: Sequence[int]) -> Spread:
    """Return counts that occurred, none in between."""
    low, median, high = np.quantile(counts, (_LOW, _MIDDLE, _HIGH), method="inverted_cdf").tolist()
    return Spread(low=low, median=median, high=high)


def _gaps(today: Selection) -> tuple[Gap, ...]:
    totals: Counter[str] = Counter()
    for reasons, count in count_values(today, today.columns.reasons):
        totals.update(dict.fromkeys(reasons or (), count))
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Gap(reason=reason, incidents=count) for reason, count in ranked)


def _clauses(today: Selection) -> tuple[ClauseCount, ...]:
    totals: dict[str, Counter[str]] = {}
    for judged, count in count_values(today, today.columns.clauses):
        for clause, verdict in judged or ():
            totals.setdefault(clause, Counter())[verdict] += count
    return tuple(
        ClauseCount(
            clause_id=clause, verdicts={one.value: totals[clause][one.value] for one in Verdict}
        )
        for clause in sorted(totals)
    )


def _changes(today: Selection, previous: Selection) -> tuple[Change, ...]:
    """Return the largest differences in verdicts, kinds and authors."""
    found = []
    for key, name in (("verdict", "verdict"), ("kind", "kind"), ("actor", "actor_party")):
        now, then = (
            dict(count_values(choice, choice.columns.text(name))) for choice in (today, previous)
        )
        found += [
            Change(
                key=key,
                code=UNKNOWN if text is None else text,
                today=now.get(text, 0),
                previous=then.get(text, 0),
            )
            for text in {*now, *then}
        ]
    changed = [one for one in found if one.today != one.previous]
    changed.sort(key=lambda one: (-abs(one.today - one.previous), one.key, one.code))
    return tuple(changed[:_MOST_CHANGES])


def _sources(database: Database, day: date) -> tuple[DaySource, ...]:
    rows = database.rows(
        "SELECT report.source, report.licence, COUNT(*) AS reports FROM incident JOIN report "
        "ON report.incident_id = incident.incident_id WHERE incident.day = :day "
        "GROUP BY report.source, report.licence ORDER BY report.source, report.licence",
        {"day": day.isoformat()},
    )
    reports: Counter[str] = Counter()
    licences: dict[str, list[str]] = {}
    for row in rows:
        reports[row["source"]] += row["reports"]
        licences.setdefault(row["source"], []).extend(filter(None, [row["licence"]]))
    ranked = sorted(reports.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        DaySource(source=source, reports=count, licences=tuple(licences[source]))
        for source, count in ranked
    )
