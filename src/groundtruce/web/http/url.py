"""An address is a state: one declared table of keys, read from a query and written back in one order.

* The filters are declared beside their SQL, in `database.filter`; here stands what a page knows besides.
* A key that is not taken is an error to a program, and to a person a notice: what they look at is not lost.
* An empty value is no value, so that a form without scripts can be sent as it is.

>>> address = Address.read("/incidents", "lang=fr&limit=20&order=newest", LIST)
>>> address.url
'/incidents?order=newest&limit=20&lang=fr'
>>> address.to(limit=None, lang="ar")
'/incidents?order=newest&lang=ar'
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode
from urllib.parse import quote as percent_encode

from groundtruce.database.filters.filters import Filters
from groundtruce.database.filters.registry import BY_KEY
from groundtruce.model.code import Language
from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem

__all__ = [
    "EVERYWHERE",
    "FILTER_KEYS",
    "KEYS",
    "LIST",
    "Address",
    "AddressKey",
    "sort_pairs",
    "write_url",
]

_MOST_FIELDS = 200
_LONGEST_VALUE = 6_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_IN_PATH = "/:@!$&'()*+,;="
"""Characters that a path may hold as they are (RFC 3986, 3.3), the slash between its parts included."""
_READABLE = ",:/|"
"""Characters that a query may hold as they are, so that addresses stay readable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressKey:
    """A key other than the filters; `schema` is its JSON Schema, `expected` says in words what it takes."""

    key: str
    meaning: str
    expected: Phrase
    schema: Mapping[str, object]
    holds: Callable[[str], bool]


def _choice(key: str, meaning: str, choices: Iterable[str]) -> AddressKey:
    """Return a key that takes one of a few words."""
    known = tuple(choices)
    return AddressKey(
        key=key,
        meaning=meaning,
        expected=Phrase("one of {known}", known=", ".join(known)),
        schema={"type": "string", "enum": list(known)},
        holds=known.__contains__,
    )


def _shape(key: str, meaning: str, expected: Phrase, pattern: str) -> AddressKey:
    """Return a key whose whole value matches a pattern."""
    return AddressKey(
        key=key,
        meaning=meaning,
        expected=expected,
        schema={"type": "string", "pattern": f"^{pattern}$"},
        holds=lambda value: re.fullmatch(pattern, value, re.ASCII) is not None,
    )


def _whole(key: str, meaning: str, least: int, most: int) -> AddressKey:
    """Return a key that takes a whole number within bounds."""
    return AddressKey(
        key=key,
        meaning=meaning,
        expected=Phrase("a whole number from {least} to {most}", least=least, most=most),
        schema={"type": "integer", "minimum": least, "maximum": most},
        holds=lambda value: (
            re.fullmatch("[1-9][0-9]{0,5}|0", value, re.ASCII) is not None
            and least <= int(value) <= most
        ),
    )


_AFTER = r"(?:-?[0-9]{1,19}(?:~I-[a-z2-7]{12}(?:~[^\x00-\x1f\x7f]{1,500})?)?)"
"""An entry of a log, an incident in an order, or a report of it, whose identifier may be any text."""

_ID = r"[A-Za-z0-9._:\-]{1,128}"

KEYS: Mapping[str, AddressKey] = {
    address_key.key: address_key
    for address_key in (
        _choice(
            "order", "in which order a list is", ("newest", "oldest", "deadliest", "most_reported")
        ),
        _shape(
            "after",
            "where a list goes on: `next` of the page before",
            Phrase("what the page before gave as `next`"),
            _AFTER,
        ),
        _whole("limit", "rows on a page of a list", 1, 500),
        _choice("step", "how long a step of a timeline is", ("day", "week", "month")),
        _shape(
            "sel", "the incident that is looked at", Phrase("the identifier of an incident"), _ID
        ),
        _shape(
            "was",
            "the former identifier that led here, after a merge",
            Phrase("the identifier of an incident"),
            _ID,
        ),
        _shape(
            "as_of",
            "the record state to look at: its digest, or the first six digits or more",
            Phrase("six to 64 digits of a record state, 0 to 9 and a to f"),
            "[0-9a-f]{6,64}",
        ),
        _choice("lang", "the language", (language.value for language in Language)),
    )
}
"""Every key that is no filter, in the order in which addresses are written."""

