"""Statements: the signed entries of a log, each bound to its place, so that it can't be moved, dropped or backdated.

* The body is canonical JSON: author, origin, sequence, id of the previous statement, time of filing, nonce,
  the heads of other logs newly seen, kind, version and content.
* Origin and sequence bind the statement to its place, the previous id chains it, what was seen bounds its time.
* The body is kept as bytes: what this version of the program does not know of it is not lost.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from groundtruce.model.message import Phrase
from groundtruce.record.statement.canonical import (
    INTEGER_LIMIT,
    Value,
    canonical_json,
    parse_canonical,
)
from groundtruce.record.statement.schema import VERSION, StatementKind, check_content, instant_of
from groundtruce.record.tlog.checkpoint import Head
from groundtruce.record.tlog.encoding import HASH_LENGTH, format_error, hex_bytes
from groundtruce.record.tlog.leaf import statement_id

__all__ = ["Draft", "Link", "Statement", "compose", "format_second", "parse_statement"]

_WHAT = Phrase("A statement")
_KINDS = {kind.value: kind for kind in StatementKind}
_HEX_HASH = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Draft:
    """What someone wants to state, before it has a place in a log."""

    kind: StatementKind
    content: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The place of a statement: its log and author, its sequence, and what came before."""

    origin: str
    author: str
    sequence: int
    previous: bytes | None
    """Id of the statement before; None for the first one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement as read from its body; `kind` is None for one that this program does not know."""

    identifier: bytes
    body: bytes
    link: Link
    filed_at: datetime
    seen: tuple[Head, ...]
    kind: StatementKind | None
    content: Mapping[str, Value]


def compose(
    draft: Draft,
    link: Link,
    filed_at: datetime,
    seen: Sequence[Head],
    random: Callable[[int], bytes],
) -> bytes:
    """Return the body of a statement; `random` gives that many random bytes. Raises `record.malformed`."""
    check_content(draft.kind, draft.content)
    place: dict[str, Value] = {"author": link.author, "origin": link.origin}
    if link.previous is not None:
        place["previous"] = link.previous.hex()
    return canonical_json(
        {
            **place,
            "sequence": link.sequence,
            "filed_at": format_second(filed_at),
            "seen": [
                {"origin": head.origin, "size": head.size, "root": head.root.hex()}
                for head in sorted(seen)
            ],
            "nonce": random(HASH_LENGTH).hex(),
            "kind": draft.kind.value,
            "version": VERSION,
            "content": draft.content,
        }
    )


def parse_statement(body: bytes) -> Statement:
    """Read a body; raises GroundtruceError `record.malformed`."""
    value = parse_canonical(body)
    sequence, content = _integer(value, "sequence"), value.get("content")
    if not isinstance(content, Mapping):
        raise format_error(_WHAT, Phrase("content is missing"))
    previous = _hash(value, "previous") if "previous" in value else None
    if (sequence == 0) != (previous is None):
        raise format_error(_WHAT, Phrase("previous is there exactly when it is not the first"))
    _hash(value, "nonce")
    kind = _text(value, "kind")
    known = _KINDS.get(kind) if _integer(value, "version") == VERSION else None
    if known is not None:
        check_content(known, content)
    return Statement(
        identifier=statement_id(body),
        body=body,
        link=Link(
            origin=_text(value, "origin"),
            author=_text(value, "author"),
            sequence=sequence,
            previous=previous,
        ),
        filed_at=_instant(_text(value, "filed_at")),
        seen=_heads(value.get("seen")),
        kind=known,
        content=content,
    )


def json_schema() -> dict[str, object]:
    """Return the JSON Schema (2020-12) of a statement; the content of each kind has its own, `<kind>.schema.json`.

    What a schema cannot say is checked by `parse_statement` alone: the byte form, the order of heads, calendar dates.
    """
    text: dict[str, object] = {"type": "string", "minLength": 1}
    hashed: dict[str, object] = {"type": "string", "pattern": f"^{_HEX_HASH.pattern}$"}
    count: dict[str, object] = {"type": "integer", "minimum": 0, "maximum": INTEGER_LIMIT}
    head = {"origin": text, "size": count, "root": hashed}
    first: dict[str, object] = {"properties": {"sequence": {"const": 0}}}
    return {
        "type": "object",
        "properties": {
            "author": {**text, "description": "name of the delegation"},
            "origin": {**text, "description": "the log that the statement belongs to"},
            "sequence": {**count, "description": "its place in the log, from 0"},
            "previous": {**hashed, "description": "id of the statement before; not in the first"},
            "filed_at": {
                "type": "string",
                "pattern": "^[0-9]{4}(-[0-9]{2}){2}T([0-9]{2}:){2}[0-9]{2}Z$",
                "description": "when it was made, in UTC to the second",
            },
            "seen": {
                "type": "array",
                "items": {"type": "object", "properties": head, "required": sorted(head)},
                "description": "heads of other logs that are new to this one, sorted by origin",
            },
            "nonce": {**hashed, "description": "32 random bytes, so that nobody can guess the id"},
            "kind": {**text, "description": "what it is; unknown ones are kept"},
            "version": {**count, "description": "of the kind"},
            "content": {"type": "object", "description": "what it says, by its kind"},
        },
        "required": [
            *("author", "content", "filed_at", "kind", "nonce", "origin"),
            *("seen", "sequence", "version"),
        ],
        "if": first,
        "then": {"properties": {"previous": False}},
        "else": {"required": ["previous"]},
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": kind}, "version": {"const": VERSION}}},
                "then": {"properties": {"content": {"$ref": f"{kind}.schema.json"}}},
            }
            for kind in StatementKind
        ],
    }


def format_second(value: datetime) -> str:
    """Return an instant as statements write it, in UTC to the second."""
    # strftime writes the years before 1000 in one way or another, with the version of Python
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _instant(text: str) -> datetime:
    value = instant_of(text)
    if value is None:
        raise format_error(_WHAT, Phrase("filed_at is no instant in UTC to the second"))
    return value


def _heads(value: Value | None) -> tuple[Head, ...]:
    """Read the heads that a statement saw, sorted by origin; raises `record.malformed`."""
    if not isinstance(value, list):
        raise format_error(_WHAT, Phrase("seen is missing"))
    heads = []
    for item in value:
        if not isinstance(item, Mapping):
            raise format_error(_WHAT, Phrase("seen holds no head"))
        heads.append(
            Head(
                origin=_text(item, "origin"), size=_integer(item, "size"), root=_hash(item, "root")
            )
        )
    if heads != sorted(heads) or len({head.origin for head in heads}) < len(heads):
        raise format_error(_WHAT, Phrase("seen is not sorted, or holds one log twice"))
    return tuple(heads)


def _text(value: Mapping[str, Value], name: str) -> str:
    text = value.get(name)
    if not isinstance(text, str) or not text:
        raise format_error(_WHAT, Phrase("{name} is no text", name=name))
    return text


def _integer(value: Mapping[str, Value], name: str) -> int:
    number = value.get(name)
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise format_error(_WHAT, Phrase("{name} is no count", name=name))
    return number


def _hash(value: Mapping[str, Value], name: str) -> bytes:
    text = _text(value, name)
    if _HEX_HASH.fullmatch(text) is None:
        raise format_error(_WHAT, Phrase("{name} is no hash", name=name))
    return hex_bytes(text.encode(), _WHAT)
