"""Documents that people write: YAML in, a checked value out, or faults that name line, column, place and remedy.

* Nothing in a document is run: the safe loader knows plain values only.
* A key that stands twice is a fault, never the later of the two.
* All faults of a document are found at once; they stand in the order of its lines.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem

__all__ = [
    "Context",
    "Fault",
    "Misplaced",
    "Shape",
    "WrongValueError",
    "find_faults",
    "give_no_context",
    "parse_document",
    "suggest",
]

Location = tuple[int | str, ...]
Context = Callable[[object], Mapping[str, object]]


def give_no_context(_data: object) -> Mapping[str, object]:
    """Return the context of shapes whose fields stand alone."""
    return {}


class Shape(BaseModel):
    """What a part of a document may hold; a field that it does not know is a problem."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


Whole = TypeVar("Whole", bound=Shape)


_CHANGE = Phrase("Change it so that this holds.")


class WrongValueError(ValueError):
    """A value that a shape refuses, with what to do about it."""

    def __init__(self, cause: Phrase, remedy: Phrase = _CHANGE) -> None:
        """Take a part of a sentence and a sentence."""
        self.cause, self.remedy = cause, remedy
        super().__init__(str(cause))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong where: `line` and `column` count from 1; `where` names the clause or part."""

    line: int
    column: int
    where: Phrase
    cause: Phrase
    remedy: Phrase

    def error(self, name: str) -> GroundtruceError:
        """Return the catalogued problem of a document called `name`."""
        return GroundtruceError(
            Problem.DOCUMENT_FIELD,
            file=name,
            line=self.line,
            column=self.column,
            where=self.where,
            cause=self.cause,
            remedy=self.remedy,
        )


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A place in a document: the way to it, what is wrong there, and what to do."""

    location: Location
    cause: Phrase
    remedy: Phrase


def parse_document(
    name: str,
    content: bytes,
    shape: type[Whole],
    context: Context = give_no_context,
    check: Callable[[Whole], Iterator[Misplaced]] | None = None,
) -> Whole:
    """Return a document as its shape; raises GroundtruceError `document.syntax` or `document.field`."""
    value, faults = find_faults(name, content, shape, context, check)
    if value is None:
        raise faults[0].error(name)
    return value


def find_faults(
    name: str,
    content: bytes,
    shape: type[Whole],
    context: Context = give_no_context,
    check: Callable[[Whole], Iterator[Misplaced]] | None = None,
) -> tuple[Whole | None, tuple[Fault, ...]]:
    """Return the value, or all faults; `check` looks at what a well-shaped value refers to.

    `context` says from the bare data what fields need to know of each other, as the zone of local times.

    Raises GroundtruceError `document.syntax` where the text is no YAML.
    """
    node, data = _yaml(name, content)
    if node is not None and (twice := next(_twice(node), None)):
        raise _syntax(name, twice.start_mark, Phrase("{name} stands twice", name=twice.value))
    try:
        value = shape.model_validate(data, context=dict(context(data)))
    except ValidationError as error:
        places = [_place(detail, shape) for detail in _own(error.errors(include_url=False))]
        return None, _faults(places, node, data)
    if check is not None and (misplaced := list(check(value))):
        return None, _faults(misplaced, node, data)
    return value, ()


def suggest(word: str, known: Sequence[str]) -> Phrase:
    """Return the remedy for an unknown word: the nearest known one, or all of them."""
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return Phrase("Was {name} meant?", name=close[0])
    if known:
        return Phrase("Use one of {known}.", known=", ".join(known))
    return Phrase("Remove it.")


def _own(errors: Sequence[Any]) -> list[Any]:
    """Leave out lists that count as too short only because an item in them is wrong."""
    return [
        error
        for error in errors
        if error["type"] != "too_short"
        or not any(
            other["loc"][: len(error["loc"])] == error["loc"]
            for other in errors
            if other is not error
        )
    ]


_REMEDIES = {
    "too_short": Phrase("Add at least one."),
    "datetime": Phrase("Write it as 2016-02-27T00:00, in the agreement's own zone."),
    "string_pattern": Phrase(
        "Use letters without accents, digits and _ only, and begin with a small letter."
    ),
    "model_type": Phrase("Write `name: value` pairs below it."),
    "value_error": _CHANGE,
}
"""By the beginning of pydantic's code of an error."""


def _place(error: Any, shape: type[Shape]) -> Misplaced:
    location, kind, context = tuple(error["loc"]), error["type"], error.get("ctx", {})
    last = str(location[-1]) if location else ""
    if kind == "extra_forbidden":
        return Misplaced(
            location,
            Phrase("{name} is not known here", name=last),
            suggest(last, _fields(shape, location)),
        )
    if kind == "missing":
        return Misplaced(
            location[:-1], Phrase("{name} is missing", name=last), Phrase("Add {name}.", name=last)
        )
    if kind in ("enum", "literal_error"):
        known = re.findall(r"'([^']+)'", str(context["expected"])) or [str(context["expected"])]
        given = str(error["input"])
        return Misplaced(
            location, Phrase("{name} is not known here", name=given), suggest(given, known)
        )
    wrong = context.get("error")
    if isinstance(wrong, WrongValueError):
        return Misplaced(location, wrong.cause, wrong.remedy)
    text = str(wrong) if wrong is not None and kind == "value_error" else str(error["msg"])
    remedy = next((text for code, text in _REMEDIES.items() if kind.startswith(code)), None)
    return Misplaced(
        location, quote(text[0].lower() + text[1:]), remedy or Phrase("Correct the value.")
    )


