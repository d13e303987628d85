"""Every page in a language that nobody speaks: what is not set apart was never translated."""

import re
from collections.abc import Iterator, Mapping
from gettext import NullTranslations
from html.parser import HTMLParser

import pytest
from babel.dates import get_day_names, get_month_names
from tests.web.conftest import reader

from groundtruce.agreement.terms import Agreement
from groundtruce.language import words as words_module
from groundtruce.language.words import Words
from groundtruce.model.code import Language
from groundtruce.model.vocabulary import VocabularyName, load_vocabulary
from groundtruce.view.view import View
from groundtruce.web.state.settings import Settings
from groundtruce.web.state.view_info import ViewInfo

OPEN, CLOSE = "⟦", "⟧"
APART = frozenset(("bdi", "code", "kbd", "pre", "script", "style", "textarea", "svg"))
"""Elements that hold names, codes and data, in no language of the interface."""
INLINE = frozenset(("a", "bdi", "code", "kbd", "small", "span", "strong", "svg", "path", "circle"))
"""Elements that do not part one sentence from the next."""

SPOKEN = ("aria-label", "placeholder", "title", "alt", "data-label")
LANGUAGE = Language.FRENCH
NAMES = re.compile("Groundtruce|English|Français|العربية|CSV|GeoJSON|Parquet|JSON")
VOID = frozenset(("meta", "link", "input", "br", "img", "hr", "path", "circle", "rect"))


class Nobody(NullTranslations):
    """A catalogue of a language that nobody speaks: each sentence in brackets."""

    def gettext(self, message: str) -> str:
        """Set a sentence apart."""
        return f"{OPEN}{message}{CLOSE}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Set a sentence with a count apart."""
        return f"{OPEN}{msgid1 if n == 1 else msgid2}{CLOSE}"


class Spoken(HTMLParser):
    """Collects every text that a reader is told in the language of the interface."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._stack: list[tuple[str, bool]] = []
        self._run: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look into what is spoken of an element, and whether its content is set apart."""
        if tag not in INLINE:
            self.end()
        told = dict(attrs)
        self.found += [str(told[name]) for name in SPOKEN if told.get(name)]
        apart = tag in APART or ("lang" in told and tag != "html") or told.get("dir") == "auto"
        if tag not in VOID:
            self._stack.append((tag, apart))

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        if tag not in INLINE:
            self.end()
        if tag in {open_tag for open_tag, _ in self._stack}:
            while self._stack.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Collect a text that stands in no element that is set apart."""
        if not any(apart for _, apart in self._stack):
            self._run.append(data)

    def end(self) -> None:
        """End a run of text."""
        self.found.append(" ".join("".join(self._run).split()))
        self._run = []


@pytest.fixture
def untranslated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pages speak the language that nobody speaks; words that were made before are not asked."""
    monkeypatch.setattr(words_module, "translations", lambda language: Nobody())
    monkeypatch.setattr(
        ViewInfo, "words", lambda standing, language: Words(language, standing.agreement)
    )


@pytest.fixture(scope="module")
def known(example_view: View) -> re.Pattern[str]:
    """What is in the reader's language without a catalogue: terms, lexicon, names of days and months."""
    texts = {
        *_texts(example_view.agreement),
        *(
            text
            for name in VocabularyName
            for entry in load_vocabulary(name).values()
            for text in (entry.label[LANGUAGE], entry.definition[LANGUAGE])
        ),
        *get_month_names("wide", locale="fr").values(),
        *get_month_names("abbreviated", locale="fr").values(),
        *get_day_names("wide", locale="fr").values(),
        "1er",
    }
    longest = sorted((" ".join(text.split()) for text in texts), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest)), re.IGNORECASE)


def _texts(agreement: Agreement) -> Iterator[str]:
    def walk(value: object) -> Iterator[str]:
        if isinstance(value, Mapping):
            for key, one in value.items():
                if key == LANGUAGE.value and isinstance(one, str):
                    yield one
                else:
                    yield from walk(one)
        elif isinstance(value, list | tuple):
            for one in value:
                yield from walk(one)

    yield from walk(agreement.model_dump(mode="json"))
    for clause in agreement.clauses:
        yield clause.id


def left_over(text: str, known: re.Pattern[str]) -> str:
    """Return the letters of a text that neither the catalogue nor the data of the language explain."""
    while True:
        shorter = re.sub(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", "", text)
        if shorter == text:
            break
        text = shorter
    return "".join(re.findall(r"[^\W\d_]{2,}", NAMES.sub("", known.sub("", text))))


@pytest.mark.usefixtures("untranslated")
def test_no_text_escapes_translation(
    example_place: Settings, screens: Mapping[str, str], known: re.Pattern[str]
) -> None:
    """Every word of every page comes from the catalogues, the lexicon or the terms."""
    escaped = {}
    with reader(example_place) as client:
        for name, path in screens.items():
            answer = client.get(
                path, params={"lang": LANGUAGE.value}, headers={"accept": "text/html"}
            )
            assert answer.status_code == 200, name
            page = Spoken()
            page.feed(answer.text)
            page.end()
            left = [text for text in page.found if left_over(text, known)]
            if left:
                escaped[name] = left[:10]
    assert escaped == {}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("⟦Reported ⟦moment⟧.⟧", ""),
        ("Shelling ⟦hit:⟧", "Shelling"),
        ("4 mars 2016 – 12 ⟦incidents⟧", ""),
        ("Show all", "Showall"),
    ],
)
def test_what_is_left_over_is_found(text: str, left: str) -> None:
    """The test of the pages can fail."""
    assert left_over(text, re.compile("mars")) == left
