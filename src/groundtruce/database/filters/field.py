"""The keys of filters: the one declared table of what incidents can be narrowed by.

* One key, one meaning, everywhere: in addresses, in the API, in sentences and in SQL.
* What is certain is chosen: a day, a place or a number of killed counts only where the whole stated range lies within;
  `touches` asks for what may have happened on a day.
* The value `unknown` chooses what no source says.

>>> FILTERS["kind"].sentence.format(value="Shelling")
'what happened is Shelling'
"""

from dataclasses import dataclass
from enum import Enum

from groundtruce.model.code import Verdict
from groundtruce.model.message import translatable as _
from groundtruce.model.vocabulary import VocabularyName

__all__ = [
    "ANY",
    "CONTRADICTIONS",
    "FILTERS",
    "NOT_ASSESSED",
    "UNKNOWN",
    "VERDICTS",
    "Filter",
    "FilterContent",
]

UNKNOWN = "unknown"
"""Chooses what has no value; no vocabulary has a code of this name."""

ANY = "any"
"""Chooses a contradiction in whatever field."""

NOT_ASSESSED = "none"
"""Stands for the verdict where no clause is assessed by incidents."""

VERDICTS = (*(verdict.value for verdict in Verdict), NOT_ASSESSED)

CONTRADICTIONS = (
    "kind",
    "weapon",
    "target",
    "occurred",
    "place",
    "actor",
    "killed",
    "injured",
)
"""The fields on which reports can disagree, as `fusion.incident` names them."""


