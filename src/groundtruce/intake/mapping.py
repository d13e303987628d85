"""Mapping files: how a foreign table becomes reports, as a document, so that a new source needs no code.

* A document says for each field of our table which column, text or code it comes from.
* Codes are compared without regard to case and outer blanks; a value that the mapping does not know
  rejects its row, unless `otherwise` says what it stands for.
* Times name their zone; where none is known a day stretches over all zones, which is what is known.

The reference is `docs/reference/mapping.md`.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import polars as pl
from pydantic import AfterValidator, Field, model_validator

from groundtruce.model.document import Shape, WrongValueError, parse_document
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import COUNTS, REPORTS, Table

__all__ = [
    "ColumnRule",
    "Each",
    "Mapping",
    "Record",
    "RowCondition",
    "TimeRule",
    "TimeZoneRule",
    "load_mapping",
    "load_packaged_mappings",
]

Unit = Literal["minute", "hour", "day", "month", "year"]


def check_pattern(pattern: str) -> str:
    """Return a regular expression that compiles in the engine that will use it, or raise ValueError."""
    try:
        pl.Series([""]).str.extract_groups(pattern)
    except pl.exceptions.PolarsError as error:
        raise WrongValueError(
            Phrase("{pattern} is no regular expression", pattern=pattern)
        ) from error
    return pattern


def check_time_zone(name: str) -> str:
    """Return `anywhere` or the name of an IANA time zone, or raise ValueError."""
    if name != "anywhere":
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise WrongValueError(Phrase("{name} is no IANA time zone", name=name)) from None
    return name


ZoneName = Annotated[str, AfterValidator(check_time_zone)]


class RowCondition(Shape):
    """True where the column holds one of the values (`is`) or none of them (`is_not`)."""

    column: str
    among: tuple[str, ...] | None = Field(default=None, alias="is")
    not_among: tuple[str, ...] | None = Field(default=None, alias="is_not")


class ColumnRule(Shape):
    """Where one field comes from: exactly one of `column`, `value`, `text`, `first` and `join`."""

    column: str | None = None
    value: str | None = None
    text: str | None = None
    first: tuple["ColumnRule", ...] | None = None
    join: tuple["ColumnRule", ...] | None = None

    codes: dict[str, str | None] | None = None
    otherwise: str | None = None
    keep_otherwise: bool = False
    pattern: Annotated[str, AfterValidator(check_pattern)] | None = None
    scale: float | None = None
    separator: str | None = None
    only_if: RowCondition | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> "ColumnRule":
        origins = (self.column, self.value, self.text, self.first, self.join)
        if sum(origin is not None for origin in origins) != 1:
            raise WrongValueError(Phrase("name exactly one of column, value, text, first, join"))
        return self

    def columns(self) -> Iterator[str]:
        """Yield the columns that the rule reads."""
        if self.column is not None:
            yield self.column
        if self.text is not None:
            yield from split_columns(self.text)
        if self.only_if is not None:
            yield self.only_if.column
        for rule in (*(self.first or ()), *(self.join or ())):
            yield from rule.columns()


class TimeZoneRule(Shape):
    """The time zone of a row by the value of a column; `anywhere` where none is known."""

    column: str
    zones: dict[str, ZoneName]
    otherwise: ZoneName = "anywhere"


class TimeRule(Shape):
    """One way to read the time; of several the first that can be read is taken.

    `unit` is what a bare value spans: a date spans its local day. `starts_before_days` widens the
    start, for bulletins that count the hours before their date.
    """

    start: str | None = Field(default=None, alias="from")
    end: str | None = Field(default=None, alias="to")
    formats: Annotated[tuple[str, ...], Field(min_length=1)]
    unit: Unit
    zone: ZoneName | TimeZoneRule | None = None
    precision: ColumnRule | None = None
    starts_before_days: int = 0
    only_if: RowCondition | None = None

    def columns(self) -> Iterator[str]:
        """Yield the columns that the rule reads."""
        for text in (self.start, self.end):
            if text is not None:
                yield from split_columns(text)
        if isinstance(self.zone, TimeZoneRule):
            yield self.zone.column
        if self.precision is not None:
            yield from self.precision.columns()
        if self.only_if is not None:
            yield self.only_if.column


class Each(Shape):
    """One record for each part of a cell, as `Aleppo:5;Daraa:2`; named groups become columns."""

    column: str
    separator: str
    pattern: Annotated[str, AfterValidator(check_pattern)]


class Record(Shape):
    """What one row of the foreign table becomes."""

    when: RowCondition | None = None
    each: Each | None = None
    time: tuple[TimeRule, ...] = ()
    reported_at: TimeRule | None = None
    fields: dict[str, ColumnRule]

    def columns(self) -> Iterator[str]:
        """Yield the columns of the foreign table that the record reads."""
        made = () if self.each is None else list_groups(self.each.pattern)
        rules = (
            *self.fields.values(),
            *self.time,
            *((self.reported_at,) if self.reported_at else ()),
        )
        for rule in rules:
            yield from (name for name in rule.columns() if name not in made)
        if self.when is not None:
            yield self.when.column
        if self.each is not None:
            yield self.each.column


class MappingHead(Shape):
    """Who made the source and under which terms; `recognise` lists columns that give it away."""

    id: str
    title: str
    version: int
    table: Literal["report", "count"] = "report"
    attribution: str
    licence: str
    recognise: tuple[str, ...] = ()


class FileRule(Shape):
    """How the file is written.

    `nothing` are texts that stand for an empty cell; `optional` are columns that may be absent.
    """

    encodings: tuple[str, ...] = ("utf-8",)
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    nothing: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


class Mapping(Shape):
    """A whole mapping document."""

    mapping: MappingHead
    read: FileRule = FileRule()
    zone: ZoneName | TimeZoneRule = "anywhere"
    records: Annotated[tuple[Record, ...], Field(min_length=1)]

    @property
    def table(self) -> Table:
        """The table that it fills."""
        return COUNTS if self.mapping.table == "count" else REPORTS

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the foreign table that the mapping reads."""
        zone = {self.zone.column} if isinstance(self.zone, TimeZoneRule) else set()
        return frozenset(zone.union(*(record.columns() for record in self.records)))

    @model_validator(mode="after")
    def _check_fields(self) -> "Mapping":
        known = set(self.table.names) | {"part"}
        for record in self.records:
            if unknown := set(record.fields) - known:
                raise WrongValueError(
                    Phrase(
                        "the {name} table has no column {column}",
                        name=self.table.name,
                        column=", ".join(sorted(unknown)),
                    )
                )
        return self


