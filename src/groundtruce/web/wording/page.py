"""Pages: what surrounds the content of each one, and how a template becomes a page in a language.

* The head leads to every screen; the foot names the record state, who cosigned it, and how to check.
* Every link inside the site keeps the language and the record state that the address names.
* Texts from outside keep their direction to themselves; identifiers and coordinates stay left to right.
"""

from collections.abc import Mapping, Sequence
from functools import cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from groundtruce.language.prose import answer, branch_title, question
from groundtruce.language.words import Words
from groundtruce.model.code import Language, Verdict
from groundtruce.model.message import translatable
from groundtruce.web.http.context import Context
from groundtruce.web.wording.cosigners import fewest_cosigners, label_grade, list_vouchers, name_log
from groundtruce.web.wording.phrase import mark_enumeration, mark_identifier, outside

__all__ = ["LANGUAGES", "asset_address", "render_page"]

_ = translatable

LANGUAGES: Mapping[Language, str] = {
    Language.ENGLISH: "English",
    Language.FRENCH: "Français",
    Language.ARABIC: "العربية",
}
"""Each language in its own words."""

_WAYS = (
    ("/", _("Situation")),
    ("/map", _("Map")),
    ("/incidents", _("Incidents")),
    ("/compliance", _("Compliance")),
    ("/bulletins", _("Bulletins")),
    ("/daily", _("Daily reports")),
    ("/agreement", _("Agreement")),
    ("/record", _("Record")),
)
"""The screens that the head leads to."""

_MORE = (
    ("/record/verify", _("Verify a proof")),
    ("/about/methods", _("Methods")),
    ("/glossary", _("Glossary")),
    ("/api", _("Data and API")),
    ("/accessibility", _("Accessibility and keys")),
)
"""What the foot leads to."""


def asset_address(name: str) -> str:
    """Return the address of a static file, which never changes under that address."""
    return Context.static(name)


def render_page(context: Context, template: str, **values: object) -> str:
    """Return a page; the template has `context`, `words`, `say`, `link` and `vouched` besides what it is given."""
    words = context.words
    vouched = list_vouchers(context.place.node, context.view_info.state)
    return (
        _environment()
        .get_template(template)
        .render(
            context=context,
            words=words,
            bdis=partial(mark_enumeration, words),
            say=_Said(words).one,
            say_many=_Said(words).many,
            link=context.link,
            ways=_name_delegations(_WAYS, words),
            more=_name_delegations(_MORE, words),
            current=_current(context.address.path),
            languages=LANGUAGES,
            vouched=vouched,
            cosigned=fewest_cosigners(vouched),
            **values,
        )
    )


class _Said:
    """Sentences as a page holds them: translated, escaped, and open to parts that are markup."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def one(self, text: str) -> Markup:
        """Return a sentence; `.format` sets parts into it, of which texts are escaped."""
        return escape(self._words.say(text))

    def many(self, one: str, many: str, count: int, **named: object) -> Markup:
        """Return a sentence with a count."""
        form = escape(self._words.form_of(one, many, count))
        return form.format(n=self._words.number(count), **named)


def _name_delegations(ways: Sequence[tuple[str, str]], words: Words) -> list[tuple[str, str]]:
    return [(path, words.say(title)) for path, title in ways]


def _current(path: str) -> str:
    """Return the screen of the head that a path belongs to."""
    if path.startswith("/reports"):
        return "/incidents"
    below = [way for way, _title in _WAYS if way != "/" and path.startswith(way)]
    return below[0] if below else path


@cache
def _environment() -> Environment:
    """Return the templates, which escape what they are given and refuse what is undefined."""
    environment = Environment(
        loader=PackageLoader("groundtruce.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.globals |= {
        "Verdict": Verdict,
        "asset": asset_address,
        "bdi": outside,
        "branch_title": branch_title,
        "grade_label": label_grade,
        "ident": mark_identifier,
        "leaf_question": question,
        "log_name": name_log,
        "yes_no": answer,
    }
    return environment
