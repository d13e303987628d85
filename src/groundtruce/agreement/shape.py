"""What the parts of an agreement document are made of: texts in three languages, instants, identifiers, conditions.

* A time without an offset is local time of the agreement's zone, which the reader passes as validation context; the
  value is an aware instant in UTC.
* `undetermined` may stand for what a text leaves open; it is a value, never a gap.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, PlainSerializer, ValidationInfo, WithJsonSchema

from groundtruce.agreement.condition import Condition, ConditionError, parse_condition
from groundtruce.model.code import Language
from groundtruce.model.document import Shape, WrongValueError, suggest
from groundtruce.model.message import Phrase
from groundtruce.model.vocabulary import VocabularyName, load_vocabulary

__all__ = [
    "Cite",
    "ClauseId",
    "ConditionText",
    "Id",
    "Instant",
    "KindCode",
    "TargetCode",
    "Texts",
    "Undetermined",
    "read_condition",
]

Undetermined = Literal["undetermined"]

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
ClauseId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Cite = Annotated[str, Field(min_length=1)]


class Texts(Shape):
    """One text in the three languages of the interface; all are needed."""

    en: Annotated[str, Field(min_length=1)]
    fr: Annotated[str, Field(min_length=1)]
    ar: Annotated[str, Field(min_length=1)]

    def __getitem__(self, language: Language) -> str:
        """Return the text in a language."""
        return str(getattr(self, language.value))

    def values(self) -> tuple[str, ...]:
        """Return the texts in all languages."""
        return (self.en, self.fr, self.ar)


def _instant(value: datetime, info: ValidationInfo) -> datetime:
    zone = (info.context or {}).get("zone", UTC)
    assert isinstance(zone, ZoneInfo) or zone is UTC
    local = value if value.tzinfo is not None else value.replace(tzinfo=zone)
    return local.astimezone(UTC)


Instant = Annotated[
    datetime,
    AfterValidator(_instant),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$",
            "description": "a time; without an offset it is local time of the agreement's zone",
        }
    ),
]


def read_condition(text: str) -> Condition:
    """Return the condition of a checked field."""
    return parse_condition(text)


def _condition(text: str) -> str:
    """Return the one spelling of a condition."""
    try:
        return str(parse_condition(text))
    except ConditionError as error:
        cause = Phrase("column {column}: {cause}", column=error.column, cause=error.cause)
        raise WrongValueError(cause) from None


ConditionText = Annotated[
    str,
    AfterValidator(_condition),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "description": "a condition: see the grammar"}),
]


def _code(name: VocabularyName) -> AfterValidator:
    def known(code: str) -> str:
        if code not in load_vocabulary(name):
            raise WrongValueError(
                Phrase("{code} is not in the vocabulary {name}", code=code, name=name.value),
                suggest(code, list(load_vocabulary(name))),
            )
        return code

    return AfterValidator(known)


KindCode = Annotated[str, _code(VocabularyName.KIND)]
TargetCode = Annotated[str, _code(VocabularyName.TARGET)]