EVERYWHERE = frozenset({"lang", "as_of"})
"""What every page takes."""

FILTER_KEYS = frozenset(BY_KEY)
_ORDER = {key: place for place, key in enumerate([*BY_KEY, *KEYS])}
LIST = FILTER_KEYS | {"order", "after", "limit"}
"""What a list of incidents takes besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A path with its filters and keys; `unknown` are the keys that this path does not take, each once."""

    path: str
    filters: Filters
    values: Mapping[str, str]
    takes: frozenset[str]
    unknown: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: str, query: str, takes: Collection[str]) -> "Address":
        """Read a query string; raises GroundtruceError `query.bad_value`."""
        taken = EVERYWHERE | frozenset(takes)
        filters: list[tuple[str, str]] = []
        values: dict[str, str] = {}
        unknown: dict[str, None] = {}
        for key, value in _pairs(query):
            if key not in taken:
                unknown[key] = None
            elif key in FILTER_KEYS:
                filters.append((key, value))
            else:
                declared = KEYS[key]
                if key in values or not declared.holds(value):
                    raise _bad(quote(key), value, declared.expected)
                values[key] = value
        return cls(
            path=path,
            filters=Filters.parse(filters),
            values=values,
            takes=taken,
            unknown=tuple(unknown),
        )

    def only(self, path: str, keys: Collection[str] = EVERYWHERE) -> str:
        """Return another path with those of the present keys that go along: language and record state."""
        return write_url(path, [(key, value) for key, value in self.pairs if key in keys])

    def demand_known(self) -> None:
        """Raise GroundtruceError `query.unknown_key` where a key is not taken."""
        for key in self.unknown:
            known = ", ".join(sorted(self.takes))
            raise GroundtruceError(Problem.QUERY_UNKNOWN_KEY, key=quote(key[:60]), known=known)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The keys with their values in the one order: filters, then the rest."""
        rest = ((key, self.values[key]) for key in KEYS if key in self.values)
        return (*self.filters.pairs(), *rest)

    @property
    def url(self) -> str:
        """The address as it is written: equal states have equal addresses."""
        return write_url(self.path, self.pairs)

    def to(self, path: str | None = None, **changes: str | None) -> str:
        """Return the address with some keys set, or with None left out; `after` never outlives another change."""
        if "after" not in changes:
            changes["after"] = None
        pairs = [(key, value) for key, value in self.pairs if key not in changes]
        pairs += [(key, value) for key, value in changes.items() if value is not None]
        return write_url(path or self.path, sort_pairs(pairs))


def sort_pairs(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return keys and values in the one order of addresses."""
    return sorted(pairs, key=lambda pair: _ORDER[pair[0]])


def write_url(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Return a path, of which every sign stands for itself, with its query."""
    query = urlencode(list(pairs), safe=_READABLE, quote_via=percent_encode)
    spelt = percent_encode(path, safe=_IN_PATH)
    return f"{spelt}?{query}" if query else spelt


def _pairs(query: str) -> list[tuple[str, str]]:
    """Return the keys and values of a query; raises GroundtruceError."""
    try:
        pairs = parse_qsl(query, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise _bad(
            Phrase("the query"),
            query[:60],
            Phrase("at most {most} keys, in UTF-8", most=_MOST_FIELDS),
        ) from error
    for key, value in pairs:
        if _CONTROL.search(key + value) or len(value) > _LONGEST_VALUE:
            raise _bad(
                quote(_CONTROL.sub("�", key)[:60]),
                _CONTROL.sub("�", value)[:60],
                Phrase("at most {most} characters of text", most=_LONGEST_VALUE),
            )
    return pairs


def _bad(key: Phrase, value: str, expected: Phrase) -> GroundtruceError:
    return GroundtruceError(
        Problem.QUERY_BAD_VALUE, key=key, value=quote(value[:60]), expected=expected
    )
