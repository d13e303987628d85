"""The tables of the database, as data: from the tables of the model, with what makes them quick to ask.

* Instants are whole microseconds since 1970, days ISO 8601; null means unknown.
* `number` is a row's identifier as 60 bits: of an incident those that its id spells, of a report those of the
  incident that it would give its identifier to, so that an identifier that is gone is found by its report.
* `SCHEMA` names all of it: a database of another schema is not read, but filled again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256

import polars as pl

from groundtruce.database.backend.dialect import DIALECTS, Dialect
from groundtruce.model.table import (
    COUNTS,
    DERIVED,
    INCIDENTS,
    REPORTS,
    Content,
    Table,
)

__all__ = [
    "LISTS",
    "SCHEMA",
    "STORED",
    "Kind",
    "Stored",
    "StoredField",
    "create_indexes",
    "create_tables",
]

_FORMAT = 3
"""Raised when rows are made in another way and the tables stay as they are."""

LISTS = ("parties", "sources", "involved", "contradictions")
"""The columns of `incident` that hold a list in its text form; `reasons` joins the texts of reasons as they are."""


class Kind(Enum):
    """What a column of the database holds."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    BYTES = "bytes"

    @property
    def dtype(self) -> pl.DataType:
        """The type of a column of a frame."""
        return {
            Kind.TEXT: pl.String(),
            Kind.WHOLE: pl.Int64(),
            Kind.NUMBER: pl.Float64(),
            Kind.BYTES: pl.Binary(),
        }[self]

    def name_type(self, dialect: Dialect) -> str:
        """Return the name of the type."""
        return {
            Kind.TEXT: dialect.text_type,
            Kind.WHOLE: dialect.whole_type,
            Kind.NUMBER: dialect.number_type,
            Kind.BYTES: dialect.bytes_type,
        }[self]


@dataclass(frozen=True, slots=True)
class StoredField:
    """A column; `required` is never null."""

    name: str
    kind: Kind
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A table with its key, and the indexes that queries rest on."""

    name: str
    fields: tuple[StoredField, ...]
    key: tuple[str, ...]
    indexes: tuple[str, ...] = ()
    """Columns of each index, as SQL writes them."""
    by_key: bool = False
    """Kept in the order of its key, without a hidden number for each row."""

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in their order."""
        return tuple(field.name for field in self.fields)


_KINDS = {
    Content.INSTANT: Kind.WHOLE,
    Content.WHOLE_NUMBER: Kind.WHOLE,
    Content.NUMBER: Kind.NUMBER,
}


def _fields(table: Table) -> tuple[StoredField, ...]:
    return tuple(
        StoredField(column.name, _KINDS.get(column.content, Kind.TEXT), column.required)
        for column in table.columns
    )


def _texts(*names: str, required: bool = False) -> tuple[StoredField, ...]:
    return tuple(StoredField(name, Kind.TEXT, required) for name in names)


_NUMBER = StoredField("number", Kind.WHOLE, required=True)


def _stored(table: Table) -> Stored:
    """Return a derived table: by the number of its incident, or whole in the order of its rows."""
    if table.by_incident:
        return Stored(
            name=table.name,
            fields=(_NUMBER, *_fields(table)),
            key=("number", *table.further_key),
            indexes=table.indexes,
            by_key=True,
        )
    return Stored(
        name=table.name,
        fields=(StoredField("position", Kind.WHOLE, required=True), *_fields(table)),
        key=("position",),
        indexes=table.indexes,
    )


_REPORT = Stored(
    name="report",
    fields=(
        _NUMBER,
        *_fields(REPORTS),
        *_texts("incident_id"),
        StoredField("probability", Kind.NUMBER),
        StoredField("print", Kind.WHOLE, required=True),
    ),
    key=("number",),
    indexes=(
        "report_id",
        "incident_id",
        "source, source_kind",
    ),
)

_INCIDENT = Stored(
    name="incident",
    fields=(
        _NUMBER,
        *_fields(INCIDENTS),
        *_texts("verdict", required=True),
        *_texts("first_day", "last_day", "day"),
        *_texts("kind_family", required=True),
        StoredField("place_known", Kind.WHOLE, required=True),
        *_texts("actor_party", "parties", "sources", "reasons"),
        StoredField("print", Kind.WHOLE, required=True),
    ),
    key=("number",),
    indexes=(
        "incident_id",
        "occurred_from, number",
        "day, verdict",
    ),
)

_TABLES = (
    Stored(
        name="meta",
        fields=(*_texts("key", required=True), *_texts("value")),
        key=("key",),
        by_key=True,
    ),
    _REPORT,
    _INCIDENT,
    *(_stored(table) for table in DERIVED if table.by_incident),
    Stored(
        name="incident_source",
        fields=(_NUMBER, *_texts("incident_id", "source", required=True)),
        key=("source", "number"),
        indexes=("number",),
        by_key=True,
    ),
    Stored(
        name="incident_party",
        fields=(_NUMBER, *_texts("incident_id", "party", required=True)),
        key=("party", "number"),
        indexes=("number",),
        by_key=True,
    ),
    Stored(
        name="entry",
        fields=(
            _NUMBER,
            *_texts("report_id", required=True),
            *_texts("origin"),
            StoredField("sequence", Kind.WHOLE),
            *_texts("statement"),
        ),
        key=("number",),
        indexes=("report_id", "statement"),
    ),
    *(_stored(table) for table in DERIVED if not table.by_incident),
    Stored(
        name="counted",
        fields=_fields(COUNTS),
        key=("count_id",),
        indexes=("day", "source, day"),
        by_key=True,
    ),
    Stored(
        name="redirect",
        fields=(
            _NUMBER,
            *_texts("incident_id", required=True),
            *_texts("redirect_to"),
            *_texts("why", required=True),
        ),
        key=("number",),
        indexes=("incident_id", "redirect_to"),
    ),
    Stored(
        name="packed",
        fields=(
            StoredField("part", Kind.WHOLE, required=True),
            *_texts("digest", required=True),
            StoredField("content", Kind.BYTES, required=True),
        ),
        key=("part",),
    ),
)


STORED = {table.name: table for table in _TABLES}
"""Every table by its name, but for `incident_text`, whose form is the dialect's own."""


def create_tables(dialect: Dialect) -> Iterator[str]:
    """Yield the statements that make the tables."""
    for table in STORED.values():
        columns = [
            f"{field.name} {field.kind.name_type(dialect)}{' NOT NULL' if field.required else ''}"
            for field in table.fields
        ]
        yield dialect.create_table(table.name, columns, table.key, by_key=table.by_key)
    yield dialect.create_text_table()


def create_indexes(dialect: Dialect) -> Iterator[str]:
    """Yield the statements that make the indexes, once the tables are filled."""
    for table in STORED.values():
        yield from dialect.add_key(table.name, table.key)
        for number, columns in enumerate(table.indexes, 1):
            yield f"CREATE INDEX {table.name}_index_{number} ON {table.name} ({columns})"
    yield from dialect.add_text_indexes()


def _digest() -> str:
    """Return the hash of every statement in every dialect."""
    lines = [
        line for dialect in DIALECTS for line in (*create_tables(dialect), *create_indexes(dialect))
    ]
    return sha256("\n".join([str(_FORMAT), *lines]).encode()).hexdigest()


SCHEMA = _digest()
"""Names the tables and how their rows are made."""
