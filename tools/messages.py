"""Extracts every sentence of reports, pages and problems and brings the catalogues of `language/locale` up to date.

Usage: `.venv/bin/python tools/messages.py` (rewrites), or with `--check` (exit 1 when out of date or incomplete).
New sentences appear with an empty translation; sentences that are gone are dropped.
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from groundtruce.model.problem import Problem

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "groundtruce"
LOCALE = SOURCE / "language" / "locale"

PLURALS = {
    "fr": "nplurals=2; plural=(n > 1)",
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5)",
}
"""The forms of CLDR in its order: zero, one, two, few, many, other."""

_METHODS = [("**/templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
_KEYWORDS = {
    "_": None,
    "translatable": None,
    "say": None,
    "say_many": (1, 2),
    "Phrase": None,
}


def extracted() -> Catalog:
    """Return a catalogue of every sentence that the code and the templates use."""
    catalog = Catalog(project="Groundtruce", charset="utf-8")
    options = {"**/templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
    for _, _, message, comments, _ in extract_from_dir(
        SOURCE, _METHODS, options, keywords=_KEYWORDS, comment_tags=()
    ):
        catalog.add(message, None, auto_comments=comments)
    for problem in Problem:
        catalog.add(problem.value.sentence)
        catalog.add(problem.value.advice)
    return catalog


def updated(language: str, template: Catalog) -> bytes:
    """Return the catalogue of a language with the sentences of the template, in their order."""
    path = LOCALE / f"{language}.po"
    known = (
        read_po(io.BytesIO(path.read_bytes()), locale=language)
        if path.exists()
        else Catalog(locale=language)
    )
    fresh = Catalog(locale=language, project="Groundtruce", charset="utf-8", fuzzy=False)
    for message in template:
        if message.id:
            old = known.get(message.id)
            fresh.add(message.id, old.string if old is not None else None)
    buffer = io.BytesIO()
    write_po(buffer, fresh, omit_header=True, width=100)
    header = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n'
    header += '"Content-Type: text/plain; charset=utf-8\\n"\n'
    header += f'"Plural-Forms: {PLURALS[language]};\\n"\n\n'
    return header.encode() + buffer.getvalue().lstrip()


def main() -> int:
    """Update or check the catalogues; returns the exit status."""
    template = extracted()
    status = 0
    for language in PLURALS:
        path = LOCALE / f"{language}.po"
        content = updated(language, template)
        if "--check" in sys.argv:
            if not path.exists() or path.read_bytes() != content:
                sys.stderr.write(f"{path.name} is out of date: run tools/messages.py\n")
                status = 1
        else:
            path.write_bytes(content)
        catalog = read_po(io.BytesIO(content), locale=language)
        missing = [one.id for one in catalog if one.id and not _complete(one.string)]
        if missing:
            sys.stderr.write(f"{path.name}: {len(missing)} sentences without translation\n")
            status = 1
    return status


def _complete(text: object) -> bool:
    return all(text) if isinstance(text, tuple) else bool(text)


if __name__ == "__main__":
    raise SystemExit(main())
