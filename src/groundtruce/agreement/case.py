"""Cases: what an agreement must answer, as data beside it; a case is a fact and the expected verdicts."""

from dataclasses import dataclass
from datetime import datetime

from groundtruce.model.code import Verdict
from groundtruce.model.document import Shape, parse_document
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import INCIDENTS

__all__ = ["Case", "Expected", "parse_cases"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The verdict on a clause; `reason`, where given, must be among the codes."""

    clause_id: str
    verdict: Verdict
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`facts` are fields of the incident table, as text."""

    id: str
    title: str
    facts: dict[str, str]
    expected: tuple[Expected, ...]


class _Expected(Shape):
    verdict: Verdict
    reason: str | None = None


class _Case(Shape):
    id: str
    title: str
    facts: dict[str, str | int | float | datetime]
    expect: dict[str, _Expected]


class _Cases(Shape):
    cases: tuple[_Case, ...]


def parse_cases(name: str, content: bytes) -> tuple[Case, ...]:
    """Return the cases of a document; raises GroundtruceError `document.*`."""
    document = parse_document(name, content, _Cases)
    for case in document.cases:
        if unknown := set(case.facts) - set(INCIDENTS.names):
            raise GroundtruceError(
                Problem.DOCUMENT_FIELD,
                file=name,
                where=f"case {case.id}",
                cause=f"the incident table has no column {', '.join(sorted(unknown))}",
            )
    return tuple(
        Case(
            id=case.id,
            title=case.title,
            facts={name: _text(value) for name, value in case.facts.items()},
            expected=tuple(
                Expected(clause_id=clause, verdict=one.verdict, reason=one.reason)
                for clause, one in case.expect.items()
            ),
        )
        for case in document.cases
    )


def _text(value: str | float | datetime) -> str:
    """Write a YAML value as a field of a table; a time keeps the offset, or the lack of one."""
    return value.isoformat() if isinstance(value, datetime) else str(value)
