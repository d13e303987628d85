"""How a query is described in the OpenAPI document: its keys from the declared table, its answers by their models."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any

from pydantic import BaseModel

from groundtruce.database.filters.filter import Filter
from groundtruce.database.filters.registry import BY_KEY
from groundtruce.web.http.error import MEDIA_TYPE, ProblemReport
from groundtruce.web.http.url import EVERYWHERE, KEYS

__all__ = ["PROBLEMS", "Description", "describe_keys", "describe_query"]

PROBLEMS: Mapping[int, str] = {
    400: "The address cannot be understood: an unknown key, or a value that a key cannot have.",
    404: "There is no such thing, or no such record state.",
    408: "The request did not arrive in time.",
    410: "It was there, and nothing took its place.",
    413: "The request has a body that is too long.",
    429: "More requests than are answered in that time.",
    500: "A fault of the server.",
    503: "What is asked for is being computed, or too many ask for whole tables.",
}

_CONVERTER = re.compile(r":\w+}")
"""What a path says of the form of its values."""

_PATH = {
    "incident_id": "the identifier of an incident",
    "report_id": "the identifier of a report",
    "clause_id": "a clause of the agreement",
    "day": "a day of the agreement's zone, as 2016-03-04",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What the OpenAPI document says of a query."""

    name: str
    operation_id: str
    summary: str
    text: str
    tags: tuple[str, ...]
    model: type[BaseModel] | None
    responses: dict[int | str, dict[str, Any]]
    parameters: Sequence[Mapping[str, object]]


def describe_query(
    path: str,
    handler: Callable[..., object],
    model: type[BaseModel] | None,
    takes: Collection[str],
    tags: Sequence[str],
    media_type: str,
) -> Description:
    """Return the description of a query; the docstring of its handler is its text."""
    summary, _, description = cleandoc(handler.__doc__ or "").partition("\n\n")
    path = _CONVERTER.sub("}", path)
    good: dict[str, object] = {"description": summary}
    if media_type != "application/json" or model is None:
        good["content"] = {media_type: {} if model is None else {"schema": _reference(model)}}
    problem = {MEDIA_TYPE: {"schema": _reference(ProblemReport)}}
    responses: dict[int | str, dict[str, Any]] = {
        200: good,
        308: {"description": "It is found elsewhere for good."},
    }
    for status, meaning in PROBLEMS.items():
        responses[status] = {"description": meaning, "content": problem}
    return Description(
        name=handler.__name__,
        operation_id=re.sub(r"[^a-z]+", "_", path.lower()).strip("_"),
        summary=summary,
        text=description or summary,
        tags=tuple(tags),
        model=model if media_type == "application/json" else None,
        responses=responses,
        parameters=[*_in_path(path), *describe_keys(takes)],
    )


def describe_keys(takes: Collection[str]) -> list[Mapping[str, object]]:
    """Return the keys of an address as OpenAPI describes them."""
    taken = EVERYWHERE | frozenset(takes)
    filters = [_filter(address_filter) for key, address_filter in BY_KEY.items() if key in taken]
    rest: list[Mapping[str, object]] = [
        {
            "name": key,
            "in": "query",
            "description": address_key.meaning,
            "schema": dict(address_key.schema),
        }
        for key, address_key in KEYS.items()
        if key in taken
    ]
    return [*filters, *rest]


def _filter(address_filter: Filter) -> dict[str, object]:
    """Return the key of a filter as OpenAPI describes it."""
    schema = dict(address_filter.schema)
    if address_filter.many:
        schema = {"type": "array", "items": schema, "maxItems": 100}
    return {
        "name": address_filter.key,
        "in": "query",
        "description": f"{address_filter.label}: {address_filter.meaning}",
        "schema": schema,
        "example": [address_filter.example] if address_filter.many else address_filter.example,
    }


def _in_path(path: str) -> list[Mapping[str, object]]:
    """Return the variables of a path as OpenAPI describes them."""
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _PATH[name],
            "schema": {"type": "string"},
        }
        for name in re.findall(r"{(\w+)}", path)
    ]


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}
