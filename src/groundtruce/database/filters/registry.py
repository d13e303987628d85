"""Every filter there is: what lists, maps, counts and exports of incidents can be narrowed by.

* One key, one meaning, everywhere: in addresses, in the API, in sentences and in SQL.
* The reference, the OpenAPI document and the facets follow from these.

>>> BY_KEY["kind"].sentence.format(value="Shelling")
'what happened is Shelling'
"""

from collections.abc import Mapping

from groundtruce.database.filters.family.code import CodeFilter
from groundtruce.database.filters.family.day import FromDayFilter, PerhapsOnDayFilter, ToDayFilter
from groundtruce.database.filters.family.incident import IncidentFilter
from groundtruce.database.filters.family.member import ContradictionFilter, ReasonFilter
from groundtruce.database.filters.family.name import ActorFilter, PartyFilter, SourceFilter
from groundtruce.database.filters.family.number import KilledFilter
from groundtruce.database.filters.family.part_of_map import BoxFilter
from groundtruce.database.filters.family.text import TextFilter
from groundtruce.database.filters.family.verdict import ClauseFilter, VerdictFilter
from groundtruce.database.filters.family.yes_no import CorroboratedFilter, PlacedFilter
from groundtruce.database.filters.filter import FacetFilter, Filter
from groundtruce.model.message import translatable as _
from groundtruce.model.vocabulary import VocabularyName

__all__ = ["BY_KEY", "FACETS", "FILTERS"]

_KIND = CodeFilter(
    key="kind",
    vocabulary=VocabularyName.KIND,
    label=_("What happened"),
    sentence=_("what happened is {value}"),
    example="fire.shelling",
)
_WEAPON = CodeFilter(
    key="weapon",
    vocabulary=VocabularyName.WEAPON,
    label=_("Weapon"),
    sentence=_("the weapon is {value}"),
    example="mortar",
)
_TARGET = CodeFilter(
    key="target",
    vocabulary=VocabularyName.TARGET,
    label=_("Who was hit"),
    sentence=_("who was hit: {value}"),
    example="civilian",
)
_ACTOR = ActorFilter(
    key="actor",
    label=_("Author"),
    sentence=_("said to be done by {value}"),
    meaning="the party said to have done it: its id in the agreement, or the name as told",
)
_PARTY = PartyFilter(
    key="party",
    label=_("Party"),
    sentence=_("{value} is named in it"),
    meaning="a party named as author or as involved: its id in the agreement, or the name as told",
)
_VERDICT = VerdictFilter(
    label=_("Verdict"),
    sentence=_("the verdict is {value}"),
    meaning="of the incident; with `clause`, of that clause",
)
_CLAUSE = ClauseFilter(
    label=_("Clause"),
    sentence=_("clause {value} covers it"),
    meaning="incidents whose verdict under the clause is breach, not determinable or exempt; "
    "with `verdict`, that one",
)
_REASON = ReasonFilter(
    label=_("What stands in the way"),
    sentence=_("it cannot be determined: {value}"),
    meaning="incidents that cannot be determined, by a reason of any clause that is open",
)
_SOURCE = SourceFilter(
    key="source",
    label=_("Source"),
    sentence=_("{value} reported it"),
    meaning="a source of at least one of its reports",
)
_FROM_DAY = FromDayFilter(
    key="day__gte",
    label=_("From day"),
    sentence=_("on or after {value}"),
    meaning="the whole stated time lies on or after this day of the agreement's zone",
)
_TO_DAY = ToDayFilter(
    key="day__lte",
    label=_("To day"),
    sentence=_("on or before {value}"),
    meaning="the whole stated time lies on or before this day",
)
_PERHAPS_ON_DAY = PerhapsOnDayFilter(
    key="touches",
    label=_("Perhaps on day"),
    sentence=_("perhaps on {value}"),
    meaning="the stated time touches this day; an unknown bound may lie anywhere",
)
_PART_OF_MAP = BoxFilter(
    key="bbox",
    label=_("Part of the map"),
    sentence=_("placed within {value}"),
    meaning="its point lies within: west,south,east,north; west beyond east crosses the antimeridian",
)
_TEXT = TextFilter(
    key="q",
    label=_("Words"),
    sentence=_("its reports contain “{value}”"),
    meaning="all these words stand in its place name, the texts of its reports or its identifier; "
    "the last one may be a beginning",
)
_CORROBORATED = CorroboratedFilter(
    key="corroborated",
    label=_("Corroborated"),
    sentence=_("told by two independent sources or more: {value}"),
    meaning="whether two independent groups of sources or more tell of it",
)
_CONTRADICTION = ContradictionFilter(
    label=_("Contradiction"),
    sentence=_("reports disagree on {value}"),
    meaning="a field on which its reports disagree beyond their precision, or any",
)
_PLACED = PlacedFilter(
    key="placed",
    label=_("Place known"),
    sentence=_("its place is known: {value}"),
    meaning="whether it has coordinates",
)
_KILLED = KilledFilter(
    key="killed__gte",
    label=_("Killed, at least"),
    sentence=_("at least {value} killed, by the lowest figure"),
    meaning="by the lowest figure of its sources; an unknown figure is not chosen",
)
_INCIDENT = IncidentFilter(
    key="incident",
    label=_("Incident"),
    sentence=_("one of {value}"),
    meaning="these incidents only",
)

FILTERS: tuple[Filter, ...] = (
    _KIND,
    _WEAPON,
    _TARGET,
    _ACTOR,
    _PARTY,
    _VERDICT,
    _CLAUSE,
    _REASON,
    _SOURCE,
    _FROM_DAY,
    _TO_DAY,
    _PERHAPS_ON_DAY,
    _PART_OF_MAP,
    _TEXT,
    _CORROBORATED,
    _CONTRADICTION,
    _PLACED,
    _KILLED,
    _INCIDENT,
)
"""In the order in which addresses and sentences name them."""

BY_KEY: Mapping[str, Filter] = {choice.key: choice for choice in FILTERS}

FACETS: tuple[FacetFilter, ...] = (
    _VERDICT,
    _CLAUSE,
    _REASON,
    _KIND,
    _WEAPON,
    _TARGET,
    _ACTOR,
    _PARTY,
    _SOURCE,
    _CONTRADICTION,
    _CORROBORATED,
    _PLACED,
)
"""Those whose values are counted next to a list, in the order in which they are shown there."""
