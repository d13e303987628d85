"""The tables that others rely on, as data: column by column, with meaning, content and limits.

* This is the one place that knows a column; readers, validation, writers and the reference page use it.
* A required column must be there; a required field must be filled.
* Unknown columns of an input are kept and carried along.
* What a step computes from incidents is in `DERIVED`; the digest of the view, the files of the commands, the database,
  the exports of the API and the reference page follow from the declaration here.

The source of the tables is `docs/reference/tables.md`.
"""

from dataclasses import dataclass
from enum import Enum

import polars as pl

from groundtruce.model.instant import INSTANT
from groundtruce.model.message import translatable as _
from groundtruce.model.place import MAX_RADIUS_M
from groundtruce.model.vocabulary import VocabularyName

__all__ = [
    "ASSESSMENTS",
    "COUNTS",
    "DERIVED",
    "ESTIMATES",
    "INCIDENTS",
    "LINKS",
    "OBLIGATIONS",
    "REASONS",
    "REDIRECTS",
    "REPORTS",
    "TABLES",
    "Column",
    "Content",
    "Table",
]


class Content(Enum):
    """What a column holds, with its type in a frame."""

    TEXT = pl.String()
    CODE = pl.String()
    IDENTIFIER = pl.String()
    LANGUAGE = pl.String()
    INSTANT = INSTANT
    NUMBER = pl.Float64()
    WHOLE_NUMBER = pl.Int64()

    def __new__(cls, value: pl.DataType) -> "Content":
        """Keep members of equal type apart: TEXT and CODE are two contents."""
        member = object.__new__(cls)
        member._value_ = len(cls.__members__)
        return member

    def __init__(self, value: pl.DataType) -> None:
        self.dtype = value


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; `low` and `high` bound a number, both included."""

    name: str
    content: Content = Content.TEXT
    meaning: str
    required: bool = False
    vocabulary: VocabularyName | None = None
    low: float = 0
    high: float = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A named table; `key` is the column that identifies a row and orders an output.

    `title`, `meaning` and `indexes` are for tables that are computed from incidents.
    """

    name: str
    """Of one row; also the name of a derived table in the database."""
    file: str
    """Name of a file of it, without its ending, and of its export."""
    key: str
    further_key: tuple[str, ...] = ()
    """Columns that tell rows of one key apart."""
    title: str = ""
    """What its rows are, in the words of the pages; translatable."""
    meaning: str = ""
    """What its rows are, in the description of the API."""
    indexes: tuple[str, ...] = ()
    """Columns of each index of the database, as SQL writes them; `number` is that of the incident."""
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in their order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """The columns that an input must have."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def by_incident(self) -> bool:
        """Whether each row is about one incident; other derived tables are kept whole, in the order of their rows."""
        return self.key == INCIDENTS.key

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Column name to type in a frame."""
        return {column.name: column.content.dtype for column in self.columns}


def _code(name: str, vocabulary: VocabularyName, meaning: str, *, required: bool = False) -> Column:
    return Column(
        name=name,
        content=Content.CODE,
        vocabulary=vocabulary,
        meaning=meaning,
        required=required,
    )


def _persons(act: str) -> tuple[Column, ...]:
    return tuple(
        Column(
            name=f"{act}_{bound}",
            content=Content.WHOLE_NUMBER,
            meaning=f"persons {act}, {meaning}",
        )
        for bound, meaning in (
            ("low", "lowest figure"),
            ("best", "best figure"),
            ("high", "highest figure"),
        )
    )


_OCCURRED = (
    Column(
        name="occurred_from",
        content=Content.INSTANT,
        meaning="the event lies at or after this instant; empty: the lower bound is unknown",
    ),
    Column(
        name="occurred_to",
        content=Content.INSTANT,
        meaning="the event lies before this instant; empty: the upper bound is unknown",
    ),
)

_PLACE = (
    Column(
        name="lat",
        content=Content.NUMBER,
        meaning="latitude, degrees of WGS 84",
        low=-90,
        high=90,
    ),
    Column(
        name="lon",
        content=Content.NUMBER,
        meaning="longitude, degrees of WGS 84",
        low=-180,
        high=180,
    ),
    Column(
        name="location_radius_m",
        content=Content.NUMBER,
        meaning="the place lies within this many metres of the point, about 95 %",
        high=MAX_RADIUS_M,
    ),
    Column(name="place_name", meaning="the place as reported"),
)

_KIND = _code(
    "kind", VocabularyName.KIND, "what happened; a parent code is less precise", required=True
)
_WEAPON = _code("weapon", VocabularyName.WEAPON, "with which weapon")
_TARGET = _code("target", VocabularyName.TARGET, "who or what was hit")
_ACTOR = Column(name="actor", meaning="the party said to have done it: one name, an allegation")
_INVOLVED = Column(
    name="involved",
    meaning="parties involved, `|`-separated, where the source does not say who did it to whom",
)

