"""Conditions: the small boolean grammar in which terms say when a clause holds, and its three-valued reading.

* An atom is a question that an incident answers with yes, no or unknown: `ordered`, `within(belt)`,
  `calibre >= 100 mm`.
* `not`, `and`, `or`, `true`, `false` and parentheses put them together; `and` binds closer than `or`. Nothing else is
  read, so that a condition can neither run code nor take long.
* Unknown decides only where the outcome depends on it (Kleene's strong logic): no and unknown is no, yes or unknown
  is yes.
* One tree serves every engine: `compliance` writes it as a Polars expression and as SQL.

>>> str(parse_condition("ordered and not (tried or within( belt ))"))
'ordered and not (tried or within(belt))'
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import reduce

from groundtruce.model.message import Phrase, quote

__all__ = [
    "All",
    "AnyOf",
    "Atom",
    "Condition",
    "ConditionError",
    "Constant",
    "Not",
    "evaluate",
    "list_atoms",
    "list_occurrences",
    "parse_condition",
]

DEPTH_LIMIT = 32
"""Parentheses and `not` inside each other."""

_TOKEN = re.compile(
    r"\s*(?:(?P<word>[a-z][a-z0-9_.]*)|(?P<number>\d+(?:\.\d+)?)|(?P<sign>>=|<=|!=|[<>=(),]))"
)
_UNIT = Phrase("a unit")

_WORDS = ("and", "or", "not", "true", "false")
_COMPARED = (">=", "<=", "!=", "<", ">", "=")


class ConditionError(ValueError):
    """A condition that cannot be read: where, why, and what may have been meant."""

    def __init__(self, column: int, cause: Phrase) -> None:
        """Take the column, from 1, and the cause."""
        self.column, self.cause = column, cause
        super().__init__(f"column {column}: {cause}")


@dataclass(frozen=True, slots=True)
class Atom:
    """A question: a name alone, with arguments, or compared with a quantity that names its unit."""

    name: str
    arguments: tuple[str, ...] = ()
    comparison: str | None = None
    """A sign; the arguments are then the number and its unit."""

    def __str__(self) -> str:
        """Return the one spelling."""
        if self.comparison is not None:
            return f"{self.name} {self.comparison} {' '.join(self.arguments)}"
        return f"{self.name}({', '.join(self.arguments)})" if self.arguments else self.name


@dataclass(frozen=True, slots=True)
class Constant:
    """What holds always, or never."""

    value: bool

    def __str__(self) -> str:
        """Return `true` or `false`."""
        return "true" if self.value else "false"


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    part: "Condition"

    def __str__(self) -> str:
        """Return the one spelling."""
        return f"not {_inside(self.part, (All, AnyOf))}"


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple["Condition", ...]

    def __str__(self) -> str:
        """Return the one spelling."""
        return " and ".join(_inside(part, (AnyOf,)) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One part holds, or several."""

    parts: tuple["Condition", ...]

    def __str__(self) -> str:
        """Return the one spelling."""
        return " or ".join(map(str, self.parts))


Condition = Atom | Constant | Not | All | AnyOf


def parse_condition(text: str) -> Condition:
    """Read a condition; raises ConditionError."""
    reading = _Reading(text)
    condition = reading.alternatives(0)
    if reading.kind:
        raise reading.wrong(Phrase("{token} does not follow", token=reading.here))
    return condition


def list_atoms(condition: Condition) -> tuple[Atom, ...]:
    """Return the atoms in the order in which they stand, each once."""
    return tuple(dict.fromkeys(_atoms(condition)))


def list_occurrences(condition: Condition) -> tuple[Atom, ...]:
    """Return the atoms in the order in which they stand, as often as they stand there."""
    return tuple(_atoms(condition))


def evaluate(condition: Condition, known: Mapping[Atom, bool]) -> bool | None:
    """Return yes, no, or None for unknown; atoms that are not in `known` are unknown."""
    match condition:
        case Atom():
            return known.get(condition)
        case Constant(value):
            return value
        case Not(part):
            inner = evaluate(part, known)
            return None if inner is None else not inner
        case All(parts):
            return _decide([evaluate(part, known) for part in parts], by=False)
        case AnyOf(parts):
            return _decide([evaluate(part, known) for part in parts], by=True)


def _decide(values: list[bool | None], *, by: bool) -> bool | None:
    """Return the value that one of them decides, else unknown if one is unknown, else the contrary."""
    if by in values:
        return by
    return None if None in values else not by


def _atoms(condition: Condition) -> Iterator[Atom]:
    match condition:
        case Atom():
            yield condition
        case Not(part):
            yield from _atoms(part)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from _atoms(part)
        case Constant():
            return


