"""The situation on a day: the day from the columns of a database, with each bulletin beside the record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from groundtruce.agreement.terms import Agreement
from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.columns import Columns, read_columns
from groundtruce.database.query.bulletin import (
    Compared,
    compare_bulletin,
    read_counts,
    take_incidents,
)
from groundtruce.day.bulletins import silent_guarantors
from groundtruce.day.dating import from_day_number
from groundtruce.day.day import Baseline, Change, ClauseCount, DaySource, Gap, count_day
from groundtruce.day.figures import Figures
from groundtruce.day.rows import BASELINE_DAYS, DayRows, Filed

__all__ = ["Situation", "describe_situation", "read_day_rows"]


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
        """Return those of the guarantors on whose behalf no count was published for the day."""
        return silent_guarantors(guarantors, (compared.bulletin for compared in self.bulletins))


def describe_situation(
    database: Database, agreement: Agreement, day: date | None = None
) -> Situation | None:
    """Return the situation on a day, by default the last to which an incident is dated; None where none is."""
    columns = read_columns(database)
    dated = columns.first_day[columns.dated]
    if not len(dated):
        return None
    first, last = from_day_number(int(dated.min())), from_day_number(int(dated.max()))
    day = last if day is None else day
    counted = count_day(read_day_rows(database, columns, day, first), agreement)
    return Situation(
        day=day,
        today=counted.today,
        previous=counted.previous,
        baseline=counted.baseline,
        undated=counted.undated,
        gaps=counted.gaps,
        clauses=counted.clauses,
        changes=counted.changes,
        bulletins=tuple(compare_bulletin(columns, bulletin) for bulletin in counted.bulletins),
        sources=counted.sources,
        first_day=first,
        last_day=last,
    )


def read_day_rows(database: Database, columns: Columns, day: date, first: date) -> DayRows:
    """Return what a day is counted from; `first` is the first day to which an incident is dated."""
    return DayRows(
        day=day,
        first=first,
        incidents=take_incidents(columns, day - timedelta(days=BASELINE_DAYS), day),
        counts=read_counts(database, day, day),
        filed=_count_filed(database, day),
    )


def _count_filed(database: Database, day: date) -> tuple[Filed, ...]:
    """Return how many reports of the day's incidents there are, by source and licence."""
    rows = database.rows(
        "SELECT report.source, report.licence, COUNT(*) AS reports FROM incident JOIN report "
        "ON report.incident_id = incident.incident_id WHERE incident.day = :day "
        "GROUP BY report.source, report.licence",
        {"day": day.isoformat()},
    )
    return tuple(
        Filed(source=row["source"], licence=row["licence"], reports=row["reports"]) for row in rows
    )
