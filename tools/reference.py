"""Writes the reference pages that follow from the code: commands, tables, lexicon, problems, filters, Python.

Usage: `.venv/bin/python tools/reference.py` (rewrites), or with `--check` (exit 1 when a page is out of date).
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import typer.main

from groundtruce import interface
from groundtruce.cli.app import app
from groundtruce.database.filters.registry import BY_KEY
from groundtruce.model.code import Language
from groundtruce.model.problem import Problem
from groundtruce.model.table import TABLES, Content
from groundtruce.model.vocabulary import VocabularyName, load_vocabulary

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
_MADE = "<!-- made by tools/reference.py; edit the code, not this page -->\n"


def commands() -> Iterator[str]:
    """Every command with its help, arguments and options."""
    yield "# Commands\n"
    yield (
        "Messages and progress go to standard error, the summary to standard output.\n"
        "Exit status: 0 done; 1 done, some rows quarantined; 2 unusable input or arguments, nothing written.\n"
    )
    yield from _command(typer.main.get_command(app), "groundtruce", top=True)


def _command(command: object, name: str, *, top: bool = False) -> Iterator[str]:
    """Walk the tree of commands; Typer keeps its own copy of Click, whose types are private."""
    children = getattr(command, "commands", {})
    if not top and not children:
        yield f"## {name}\n\n{getattr(command, 'help', '').strip()}\n"
        yield "| Argument or option | Meaning |\n|---|---|"
        for parameter in getattr(command, "params", ()):
            shown = (
                parameter.opts[0]
                if parameter.opts[0].startswith("-")
                else parameter.opts[0].upper()
            )
            yield f"| `{shown}` | {getattr(parameter, 'help', '') or ''} |"
        yield ""
    for child, inner in children.items():
        yield from _command(inner, f"{name} {child}")


def tables() -> Iterator[str]:
    """Every table, column by column."""
    yield "# Tables\n"
    yield (
        "Read and written as `.csv`, `.csv.gz`, `.parquet` or `.jsonl`, by the file's ending.\n"
        "Empty is unknown, never zero. Times are ISO 8601 with an offset; what we write is UTC with a `Z`.\n"
        "Intervals are half-open. Unknown columns of an input are kept and carried along by `intake`.\n"
        "Required columns are marked with *.\n"
    )
    kinds = {
        Content.TEXT: "text",
        Content.CODE: "code",
        Content.IDENTIFIER: "identifier",
        Content.LANGUAGE: "language tag",
        Content.INSTANT: "instant",
        Content.NUMBER: "number",
        Content.WHOLE_NUMBER: "whole number",
    }
    for table in TABLES:
        yield f"## {table.name.capitalize()} table\n\n| Column | Content | Meaning |\n|---|---|---|"
        for column in table.columns:
            content = kinds[column.content]
            if column.vocabulary is not None:
                content = f"[{column.vocabulary.value}](lexicon.md#{column.vocabulary.value})"
            mark = " *" if column.required else ""
            meaning = column.meaning.replace("|", "\\|")
            yield f"| `{column.name}`{mark} | {content} | {meaning} |"
        yield ""


def lexicon() -> Iterator[str]:
    """Every vocabulary in three languages."""
    yield "# Lexicon\n"
    yield "A parent code is a valid, less precise answer. Codes are never re-used with another meaning.\n"
    for name in VocabularyName:
        yield f"## {name.value}\n\n| Code | English | Français | العربية | Definition |\n|---|---|---|---|---|"
        for code, entry in load_vocabulary(name).items():
            labels = " | ".join(entry.label[language] for language in Language)
            yield f"| `{code}` | {labels} | {entry.definition[Language.ENGLISH]} |"
        yield ""


def problems() -> Iterator[str]:
    """Every catalogued problem."""
    yield "# Problems\n"
    yield (
        "Everything that can go wrong, in the words in which it is told.\n"
        "`file` and `document` problems stop a command with exit status 2;\n"
        "a `row` problem sets one row aside, exit status 1.\n"
    )
    yield "| Code | What happened | What to do |\n|---|---|---|"
    for problem in Problem:
        words = problem.value
        cells = (text.replace("|", "\\|") for text in (words.sentence, words.advice))
        yield f"| `{problem.code}` | " + " | ".join(cells) + " |"


def filters() -> Iterator[str]:
    """Every key by which incidents are narrowed."""
    yield "# Filters\n"
    yield (
        "What lists, maps, counts and exports of incidents can be narrowed by: keys of an address, as\n"
        "`/incidents?kind=fire&day__gte=2016-03-04&day__lte=2016-03-04`.\n\n"
        "Several keys narrow: all of them must hold. Several values of a key that is marked with + widen: any of them\n"
        "will do. What is certain is chosen: an incident whose stated time reaches beyond the days asked for is not,\n"
        "and `touches` asks for those that may have happened on a day. The API refuses another key or value with\n"
        "[`query.unknown_key` or `query.bad_value`](problems.md).\n"
    )
    yield "| Key | What | Value | Example | Meaning |\n|---|---|---|---|---|"
    for key, one in BY_KEY.items():
        mark = " +" if one.many else ""
        value = one.form
        if one.vocabulary_name is not None:
            value += f": [{one.vocabulary_name}](lexicon.md#{one.vocabulary_name})"
        yield f"| `{key}`{mark} | {one.label} | {value} | `{one.example}` | {one.meaning} |"
    yield (
        "\nThe value `unknown` of a code or name chooses what no source says.\n"
        "A day's list, `day__gte` and `day__lte` on that day, is that of its daily report."
    )


def python() -> Iterator[str]:
    """Every function and value of `import groundtruce`, with its signature as the code has it."""
    yield "# The Python interface\n"
    yield (
        f"{inspect.cleandoc(interface.__doc__ or '').partition(chr(10))[2].strip()}\n\n"
        "`import groundtruce as gt` loads nothing heavy; each name loads what it needs when it is first used.\n"
        "The [tutorial](../tutorial-python.md) shows it at work.\n"
    )
    written = {
        node.name: node
        for node in ast.parse(inspect.getsource(interface)).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    functions = [name for name in interface.__all__ if name.islower()]
    for name in functions:
        node = written[name]
        assert isinstance(node, ast.FunctionDef)
        yield f"## {name}\n\n```python\n{_signature(node)}\n```\n\n{ast.get_docstring(node)}\n"
    for name in sorted(set(interface.__all__) - set(functions)):
        yield f"## {name}\n\n{inspect.getdoc(getattr(interface, name))}\n"
        value = written.get(name)
        yield from _members(value) if isinstance(value, ast.ClassDef) else ()


def _members(value: ast.ClassDef) -> Iterator[str]:
    """Yield the fields and public methods of a class."""
    for node in value.body:
        if isinstance(node, ast.AnnAssign):
            yield f"* `{ast.unparse(node)}`"
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield f"* `{_signature(node)}`: {ast.get_docstring(node)}"
    yield ""


def _signature(node: ast.FunctionDef) -> str:
    """Return a signature as the code has it; a context manager says what it is."""
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    if any(ast.unparse(decorator) == "contextmanager" for decorator in node.decorator_list):
        returns = returns.replace("Iterator[", "AbstractContextManager[")
    return f"{node.name}({ast.unparse(node.args)}){returns}"


PAGES = {
    "commands": commands,
    "tables": tables,
    "lexicon": lexicon,
    "problems": problems,
    "filters": filters,
    "python": python,
}


def main() -> int:
    """Write or check the pages; returns the exit status."""
    status = 0
    for name, make in PAGES.items():
        path = FOLDER / f"{name}.md"
        text = _MADE + "\n".join(make()).rstrip() + "\n"
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            sys.stderr.write(f"docs/reference/{name}.md is out of date: run tools/reference.py\n")
            status = 1
    return status


if __name__ == "__main__":
    raise SystemExit(main())
