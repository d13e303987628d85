"""The Python interface: what `import groundtruce` offers.

* Tables are Polars frames. Where one is taken, so is any table that exports Arrow, as a pandas DataFrame does.
* Bad rows are set aside with their reasons, never dropped.
* What can go wrong is a `GroundtruceError`, as everywhere: its text says what happened and what to do.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, TypeAlias

import polars as pl

from groundtruce.agreement.document import parse_agreement
from groundtruce.agreement.terms import Agreement
from groundtruce.compliance import assess as assessment
from groundtruce.compliance import explanation
from groundtruce.compliance.explanation import Explanation
from groundtruce.database.backend import open as databases
from groundtruce.database.backend.metadata import read_metadata
from groundtruce.database.backend.protocol import Database
from groundtruce.database.filters.filters import Filters
from groundtruce.database.load.fill import fill
from groundtruce.database.query import situation as situations
from groundtruce.database.query.export import (
    INCIDENT_COLUMNS,
    REPORT_COLUMNS,
    stream_derived,
    stream_incidents,
    stream_reports,
)
from groundtruce.database.query.situation import Situation
from groundtruce.fusion import fuse as fusion
from groundtruce.fusion.method import FusionMethod, parse_method
from groundtruce.intake.library import load_agreement, read_document
from groundtruce.intake.mapping import load_mapping
from groundtruce.intake.quarantine import tabulate_quarantined
from groundtruce.intake.read import ReadTable, read_frame
from groundtruce.intake.read import read_reports as read_report_files
from groundtruce.language.prose import explanation_lines
from groundtruce.language.words import Words
from groundtruce.model.code import Language
from groundtruce.model.message import quote
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import ASSESSMENTS, INCIDENTS, OBLIGATIONS, REPORTS, Column, Table
from groundtruce.node import node as nodes
from groundtruce.node.replay import current_state, replay_view
from groundtruce.record.log.durable import Disk

__all__ = [
    "Agreement",
    "ArrowTable",
    "Explanation",
    "Fused",
    "GroundtruceError",
    "Reports",
    "Situation",
    "View",
    "assess",
    "explain",
    "fuse",
    "open_database",
    "open_node",
    "read_agreement",
    "read_reports",
    "write_explanation",
]


class ArrowTable(Protocol):
    """A table that exports itself by Arrow's C stream interface, as frames of Polars and pandas do."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return a capsule of the stream."""
        ...


PathLike: TypeAlias = str | Path


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reports:
    """Reports that were read: the good rows, and those set aside with reason, remedy and record."""

    rows: pl.DataFrame
    quarantined: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fused:
    """What fusion gives: the incidents, and the incident of each report with the probability of the link."""

    incidents: pl.DataFrame
    links: pl.DataFrame


class View:
    """A computed view that is open for reading, until `close` or the end of its `with` block.

    Filters are keywords by the names of the page "Filters", one value or several:
    `view.incidents(kind="fire", verdict=["breach", "exempt"], day__gte="2016-03-04")`.
    """

    def __init__(self, database: Database, name: str) -> None:
        """Take a database with its name; raises GroundtruceError `database.missing` where it holds no view."""
        metadata = read_metadata(database)
        if "agreement_document" not in metadata:
            raise GroundtruceError(Problem.DATABASE_MISSING, database=name)
        self._database = database
        self.agreement: Agreement = parse_agreement(
            "the agreement of the view", metadata["agreement_document"].encode()
        )

    def incidents(self, **filters: str | date | Iterable[str]) -> pl.DataFrame:
        """Return the incidents that filters choose, each with its verdict and the days of its interval."""
        rows = stream_incidents(self._database, _filters(filters))
        return _frame(INCIDENT_COLUMNS, rows)

    def reports(self, **filters: str | date | Iterable[str]) -> pl.DataFrame:
        """Return the reports of the incidents that filters choose, each with its incident."""
        return _frame(REPORT_COLUMNS, stream_reports(self._database, _filters(filters)))

    def assessments(self, **filters: str | date | Iterable[str]) -> pl.DataFrame:
        """Return the verdict under each clause of the incidents that filters choose."""
        rows = stream_derived(self._database, ASSESSMENTS, _filters(filters))
        return _frame(ASSESSMENTS.columns, rows)

    def obligations(self) -> pl.DataFrame:
        """Return what the agreement asks to be done, and whether it was."""
        return _frame(OBLIGATIONS.columns, stream_derived(self._database, OBLIGATIONS, Filters()))

    def situation(self, day: date | None = None) -> Situation | None:
        """Return what a day comes to, by default the last; None where no incident is dated to a day."""
        return situations.describe_situation(self._database, self.agreement, day)


