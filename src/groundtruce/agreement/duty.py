"""Duties: what a bearer must do by a time, keep up, or do again and again, and what is put on record about it.

* Deadlines are instants, or an anchor and an offset. Days are those of the agreement's zone: `anchor_is_day` says
  whether the day of the anchor counts as day 0 or day 1, and `inclusive` whether the last day still counts.
* An anchor may be without a time (a text in dispute, an election not yet held); then nothing falls due.
* A declaration records something about the terms themselves, with its author: that an event happened, that a duty was
  done or not, that the terms were extended, suspended or waived.
"""

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from groundtruce.agreement.shape import Cite, ClauseId, Instant
from groundtruce.model.document import Shape, WrongValueError
from groundtruce.model.message import Phrase

__all__ = ["Declaration", "DeclarationKind", "Due", "Duty", "DutyForm", "Offset", "Tranche"]

Days = Annotated[int, Field(ge=-3660, le=3660)]
Hours = Annotated[int, Field(ge=-8784, le=8784)]


class DutyForm(StrEnum):
    """Whether a duty is done once, keeps a state, or comes again (`achieve`, `maintain`, `recur`)."""

    ACHIEVE = "achieve"
    MAINTAIN = "maintain"
    RECUR = "recur"


class Offset(Shape):
    """How long after its anchor something falls due: days of the calendar, or hours of the clock."""

    days: Days | None = None
    hours: Hours | None = None
    anchor_is_day: Literal[0, 1] = 0
    inclusive: bool = True

    @model_validator(mode="after")
    def _one_unit(self) -> "Offset":
        if (self.days is None) == (self.hours is None):
            raise WrongValueError(Phrase("an offset has either days or hours"))
        return self

    def after(self, anchor: datetime, zone: ZoneInfo) -> datetime:
        """Return the first instant at which it is late: with days, a midnight of the zone."""
        if self.hours is not None:
            return anchor + timedelta(hours=self.hours)
        assert self.days is not None
        last = anchor.astimezone(zone).date() + timedelta(days=self.days - self.anchor_is_day)
        end = last + timedelta(days=1) if self.inclusive else last
        return datetime.combine(end, time(), zone).astimezone(anchor.tzinfo)


class Due(Shape):
    """By when: an instant, or an anchor (`in_force`, an event, `CLAUSE.done`, `CLAUSE.due`) with an offset."""

    at: Instant | None = None
    anchor: str | None = None
    offset: Offset | None = None

    @model_validator(mode="after")
    def _one_form(self) -> "Due":
        if (self.at is None) == (self.anchor is None):
            raise WrongValueError(Phrase("a due time has either `at` or `anchor`"))
        if (self.anchor is None) != (self.offset is None):
            raise WrongValueError(Phrase("an offset stands with an anchor, and only there"))
        return self


class Tranche(Shape):
    """A part of a quantity and when it is due; `amount` is the running total by then."""

    due: Due
    amount: Annotated[float, Field(gt=0)]


class Duty(Shape):
    """The demand of a clause; `silence` says what no record of the deed means once it is due."""

    form: DutyForm
    start: Due | None = None
    """By when it must have begun; for a state, from when it must hold."""
    due: Due | None = None
    every_days: Annotated[int, Field(ge=1)] | None = None
    until: Instant | None = None
    amount: Annotated[float, Field(gt=0)] | None = None
    unit: str | None = None
    tranches: tuple[Tranche, ...] = ()
    provided: tuple[ClauseId, ...] = ()
    """Clauses that must be met first: until then nothing is due."""
    silence: Literal["overdue", "unknown"] = "unknown"

    @model_validator(mode="after")
    def _fits(self) -> "Duty":
        recurs = self.form is DutyForm.RECUR
        if recurs != (self.every_days is not None):
            raise WrongValueError(Phrase("every_days stands with `form: recur`, and only there"))
        if recurs and self.due is None:
            raise WrongValueError(Phrase("a recurring duty needs its first `due`"))
        if (self.amount is None and not self.tranches) != (self.unit is None):
            raise WrongValueError(
                Phrase("a unit stands with an amount or tranches, and only there")
            )
        if self.tranches and (self.due is not None or self.amount is not None):
            raise WrongValueError(Phrase("tranches have their own due times and amounts"))
        return self


class DeclarationKind(StrEnum):
    """What is put on record."""

    EVENT = "event"
    DONE = "done"
    NOT_DONE = "not_done"
    LAPSED = "lapsed"
    WAIVED = "waived"
    EXTENDED = "extended"
    SUSPENDED = "suspended"


class Declaration(Shape):
    """One thing on record about the terms: `subject` is an event, a clause, or `terms` for the whole."""

    kind: DeclarationKind
    subject: str
    at: Instant
    until: Instant | None = None
    amount: Annotated[float, Field(ge=0)] | None = None
    """How much was done on this occasion, in the unit of the duty."""
    by: str
    cite: Cite

    @model_validator(mode="after")
    def _has_end(self) -> "Declaration":
        lasting = self.kind in (DeclarationKind.EXTENDED, DeclarationKind.SUSPENDED)
        if lasting != (self.until is not None):
            raise WrongValueError(
                Phrase("until stands with an extension or suspension, and only there")
            )
        if self.until is not None and self.until <= self.at:
            raise WrongValueError(Phrase("until is not after at"))
        return self