def _fields(shape: type[Shape], location: Location) -> list[str]:
    """Return the fields that the shape at a place knows, without the last step of the way."""
    reached: Any = shape
    for step in location[:-1]:
        reached = _step_into(reached, step)
    reached = _bare(reached)
    if isinstance(reached, type) and issubclass(reached, BaseModel):
        return [field.alias or name for name, field in reached.model_fields.items()]
    return []


def _step_into(annotation: Any, step: int | str) -> Any:
    """Return what a step leads to: a field of a shape, an item of a list, a value of a mapping."""
    bare = _bare(annotation)
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        named = {field.alias or name: field for name, field in bare.model_fields.items()}
        return named[str(step)].annotation if str(step) in named else bare
    parts = get_args(bare)
    if get_origin(bare) is tuple:
        return parts[0]
    return parts[1] if len(parts) > 1 else None


def _bare(annotation: Any) -> Any:
    """Return an annotation without what it is annotated with, and of alternatives the one that has parts."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _bare(parts[0])
    if origin in (Union, UnionType):
        inner = [_bare(part) for part in parts]
        shapes = [
            option for option in inner if isinstance(option, type) and issubclass(option, BaseModel)
        ]
        return next(iter([*shapes, *(option for option in inner if get_args(option))]), None)
    return annotation


def _faults(places: list[Misplaced], node: yaml.Node | None, data: object) -> tuple[Fault, ...]:
    faults = []
    for place in places:
        mark = _mark(node, place.location)
        faults.append(
            Fault(
                line=mark.line + 1 if mark else 1,
                column=mark.column + 1 if mark else 1,
                where=_where(place.location, data),
                cause=place.cause,
                remedy=place.remedy,
            )
        )
    first = {(fault.line, fault.column, str(fault.where)): fault for fault in reversed(faults)}
    return tuple(sorted(first.values(), key=lambda fault: (fault.line, fault.column)))


def _mark(node: yaml.Node | None, location: Location) -> yaml.Mark | None:
    """Return where the key or the item at a location begins, or the nearest part around it."""
    mark = node.start_mark if node is not None else None
    for step in location:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(step)), None)
            if pair is None:
                break
            mark, node = pair[0].start_mark, pair[1]
        elif (
            isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value)
        ):
            node = node.value[step]
            mark = node.start_mark
        else:
            break
    return mark


def _where(location: Location, data: object) -> Phrase:
    """Name a place as people do: `clause A3: act.kinds`, by the identifier of the item it lies in."""
    path: list[str] = []
    named = ""
    for number, step in enumerate(location):
        if not _has(data, step):
            continue
        data = data[step]  # type: ignore[index]
        plural = str(location[number - 1]) if number else ""
        if isinstance(step, int) and isinstance(data, dict) and "id" in data and number == 1:
            singular = {"parties": "party", "bodies": "body"}.get(plural, plural.removesuffix("s"))
            named, path = f"{singular} {data['id']}", []
        else:
            path.append(str(step))
    inside = ".".join(path)
    if named:
        return quote(f"{named}: {inside}" if inside else named)
    return quote(inside) if inside else Phrase("the document")


def _has(data: object, step: int | str) -> bool:
    """Whether a step is one of the document, not of the alternatives that a shape tried for a value."""
    if isinstance(data, dict):
        return step in data
    return isinstance(data, list) and isinstance(step, int) and step < len(data)


def _twice(top: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """Yield keys that stand twice in one mapping; a part that is referred to again is looked at once."""
    looked_at: set[int] = set()
    left = [top]
    while left:
        node = left.pop()
        if id(node) in looked_at:
            continue
        looked_at.add(id(node))
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode) and key.value != "<<":
                    if key.value in seen:
                        yield key
                    seen.add(key.value)
                left.append(value)
        elif isinstance(node, yaml.SequenceNode):
            left.extend(node.value)


def _syntax(name: str, mark: yaml.Mark | None, cause: Phrase) -> GroundtruceError:
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return GroundtruceError(
        Problem.DOCUMENT_SYNTAX, file=name, line=line, column=column, cause=cause
    )


def _yaml(name: str, content: bytes) -> tuple[yaml.Node | None, object]:
    try:
        node = yaml.compose(content, Loader=yaml.CSafeLoader)
        return node, yaml.load(content, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        cause = quote(error.problem) if error.problem else Phrase("this is not YAML")
        raise _syntax(name, error.problem_mark, cause) from None
    except (yaml.YAMLError, ValueError):
        raise _syntax(name, None, Phrase("this is not YAML text")) from None