def _inside(part: Condition, bracketed: tuple[type, ...]) -> str:
    return f"({part})" if isinstance(part, bracketed) else str(part)


class _Reading:
    """The text of a condition and how far it is read: one token ahead."""

    def __init__(self, text: str) -> None:
        self._text, self._end = text, 0
        self.kind, self.token, self._start = "", "", 0
        self.go_on()

    def go_on(self) -> None:
        """Read the next token; at the end, `kind` is empty."""
        rest = self._text[self._end :]
        self._start = self._end + len(rest) - len(rest.lstrip())
        match = _TOKEN.match(self._text, self._end)
        if match is None:
            self.kind, self.token = "", ""
            if rest.strip():
                raise self.wrong(
                    Phrase("{sign} is no part of a condition", sign=repr(rest.strip()[0]))
                )
            return
        self._end = match.end()
        self.kind = match.lastgroup or ""
        self.token = match[self.kind]

    @property
    def here(self) -> Phrase:
        """The token at hand, as an error names it."""
        return quote(self.token) if self.kind else Phrase("the end")

    def wrong(self, cause: Phrase) -> ConditionError:
        """Return the error for the token at hand."""
        return ConditionError(self._start + 1, cause)

    def alternatives(self, depth: int) -> Condition:
        """Read what stands with `or`."""
        parts = [self._conjunction(depth)]
        while self.token == "or":
            self.go_on()
            parts.append(self._conjunction(depth))
        return _flat(AnyOf, parts)

    def _conjunction(self, depth: int) -> Condition:
        parts = [self._contrary(depth)]
        while self.token == "and":
            self.go_on()
            parts.append(self._contrary(depth))
        return _flat(All, parts)

    def _contrary(self, depth: int) -> Condition:
        if depth > DEPTH_LIMIT:
            raise self.wrong(Phrase("it is nested more than {limit} deep", limit=DEPTH_LIMIT))
        if self.token == "not":
            self.go_on()
            return Not(self._contrary(depth + 1))
        if self.token == "(":
            self.go_on()
            inner = self.alternatives(depth + 1)
            self._expect(")")
            return inner
        if self.kind != "word" or self.token in ("and", "or"):
            raise self.wrong(Phrase("a question is missing before {token}", token=self.here))
        name = self.token
        self.go_on()
        if name in ("true", "false"):
            return Constant(name == "true")
        return self._atom(name)

    def _atom(self, name: str) -> Atom:
        if self.token in _COMPARED:
            sign = self.token
            self.go_on()
            number = self._take("number", Phrase("a number"))
            return Atom(name, (number, self._take("word", _UNIT)), sign)
        if self.token != "(":
            self._check_follows(name)
            return Atom(name)
        arguments: list[str] = []
        while not arguments or self.token == ",":
            self.go_on()
            arguments.append(self._argument())
        self._expect(")")
        return Atom(name, tuple(arguments))

    def _argument(self) -> str:
        if self.kind == "number":
            number = self._take("number", Phrase("a number"))
            return f"{number} {self._take('word', _UNIT)}"
        return self._take("word", Phrase("a name or a quantity"))

    def _take(self, kind: str, what: Phrase) -> str:
        if self.kind != kind or self.token in _WORDS:
            raise self.wrong(Phrase("{what} is missing before {token}", what=what, token=self.here))
        token = self.token
        self.go_on()
        return token

    def _expect(self, sign: str) -> None:
        if self.token != sign:
            raise self.wrong(Phrase("{sign} is missing before {token}", sign=sign, token=self.here))
        self.go_on()

    def _check_follows(self, name: str) -> None:
        """Say what was meant where two words stand side by side, as in `a adn b`."""
        if self.kind == "word" and self.token not in ("and", "or"):
            close = get_close_matches(self.token, ("and", "or"), n=1, cutoff=0.5)
            if close:
                raise self.wrong(
                    Phrase(
                        "and, or, or the end is missing after {name}; was {word} meant?",
                        name=name,
                        word=close[0],
                    )
                )
            raise self.wrong(Phrase("and, or, or the end is missing after {name}", name=name))


def _flat(kind: type[All] | type[AnyOf], parts: list[Condition]) -> Condition:
    """Return one part as it is; what is nested in the same kind becomes one list."""
    if len(parts) == 1:
        return parts[0]

    def joined(flattened: tuple[Condition, ...], part: Condition) -> tuple[Condition, ...]:
        return (*flattened, *(part.parts if isinstance(part, kind) else (part,)))

    return kind(reduce(joined, parts, ()))
