"""Bulletins: the counts that parties and monitors publish, beside what the record can show for the same time.

* The record shows a range, never one number: at least the breaches that lie wholly within the bulletin's time, at most
  these and all that may be a breach or may lie within it.
* Only counts of violations, of all regions and all parties, are set beside it; other measures stand alone.
* Figures of two bulletins are never added.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.columns import Columns, read_columns
from groundtruce.database.columnar.instant import read_instant, to_microseconds
from groundtruce.day.bulletins import Bulletin, bulletins_of
from groundtruce.day.dating import to_day_number
from groundtruce.day.figures import Figures, count_figures
from groundtruce.day.rows import Count, IncidentRows
from groundtruce.model.code import Verdict

__all__ = [
    "BulletinDay",
    "Compared",
    "compare_bulletin",
    "list_bulletin_days",
    "read_counts",
    "take_incidents",
]

_COMPARED = "violations"
"""The measure that all mappings of bulletins give to the count of violations as such."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A bulletin beside the record: how many breaches of its time are certain, and how many there may be.

    `agrees` says whether the published count lies in that range; None where nothing can be set beside it.
    """

    bulletin: Bulletin
    low: int | None
    high: int | None
    agrees: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinDay:
    """A day with the mechanism's own figures and the bulletins published for it."""

    day: date
    figures: Figures
    bulletins: tuple[Compared, ...]


def list_bulletin_days(
    database: Database, first: date | None = None, last: date | None = None
) -> tuple[BulletinDay, ...]:
    """Return each day for which a bulletin was published, from a first one to a last one."""
    columns = read_columns(database)
    by_day: dict[date, list[Compared]] = {}
    for bulletin in bulletins_of(read_counts(database, first or date.min, last or date.max)):
        by_day.setdefault(bulletin.day, []).append(compare_bulletin(columns, bulletin))
    if not by_day:
        return ()
    begin, end = min(by_day), max(by_day)
    counted = count_figures(take_incidents(columns, begin, end), begin, end)
    return tuple(
        BulletinDay(day=figures.day, figures=figures, bulletins=tuple(by_day[figures.day]))
        for figures in counted
        if figures.day in by_day
    )


def read_counts(database: Database, first: date, last: date) -> tuple[Count, ...]:
    """Return the counts published for days, from a first one to a last one."""
    rows = database.rows(
        "SELECT * FROM counted WHERE day BETWEEN :first AND :last",
        {"first": first.isoformat(), "last": last.isoformat()},
    )
    return tuple(
        Count(
            count_id=row["count_id"],
            source=row["source"],
            source_kind=row["source_kind"],
            on_behalf_of=row["on_behalf_of"],
            measure=row["measure"],
            count=row["count"],
            day=date.fromisoformat(row["day"]),
            period_from=read_instant(row["period_from"]),
            period_to=read_instant(row["period_to"]),
            region=row["region"],
            attributed_to=row["attributed_to"],
            remark=row["remark"],
            reference=row["reference"],
            licence=row["licence"],
        )
        for row in rows
    )


def take_incidents(columns: Columns, first: date, last: date) -> IncidentRows:
    """Return the incidents that touch the days from a first one to a last one."""
    rows = np.flatnonzero(
        (columns.first_day <= to_day_number(last)) & (columns.last_day >= to_day_number(first))
    )
    return IncidentRows(
        first_day=columns.first_day[rows],
        last_day=columns.last_day[rows],
        verdict=columns.verdict.take(rows),
        kind=columns.kind.take(rows),
        actor=columns.actor_party.take(rows),
        clauses=columns.clauses.take(rows),
        reasons=columns.reasons.take(rows),
        killed_low=columns.killed_low[rows],
        killed_high=columns.killed_high[rows],
        injured_low=columns.injured_low[rows],
        injured_high=columns.injured_high[rows],
    )


def compare_bulletin(columns: Columns, bulletin: Bulletin) -> Compared:
    """Return a bulletin beside the range that the record gives for its time."""
    since, until = bulletin.period_from, bulletin.period_to
    if bulletin.measure != _COMPARED or since is None or until is None:
        return Compared(bulletin=bulletin, low=None, high=None, agrees=None)
    begin, end = to_microseconds(since), to_microseconds(until)
    low, _ = _count_between(columns, Verdict.BREACH, begin, end)
    high = sum(
        touching
        for verdict in (Verdict.BREACH, Verdict.NOT_DETERMINABLE)
        for _, touching in (_count_between(columns, verdict, begin, end),)
    )
    return Compared(bulletin=bulletin, low=low, high=high, agrees=low <= bulletin.count <= high)


def _count_between(columns: Columns, verdict: Verdict, begin: int, end: int) -> tuple[int, int]:
    """Return how many incidents with a verdict lie within a time, and how many touch it.

    In the order of their beginnings those that begin within it stand together; what touches it begins before its
    end, without what ends before it begins.
    """

    def by_beginning() -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        rows = np.flatnonzero(columns.verdict.choose(lambda verdicts: verdicts == verdict))
        return rows[np.argsort(columns.occurred_from[rows], kind="stable")]

    rows = columns.keep(f"{verdict} by beginning", by_beginning)
    begun = columns.keep(f"{verdict} beginnings", lambda: columns.occurred_from[rows])
    ended = columns.keep(f"{verdict} ends", lambda: np.sort(columns.occurred_to[rows]))
    first, last = np.searchsorted(begun, [begin, end])
    within = int(np.count_nonzero(columns.occurred_to[rows[first:last]] <= end))
    return within, int(last - np.searchsorted(ended, begin, "right"))