class FilterContent(Enum):
    """What the values of a filter look like; the value of a member says it to people."""

    CODE = _("a code of the lexicon, or unknown")
    NAME = _("a name of at most 400 characters, or unknown")
    VERDICT = _("breach, not_determinable, exempt, no_breach or none")
    DAY = _("a day from 1989 to 2099, as 2016-03-04")
    BOX = _("four degrees: west,south,east,north, as 36.8,36,37.4,36.5")
    TEXT = _("words of at most 200 characters in all")
    YES_NO = _("yes or no")
    REASON = _("a reason as the tables write it, as missing(actor)")
    FIELD = _("a field on which reports can disagree, as kind or occurred, or any")
    WHOLE_NUMBER = _("a whole number from 0 to 10,000,000")
    INCIDENT = _("identifiers of incidents, as I-abcdefghijkl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One key of an address; `column` is what it looks at, `sentence` what it says with its value filled in."""

    key: str
    column: str
    content: FilterContent
    label: str
    sentence: str
    meaning: str
    example: str
    vocabulary: VocabularyName | None = None
    many: bool = False
    """Whether several values may be given, of which any will do."""


def _coded(name: VocabularyName, label: str, sentence: str, example: str) -> Filter:
    return Filter(
        key=name.value,
        column=name.value,
        content=FilterContent.CODE,
        label=label,
        sentence=sentence,
        meaning="a parent code covers all below it",
        example=example,
        vocabulary=name,
        many=True,
    )


def _named(key: str, column: str, label: str, sentence: str, meaning: str) -> Filter:
    return Filter(
        key=key,
        column=column,
        content=FilterContent.NAME,
        label=label,
        sentence=sentence,
        meaning=meaning,
        example={"source": "SOHR", "clause": "A7a"}.get(key, "russian_federation"),
        many=True,
    )


def _dated(key: str, column: str, label: str, sentence: str, meaning: str) -> Filter:
    return Filter(
        key=key,
        column=column,
        content=FilterContent.DAY,
        label=label,
        sentence=sentence,
        meaning=meaning,
        example="2016-03-04",
    )


def _asked(key: str, column: str, label: str, sentence: str, meaning: str) -> Filter:
    return Filter(
        key=key,
        column=column,
        content=FilterContent.YES_NO,
        label=label,
        sentence=sentence,
        meaning=meaning,
        example="yes",
    )


_TABLE = (
    _coded(VocabularyName.KIND, _("What happened"), _("what happened is {value}"), "fire.shelling"),
    _coded(VocabularyName.WEAPON, _("Weapon"), _("the weapon is {value}"), "mortar"),
    _coded(VocabularyName.TARGET, _("Who was hit"), _("who was hit: {value}"), "civilian"),
    _named(
        "actor",
        "actor_party",
        _("Author"),
        _("said to be done by {value}"),
        "the party said to have done it: its id in the agreement, or the name as told",
    ),
    _named(
        "party",
        "parties",
        _("Party"),
        _("{value} is named in it"),
        "a party named as author or as involved: its id in the agreement, or the name as told",
    ),
    Filter(
        key="verdict",
        column="verdict",
        content=FilterContent.VERDICT,
        label=_("Verdict"),
        sentence=_("the verdict is {value}"),
        meaning="of the incident; with `clause`, of that clause",
        example="breach",
        many=True,
    ),
    _named(
        "clause",
        "clauses",
        _("Clause"),
        _("clause {value} covers it"),
        "incidents whose verdict under the clause is breach, not determinable or exempt; with `verdict`, that one",
    ),
    Filter(
        key="reason",
        column="reasons",
        content=FilterContent.REASON,
        label=_("What stands in the way"),
        sentence=_("it cannot be determined: {value}"),
        meaning="incidents that cannot be determined, by a reason of any clause that is open",
        example="missing(actor)",
        many=True,
    ),
    _named(
        "source",
        "sources",
        _("Source"),
        _("{value} reported it"),
        "a source of at least one of its reports",
    ),
    _dated(
        "day__gte",
        "first_day",
        _("From day"),
        _("on or after {value}"),
        "the whole stated time lies on or after this day of the agreement's zone",
    ),
    _dated(
        "day__lte",
        "last_day",
        _("To day"),
        _("on or before {value}"),
        "the whole stated time lies on or before this day",
    ),
    _dated(
        "touches",
        "first_day",
        _("Perhaps on day"),
        _("perhaps on {value}"),
        "the stated time touches this day; an unknown bound may lie anywhere",
    ),
    Filter(
        key="bbox",
        column="lon",
        content=FilterContent.BOX,
        label=_("Part of the map"),
        sentence=_("placed within {value}"),
        meaning="its point lies within: west,south,east,north; west beyond east crosses the antimeridian",
        example="36.8,36,37.4,36.5",
    ),
    Filter(
        key="q",
        column="text",
        content=FilterContent.TEXT,
        label=_("Words"),
        sentence=_("its reports contain “{value}”"),
        meaning="all these words stand in its place name, the texts of its reports or its identifier; "
        "the last one may be a beginning",
        example="market",
    ),
    _asked(
        "corroborated",
        "n_independent",
        _("Corroborated"),
        _("told by two independent sources or more: {value}"),
        "whether two independent groups of sources or more tell of it",
    ),
    Filter(
        key="contradiction",
        column="contradictions",
        content=FilterContent.FIELD,
        label=_("Contradiction"),
        sentence=_("reports disagree on {value}"),
        meaning="a field on which its reports disagree beyond their precision, or any",
        example="kind",
        many=True,
    ),
    _asked(
        "placed",
        "place_known",
        _("Place known"),
        _("its place is known: {value}"),
        "whether it has coordinates",
    ),
    Filter(
        key="killed__gte",
        column="killed_low",
        content=FilterContent.WHOLE_NUMBER,
        label=_("Killed, at least"),
        sentence=_("at least {value} killed, by the lowest figure"),
        meaning="by the lowest figure of its sources; an unknown figure is not chosen",
        example="10",
    ),
    Filter(
        key="incident",
        column="incident_id",
        content=FilterContent.INCIDENT,
        label=_("Incident"),
        sentence=_("one of {value}"),
        meaning="these incidents only",
        example="I-abcdefghijkl",
        many=True,
    ),
)

FILTERS: dict[str, Filter] = {one.key: one for one in _TABLE}
"""Every filter by its key, in the order in which addresses and sentences name them."""
