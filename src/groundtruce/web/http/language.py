"""Which language a reader gets: the one that the address asks for, else the best that the browser names, else English.

>>> language_of(None, "ar-SY,ar;q=0.9,en;q=0.8").value
'ar'
>>> language_of("fr", "ar").value
'fr'
>>> language_of(None, "en; q=0.5, fr; Q=0.9").value
'fr'
"""

import re
from collections.abc import Sequence

from babel.core import negotiate_locale

from groundtruce.model.code import Language

__all__ = ["negotiate_language"]

_MOST = 20
"""Languages of a header that are looked at."""

_WEIGHT = re.compile(r"0(?:\.[0-9]*)?|1(?:\.0*)?")


def negotiate_language(chosen: str | None, accepted: str | None) -> Language:
    """Return the language for an address and an `Accept-Language` header."""
    known = [language.value for language in Language]
    if chosen in known:
        return Language(chosen)
    weighted = []
    for place, part in enumerate((accepted or "").split(",")[:_MOST]):
        tag, *parameters = (piece.strip() for piece in part.split(";"))
        weight = _weight(parameters)
        if tag and weight > 0:
            weighted.append((-weight, place, tag))
    wanted = [tag for _, _, tag in sorted(weighted)]
    match = negotiate_locale(wanted, known, sep="-")
    return Language(match) if match else Language.ENGLISH


def _weight(parameters: Sequence[str]) -> float:
    """Return how much a language is wanted: 1 where nothing is said, 0 where what is said is no weight."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.lower() == "q":
            return float(value) if _WEIGHT.fullmatch(value) else 0.0
    return 1.0
