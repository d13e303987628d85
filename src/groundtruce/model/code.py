"""The closed code lists that decide something, as enums.

Open vocabularies (kinds, weapons, targets) are data: see `lexicon`.
"""

from enum import StrEnum

__all__ = ["NOT_ASSESSED", "UNKNOWN", "VERDICTS", "Language", "ObligationState", "Verdict"]

UNKNOWN = "unknown"
"""Chooses what has no value; no vocabulary has a code of this name."""

NOT_ASSESSED = "none"
"""In place of a verdict where no clause is assessed by incidents."""


class Language(StrEnum):
    """A language of the interface."""

    ENGLISH = "en"
    FRENCH = "fr"
    ARABIC = "ar"

    @property
    def direction(self) -> str:
        """`rtl` or `ltr`, as HTML writes it."""
        return "rtl" if self is Language.ARABIC else "ltr"


class Verdict(StrEnum):
    """Incident against clause. The order is the rank when one word must stand for an incident."""

    BREACH = "breach"
    NOT_DETERMINABLE = "not_determinable"
    EXEMPT = "exempt"
    NO_BREACH = "no_breach"


VERDICTS = (*(verdict.value for verdict in Verdict), NOT_ASSESSED)
"""Every word for what an incident comes to, in the order in which figures name them."""


class ObligationState(StrEnum):
    """Where an obligation stands."""

    PENDING = "pending"
    MET = "met"
    BREACHED = "breached"
    OVERDUE = "overdue"
    WAIVED = "waived"
    NOT_DETERMINABLE = "not_determinable"
