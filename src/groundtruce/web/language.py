"""Which language a reader gets: the one that the address asks for, else the best that the browser names, else English.

>>> language_of(None, "ar-SY,ar;q=0.9,en;q=0.8").value
'ar'
>>> language_of("fr", "ar").value
'fr'
"""

from babel.core import negotiate_locale

from groundtruce.model.code import Language

__all__ = ["language_of"]

_MOST = 20
"""Languages of a header that are looked at."""


def language_of(chosen: str | None, accepted: str | None) -> Language:
    """Return the language for an address and an `Accept-Language` header."""
    known = [one.value for one in Language]
    if chosen in known:
        return Language(chosen)
    weighted = []
    for place, part in enumerate((accepted or "").split(",")[:_MOST]):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighted.append((-float(weight or 1), place, tag))
        except ValueError:
            continue
    wanted = [tag for weight, _, tag in sorted(weighted) if tag and weight < 0]
    found = negotiate_locale(wanted, known, sep="-")
    return Language(found) if found else Language.ENGLISH
