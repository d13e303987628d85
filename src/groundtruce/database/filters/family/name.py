"""Filters by a name: who is said to have done it, who is named in it, who reported it."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from groundtruce.compliance.party import JOINT, split_actors
from groundtruce.compliance.summary import Names
from groundtruce.database.columnar.columns import Columns
from groundtruce.database.filters.facet_value import Facet, add_up, count_values, rank_values
from groundtruce.database.filters.filter import (
    FacetFilter,
    Filter,
    Given,
    Parameters,
    Scope,
    demand_readable,
)
from groundtruce.database.filters.mask import Mask, Masks
from groundtruce.language.words import Words
from groundtruce.model.code import UNKNOWN
from groundtruce.model.coded import Coded
from groundtruce.model.message import translatable as _

__all__ = ["LONGEST_NAME", "ActorFilter", "NameFilter", "PartyFilter", "SourceFilter"]

LONGEST_NAME = 400
"""Characters; joint actors of UCDP GED have 200 and more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameFilter(Filter):
    """Values are names as sources spell them, every space included."""

    form: str = _("a name of at most 400 characters, or unknown")
    many: bool = True

    @property
    def schema(self) -> Mapping[str, object]:
        """A text of limited length."""
        return {"type": "string", "maxLength": LONGEST_NAME}

    def parse(self, text: str) -> str:
        """Return a name as it is given."""
        return demand_readable(text, LONGEST_NAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorFilter(NameFilter, FacetFilter):
    """Who is said to have done it: an author, or one of those who did it together."""

    example: str = "russian_federation"

    def mask(self, scope: Scope, values: tuple[str, ...]) -> Mask:
        """Return which incidents one of the values is said to have done, alone or with others."""
        wanted = tuple(f"{JOINT}{value}{JOINT}" for value in values)

        def holds(actor: str | None) -> bool:
            if actor is None:
                return UNKNOWN in values
            whole = f"{JOINT}{actor}{JOINT}"
            return any(name in whole for name in wanted)

        return scope.columns.actor_party.choose(holds)

    def sql(self, parameters: Parameters, values: tuple[str, ...]) -> str:
        """Return the same: a name is searched between the separators; both dialects know `replace`."""
        whole = f"'{JOINT}' || actor_party || '{JOINT}'"
        parts = [
            f"replace({whole}, {parameters.bind(JOINT + value + JOINT)}, '') <> {whole}"
            for value in values
        ]
        return _or_unknown(parts, "actor_party", values)

    def phrase(self, words: Words, value: str) -> str:
        """Return the name of a party."""
        return _party(words, value)

    def facet(self, masks: Masks, given: Given) -> Facet:
        """Count each author, joint ones one by one."""
        selection = masks.all_but(self.key)
        counts = count_values(selection, selection.columns.actor_party)
        totals = add_up(counts, lambda actor: set(split_actors(actor)) or [UNKNOWN])
        return rank_values(self.key, totals, selection)


@dataclass(frozen=True, slots=True, kw_only=True)
class _MemberFilter(NameFilter, FacetFilter):
    """A column of several names for each incident, which a table of the database lists one by one."""

    @staticmethod
    @abstractmethod
    def column(columns: Columns) -> Coded[Names]:
        """Return the column."""

    def mask(self, scope: Scope, values: tuple[str, ...]) -> Mask:
        """Return which incidents have one of the names."""
        wanted = set(values)

        def holds(names: Names | None) -> bool:
            return UNKNOWN in wanted if names is None else not wanted.isdisjoint(names)

        return self.column(scope.columns).choose(holds)

    def facet(self, masks: Masks, given: Given) -> Facet:
        """Count each name."""
        selection = masks.all_but(self.key)
        counts = count_values(selection, self.column(selection.columns))
        return rank_values(self.key, add_up(counts, lambda names: names or [UNKNOWN]), selection)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyFilter(_MemberFilter):
    """A party named as author or as involved."""

    example: str = "russian_federation"

    @staticmethod
    def column(columns: Columns) -> Coded[Names]:
        """Return the parties of each incident."""
        return columns.parties

    def sql(self, parameters: Parameters, values: tuple[str, ...]) -> str:
        """Return the same, from the table of parties."""
        parts = _among("incident_party", "party", parameters, values)
        return _or_unknown(parts, "parties", values)

    def phrase(self, words: Words, value: str) -> str:
        """Return the name of a party."""
        return _party(words, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFilter(_MemberFilter):
    """A source of one of its reports."""

    example: str = "SOHR"

    @staticmethod
    def column(columns: Columns) -> Coded[Names]:
        """Return the sources of each incident."""
        return columns.sources

    def sql(self, parameters: Parameters, values: tuple[str, ...]) -> str:
        """Return the same, from the table of sources."""
        parts = _among("incident_source", "source", parameters, values)
        return _or_unknown(parts, "sources", values)

    def phrase(self, words: Words, value: str) -> str:
        """Return the name of a source, as it calls itself."""
        return words.say("not known") if value == UNKNOWN else value


def _among(table: str, column: str, parameters: Parameters, names: Iterable[str]) -> list[str]:
    """Return for each name the condition that a table lists it for the incident."""
    return [
        f"incident.number IN (SELECT number FROM {table} WHERE {column} = {parameters.bind(name)})"
        for name in names
    ]


def _or_unknown(parts: list[str], column: str, values: tuple[str, ...]) -> str:
    """Return any of the conditions, or that nothing is known where that is asked for."""
    return " OR ".join([*parts, f"{column} IS NULL"] if UNKNOWN in values else parts)


def _party(words: Words, value: str) -> str:
    return words.say("not known") if value == UNKNOWN else words.party(value)
