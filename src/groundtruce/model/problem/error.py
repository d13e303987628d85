"""The exception that stops a command: a problem of the catalogue with its details."""

from collections.abc import Callable
from datetime import date
from typing import TypedDict, Unpack

from groundtruce.model.message import Phrase, Translate, fill_phrase
from groundtruce.model.problem.catalogue import Problem

__all__ = ["Details", "GroundtruceError"]


class Details(TypedDict, total=False):
    """What the slots of the catalogue hold: prose is a phrase, everything else a value shown as given."""

    advice: Phrase
    cause: Phrase
    column: str | int
    columns: str
    count: int | str
    database: str
    day: date
    delegation: str
    delimiter: Phrase
    digest: str
    either: Phrase
    encoding: str
    engine: str
    expected: Phrase
    failed: int
    file: str
    first: date | str
    folder: str
    found: Phrase
    header: str
    id: str
    key: Phrase
    kind: Phrase
    known: str
    last: date | str
    limit: int | str
    line: int
    log: str
    method: str
    name: str
    now: str
    old: int
    one: str
    origin: str
    other: str
    path: str
    peer: str
    reason: str
    reference: str
    remedy: Phrase
    seconds: int | str
    sentence: Phrase
    size: int
    statement: str
    stem: str
    table: str
    url: str
    value: Phrase
    what: Phrase
    where: Phrase
    who: Phrase


class GroundtruceError(Exception):
    """A catalogued problem that stops a command.

    `details` fill the slots of its sentence and advice. It speaks English; `render` puts it into a language.
    """

    def __init__(self, problem: Problem, **details: Unpack[Details]) -> None:
        self.problem = problem
        self.details = details
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """What happened, naming the thing."""
        return self.problem.sentence(self.details)

    @property
    def advice(self) -> str:
        """What to do next."""
        return self.problem.advice(self.details)

    def render(self, translate: Translate, show: Callable[[object], str]) -> tuple[str, str]:
        """Return sentence and advice in a language; `show` writes a value that is no phrase."""
        entry = self.problem.value
        return (
            fill_phrase(entry.sentence, self.details, translate, show),
            fill_phrase(entry.advice, self.details, translate, show),
        )

    def as_phrase(self) -> Phrase:
        """Return the sentence as a part of another one, without its full stop."""
        return _Inserted(self.problem.value.sentence, **self.details)

    def as_json(self) -> dict[str, object]:
        """Return the problem as an object for `--json`."""
        return {
            "code": self.problem.code,
            "sentence": self.sentence,
            "advice": self.advice,
            "exit_status": int(self.problem.exit_status),
        }


class _Inserted(Phrase):
    """A whole sentence inside another."""

    __slots__ = ()

    def __str__(self) -> str:
        """Return it in English."""
        return Phrase.__str__(self).removesuffix(".")

    def render(self, translate: Translate, show: Callable[[object], str]) -> str:
        """Return it in a language."""
        return Phrase.render(self, translate, show).removesuffix(".")
