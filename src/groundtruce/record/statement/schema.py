"""The kinds of statement: what each one says, field by field, and the JSON Schema of it.

* This table is the only place that knows the fields; the schemas under `spec/` follow from it.
* A field that the table does not know is kept as it came; a kind or version that it does not know is not read.
* Hashes are 64 hexadecimal digits, instants are `YYYY-MM-DDTHH:MM:SSZ`, coordinates are text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum

from groundtruce.record.statement.canonical import INTEGER_LIMIT, Value
from groundtruce.record.tlog.encoding import malformed

__all__ = [
    "FIELDS",
    "VERSION",
    "Content",
    "Field",
    "Kind",
    "check_content",
    "instant_of",
    "json_schema",
]

VERSION = 1
"""Version of every kind in this table; a change of meaning takes the next number."""

_HASH = "[0-9a-f]{64}"
_INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
_TEXT = "[^\\x00]*"


class Kind(StrEnum):
    """What a statement is."""

    REPORT = "report"
    BULK_REPORTS = "bulk_reports"
    EVIDENCE_ITEM = "evidence_item"
    CUSTODY_STEP = "custody_step"
    CORRECTION = "correction"
    RETRACTION = "retraction"
    AGREEMENT_VERSION = "agreement_version"
    MECHANISM_VERSION = "mechanism_version"
    METHOD_VERSION = "method_version"
    LINK_DECISION = "link_decision"
    REPLY = "reply"
    FINDING = "finding"
    POSITION = "position"
    REQUEST = "request"
    OUTCOME = "outcome"
    NOTIFICATION = "notification"
    KEY_ROTATION = "key_rotation"
    TOMBSTONE = "tombstone"


class Content(Enum):
    """What a field may hold."""

    TEXT = "text"
    HASH = "hash"
    INSTANT = "instant"
    INTEGER = "integer"
    HASHES = "hashes"
    TEXTS = "texts"
    FIELDS = "fields"
    """Columns of a report by name: texts and integers."""
    OBJECTS = "objects"
    """A list of objects whose fields are texts, such as approvals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a kind; `choices` are the only texts it may hold."""

    name: str
    content: Content
    meaning: str
    required: bool = True
    choices: tuple[str, ...] = ()


def _field(name: str, content: Content, meaning: str, *choices: str) -> Field:
    return Field(name=name, content=content, meaning=meaning, choices=choices)


def _maybe(name: str, content: Content, meaning: str) -> Field:
    return Field(name=name, content=content, meaning=meaning, required=False)


_OBJECT = _field("object", Content.HASH, "SHA-256 of the file in the object store")
_SIZE = _field("size", Content.INTEGER, "bytes of the file")
_REASON = _field("reason", Content.TEXT, "why, for people to read")
_LANGUAGE = _maybe("language", Content.TEXT, "BCP 47 tag of the text")
_WITHHELD = _maybe("withheld", Content.TEXTS, "digests of withheld fields, and of nothing, sorted")

FIELDS: Mapping[Kind, tuple[Field, ...]] = {
    Kind.REPORT: (
        _field(
            "fields", Content.FIELDS, "columns of the report table that are known and not withheld"
        ),
        _WITHHELD,
        _maybe("evidence", Content.HASHES, "ids of the evidence items that it rests on"),
    ),
    Kind.BULK_REPORTS: (
        _field("table", Content.TEXT, "which table the file holds", "reports", "counts"),
        _OBJECT,
        _SIZE,
        _field("rows", Content.INTEGER, "rows of the file, which is Parquet"),
        _maybe("origin_of_rows", Content.TEXT, "where the rows come from"),
    ),
    Kind.EVIDENCE_ITEM: (
        _OBJECT,
        _field(
            "size",
            Content.INTEGER,
            "bytes of the sealed file, padded: that of the content is secret",
        ),
        _field("commitment", Content.HASH, "salted commitment to the content before it was sealed"),
        _maybe("media_type", Content.TEXT, "what kind of file it is"),
        _maybe("time_stamp", Content.HASH, "SHA-256 of an RFC 3161 response in the object store"),
        _WITHHELD,
    ),
    Kind.CUSTODY_STEP: (
        _field("evidence", Content.HASH, "id of the evidence item"),
        _field(
            "step", Content.TEXT, "what was done", "collected", "handed_over", "stored", "examined"
        ),
        _field("at", Content.INSTANT, "when, by the clock of whoever did it"),
        _maybe("by", Content.TEXT, "role or seal number, never a name"),
        _WITHHELD,
    ),
    Kind.CORRECTION: (
        _field("supersedes", Content.HASH, "id of the report in the same log"),
        _field("fields", Content.FIELDS, "all columns of the report as they should be"),
        _REASON,
        _WITHHELD,
    ),
    Kind.RETRACTION: (
        _field("retracts", Content.HASH, "id of the statement in the same log"),
        _REASON,
    ),
    Kind.AGREEMENT_VERSION: (
        _field("agreement", Content.TEXT, "name and version of the agreement"),
        _OBJECT,
        _SIZE,
    ),
    Kind.MECHANISM_VERSION: (
        _field("mechanism", Content.TEXT, "name of the mechanism"),
        _OBJECT,
        _SIZE,
    ),
    Kind.METHOD_VERSION: (
        _field("method", Content.TEXT, "name of the method"),
        _OBJECT,
        _SIZE,
    ),
    Kind.LINK_DECISION: (
        _field("decision", Content.TEXT, "one event, or several", "merge", "split"),
        _field("reports", Content.TEXTS, "report_id of each report that it is about"),
        _maybe(
            "against",
            Content.TEXTS,
            "of a split: report_id of the reports from which those are other events; "
            "without it each of those is an event of its own",
        ),
        _REASON,
    ),
    Kind.REPLY: (
        _field("to", Content.HASH, "id of what it answers"),
        _field("text", Content.TEXT, "the answer"),
        _LANGUAGE,
        _maybe("on_behalf_of", Content.TEXT, "the party that answers"),
    ),
    Kind.FINDING: (
        _field("about", Content.HASHES, "ids of the reports that the incident is made of"),
        _field("question", Content.TEXT, "what was asked", "event", "weapon", "actor", "breach"),
        _field("conclusion", Content.TEXT, "what is found"),
        _field("standard", Content.TEXT, "standard of proof that the conclusion meets"),
        _maybe("text", Content.TEXT, "how it is known"),
        _LANGUAGE,
    ),
    Kind.POSITION: (
        _field("to", Content.HASH, "id of the finding"),
        _field(
            "position",
            Content.TEXT,
            "where the delegation stands",
            "concur",
            "dissent",
            "reserve",
            "abstain",
        ),
        _maybe("text", Content.TEXT, "why"),
        _LANGUAGE,
    ),
    Kind.REQUEST: (
        _field("to", Content.TEXT, "the delegation or party that is asked"),
        _field(
            "subject",
            Content.TEXT,
            "what is asked for",
            "access",
            "reply",
            "cosignature",
            "evidence",
        ),
        _maybe("about", Content.HASHES, "ids of the statements that it is about"),
        _maybe("due_at", Content.INSTANT, "by when"),
        _maybe("text", Content.TEXT, "the request in words"),
        _LANGUAGE,
    ),
    Kind.OUTCOME: (
        _field("request", Content.HASH, "id of the request"),
        _field(
            "outcome",
            Content.TEXT,
            "what became of it",
            "granted",
            "partly_granted",
            "refused",
            "unanswered",
        ),
        _maybe("text", Content.TEXT, "the outcome in words"),
        _LANGUAGE,
    ),
    Kind.NOTIFICATION: (
        _field("subject", Content.TEXT, "what everybody is told of"),
        _maybe("files", Content.OBJECTS, "name and SHA-256 of published files"),
        _maybe("record_state", Content.HASH, "digest of the record state they were computed from"),
        _maybe("text", Content.TEXT, "the notice in words"),
        _LANGUAGE,
    ),
    Kind.KEY_ROTATION: (
        _field(
            "introduces",
            Content.HASH,
            "Ed25519 statement key that signs from the next statement on",
        ),
        _maybe("retires", Content.HASH, "statement key that signs no more"),
        _REASON,
    ),
    Kind.TOMBSTONE: (
        _field(
            "erases", Content.HASHES, "ids of the statements or objects whose content is destroyed"
        ),
        _field("authority", Content.TEXT, "who decided, by which rule"),
        _REASON,
        _field("approvals", Content.OBJECTS, "key and signature of each delegation that approved"),
    ),
}
"""Fields of the content of each kind."""


def check_content(kind: Kind, content: Mapping[str, Value]) -> None:
    """Check known fields; raises GroundtruceError `record.malformed` with the field's name."""
    for field in FIELDS[kind]:
        value = content.get(field.name)
        if value is None:
            if field.required:
                raise malformed(f"A statement of kind {kind}", f"{field.name} is missing")
        elif not _holds(field, value):
            expected = " or ".join(field.choices) or f"of type {field.content.value}"
            raise malformed(f"A statement of kind {kind}", f"{field.name} is not {expected}")


