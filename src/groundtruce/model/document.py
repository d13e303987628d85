"""Documents that people write: YAML in, a checked value out, or a problem that names the place.

Nothing in a document is run: the safe loader knows plain values only.
"""

from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from groundtruce.model.problem import GroundtruceError, Problem

__all__ = ["Shape", "parse_document"]


class Shape(BaseModel):
    """What a part of a document may hold; a field that it does not know is a problem."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Whole = TypeVar("Whole", bound=Shape)


def parse_document(name: str, content: bytes, shape: type[Whole]) -> Whole:
    """Return a document as its shape; raises GroundtruceError `document.syntax` or `document.field`."""
    try:
        return shape.model_validate(_yaml(name, content))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        raise GroundtruceError(
            Problem.DOCUMENT_FIELD, file=name, where=where, cause=first["msg"]
        ) from error


def _yaml(name: str, content: bytes) -> object:
    try:
        return yaml.load(content, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        cause = error.problem or "this is not YAML"
    except (yaml.YAMLError, ValueError):
        line, column, cause = 1, 1, "this is not YAML text"
    raise GroundtruceError(
        Problem.DOCUMENT_SYNTAX, file=name, line=line, column=column, cause=cause
    )