def read_reports(
    reports: PathLike | Sequence[PathLike] | ArrowTable, *, mapping: str | None = None
) -> Reports:
    """Read reports from one or several files, or from a table in memory.

    A foreign file is recognised by its columns, or read through `mapping`: the name of a packaged mapping or the path
    of one. A table in memory has the columns of the report table. Raises GroundtruceError.
    """
    if isinstance(reports, str | Path):
        reports = [reports]
    if isinstance(reports, Sequence):
        chosen = None if mapping is None else load_mapping(mapping)
        if chosen is not None and chosen.table is not REPORTS:
            raise GroundtruceError(Problem.MAPPING_TABLE, name=chosen.mapping.id)
        read = read_report_files([Path(path) for path in reports], chosen)
    else:
        read = read_frame(REPORTS, pl.DataFrame(reports), "the table")
    return Reports(rows=read.rows, quarantined=tabulate_quarantined(read.quarantined))


def read_agreement(agreement: PathLike) -> Agreement:
    """Read an agreement from its file, or one of the library by its name; raises GroundtruceError."""
    return load_agreement(Path(agreement))


def fuse(reports: Reports | ArrowTable, *, method: PathLike | None = None) -> Fused:
    """Link the reports that describe one event, and merge them into incidents.

    The same reports give the same incidents, in whatever order. `method` is the path of a `method.json` that an
    earlier run wrote; without one, the weights are learned from the reports. Raises GroundtruceError.
    """
    rows = reports.rows if isinstance(reports, Reports) else _checked(REPORTS, reports).rows
    chosen = (
        FusionMethod() if method is None else parse_method(str(method), read_document(Path(method)))
    )
    fused = fusion.fuse(rows, chosen)
    return Fused(incidents=fused.incidents, links=fused.links)


def assess(incidents: ArrowTable, agreement: Agreement) -> pl.DataFrame:
    """Test each incident against each clause, and return the assessment table; raises GroundtruceError."""
    return assessment.assess(_checked(INCIDENTS, incidents).rows, agreement)


def explain(
    incidents: ArrowTable, agreement: Agreement, incident_id: str
) -> tuple[Explanation, ...]:
    """Explain the verdicts on one incident, one explanation for each clause.

    All incidents are given because earlier ones may make an act a reply. Raises GroundtruceError.
    """
    rows = _checked(INCIDENTS, incidents).rows
    if incident_id not in rows["incident_id"]:
        raise GroundtruceError(Problem.INCIDENT_UNKNOWN, id=incident_id, file=INCIDENTS.name)
    return tuple(explanation.explain(rows, agreement, incident_id))


def write_explanation(
    explained: Explanation, agreement: Agreement, language: str = Language.ENGLISH
) -> str:
    """Return an explanation in words, line by line; `language` is en, fr or ar."""
    return "\n".join(explanation_lines(Words(Language(language), agreement), explained))


@contextmanager
def open_database(url: str) -> Iterator[View]:
    """Open the view in a database, `sqlite:///PATH` or `postgresql://…`, for reading; raises GroundtruceError."""
    database = databases.open_database(url)
    try:
        yield View(database, url.partition("?")[0].rpartition("@")[2])
    finally:
        database.close()


@contextmanager
def open_node(folder: PathLike) -> Iterator[View]:
    """Compute the view of a node's record as it is now, and open it for reading; raises GroundtruceError.

    The node is only read. The view is kept in a temporary file until the end of the `with` block.
    """
    node = nodes.open_node(Path(folder), Disk())
    view = replay_view(node, current_state(node))
    with TemporaryDirectory() as temporary:
        url = f"sqlite:///{Path(temporary) / 'view.sqlite'}"
        database = databases.open_database(url)
        try:
            fill(database, view)
            yield View(database, url)
        finally:
            database.close()


def _checked(table: Table, frame: ArrowTable) -> ReadTable:
    """Check a table in memory; raises GroundtruceError for bad rows, as there is nowhere to set them aside."""
    read = read_frame(table, pl.DataFrame(frame), "the table")
    if read.quarantined:
        raise GroundtruceError(
            Problem.FILE_BAD_ROWS,
            count=len(read.quarantined),
            sentence=quote(read.quarantined[0].told),
        )
    return read


def _filters(filters: Mapping[str, str | date | Iterable[str]]) -> Filters:
    """Return filters of keywords; raises GroundtruceError `query.unknown_key`, `query.bad_value`."""
    return Filters.parse(
        (key, value)
        for key, given in filters.items()
        for value in ([str(given)] if isinstance(given, str | date) else given)
    )


def _frame(columns: Sequence[Column], rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    schema = {column.name: column.content.dtype for column in columns}
    return pl.DataFrame(list(rows), schema=schema, orient="row")
