"""The text form of lists and facts in one cell of a table; the only module that knows their separators.

* The members of a list are separated by bars: `a|b`. A fact is `name=value`; facts are a list.
* A mark of the form that occurs inside a member is preceded by a backslash, so every member comes back as it was.
  A backslash before anything else is an ordinary character, as in texts that others wrote.
* A member is never empty: an empty text is an empty list.
"""

import re
from collections.abc import Iterable, Sequence

import polars as pl

__all__ = [
    "BAR",
    "FACTS",
    "escape",
    "escape_column",
    "join_column",
    "join_facts",
    "join_facts_column",
    "join_list",
    "join_lists",
    "split_column",
    "split_facts",
    "split_list",
    "split_raw",
    "split_raw_column",
    "unescape",
]

BAR = "|"
FACTS = {"row": pl.UInt32(), "name": pl.String(), "value": pl.String()}
"""Schema of facts that are taken apart: `row` is the position of the cell."""

_ESCAPE = "\\"
_ESCAPED = re.compile(r"\\([\\|=()])")
_RAW = r"(?:\\[\\|=()]|[^|])+"
_MEMBERS = re.compile(r"(?:\\[\\|=()]|[^|])*")


def escape(text: str, marks: str = BAR) -> str:
    """Return a member as it is written: each backslash and each of the marks is preceded by a backslash."""
    for mark in _ESCAPE + marks:
        text = text.replace(mark, _ESCAPE + mark)
    return text


def unescape(text: str) -> str:
    """Return the member that was written."""
    return _ESCAPED.sub(r"\1", text)


def escape_column(texts: pl.Expr, marks: str = BAR) -> pl.Expr:
    """Return a column of members as `escape` writes them."""
    every = [*(_ESCAPE + marks)]
    return texts.str.replace_many(every, [_ESCAPE + mark for mark in every])


def split_raw(text: str | None) -> list[str]:
    """Return the members of a list as they are written, escapes and all.

    >>> split_raw("a|b\\\\|c")
    ['a', 'b\\\\|c']
    """
    if not text:
        return []
    if _ESCAPE not in text:
        return text.split(BAR)
    members, start = [], 0
    while (match := _MEMBERS.match(text, start)) is not None:
        members.append(match[0])
        start = match.end() + 1
        if start > len(text):
            break
    return members


def split_list(text: str | None) -> tuple[str, ...]:
    """Return the members of a list; none of an empty or missing text.

    >>> split_list("a|b\\\\|c")
    ('a', 'b|c')
    """
    return tuple(map(unescape, split_raw(text)))


def join_list(members: Iterable[str]) -> str | None:
    """Return a list as text; None where it is empty.

    >>> join_list(["a", "b"])
    'a|b'
    """
    return BAR.join(map(escape, members)) or None


def split_column(texts: pl.Expr) -> pl.Expr:
    """Return a column of lists from their texts."""
    unescaped = pl.element().str.replace_all(_ESCAPED.pattern, "$1")
    escaped = _has_escape(texts)
    members = pl.when(escaped).then(texts).str.extract_all(_RAW).list.eval(unescaped)
    return pl.when(escaped).then(members).otherwise(texts.str.split(BAR))


def split_raw_column(texts: pl.Expr) -> pl.Expr:
    """Return a column of lists of members as they are written, escapes and all."""
    escaped = _has_escape(texts)
    members = pl.when(escaped).then(texts).str.extract_all(_RAW)
    return pl.when(escaped).then(members).otherwise(texts.str.split(BAR))


def _has_escape(texts: pl.Expr) -> pl.Expr:
    """Return whether any text of the column has an escape: few do, and a plain split is quicker."""
    return texts.str.contains(_ESCAPE, literal=True).any()


def join_lists(lists: pl.Expr) -> pl.Expr:
    """Return a column of lists as texts."""
    return lists.list.eval(escape_column(pl.element())).list.join(BAR)


def join_column(members: pl.Expr) -> pl.Expr:
    """Return the members of each group as text, in their order."""
    return escape_column(members).str.join(BAR)


def split_facts(texts: pl.Series) -> pl.DataFrame:
    """Return the facts of each cell in their order, as a table of `FACTS`; what has no `=` has no value."""
    stated = (
        pl.DataFrame({"row": pl.int_range(len(texts), dtype=pl.UInt32, eager=True), "fact": texts})
        .drop_nulls("fact")
        .with_columns(fact=pl.col("fact").str.split(BAR))
    )
    if texts.str.contains(_ESCAPE, literal=True).any():
        known = texts.drop_nulls()
        rows = [
            (row, *_fact(fact))
            for row, text in zip(stated["row"], known, strict=True)
            for fact in split_raw(text)
        ]
        return pl.DataFrame(rows, schema=FACTS, orient="row")
    parts = pl.col("fact").str.splitn("=", 2).struct.rename_fields(["name", "value"])
    return stated.explode("fact").select("row", parts).unnest("fact")


def _fact(text: str) -> tuple[str, str | None]:
    """Return name and value of a fact as it is written; the first `=` that is not escaped parts them."""
    match = re.match(r"((?:\\[\\|=()]|[^=])*)(?:=(.*))?", text, re.DOTALL)
    assert match is not None
    name, value = match.groups()
    return unescape(name), None if value is None else unescape(value)


def join_facts(facts: Sequence[tuple[str, str]]) -> str | None:
    """Return facts as text; None where there is none."""
    return BAR.join(f"{escape(name, '|=')}={escape(value)}" for name, value in facts) or None


def join_facts_column(name: pl.Expr, value: pl.Expr) -> pl.Expr:
    """Return the facts of each group as text, in their order."""
    return pl.format("{}={}", escape_column(name, "|="), escape_column(value)).str.join(BAR)
