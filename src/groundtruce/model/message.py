"""Messages: prose marked for translation where it is written; what shows it translates it.

* A phrase is prose of this program: a message of the catalogues, whole, and the values that fill its slots.
* What comes from outside, as the name of a file or the words of another program, is quoted: no language changes it.

>>> translatable("Breach")
'Breach'
>>> str(Phrase("A copy of {name}'s log", name="Registry"))
"A copy of Registry's log"
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["Phrase", "Translate", "fill_phrase", "quote", "translatable"]

Translate = Callable[[str], str]
"""Return a message in a language; one that has no translation as it is."""


def translatable(text: str) -> str:
    """Mark a text for translation; `tools/messages.py` finds it, and it is translated when it is shown."""
    return text


_QUOTED = "{value}"


@dataclass(frozen=True, slots=True, init=False)
class Phrase:
    """A part of a sentence: the message in English, and the values of its slots, which can be phrases too."""

    message: str
    values: Mapping[str, object]

    def __init__(self, message: str, /, **values: object) -> None:
        """Take the message as it is written; `tools/messages.py` finds it here."""
        object.__setattr__(self, "message", message)
        object.__setattr__(self, "values", values)

    def __str__(self) -> str:
        """Return the phrase in English."""
        return self.message.format(**self.values)

    def render(self, translate: Translate, show: Callable[[object], str]) -> str:
        """Return the phrase in a language; `show` writes a value that is no phrase."""
        return fill_phrase(self.message, self.values, translate, show)


def quote(value: object) -> Phrase:
    """Return a text from outside as a phrase, which is the same in every language."""
    return Phrase(_QUOTED, value=value)


def fill_phrase(
    message: str,
    values: Mapping[str, object],
    translate: Translate,
    show: Callable[[object], str],
) -> str:
    """Return a message in a language with its values; phrases among them in that language as well."""
    shown = {
        name: value.render(translate, show) if isinstance(value, Phrase) else show(value)
        for name, value in values.items()
    }
    return translate(message).format(**shown)
