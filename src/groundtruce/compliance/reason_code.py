"""Reasons of a verdict: closed codes, each with at most one value, as `missing(actor)`.

* In a cell of a table they are a list in text (`model.text_form`): marks of the form inside a value are escaped, so
  every value comes back as it was. This module alone writes and reads them.
* Sentences in each language are made from them by `publish`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import polars as pl

from groundtruce.model.instant import format_instant
from groundtruce.model.text_form import BAR, escape, escape_column, split_raw, unescape

__all__ = [
    "NO_RECORD",
    "ONE_REASON",
    "Missing",
    "ReadingOutcome",
    "Reason",
    "ReasonCode",
    "concat_reasons",
    "join_reason_columns",
    "join_reasons",
    "parse_readings",
    "parse_reasons",
    "readings_column",
    "reason_column",
    "reason_literal",
    "write_readings",
]


class ReasonCode(StrEnum):
    """Why a verdict or the state of an obligation is what it is."""

    BEFORE_START = "before_start"
    AFTER_END = "after_end"
    SUSPENDED = "suspended"
    OUTSIDE_HOURS = "outside_hours"
    WITHIN_DEADLINE = "within_deadline"
    OUTSIDE_AREA = "outside_area"
    ACT_NOT_COVERED = "act_not_covered"
    CONDITION_NOT_MET = "condition_not_met"
    NOT_BOUND = "not_bound"
    EXEMPT_ACTOR = "exempt_actor"
    EXEMPT_TARGET = "exempt_target"
    PERMISSION = "permission"
    """An exception of the terms holds; the value is its id."""
    POSSIBLE = "possible"
    """An exception may hold; the value is its id."""
    MISSING = "missing"
    HUMAN_JUDGEMENT = "human_judgement"
    """A question that people must judge; the value is the fact."""
    UNCLEAR_STANDING = "unclear_standing"
    UNCERTAIN_TIME = "uncertain_time"
    UNCERTAIN_PLACE = "uncertain_place"
    IMPRECISE_KIND = "imprecise_kind"
    IMPRECISE_WEAPON = "imprecise_weapon"
    MIXED_TARGET = "mixed_target"
    RIVAL_START = "rival_start"
    """The value holds each reading with its verdict."""
    RIVAL_READING = "rival_reading"
    BY = "by"
    AGAINST = "against"
    AUTHOR_UNDETERMINED = "author_undetermined"
    LATE = "late"
    """The value is a number of days."""
    DEFICIT = "deficit"
    """The value is what is still to be done, with its unit."""
    AFTER_CLAUSE = "after_clause"
    """It falls due only once another clause is met; the value is that clause."""
    LAPSED = "lapsed"
    ACCESS_DENIED = "access_denied"
    """Observers could not see for themselves; the value is who kept them from it."""
    EVIDENCE = "evidence"
    """Incidents show that it was not done; the value is their number."""


class Missing(StrEnum):
    """What is missing where a verdict cannot be determined; a fact of the agreement may be missing, too."""

    ACTOR = "actor"
    TARGET = "target"
    """Which party was hit."""
    TARGET_KIND = "target_kind"
    """Whether civilians or combatants were hit."""
    PLACE = "place"
    TIME = "time"
    WEAPON = "weapon"
    KIND = "kind"
    START = "start"
    """The terms leave open when they start."""
    HOURS = "hours"
    """The terms leave the hours to be agreed."""
    DEADLINE = "deadline"
    """What the deadline hangs on is not on record."""
    ZONE = "zone"
    """The terms leave the place to be agreed."""
    EDITION = "edition"
    """No edition of the zone is valid for that time."""
    PRIOR_ATTACK = "prior_attack"
    REPORT = "report"
    VALUE = "value"


NO_RECORD = "no record"
"""Stands as evidence where the terms say that silence means that it was not done."""


ONE_REASON = rf"({'|'.join(ReasonCode)})(\((?:[^|()\\]|\\.)*\))?"
"""The form of one reason, as a regular expression."""

_MARKS = "|()"
_BETWEEN_READINGS = " / "


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; `str` of it is its text in a table."""

    code: ReasonCode
    value: str | None = None

    def __str__(self) -> str:
        if self.value is None:
            return self.code.value
        return f"{self.code.value}({escape(self.value, _MARKS)})"


@dataclass(frozen=True, slots=True)
class ReadingOutcome:
    """What one reading of the terms comes to: a verdict, or the state of a duty and when it is due."""

    name: str
    outcome: str
    due: datetime | None = None

    def __str__(self) -> str:
        return f"{self.name}: {self.outcome}" + (
            f" due {format_instant(self.due)}" if self.due else ""
        )


def reason_literal(code: ReasonCode, value: str | None = None) -> pl.Expr:
    """Return the text of one reason that is the same in every row."""
    return pl.lit(str(Reason(code, value)))


def reason_column(code: ReasonCode, value: pl.Expr) -> pl.Expr:
    """Return the text of one reason with a value from a column; null where there is no value."""
    return pl.concat_str(pl.lit(f"{code.value}("), escape_column(value, _MARKS), pl.lit(")"))


def join_reasons(reasons: Iterable[Reason]) -> str | None:
    """Return reasons as text; None where there is none."""
    return BAR.join(map(str, reasons)) or None


def concat_reasons(first: pl.Expr, second: pl.Expr) -> pl.Expr:
    """Return two columns of single reasons, which differ, as one text; a null is left out."""
    return pl.concat_str(first, second, separator=BAR, ignore_nulls=True)


def join_reason_columns(texts: Sequence[pl.Expr]) -> pl.Expr:
    """Return columns of single reasons as one text, each reason once and in order; nulls are left out."""
    if not texts:
        return pl.lit(None, pl.String)
    return pl.concat_list(texts).list.drop_nulls().list.unique(maintain_order=True).list.join(BAR)


def parse_reasons(text: str | None) -> tuple[Reason, ...]:
    """Return the reasons of a cell.

    >>> parse_reasons("missing(actor)")
    (Reason(code=<ReasonCode.MISSING: 'missing'>, value='actor'),)
    """
    return tuple(map(_parse_reason, split_raw(text)))


def _parse_reason(text: str) -> Reason:
    code, _, rest = text.partition("(")
    return Reason(ReasonCode(code), unescape(rest.removesuffix(")")) or None)


def write_readings(readings: Iterable[ReadingOutcome]) -> str:
    """Return what the readings come to, as the value of `rival_start` and `rival_reading`."""
    return _BETWEEN_READINGS.join(map(str, readings))


def readings_column(outcomes: Sequence[tuple[str, pl.Expr]]) -> pl.Expr:
    """Return the same from the name of each reading and a column of its verdicts."""
    written = [pl.concat_str(pl.lit(f"{name}: "), verdict) for name, verdict in outcomes]
    return pl.concat_str(written, separator=_BETWEEN_READINGS)


def parse_readings(value: str) -> tuple[ReadingOutcome, ...]:
    """Return what each reading comes to; names of readings are identifiers, so no mark occurs in them.

    >>> parse_readings("signature: breach / resolution: no_breach")[1]
    ReadingOutcome(name='resolution', outcome='no_breach', due=None)
    """
    return tuple(map(_parse_reading, value.split(_BETWEEN_READINGS)))


def _parse_reading(text: str) -> ReadingOutcome:
    name, _, outcome = text.partition(": ")
    outcome, _, due = outcome.partition(" due ")
    return ReadingOutcome(name, outcome, datetime.fromisoformat(due) if due else None)
