"""Obligations: where each duty stands at a time, from what is on record of the deed.

* Pending until it is due; then met, met late, overdue or, for a state that was not kept and a period that has passed,
  breached. Waived where that is on record.
* What no record says is not determinable, unless the clause says that silence means it was not done (a report that is
  published or is not). Incidents that breach the same clause are evidence that it was not done.
* A quantity runs: what was done so far is added up, and the deficit is named.
* Readings that come to different states make it not determinable, with each of them named.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

import polars as pl

from groundtruce.agreement.duty import Declaration, DeclarationKind, Duty, DutyForm
from groundtruce.agreement.terms import Agreement, Clause
from groundtruce.compliance.reason_code import (
    NO_RECORD,
    Missing,
    ReadingOutcome,
    Reason,
    ReasonCode,
    join_reasons,
    write_readings,
)
from groundtruce.compliance.rule import starts
from groundtruce.compliance.schedule import due_at, duty_due, find_declarations, start_of
from groundtruce.model.code import ObligationState, Verdict
from groundtruce.model.table import OBLIGATIONS

__all__ = ["obligations"]

State = ObligationState


@dataclass(frozen=True, slots=True, kw_only=True)
class _Period:
    """One thing owed: by when, how much of it in all, and the deeds that count for it."""

    due: datetime | None
    closes: datetime | None
    amount: float | None
    deeds: tuple[Declaration, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A duty in one reading, and the time at which it is looked at."""

    agreement: Agreement
    clause: Clause
    duty: Duty
    in_force: datetime | None
    as_of: datetime
    evidence: int

    def find_declarations(self, kind: DeclarationKind) -> list[Declaration]:
        """Return what is on record of a kind about the clause by then."""
        declarations = find_declarations(self.agreement, kind, self.clause.id)
        return [declaration for declaration in declarations if declaration.at <= self.as_of]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owed:
    """A row of the table in one reading."""

    due: datetime | None
    state: ObligationState
    amount: float | None = None
    done: float | None = None
    reasons: tuple[Reason, ...] = ()


