"""Rows: what a day is counted from, the same whether it comes from a view or from the columns of a database.

* Only incidents that touch the days in question are rows, in any order.
* An unknown number of persons is -1; unknown days are `FIRST_DAY` and `LAST_DAY` of `dating`.
"""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from groundtruce.compliance.summary import ClauseVerdicts, Names
from groundtruce.model.coded import Coded

__all__ = ["BASELINE_DAYS", "Count", "DayRows", "Filed", "IncidentRows"]

BASELINE_DAYS = 28
"""Four weeks before the day, so that every day of the week counts alike."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IncidentRows:
    """Incidents by row; days are days since 1970."""

    first_day: NDArray[np.int32]
    last_day: NDArray[np.int32]
    verdict: Coded[str]
    kind: Coded[str]
    actor: Coded[str]
    """Who is said to have done it, as the agreement names the party."""
    clauses: Coded[ClauseVerdicts]
    reasons: Coded[Names]
    """What leaves the incident open; of others unknown."""
    killed_low: NDArray[np.int32]
    killed_high: NDArray[np.int32]
    injured_low: NDArray[np.int32]
    injured_high: NDArray[np.int32]

    @property
    def dated(self) -> NDArray[np.bool_]:
        """Return which are dated to one day."""
        return np.asarray(self.first_day == self.last_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A published count as it was recorded: a total, or a part of one by region or attribution."""

    count_id: str
    source: str
    source_kind: str | None
    on_behalf_of: str | None
    measure: str
    count: int
    day: date
    period_from: datetime | None
    period_to: datetime | None
    region: str | None
    attributed_to: str | None
    remark: str | None
    reference: str | None
    licence: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """How many reports of the day's incidents a source filed under a licence."""

    source: str
    licence: str | None
    reports: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DayRows:
    """What a day is counted from."""

    day: date
    first: date
    """The first day to which any incident of the record is dated."""
    incidents: IncidentRows
    """All that touch the day or one of the `BASELINE_DAYS` before."""
    counts: tuple[Count, ...]
    """Counts published for the day."""
    filed: tuple[Filed, ...]
    """By source and licence, of the incidents that are dated to the day."""
