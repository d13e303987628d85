"""Reasons of a verdict: closed codes, each with at most one value, as `missing(actor)`.

Several reasons are joined with `|`. Sentences in each language are made from them by `publish`.
"""

from enum import StrEnum

import polars as pl

__all__ = [
    "NO_RECORD",
    "ONE_REASON",
    "Missing",
    "ReasonCode",
    "parse_reasons",
    "reason",
    "reason_of",
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


ONE_REASON = rf"({'|'.join(ReasonCode)})(\([^|()]*\))?"
"""The form of one reason, as a regular expression."""


def reason(code: ReasonCode, value: str | None = None) -> str:
    """Return the text of one reason; a bar or parenthesis in the value is replaced."""
    if value is None:
        return code.value
    return f"{code.value}({value.replace('|', '/').replace('(', '[').replace(')', ']')})"


def reason_of(code: ReasonCode, value: pl.Expr) -> pl.Expr:
    """Return the text of one reason with a value from a column, as `reason` writes it."""
    safe = (
        value.str.replace_all("|", "/", literal=True)
        .str.replace_all("(", "[", literal=True)
        .str.replace_all(")", "]", literal=True)
    )
    return pl.concat_str(pl.lit(f"{code.value}("), safe, pl.lit(")"))


def parse_reasons(text: str) -> list[tuple[ReasonCode, str | None]]:
    """Return the codes and values of a `reasons` field.

    >>> parse_reasons("before_start|missing(actor)")
    [(<ReasonCode.BEFORE_START: 'before_start'>, None), (<ReasonCode.MISSING: 'missing'>, 'actor')]
    """
    found = []
    for part in text.split("|"):
        code, _, rest = part.partition("(")
        found.append((ReasonCode(code), rest.removesuffix(")") or None))
    return found
