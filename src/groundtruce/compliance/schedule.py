"""Schedules: when the terms hold and when a duty falls due, from the text and from what is on record about it.

* None stands for a time that is not known yet: an undetermined start, an event that is not on record.
* An extension of the terms moves their end, one of a clause its due time; the latest counts. A suspension takes its
  period out of the time in which the terms hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from groundtruce.agreement.duty import Declaration, DeclarationKind, Due, Duty
from groundtruce.agreement.period import Period, merge_periods
from groundtruce.agreement.terms import Agreement, Clause, Hours, InForce, Scope
from groundtruce.compliance.rule import starts

__all__ = ["TERMS", "Window", "due_at", "duty_due", "find_declarations", "start_of", "window"]

TERMS = "terms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When a clause holds: from `start`, for acts that a deadline allows first from `due`, up to `end`."""

    start: datetime | None
    """None where it is undetermined."""
    due: datetime | None
    has_due: bool
    end: datetime | None
    """None where the terms have no end."""
    suspended: tuple[Period, ...]
    hours: Hours | str | None

    @property
    def opens(self) -> datetime | None:
        """Return from when an act counts, None where that cannot be known."""
        if not self.has_due:
            return self.start
        if self.due is None or self.start is None:
            return None
        return max(self.due, self.start)


def find_declarations(
    agreement: Agreement, kind: DeclarationKind, subject: str
) -> Iterator[Declaration]:
    """Yield what is on record of a kind about a subject, in order of time."""
    declarations = (
        declaration
        for declaration in agreement.declarations
        if declaration.kind is kind and declaration.subject == subject
    )
    yield from sorted(declarations, key=lambda declaration: declaration.at)


def start_of(reading: InForce) -> datetime | None:
    """Return the start of a reading, or None where the text leaves it open."""
    return reading.at if isinstance(reading.at, datetime) else None


def window(agreement: Agreement, clause: Clause, scope: Scope, start_id: str) -> Window:
    """Return when a clause holds, in one reading of the start and of its words."""
    reading = next(
        (start for start in starts(agreement) if start.id == start_id), starts(agreement)[0]
    )
    in_force = start_of(reading)
    extended = [
        declaration.until
        for declaration in find_declarations(agreement, DeclarationKind.EXTENDED, TERMS)
        if declaration.until
    ]
    ends = agreement.time.ends
    if ends is not None:
        ends = max([ends, *extended])
    suspended = [
        Period(declaration.at, declaration.until)
        for declaration in find_declarations(agreement, DeclarationKind.SUSPENDED, TERMS)
        if declaration.until
    ]
    duty = scope.duty
    return Window(
        start=scope.start if scope.start is not None else in_force,
        due=duty_due(agreement, clause, duty, in_force) if duty else None,
        has_due=duty is not None and duty.due is not None,
        end=scope.end if scope.end is not None else ends,
        suspended=merge_periods(suspended),
        hours=scope.hours,
    )


def duty_due(
    agreement: Agreement, clause: Clause, duty: Duty, in_force: datetime | None
) -> datetime | None:
    """Return the first instant at which a duty is late, with its extensions; None where that cannot be known."""
    if duty.due is None:
        return None
    own = due_at(agreement, duty.due, in_force)
    extended = [
        declaration.until
        for declaration in find_declarations(agreement, DeclarationKind.EXTENDED, clause.id)
        if declaration.until
    ]
    return None if own is None else max([own, *extended])


def due_at(
    agreement: Agreement, due: Due, in_force: datetime | None, depth: int = 0
) -> datetime | None:
    """Return the instant of a due time; None where its anchor has no time, or where anchors go in circles."""
    if due.at is not None:
        return due.at
    assert due.anchor is not None
    assert due.offset is not None
    anchor = _anchor(agreement, due.anchor, in_force, depth)
    return None if anchor is None else due.offset.after(anchor, agreement.zone)


def _anchor(
    agreement: Agreement, name: str, in_force: datetime | None, depth: int
) -> datetime | None:
    """Return the time of an anchor: the start, a deed, a due time or an event."""
    if name == "in_force":
        return in_force
    clause_id, _, state = name.rpartition(".")
    if state == "done" and clause_id:
        return next(
            (
                declaration.at
                for declaration in find_declarations(agreement, DeclarationKind.DONE, clause_id)
            ),
            None,
        )
    if state == "due" and clause_id:
        duty = agreement.clause(clause_id).duty
        if duty is None or duty.due is None or depth > len(agreement.clauses):
            return None
        return due_at(agreement, duty.due, in_force, depth + 1)
    recorded = next(
        (
            declaration.at
            for declaration in find_declarations(agreement, DeclarationKind.EVENT, name)
        ),
        None,
    )
    if recorded is not None:
        return recorded
    return next((event.at for event in agreement.events if event.id == name), None)
