"""The examination of a report: sentence by sentence, does it say what the record gives?

* A page is taken apart into its sentences, headings and cells; a table into its cells; JSON into its values.
* What differs is named with what the record gives instead; what is more or missing is named too.
* A file that only looks different inside, with every sentence the same, is reported as changed all the same.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html.parser import HTMLParser
from io import StringIO

__all__ = ["Difference", "ReportCheck", "check_report"]

_INLINE = frozenset(
    ("a", "abbr", "b", "bdi", "code", "em", "i", "small", "span", "strong", "sub", "sup")
)
"""Elements that do not part one sentence from the next."""
_UNSEEN = frozenset(("style", "script"))


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where the report says something else; None where one of them says nothing."""

    where: str
    said: str | None
    given: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCheck:
    """How many sentences hold, what does not, and whether the file is the very same bytes."""

    holding: int
    differences: tuple[Difference, ...]
    identical: bool


def check_report(name: str, said: bytes, given: bytes) -> ReportCheck:
    """Compare a report's file with the same file made from the record; the ending of `name` decides the form."""
    identical = said == given
    ending = name.rpartition(".")[2]
    parts = {"html": _sentences, "csv": _cells, "json": _values, "geojson": _values}.get(ending)
    if parts is None:
        return ReportCheck(holding=int(identical), differences=(), identical=identical)
    ours = list(parts(said.decode("utf-8", "replace")))
    theirs = list(parts(given.decode("utf-8", "replace")))
    return _compare(ours, theirs, identical=identical)


def _compare(
    said: Sequence[tuple[str, str]], given: Sequence[tuple[str, str]], *, identical: bool
) -> ReportCheck:
    """Compare sentence by sentence, aligned by their longest common runs."""
    holding, differences = 0, []
    matcher = SequenceMatcher(None, said, given, autojunk=False)
    for tag, start, end, given_start, given_end in matcher.get_opcodes():
        if tag == "equal":
            holding += end - start
            continue
        for offset in range(max(end - start, given_end - given_start)):
            here = said[start + offset] if start + offset < end else None
            there = given[given_start + offset] if given_start + offset < given_end else None
            where = (here or there or ("", ""))[0]
            differences.append(
                Difference(where, here[1] if here else None, there[1] if there else None)
            )
    return ReportCheck(holding=holding, differences=tuple(differences), identical=identical)


class _Page(HTMLParser):
    """Collects the texts of a page, block by block, under the heading that they follow."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []
        self._words: list[str] = []
        self._heading = ""
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """End the block before, and look into what a reader would not see."""
        self._unseen += tag in _UNSEEN
        if tag not in _INLINE:
            self.end_block(tag)

    def handle_endtag(self, tag: str) -> None:
        """End a block."""
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        if tag not in _INLINE:
            self.end_block(tag)

    def handle_data(self, data: str) -> None:
        """Add text that is seen."""
        if not self._unseen:
            self._words.append(data)

    def end_block(self, tag: str) -> None:
        text = " ".join("".join(self._words).split())
        self._words = []
        if text:
            if tag in {"h1", "h2", "h3"}:
                self._heading = text
            self.found.append((self._heading, text))


def _sentences(text: str) -> Iterator[tuple[str, str]]:
    """Yield where and what each sentence of a page says."""
    page = _Page()
    page.feed(text)
    page.close()
    page.end_block("html")
    return iter(page.found)


def _cells(text: str) -> Iterator[tuple[str, str]]:
    """Yield where and what each cell of a table says."""
    rows = list(csv.reader(StringIO(text)))
    names = rows[0] if rows else []
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            name = names[column] if column < len(names) else str(column + 1)
            yield f"row {number}, {name}", cell


def _values(text: str) -> Iterator[tuple[str, str]]:
    """Yield where and what each value of a document says."""
    try:
        value = json.loads(text)
    except ValueError:
        yield "", text
        return
    yield from _leaves("", value)


def _leaves(where: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(f"{where}.{name}".lstrip("."), item)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves(f"{where}[{number}]", item)
    else:
        yield where, json.dumps(value, ensure_ascii=False)
