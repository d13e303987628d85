"""Reasons of a verdict: closed codes, each with at most one value, as `missing(actor)`.

Several reasons are joined with `|`. Sentences in each language are made from them by `publish`.
"""

from enum import StrEnum

import polars as pl

__all__ = ["Missing", "ReasonCode", "parse_reasons", "reason", "reason_of"]


class ReasonCode(StrEnum):
    """Why a verdict is what it is."""

    BEFORE_START = "before_start"
    AFTER_END = "after_end"
    OUTSIDE_AREA = "outside_area"
    ACT_NOT_COVERED = "act_not_covered"
    NOT_BOUND = "not_bound"
    EXEMPT_ACTOR = "exempt_actor"
    EXEMPT_TARGET = "exempt_target"
    MISSING = "missing"
    UNCLEAR_STANDING = "unclear_standing"
    UNCERTAIN_TIME = "uncertain_time"
    UNCERTAIN_PLACE = "uncertain_place"
    IMPRECISE_KIND = "imprecise_kind"
    MIXED_TARGET = "mixed_target"
    BY = "by"
    AGAINST = "against"
    AUTHOR_UNDETERMINED = "author_undetermined"


class Missing(StrEnum):
    """What is missing where a verdict cannot be determined."""

    ACTOR = "actor"
    TARGET = "target"
    """Which party was hit."""
    TARGET_KIND = "target_kind"
    """Whether civilians or combatants were hit."""
    PLACE = "place"
    TIME = "time"
    REPORT = "report"


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
