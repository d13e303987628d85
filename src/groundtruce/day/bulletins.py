"""Bulletins: the counts that parties and monitors publish for a day, each total with its parts.

* A source's parts of a measure belong to each total that it publishes of the measure for the day.
* Figures are never added.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from groundtruce.day.rows import Count

__all__ = ["Bulletin", "BulletinPart", "bulletins_of", "silent_guarantors"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinPart:
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
    parts: tuple[BulletinPart, ...]
    remark: str | None
    reference: str | None
    licence: str | None


def bulletins_of(counts: Iterable[Count]) -> tuple[Bulletin, ...]:
    """Return the bulletins that published counts make, by day, source and measure."""
    ordered = sorted(counts, key=lambda row: (row.day, row.source, row.measure, row.count_id))
    totals: list[Count] = []
    parts: dict[tuple[date, str, str], list[BulletinPart]] = {}
    for row in ordered:
        if row.region is None and row.attributed_to is None:
            totals.append(row)
        else:
            parts.setdefault((row.day, row.source, row.measure), []).append(
                BulletinPart(attributed_to=row.attributed_to, region=row.region, count=row.count)
            )
    return tuple(
        _bulletin(row, tuple(parts.get((row.day, row.source, row.measure), ()))) for row in totals
    )


def silent_guarantors(guarantors: Iterable[str], bulletins: Iterable[Bulletin]) -> tuple[str, ...]:
    """Return the guarantors on whose behalf no bulletin was published."""
    heard = {bulletin.on_behalf_of for bulletin in bulletins}
    return tuple(name for name in guarantors if name not in heard)


def _bulletin(row: Count, parts: tuple[BulletinPart, ...]) -> Bulletin:
    return Bulletin(
        count_id=row.count_id,
        source=row.source,
        source_kind=row.source_kind,
        on_behalf_of=row.on_behalf_of,
        measure=row.measure,
        count=row.count,
        day=row.day,
        period_from=row.period_from,
        period_to=row.period_to,
        parts=parts,
        remark=row.remark,
        reference=row.reference,
        licence=row.licence,
    )
