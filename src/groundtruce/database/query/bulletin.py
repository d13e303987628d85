"""Bulletins: the counts that parties and monitors publish, beside what the record can show for the same time.

* The record shows a range, never one number: at least the breaches that lie wholly within the bulletin's time, at most
  these and all that may be a breach or may lie within it.
* Only counts of violations, of all regions and all parties, are set beside it; other measures stand alone.
* Figures of two bulletins are never added.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from groundtruce.database.backend.protocol import Database, Row
from groundtruce.database.columnar.columns import Columns, read_columns
from groundtruce.database.columnar.instant import read_instant, to_microseconds
from groundtruce.database.query.figure import Figures, figures
from groundtruce.model.code import Verdict

__all__ = ["Bulletin", "BulletinDay", "Compared", "Part", "days", "of_day"]

_COMPARED = "violations"
"""The measure that all mappings of bulletins give to the count of violations as such."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a published count: of a region, attributed to a party, or both."""

    attributed_to: str | None
    region: str | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """A count published for a day by one source; `parts` are its regions or attributions."""

    count_id: str
    source: str
    source_kind: str | None
    on_behalf_of: str | None
    measure: str
    count: int
    day: date
    period_from: datetime | None
    period_to: datetime | None
    parts: tuple[Part, ...]
    remark: str | None
    reference: str | None
    licence: str | None


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


def of_day(database: Database, day: date) -> tuple[Compared, ...]:
    """Return the bulletins published for a day, by source and measure."""
    held = read_columns(database)
    return tuple(_compared(held, one) for one in _bulletins(database, day, day))


def days(
    database: Database, first: date | None = None, last: date | None = None
) -> tuple[BulletinDay, ...]:
    """Return each day for which a bulletin was published, from a first one to a last one."""
    held = read_columns(database)
    by_day: dict[date, list[Compared]] = {}
    for one in _bulletins(database, first or date.min, last or date.max):
        by_day.setdefault(one.day, []).append(_compared(held, one))
    if not by_day:
        return ()
    counted = {one.day: one for one in figures(held, min(by_day), max(by_day))}
    return tuple(
        BulletinDay(day=day, figures=counted[day], bulletins=tuple(by_day[day]))
        for day in sorted(by_day)
    )


def _bulletins(database: Database, first: date, last: date) -> Iterator[Bulletin]:
    """Yield totals with their parts, by day, source and measure."""
    rows = database.rows(
        "SELECT * FROM counted WHERE day BETWEEN :first AND :last "
        "ORDER BY day, source, measure, count_id",
        {"first": first.isoformat(), "last": last.isoformat()},
    )
    parts: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        if _is_part(row):
            parts.setdefault((row["day"], row["source"], row["measure"]), []).append(row)
    for row in rows:
        if not _is_part(row):
            yield _bulletin(row, parts.get((row["day"], row["source"], row["measure"]), ()))


def _is_part(row: Row) -> bool:
    return row["region"] is not None or row["attributed_to"] is not None


def _bulletin(row: Row, parts: Iterable[Row]) -> Bulletin:
    return Bulletin(
        count_id=row["count_id"],
        source=row["source"],
        source_kind=row["source_kind"],
        on_behalf_of=row["on_behalf_of"],
        measure=row["measure"],
        count=row["count"],
        day=date.fromisoformat(row["day"]),
        period_from=read_instant(row["period_from"]),
        period_to=read_instant(row["period_to"]),
        parts=tuple(
            Part(attributed_to=one["attributed_to"], region=one["region"], count=one["count"])
            for one in parts
        ),
        remark=row["remark"],
        reference=row["reference"],
        licence=row["licence"],
    )


def _compared(held: Columns, bulletin: Bulletin) -> Compared:
    since, until = bulletin.period_from, bulletin.period_to
    if bulletin.measure != _COMPARED or since is None or until is None:
        return Compared(bulletin=bulletin, low=None, high=None, agrees=None)
    begin, end = to_microseconds(since), to_microseconds(until)
    low, _ = _between(held, Verdict.BREACH, begin, end)
    high = sum(
        touching
        for verdict in (Verdict.BREACH, Verdict.NOT_DETERMINABLE)
        for _, touching in (_between(held, verdict, begin, end),)
    )
    return Compared(bulletin=bulletin, low=low, high=high, agrees=low <= bulletin.count <= high)


def _between(held: Columns, verdict: Verdict, begin: int, end: int) -> tuple[int, int]:
    """Return how many incidents with a verdict lie within a time, and how many touch it.

    In the order of their beginnings those that begin within it stand together; what touches it begins before its
    end, without what ends before it begins.
    """

    def by_beginning() -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        rows = np.flatnonzero(held.verdict.choose(lambda found: found == verdict))
        return rows[np.argsort(held.occurred_from[rows], kind="stable")]

    rows = held.keep(f"{verdict} by beginning", by_beginning)
    begun = held.keep(f"{verdict} beginnings", lambda: held.occurred_from[rows])
    ended = held.keep(f"{verdict} ends", lambda: np.sort(held.occurred_to[rows]))
    first, last = np.searchsorted(begun, [begin, end])
    within = int(np.count_nonzero(held.occurred_to[rows[first:last]] <= end))
    return within, int(last - np.searchsorted(ended, begin, "right"))