def split_columns(text: str) -> list[str]:
    """Return the column names in the braces of a text rule."""
    return [part.split("}")[0] for part in text.split("{")[1:]]


def list_groups(pattern: str) -> list[str]:
    """Return the named groups of a pattern."""
    return [part.split(">")[0] for part in pattern.split("(?P<")[1:]]


def load_mapping(name: str) -> Mapping:
    """Load a mapping by the name of a packaged one or the path of a file.

    Raises GroundtruceError: `document.mapping_unknown`, `document.syntax`, `document.field`.
    """
    if name in (known := load_packaged_mappings()):
        return known[name]
    unknown = GroundtruceError(
        Problem.MAPPING_UNKNOWN, name=repr(name[:200]), known=", ".join(sorted(known))
    )
    path = Path(name)
    try:
        if not path.is_file():
            raise unknown
        content = path.read_bytes()
    except PermissionError as error:
        raise GroundtruceError(
            Problem.FILE_UNREADABLE, file=name, cause=Phrase("permission denied")
        ) from error
    except OSError as error:
        raise unknown from error
    return parse_document(name, content, Mapping)


@cache
def load_packaged_mappings() -> dict[str, Mapping]:
    """Return the mappings that ship with the program, by name."""
    folder = files("groundtruce.intake") / "mappings"
    paths = sorted((path for path in folder.iterdir()), key=lambda path: path.name)
    return {
        path.name.removesuffix(".yaml"): parse_document(path.name, path.read_bytes(), Mapping)
        for path in paths
        if path.name.endswith(".yaml")
    }