def instant_of(text: str) -> datetime | None:
    """Return the instant of a text in the one form, UTC to the second; None for any other text."""
    if re.fullmatch(_INSTANT, text) is None:
        return None
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        # no day of the calendar, or no time of the day
        return None
    # newer versions of Python read 24:00, too
    return value if value.isoformat() == f"{text[:-1]}+00:00" else None


def json_schema(kind: Kind) -> dict[str, object]:
    """Return the JSON Schema (2020-12) of the content of a kind."""
    fields = FIELDS[kind]
    return {
        "type": "object",
        "properties": {field.name: _schema(field) for field in fields},
        "required": [field.name for field in fields if field.required],
    }


def _holds(field: Field, value: Value) -> bool:
    match field.content:
        case Content.TEXT:
            return _is_text(value, _TEXT) and (not field.choices or value in field.choices)
        case Content.HASH:
            return _is_text(value, _HASH)
        case Content.INSTANT:
            return isinstance(value, str) and instant_of(value) is not None
        case Content.INTEGER:
            return _is_integer(value) and isinstance(value, int) and value >= 0
        case Content.HASHES:
            return isinstance(value, list) and all(_is_text(one, _HASH) for one in value)
        case Content.TEXTS:
            return isinstance(value, list) and all(_is_text(one, _TEXT) for one in value)
        case Content.FIELDS:
            return isinstance(value, Mapping) and all(
                isinstance(one, str) or _is_integer(one) for one in value.values()
            )
        case Content.OBJECTS:
            return isinstance(value, list) and all(
                isinstance(one, Mapping) and all(isinstance(text, str) for text in one.values())
                for one in value
            )


def _is_text(value: Value, pattern: str) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL) is not None


def _is_integer(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _schema(field: Field) -> dict[str, object]:
    text = {"type": "string", "pattern": "^[^\\u0000]*$"}
    hashed = {"type": "string", "pattern": f"^{_HASH}$"}
    bounded = {"type": "integer", "minimum": -INTEGER_LIMIT, "maximum": INTEGER_LIMIT}
    shapes: Mapping[Content, dict[str, object]] = {
        Content.TEXT: {**text},
        Content.HASH: {**hashed},
        Content.INSTANT: {"type": "string", "pattern": f"^{_INSTANT}$"},
        Content.INTEGER: {**bounded, "minimum": 0},
        Content.HASHES: {"type": "array", "items": hashed},
        Content.TEXTS: {"type": "array", "items": text},
        Content.FIELDS: {
            "type": "object",
            "additionalProperties": {"anyOf": [{"type": "string"}, bounded]},
        },
        Content.OBJECTS: {
            "type": "array",
            "items": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    }
    choices = {"enum": list(field.choices)} if field.choices else {}
    return {**shapes[field.content], **choices, "description": field.meaning}