_ATTRIBUTES = Column(
    name="attributes",
    meaning="what is said of the facts that an agreement asks for: `name=value`, `|`-separated; "
    "a value is yes, no, a number, or a range as 100..120",
)

REPORTS = Table(
    name="report",
    file="reports",
    key="report_id",
    columns=(
        Column(name="report_id", content=Content.IDENTIFIER, meaning="unique text", required=True),
        Column(name="source", meaning="who reports, a stable name", required=True),
        Column(
            name="source_group",
            meaning="sources that copy each other share a group; default: the source itself",
        ),
        _code("source_kind", VocabularyName.SOURCE_KIND, "what kind of source it is"),
        Column(name="on_behalf_of", meaning="the party for which the source speaks"),
        *_OCCURRED,
        _code(
            "time_precision",
            VocabularyName.TIME_PRECISION,
            "what the source's own wording of the time allows",
        ),
        Column(name="reported_at", content=Content.INSTANT, meaning="when the source reported it"),
        *_PLACE,
        _KIND,
        _WEAPON,
        _TARGET,
        _ACTOR,
        _INVOLVED,
        Column(
            name="count",
            content=Content.WHOLE_NUMBER,
            meaning="how many, in the counting unit of the kind",
        ),
        _code("means", VocabularyName.MEANS, "how the source knows"),
        *_persons("killed"),
        *_persons("injured"),
        Column(name="text", meaning="free text of the source"),
        Column(name="language", content=Content.LANGUAGE, meaning="BCP 47 tag of the text"),
        Column(name="reference", meaning="where it can be looked up"),
        Column(name="licence", meaning="under which terms it may be passed on"),
        _ATTRIBUTES,
    ),
)

LINKS = Table(
    name="link",
    file="links",
    key="report_id",
    columns=(
        Column(name="report_id", content=Content.IDENTIFIER, meaning="the report", required=True),
        Column(
            name="incident_id",
            content=Content.IDENTIFIER,
            meaning="the incident that it is about",
            required=True,
        ),
        Column(
            name="probability",
            content=Content.NUMBER,
            meaning="probability that the link is right",
            high=1,
        ),
    ),
)

REDIRECTS = Table(
    name="redirect",
    file="redirects",
    key="incident_id",
    columns=(
        Column(
            name="incident_id",
            content=Content.IDENTIFIER,
            meaning="an incident that was published and is no longer there",
            required=True,
        ),
        Column(
            name="redirect_to",
            content=Content.IDENTIFIER,
            meaning="the incident that holds most of its reports",
            required=True,
        ),
        Column(
            name="why",
            meaning="`merged` with another incident, `split` into several, or `renamed`: its reports are "
            "together and another one gives the identifier",
            required=True,
        ),
    ),
)

REASONS = Table(
    name="reason",
    file="reasons",
    key="report_id",
    columns=(
        Column(name="report_id", content=Content.IDENTIFIER, meaning="the report", required=True),
        Column(
            name="other_id",
            content=Content.IDENTIFIER,
            meaning="the report of its incident that it agrees with most",
            required=True,
        ),
        Column(
            name="probability",
            content=Content.NUMBER,
            meaning="probability that the two are one event, from this pair alone",
            high=1,
        ),
        *(
            Column(name=name, content=Content.NUMBER, meaning=meaning)
            for name, meaning in (
                ("place", "what the places say, in natural-log odds; negative: against one event"),
                ("time", "what the times say"),
                ("kind", "what the kinds say"),
                ("actor", "what the parties say"),
                ("means", "what weapon and target say"),
                ("killed", "what the numbers of killed say"),
                ("text", "what the words say"),
                ("around", "what was to be expected where reports lie as dense as there"),
            )
        ),
        Column(name="sentence", meaning="the same in one sentence"),
    ),
)

ESTIMATES = Table(
    name="estimate",
    file="estimates",
    key="slice",
    columns=(
        Column(
            name="by", meaning="what is sliced: all, a column of the reports, day, week or month"
        ),
        Column(
            name="slice",
            meaning="the slice; `unknown` where the first report of an incident is silent",
        ),
        Column(name="incidents", content=Content.WHOLE_NUMBER, meaning="incidents as they stand"),
        Column(
            name="low",
            content=Content.WHOLE_NUMBER,
            meaning="the true number is no lower, with 95 %; it need not lie near the number that stands",
        ),
        Column(
            name="high",
            content=Content.WHOLE_NUMBER,
            meaning="the true number is no higher, with 95 %",
        ),
    ),
)

