"""The closed code lists that decide something, as enums.

Open vocabularies (kinds, weapons, targets) are data: see `lexicon`.
"""

from enum import StrEnum

__all__ = ["Language", "ObligationState", "Verdict"]


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


class ObligationState(StrEnum):
    """Where an obligation stands."""

    PENDING = "pending"
    MET = "met"
    BREACHED = "breached"
    OVERDUE = "overdue"
    WAIVED = "waived"
    NOT_DETERMINABLE = "not_determinable"
