"""Cases: what an agreement must answer, as data beside it: a fact, and the verdicts and states that are expected."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from pydantic import Field, model_validator

from groundtruce.agreement.check import find_misplaced_declarations
from groundtruce.agreement.duty import Declaration
from groundtruce.agreement.shape import Instant
from groundtruce.agreement.terms import Agreement
from groundtruce.model.code import ObligationState, Verdict
from groundtruce.model.document import Misplaced, Shape, WrongValueError, parse_document, suggest
from groundtruce.model.instant import format_instant
from groundtruce.model.message import Phrase
from groundtruce.model.table import INCIDENTS
from groundtruce.model.text_form import join_facts

__all__ = ["NOTED", "Case", "Expected", "list_fields", "parse_cases"]

NOTED = ("attacked_before", "associated", "access_denied")
"""What `attributes` may say besides the facts of an agreement."""

_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
"""A time to the minute, which YAML reads as a text."""

Value = bool | int | float | datetime | str
Facts = Mapping[str, Value]


class Expected(Shape):
    """The verdict on a clause, or the state of its duty; `reason`, where given, must be among the reasons."""

    verdict: Verdict | None = None
    state: ObligationState | None = None
    reason: str | None = None
    period: int | None = Field(default=None, ge=1)
    """Which period of a recurring duty; without it, the last one that was due."""

    @model_validator(mode="after")
    def _one_answer(self) -> "Expected":
        if (self.verdict is None) == (self.state is None):
            raise WrongValueError(
                Phrase("an expectation has either a verdict or a state"),
                Phrase("Leave one of them out."),
            )
        return self


class Case(Shape):
    """`facts` are fields of one incident; every other name is a fact of the agreement."""

    id: str
    title: str
    facts: Facts | None = None
    before: tuple[Facts, ...] = ()
    """Earlier incidents, which may make it a reply."""
    declarations: tuple[Declaration, ...] = ()
    as_of: Instant | None = None
    expect: Mapping[str, Expected]

    @model_validator(mode="after")
    def _has_what_is_expected(self) -> "Case":
        for expected in self.expect.values():
            if expected.state is not None and self.as_of is None:
                raise WrongValueError(Phrase("a state is that of a time"), Phrase("Add as_of."))
            if expected.verdict is not None and self.facts is None:
                raise WrongValueError(Phrase("a verdict is on an incident"), Phrase("Add facts."))
        return self


class _Cases(Shape):
    cases: tuple[Case, ...]


def parse_cases(name: str, content: bytes, agreement: Agreement) -> tuple[Case, ...]:
    """Return the cases of a document; raises GroundtruceError `document.*`."""
    zone = {"zone": agreement.zone}
    return parse_document(name, content, _Cases, lambda _: zone, _Check(agreement)).cases


def list_fields(facts: Facts, agreement: Agreement) -> dict[str, str]:
    """Return the fields of an incident as text; facts of the agreement become its attributes."""
    fields = {
        name: _text(value, agreement) for name, value in facts.items() if name in INCIDENTS.names
    }
    noted = [(name, _text(value, agreement)) for name, value in facts.items() if name not in fields]
    attributes = join_facts(noted)
    return fields if attributes is None else {**fields, "attributes": attributes}


class _Check:
    """Every fact and every clause that a case names is known to the agreement."""

    def __init__(self, agreement: Agreement) -> None:
        self._agreement = agreement
        self._clauses = [clause.id for clause in agreement.clauses]
        self._fields = [*INCIDENTS.names, *agreement.facts, *NOTED]

    def __call__(self, value: _Cases) -> Iterator[Misplaced]:
        """Yield names that nothing bears."""
        for number, case in enumerate(value.cases):
            for name in case.facts or {}:
                if name not in self._fields:
                    yield Misplaced(
                        ("cases", number, "facts", name),
                        Phrase(
                            "{name} is neither a field of an incident nor a fact of the agreement",
                            name=name,
                        ),
                        suggest(name, self._fields),
                    )
            yield from find_misplaced_declarations(
                case.declarations, self._agreement, ("cases", number)
            )
            for name in case.expect:
                if name not in self._clauses:
                    yield Misplaced(
                        ("cases", number, "expect", name),
                        Phrase("no clause is called {name}", name=name),
                        suggest(name, self._clauses),
                    )


def _text(value: Value, agreement: Agreement) -> str:
    """Write a YAML value as a field of a table; a time without an offset is local to the agreement."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and _LOCAL.fullmatch(value):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return format_instant(value if value.tzinfo else value.replace(tzinfo=agreement.zone))
    return str(value)
