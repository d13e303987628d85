"""Problems as pages and documents: in each language whole, with no fragment of another."""

import ast
import re
from collections.abc import Iterator
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import get_type_hints

import pytest
from starlette.types import Scope

import groundtruce
from groundtruce.language.words import translations
from groundtruce.model.code import Language
from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import Details, GroundtruceError, Problem
from groundtruce.web.http.error import ProblemReport, answer_problem

_OTHERS = [Language.FRENCH, Language.ARABIC]
_SOURCES = sorted(Path(groundtruce.__file__).parent.rglob("*.py"))
_ISOLATES = str.maketrans("", "", "\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}")
_GIVEN_AS_IT_IS = {("pip", "install"), ("c", "sp")}
"""Pairs of words that are typed, or name a format, in every language."""

_ROW_SLOTS = {"vocabulary": "kind", "low": 0, "high": 9, "width": 3, "mapping": "viina"}
"""What only problems of rows hold, which no exception carries."""


def _scope(language: Language) -> Scope:
    return {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "path": "/incidents",
        "query_string": f"lang={language.value}".encode(),
        "headers": [(b"accept", b"text/html")],
    }


def _page(error: GroundtruceError, language: Language) -> str:
    """Return the heading and the advice of a page, as a reader sees them."""
    page = bytes(answer_problem(error, _scope(language), page=True).body).decode()
    parts = re.search(r'<h1>(.*?)</h1>\s*<p class="lead">(.*?)</p>', page, re.DOTALL)
    assert parts is not None
    return unescape(" ".join(parts.groups())).translate(_ISOLATES)


def _filled(problem: Problem) -> GroundtruceError:
    """Return a problem with a phrase in each slot of prose, and a number in every other."""
    hints = get_type_hints(Details) | dict.fromkeys(_ROW_SLOTS, str)
    details = {
        name: Phrase("it is no JSON") if hints[name] is Phrase else 17
        for name in problem.value.slots
    }
    return GroundtruceError(problem, **details)  # type: ignore[arg-type]


def _pairs(text: str) -> set[tuple[str, str]]:
    """Return each two plain words in a row, without commands, slots and file names."""
    prose = re.sub(r"`[^`]*`|\{\w+\}|\S*[/._+=]\w\S*|--\w+", " | ", text)
    words = re.findall(r"[a-z']+|[^a-z'\s]+", prose)
    return {
        (one, other)
        for one, other in pairwise(words)
        if one.isalpha() and other.isalpha() and one.islower() and other.islower()
    } - _GIVEN_AS_IT_IS


def _phrases() -> Iterator[tuple[Path, ast.Call]]:
    for path in _SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Phrase":
                yield path, node


_MESSAGES = sorted(
    {
        str(call.args[0].value)
        for _, call in _phrases()
        if call.args and isinstance(call.args[0], ast.Constant)
    }
)


@pytest.mark.parametrize("language", _OTHERS)
@pytest.mark.parametrize("problem", list(Problem), ids=lambda problem: problem.code)
def test_a_page_of_a_problem_is_whole_in_its_language(problem: Problem, language: Language) -> None:
    """Sentence, advice and the phrases in them are translated: no two English words are left in a row."""
    english = _pairs(f"{problem.value.sentence} | {problem.value.advice} | it is no JSON")
    assert not english & _pairs(_page(_filled(problem), language))


@pytest.mark.parametrize("language", _OTHERS)
def test_every_phrase_is_translated(language: Language) -> None:
    """What fills a slot, wherever it is written in the program, has a translation without English in it."""
    translate = translations(language).gettext
    left = {message: sorted(_pairs(message) & _pairs(translate(message))) for message in _MESSAGES}
    assert len(_MESSAGES) > 400
    assert not {message: pairs for message, pairs in left.items() if pairs}


def test_a_phrase_is_written_out_where_it_is_made() -> None:
    """A message that is put together cannot be found, and so not translated."""
    composed = [
        f"{path.name}:{call.lineno}"
        for path, call in _phrases()
        if not call.args or isinstance(call.args[0], ast.JoinedStr | ast.BinOp | ast.Call)
    ]
    assert not composed


def test_no_value_of_a_slot_is_prose() -> None:
    """A value is shown as given in every language, so English written in the program is never one."""
    prose = [
        f"{path.name}:{value.lineno}"
        for path in _SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("Phrase", "GroundtruceError", "quote")
        for value in [
            *(node.args if node.func.id == "quote" else ()),
            *(k.value for k in node.keywords),
        ]
        if any(
            re.search(r"[a-z]{2,} [a-z]{2,}", str(text.value))
            for text in (value.values if isinstance(value, ast.JoinedStr) else [value])
            if isinstance(text, ast.Constant)
        )
    ]
    assert not prose


@pytest.mark.parametrize(
    ("what", "french", "arabic"),
    [
        (Phrase("A new view"), "une nouvelle vue", "عرض جديد"),
        (Phrase("A former view"), "une vue antérieure", "عرض سابق"),
        (
            Phrase("The view of the record state {digest}", digest="0123456789ab"),
            "la vue de l’état du registre 0123456789ab",
            "عرض حالة السجل 0123456789ab",
        ),
    ],
)
def test_a_page_in_preparation_says_what_in_its_language(
    what: Phrase, french: str, arabic: str
) -> None:
    """A reader who waits is told for what, in the language of the page."""
    error = GroundtruceError(Problem.WEB_PREPARING, what=what)
    assert f"En cours de calcul à partir du registre\N{NO-BREAK SPACE}: {french}." in _page(
        error, Language.FRENCH
    )
    assert arabic in _page(error, Language.ARABIC)


def test_a_problem_inside_a_sentence_is_translated_too() -> None:
    """A cause that is another problem is said in the language of the page, without its full stop."""
    inner = GroundtruceError(
        Problem.RECORD_MALFORMED, what=Phrase("A tile"), cause=Phrase("it is no JSON")
    )
    error = GroundtruceError(
        Problem.RECORD_UNAUDITED, origin="a.example", size=3, cause=inner.as_phrase()
    )
    assert error.sentence.endswith("here: A tile is malformed: it is no JSON.")
    page = _page(error, Language.FRENCH)
    assert "une tuile" in page
    assert "ce n’est pas du JSON." in page


def test_a_value_is_shown_as_given_and_set_apart() -> None:
    """A name in the other direction does not turn the sentence around, nor is it taken for markup."""
    error = GroundtruceError(
        Problem.QUERY_BAD_VALUE,
        key=quote("kind"),
        value=quote("<b>{x}"),
        expected=Phrase("yes or no"),
    )
    page = bytes(answer_problem(error, _scope(Language.ARABIC), page=True).body).decode()
    assert "\N{FIRST STRONG ISOLATE}&lt;b&gt;{x}\N{POP DIRECTIONAL ISOLATE}" in page


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("problem", list(Problem), ids=lambda problem: problem.code)
def test_the_document_of_a_problem_is_english_as_a_whole(
    problem: Problem, language: Language
) -> None:
    """A program reads the words of the command line, whatever language a person asked for."""
    error = _filled(problem)
    body = bytes(answer_problem(error, _scope(language), page=False).body)
    document = ProblemReport.model_validate_json(body)
    assert (document.detail, document.advice) == (error.sentence, error.advice)
