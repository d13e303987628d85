"""Templates: what every published page shares: escaping, styles, and the direction of texts from outside."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from xml.sax.saxutils import escape

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from groundtruce.language.words import Words

__all__ = ["bdi", "bdis", "environment", "style"]

_ISOLATE, _POP = "\u2068", "\u2069"
"""First strong isolate and its end: the typesetter of the PDF knows these, not the element `bdi`."""


@cache
def environment() -> Environment:
    """Return the templates, which escape what they are given and refuse what is undefined."""
    return Environment(
        loader=PackageLoader("groundtruce.publish"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )


def bdi(text: str) -> Markup:
    """Isolate the direction of a text from outside, as a name or a place."""
    return Markup(f"<bdi>{_ISOLATE}{escape(text)}{_POP}</bdi>")


def bdis(words: Words, texts: Iterable[str]) -> Markup:
    """Return texts from outside as one enumeration, each with the direction of its own."""
    return Markup(words.comma).join(map(bdi, texts))


@cache
def style() -> Markup:
    """Return the one sheet for screen and print."""
    return Markup((files("groundtruce.publish") / "templates" / "page.css").read_text("utf-8"))