def obligations(
    agreement: Agreement, as_of: datetime, assessments: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return the obligation table as it stands at `as_of`, an aware time; recurring duties by period."""
    evidence = _evidence(assessments)
    rows = [
        (clause.id, ", ".join(clause.bearer) or "parties", *row)
        for clause in agreement.clauses
        if any(scope.duty for _, scope in clause.versions())
        for row in _rows(agreement, clause, as_of, evidence)
    ]
    return pl.DataFrame(rows, schema=OBLIGATIONS.schema, orient="row")


def _evidence(assessments: pl.DataFrame | None) -> Mapping[str, int]:
    """Return how many incidents breach each clause."""
    if assessments is None:
        return {}
    breaches = assessments.filter(pl.col("verdict") == Verdict.BREACH.value)
    return dict(breaches.group_by("clause_id").len().iter_rows())


def _rows(
    agreement: Agreement, clause: Clause, as_of: datetime, evidence: Mapping[str, int]
) -> Iterator[tuple[object, ...]]:
    """Yield one row for each period; readings of the start and of the clause are brought together."""
    readings: list[tuple[str, list[_Owed]]] = []
    known = starts(agreement)
    for name, scope in clause.versions():
        if scope.duty is None:
            continue
        for start in known:
            shown = " ".join(filter(None, (start.id if len(known) > 1 else "", name)))
            case = _Case(
                agreement=agreement,
                clause=clause,
                duty=scope.duty,
                in_force=start_of(start),
                as_of=as_of,
                evidence=evidence.get(clause.id, 0),
            )
            owed = list(_owed(case))
            readings.append((shown, owed))
    for number in range(max(len(owed) for _, owed in readings)):
        together = [(name, owed[number]) for name, owed in readings if number < len(owed)]
        row = _agreed(together)
        yield (row.due, row.state.value, row.amount, row.done, join_reasons(row.reasons))


def _agreed(together: list[tuple[str, _Owed]]) -> _Owed:
    """Return what the readings have in common; where they differ it cannot be determined."""
    first = together[0][1]
    if all(owed == first for _, owed in together):
        return first
    named = [ReadingOutcome(name, owed.state.value, owed.due) for name, owed in together]
    rival = Reason(ReasonCode.RIVAL_READING, write_readings(named))
    if all(owed.state is first.state for _, owed in together):
        dues = {owed.due for _, owed in together}
        return replace(
            first, due=first.due if len(dues) == 1 else None, reasons=(*first.reasons, rival)
        )
    return _Owed(due=None, state=State.NOT_DETERMINABLE, amount=first.amount, reasons=(rival,))


def _owed(case: _Case) -> Iterator[_Owed]:
    """Yield what one reading of a duty owes, period by period."""
    waived = case.find_declarations(DeclarationKind.WAIVED)
    unmet = [clause_id for clause_id in case.duty.provided if not _is_met(case, clause_id)]
    for period in _periods(case):
        if waived:
            yield _Owed(due=period.due, state=State.WAIVED, amount=period.amount)
        elif unmet:
            after = tuple(Reason(ReasonCode.AFTER_CLAUSE, clause_id) for clause_id in unmet)
            yield _Owed(due=period.due, state=State.PENDING, amount=period.amount, reasons=after)
        elif case.duty.form is DutyForm.MAINTAIN:
            yield _kept(case)
        else:
            yield _done(case, period)


def _is_met(case: _Case, clause_id: str) -> bool:
    """Return whether the deed of a clause is on record by then."""
    done = find_declarations(case.agreement, DeclarationKind.DONE, clause_id)
    return any(deed.at <= case.as_of for deed in done)


def _periods(case: _Case) -> Iterator[_Period]:
    """Yield what is owed: each tranche, each recurrence up to the first that is not yet due, or the one deed."""
    duty, agreement = case.duty, case.agreement
    deeds = tuple(case.find_declarations(DeclarationKind.DONE))
    if duty.tranches:
        for tranche in duty.tranches:
            due = due_at(agreement, tranche.due, case.in_force)
            yield _Period(due=due, closes=None, amount=tranche.amount, deeds=deeds)
        return
    due = duty_due(agreement, case.clause, duty, case.in_force)
    if duty.form is not DutyForm.RECUR or due is None:
        yield _Period(due=due, closes=None, amount=duty.amount, deeds=deeds)
        return
    assert duty.every_days is not None
    left = list(deeds)
    while duty.until is None or due <= duty.until:
        closes = _days_later(agreement, due, duty.every_days)
        own = [deed for deed in left if deed.at < closes]
        if duty.amount is None:
            own = own[:1]
        left = [deed for deed in left if deed not in own]
        yield _Period(due=due, closes=closes, amount=duty.amount, deeds=tuple(own))
        if due > case.as_of:
            return
        due = closes


def _days_later(agreement: Agreement, moment: datetime, days: int) -> datetime:
    """Return the same local clock time days later: a day is a date, also where clocks change."""
    local = moment.astimezone(agreement.zone)
    day = local.date() + timedelta(days=days)
    return datetime.combine(day, local.time(), agreement.zone).astimezone(moment.tzinfo)


def _done(case: _Case, period: _Period) -> _Owed:
    """Return the state of a deed that is done once in its period."""
    total = sum(deed.amount or 0.0 for deed in period.deeds)
    done_at, due = _reached(period), period.due
    owed = _Owed(
        due=due,
        state=State.NOT_DETERMINABLE,
        amount=period.amount,
        done=total if period.amount is not None else None,
    )
    if done_at is not None:
        late = () if due is None or done_at < due else (_late(case, due, done_at),)
        return replace(owed, state=State.MET, reasons=late)
    if due is None:
        hangs = case.duty.due is not None or bool(case.duty.tranches)
        missing = Missing.DEADLINE if hangs else Missing.REPORT
        return replace(owed, reasons=(Reason(ReasonCode.MISSING, missing),))
    if case.as_of < due:
        within = (Reason(ReasonCode.WITHIN_DEADLINE),)
        return replace(owed, state=State.PENDING, reasons=within)
    undone = _undone(case, period, due, total)
    if not undone:
        return replace(owed, reasons=(Reason(ReasonCode.MISSING, Missing.REPORT),))
    if period.closes is not None and case.as_of >= period.closes:
        return replace(owed, state=State.BREACHED, reasons=undone)
    late_so_far = _late(case, due, case.as_of)
    return replace(owed, state=State.OVERDUE, reasons=(late_so_far, *undone))


def _reached(period: _Period) -> datetime | None:
    """Return when the deed was done, or the running total reached what is owed."""
    if period.amount is None:
        return period.deeds[0].at if period.deeds else None
    total = 0.0
    for deed in period.deeds:
        total += deed.amount or 0.0
        if total >= period.amount:
            return deed.at
    return None


def _undone(case: _Case, period: _Period, due: datetime, total: float) -> tuple[Reason, ...]:
    """Return what shows that it was not done by now, nothing where nothing does."""
    reasons: list[Reason] = []
    if period.amount is not None and period.deeds:
        left = f"{period.amount - total:g} {case.duty.unit or ''}".strip()
        reasons.append(Reason(ReasonCode.DEFICIT, left))
    if case.evidence:
        reasons.append(Reason(ReasonCode.EVIDENCE, str(case.evidence)))
    reported = [
        declaration
        for declaration in case.find_declarations(DeclarationKind.NOT_DONE)
        if declaration.at >= due
    ]
    if not reasons and (reported or case.duty.silence == "overdue"):
        reasons.append(Reason(ReasonCode.EVIDENCE, reported[0].by if reported else NO_RECORD))
    return tuple(reasons)


def _late(case: _Case, due: datetime, moment: datetime) -> Reason:
    """Return how many days late: from the last day on which it was not."""
    zone = case.agreement.zone
    last = (due - timedelta(microseconds=1)).astimezone(zone).date()
    days = (moment.astimezone(zone).date() - last).days
    if due.astimezone(zone).time() != time():
        days = max((moment - due).days, 0)
    return Reason(ReasonCode.LATE, f"{days} d")


def _kept(case: _Case) -> _Owed:
    """Return whether a state was kept up, from when it must hold."""
    start = case.duty.start
    begins = due_at(case.agreement, start, case.in_force) if start else case.in_force
    if begins is None:
        missing = (Reason(ReasonCode.MISSING, Missing.START),)
        return _Owed(due=None, state=State.NOT_DETERMINABLE, reasons=missing)
    owed = _Owed(due=begins, state=State.NOT_DETERMINABLE)
    if case.as_of < begins:
        return replace(owed, state=State.PENDING, reasons=(Reason(ReasonCode.BEFORE_START),))
    lapsed = [
        declaration
        for declaration in case.find_declarations(DeclarationKind.LAPSED)
        if declaration.at >= begins
    ]
    if lapsed:
        shown = (Reason(ReasonCode.LAPSED, lapsed[0].by),)
        return replace(owed, state=State.BREACHED, reasons=shown)
    if case.evidence:
        shown = (Reason(ReasonCode.EVIDENCE, str(case.evidence)),)
        return replace(owed, state=State.BREACHED, reasons=shown)
    if _is_met(case, case.clause.id):
        return replace(owed, state=State.MET)
    return replace(owed, reasons=(Reason(ReasonCode.MISSING, Missing.REPORT),))