INCIDENTS = Table(
    name="incident",
    file="incidents",
    key="incident_id",
    columns=(
        Column(
            name="incident_id",
            content=Content.IDENTIFIER,
            meaning="derived from its reports alone",
            required=True,
        ),
        _KIND,
        _WEAPON,
        *_OCCURRED,
        *_PLACE,
        _ACTOR,
        Column(
            name="actor_probability",
            content=Content.NUMBER,
            meaning="share of the independent source groups that name an actor and name this one",
            high=1,
        ),
        Column(name="n_reports", content=Content.WHOLE_NUMBER, meaning="reports linked to it"),
        Column(
            name="n_independent",
            content=Content.WHOLE_NUMBER,
            meaning="independent source groups among them",
        ),
        Column(
            name="corroboration_probability",
            content=Content.NUMBER,
            meaning="probability that at least two independent sources report it",
            high=1,
        ),
        *_persons("killed"),
        *_persons("injured"),
        Column(
            name="contradictions",
            meaning="fields on which reports disagree beyond their precision, `|`-separated",
        ),
        Column(name="report_ids", meaning="the reports, `|`-separated"),
        _TARGET,
        _INVOLVED,
        _ATTRIBUTES,
    ),
)

ASSESSMENTS = Table(
    name="assessment",
    file="assessments",
    key="incident_id",
    further_key=("clause_id",),
    title=_("Verdicts by incident and clause"),
    meaning="Verdicts of incidents under clauses, with their reasons",
    indexes=("clause_id, verdict, number",),
    columns=(
        Column(
            name="incident_id", content=Content.IDENTIFIER, meaning="the incident", required=True
        ),
        Column(name="clause_id", meaning="the clause of the agreement", required=True),
        Column(
            name="verdict",
            meaning="breach, no_breach, exempt or not_determinable",
            required=True,
        ),
        Column(name="reasons", meaning="codes with the values that decided, `|`-separated"),
        Column(
            name="agreement_version",
            meaning="identifier and version of the agreement, and the first 12 digits of the hash of its terms",
        ),
        Column(
            name="breach_probability",
            content=Content.NUMBER,
            meaning="where it is not determinable only for an uncertain place or time: how likely it is a breach",
            high=1,
        ),
    ),
)

OBLIGATIONS = Table(
    name="obligation",
    file="obligations",
    key="clause_id",
    title=_("What is due"),
    meaning="Obligations",
    indexes=("clause_id",),
    columns=(
        Column(name="clause_id", meaning="the clause of the agreement", required=True),
        Column(name="obligor", meaning="who must do it"),
        Column(name="due_at", content=Content.INSTANT, meaning="by when"),
        Column(
            name="state",
            meaning="pending, met, breached, overdue, waived or not_determinable",
            required=True,
        ),
        Column(name="quantity_due", content=Content.NUMBER, meaning="how much is due"),
        Column(name="quantity_done", content=Content.NUMBER, meaning="how much was done"),
        Column(name="reasons", meaning="codes with the values that decided, `|`-separated"),
    ),
)

COUNTS = Table(
    name="count",
    file="counts",
    key="count_id",
    columns=(
        Column(name="count_id", content=Content.IDENTIFIER, meaning="unique text", required=True),
        Column(name="source", meaning="who counts, a stable name", required=True),
        _code("source_kind", VocabularyName.SOURCE_KIND, "what kind of source it is"),
        Column(name="on_behalf_of", meaning="the party or guarantor for which the source speaks"),
        Column(
            name="period_from",
            content=Content.INSTANT,
            meaning="the count covers events from here",
        ),
        Column(
            name="period_to",
            content=Content.INSTANT,
            meaning="the count covers events before here",
        ),
        Column(name="day", meaning="the day that the source gives to the count, ISO 8601"),
        Column(name="region", meaning="the region counted; empty: all"),
        Column(
            name="measure", meaning="what was counted, in the source's own terms", required=True
        ),
        Column(
            name="count",
            content=Content.WHOLE_NUMBER,
            meaning="how many; counts of different measures are never added",
            required=True,
        ),
        Column(name="attributed_to", meaning="the party to which the source attributes them"),
        Column(name="remark", meaning="what is doubtful about the figure"),
        Column(name="reference", meaning="where it can be looked up"),
        Column(name="licence", meaning="under which terms it may be passed on"),
    ),
)

DERIVED: tuple[Table, ...] = (ASSESSMENTS, OBLIGATIONS)
"""What is computed from incidents and what else is known; `view/step` gives each of them."""

TABLES: tuple[Table, ...] = (
    REPORTS,
    LINKS,
    REASONS,
    REDIRECTS,
    INCIDENTS,
    ESTIMATES,
    *DERIVED,
    COUNTS,
)
"""Every table, in the order of the reference page."""
