"""The day: today against yesterday and what is usual, what changed, what cannot be determined, and who reported.

* An incident belongs to the day to which it is dated; what only touches the day is counted apart.
* The figures of the day before are made by the same function, so that days chain.
* What is usual is the median of the four weeks before, with the range of eight days of ten; of fewer than a week
  nothing is usual. Days before the terms began are not like those after, and do not count for them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.rule import first_day, select_assessed_clauses
from groundtruce.compliance.summary import ClauseVerdicts, Names
from groundtruce.day.bulletins import Bulletin, bulletins_of, silent_guarantors
from groundtruce.day.dating import to_day_number
from groundtruce.day.figures import Figures, count_figures
from groundtruce.day.rows import BASELINE_DAYS, DayRows, Filed, IncidentRows
from groundtruce.model.code import UNKNOWN, VERDICTS, Verdict
from groundtruce.model.coded import Coded

__all__ = [
    "Baseline",
    "Change",
    "ClauseCount",
    "Day",
    "DaySource",
    "Gap",
    "Spread",
    "count_day",
]

_LEAST_DAYS = 7
_MOST_CHANGES = 12
"""That are shown; the list goes from the largest difference down."""

_LOW, _MIDDLE, _HIGH = 0.1, 0.5, 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Incidents a day: the median, and the range of eight days of ten."""

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
class Day:
    """What a day comes to, before it has a language or a form."""

    today: Figures
    previous: Figures
    baseline: Baseline | None
    undated: int
    """Incidents that touch the day and cannot be dated to it."""
    gaps: tuple[Gap, ...]
    clauses: tuple[ClauseCount, ...]
    changes: tuple[Change, ...]
    bulletins: tuple[Bulletin, ...]
    silent_guarantors: tuple[str, ...]
    sources: tuple[DaySource, ...]


def count_day(rows: DayRows, agreement: Agreement) -> Day:
    """Return what a day comes to."""
    day, incidents = rows.day, rows.incidents
    *before, today = count_figures(incidents, day - timedelta(days=BASELINE_DAYS), day)
    number = to_day_number(day)
    touching = (incidents.first_day <= number) & (incidents.last_day >= number)
    of_today = incidents.dated & (incidents.first_day == number)
    of_previous = incidents.dated & (incidents.first_day == number - 1)
    bulletins = bulletins_of(rows.counts)
    return Day(
        today=today,
        previous=before[-1],
        baseline=_baseline(before, _comparable_from(rows, agreement)),
        undated=int(np.count_nonzero(touching)) - today.incidents,
        gaps=_gaps(incidents.reasons.tally(of_today)),
        clauses=_clauses(incidents.clauses.tally(of_today), agreement),
        changes=_changes(incidents, of_today, of_previous),
        bulletins=bulletins,
        silent_guarantors=silent_guarantors(agreement.guarantors, bulletins),
        sources=_sources(rows.filed),
    )


def _comparable_from(rows: DayRows, agreement: Agreement) -> date:
    """Return the first day that is like the day of the rows: on record, and on the same side of the terms' start."""
    start = first_day(agreement)
    return rows.first if start is None or rows.day < start else max(rows.first, start)


def _baseline(before: Sequence[Figures], comparable_from: date) -> Baseline | None:
    """Return what was usual on those of the days before that can be compared."""
    days = [figures for figures in before if figures.day >= comparable_from]
    if len(days) < _LEAST_DAYS:
        return None
    return Baseline(
        days=len(days),
        incidents=_spread([figures.incidents for figures in days]),
        verdicts={
            verdict: _spread([figures.verdicts[verdict] for figures in days])
            for verdict in VERDICTS
        },
    )


def _spread(counts: Sequence[int]) -> Spread:
    """Return counts that occurred, none in between."""
    low, median, high = np.quantile(counts, (_LOW, _MIDDLE, _HIGH), method="inverted_cdf").tolist()
    return Spread(low=low, median=median, high=high)


def _gaps(reasons_of: Mapping[Names | None, int]) -> tuple[Gap, ...]:
    """Return the reasons for which incidents are open, those of most incidents first."""
    totals: Counter[str] = Counter()
    for reasons, incidents in reasons_of.items():
        totals.update(dict.fromkeys(reasons or (), incidents))
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Gap(reason=reason, incidents=incidents) for reason, incidents in ranked)


def _clauses(
    verdicts_of: Mapping[ClauseVerdicts | None, int], agreement: Agreement
) -> tuple[ClauseCount, ...]:
    """Return the verdicts under each clause by which incidents of the day are assessed, in the agreement's order."""
    totals: dict[str, Counter[str]] = {}
    for clause_verdicts, incidents in verdicts_of.items():
        for clause_id, verdict in clause_verdicts or ():
            totals.setdefault(clause_id, Counter())[verdict] += incidents
    return tuple(
        ClauseCount(
            clause_id=clause.id,
            verdicts={verdict.value: totals[clause.id][verdict.value] for verdict in Verdict},
        )
        for clause in select_assessed_clauses(agreement)
        if clause.id in totals
    )


def _changes(
    incidents: IncidentRows, of_today: NDArray[np.bool_], of_previous: NDArray[np.bool_]
) -> tuple[Change, ...]:
    """Return the largest differences in verdicts, kinds and authors."""
    compared: dict[str, Coded[str]] = {
        "verdict": incidents.verdict,
        "kind": incidents.kind,
        "actor": incidents.actor,
    }
    changes = []
    for key, column in compared.items():
        today, previous = column.tally(of_today), column.tally(of_previous)
        changes += [
            Change(
                key=key,
                code=UNKNOWN if text is None else text,
                today=today.get(text, 0),
                previous=previous.get(text, 0),
            )
            for text in {*today, *previous}
        ]
    changed = [change for change in changes if change.today != change.previous]
    changed.sort(key=lambda change: (-abs(change.today - change.previous), change.key, change.code))
    return tuple(changed[:_MOST_CHANGES])


def _sources(filed: Iterable[Filed]) -> tuple[DaySource, ...]:
    """Return the sources, those with most reports first."""
    reports: Counter[str] = Counter()
    licences: dict[str, set[str]] = {}
    for row in filed:
        reports[row.source] += row.reports
        licences.setdefault(row.source, set()).update(filter(None, [row.licence]))
    ranked = sorted(reports.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        DaySource(source=source, reports=count, licences=tuple(sorted(licences[source])))
        for source, count in ranked
    )
