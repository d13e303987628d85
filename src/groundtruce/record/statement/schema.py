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

from groundtruce.model.message import Phrase
from groundtruce.record.statement.canonical import INTEGER_LIMIT, Value
from groundtruce.record.tlog.encoding import format_error

__all__ = [
    "FIELDS",
    "VERSION",
    "FieldType",
    "StatementField",
    "StatementKind",
    "check_content",
    "instant_of",
    "json_schema",
]

VERSION = 1
"""Version of every kind in this table; a change of meaning takes the next number."""

_HASH = "[0-9a-f]{64}"
_INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
_TEXT = "[^\\x00]*"


class StatementKind(StrEnum):
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


class FieldType(Enum):
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
class StatementField:
    """One field of a kind; `choices` are the only texts it may hold."""

    name: str
    content: FieldType
    meaning: str
    required: bool = True
    choices: tuple[str, ...] = ()


def _field(name: str, content: FieldType, meaning: str, *choices: str) -> StatementField:
    return StatementField(name=name, content=content, meaning=meaning, choices=choices)


def _optional_field(name: str, content: FieldType, meaning: str) -> StatementField:
    return StatementField(name=name, content=content, meaning=meaning, required=False)


_OBJECT = _field("object", FieldType.HASH, "SHA-256 of the file in the object store")
_SIZE = _field("size", FieldType.INTEGER, "bytes of the file")
_REASON = _field("reason", FieldType.TEXT, "why, for people to read")
_LANGUAGE = _optional_field("language", FieldType.TEXT, "BCP 47 tag of the text")
_WITHHELD = _optional_field(
    "withheld", FieldType.TEXTS, "digests of withheld fields, and of nothing, sorted"
)

FIELDS: Mapping[StatementKind, tuple[StatementField, ...]] = {
    StatementKind.REPORT: (
        _field(
            "fields",
            FieldType.FIELDS,
            "columns of the report table that are known and not withheld",
        ),
        _WITHHELD,
        _optional_field("evidence", FieldType.HASHES, "ids of the evidence items that it rests on"),
    ),
    StatementKind.BULK_REPORTS: (
        _field("table", FieldType.TEXT, "which table the file holds", "reports", "counts"),
        _OBJECT,
        _SIZE,
        _field("rows", FieldType.INTEGER, "rows of the file, which is Parquet"),
        _optional_field("origin_of_rows", FieldType.TEXT, "where the rows come from"),
    ),
    StatementKind.EVIDENCE_ITEM: (
        _OBJECT,
        _field(
            "size",
            FieldType.INTEGER,
            "bytes of the sealed file, padded: that of the content is secret",
        ),
        _field(
            "commitment", FieldType.HASH, "salted commitment to the content before it was sealed"
        ),
        _optional_field("media_type", FieldType.TEXT, "what kind of file it is"),
        _optional_field(
            "time_stamp", FieldType.HASH, "SHA-256 of an RFC 3161 response in the object store"
        ),
        _WITHHELD,
    ),
    StatementKind.CUSTODY_STEP: (
        _field("evidence", FieldType.HASH, "id of the evidence item"),
        _field(
            "step",
            FieldType.TEXT,
            "what was done",
            "collected",
            "handed_over",
            "stored",
            "examined",
        ),
        _field("at", FieldType.INSTANT, "when, by the clock of whoever did it"),
        _optional_field("by", FieldType.TEXT, "role or seal number, never a name"),
        _WITHHELD,
    ),
    StatementKind.CORRECTION: (
        _field("supersedes", FieldType.HASH, "id of the report in the same log"),
        _field("fields", FieldType.FIELDS, "all columns of the report as they should be"),
        _REASON,
        _WITHHELD,
    ),
    StatementKind.RETRACTION: (
        _field("retracts", FieldType.HASH, "id of the statement in the same log"),
        _REASON,
    ),
    StatementKind.AGREEMENT_VERSION: (
        _field("agreement", FieldType.TEXT, "name and version of the agreement"),
        _OBJECT,
        _SIZE,
    ),
    StatementKind.MECHANISM_VERSION: (
        _field("mechanism", FieldType.TEXT, "name of the mechanism"),
        _OBJECT,
        _SIZE,
    ),
    StatementKind.METHOD_VERSION: (
        _field("method", FieldType.TEXT, "name of the method"),
        _OBJECT,
        _SIZE,
    ),
    StatementKind.LINK_DECISION: (
        _field("decision", FieldType.TEXT, "one event, or several", "merge", "split"),
        _field("reports", FieldType.TEXTS, "report_id of each report that it is about"),
        _optional_field(
            "against",
            FieldType.TEXTS,
            "of a split: report_id of the reports from which those are other events; "
            "without it each of those is an event of its own",
        ),
        _REASON,
    ),
    StatementKind.REPLY: (
        _field("to", FieldType.HASH, "id of what it answers"),
        _field("text", FieldType.TEXT, "the answer"),
        _LANGUAGE,
        _optional_field("on_behalf_of", FieldType.TEXT, "the party that answers"),
    ),
    StatementKind.FINDING: (
        _field("about", FieldType.HASHES, "ids of the reports that the incident is made of"),
        _field("question", FieldType.TEXT, "what was asked", "event", "weapon", "actor", "breach"),
        _field("conclusion", FieldType.TEXT, "what is found"),
        _field("standard", FieldType.TEXT, "standard of proof that the conclusion meets"),
        _optional_field("text", FieldType.TEXT, "how it is known"),
        _LANGUAGE,
    ),
    StatementKind.POSITION: (
        _field("to", FieldType.HASH, "id of the finding"),
        _field(
            "position",
            FieldType.TEXT,
            "where the delegation stands",
            "concur",
            "dissent",
            "reserve",
            "abstain",
        ),
        _optional_field("text", FieldType.TEXT, "why"),
        _LANGUAGE,
    ),
    StatementKind.REQUEST: (
        _field("to", FieldType.TEXT, "the delegation or party that is asked"),
        _field(
            "subject",
            FieldType.TEXT,
            "what is asked for",
            "access",
            "reply",
            "cosignature",
            "evidence",
        ),
        _optional_field("about", FieldType.HASHES, "ids of the statements that it is about"),
        _optional_field("due_at", FieldType.INSTANT, "by when"),
        _optional_field("text", FieldType.TEXT, "the request in words"),
        _LANGUAGE,
    ),
    StatementKind.OUTCOME: (
        _field("request", FieldType.HASH, "id of the request"),
        _field(
            "outcome",
            FieldType.TEXT,
            "what became of it",
            "granted",
            "partly_granted",
            "refused",
            "unanswered",
        ),
        _optional_field("text", FieldType.TEXT, "the outcome in words"),
        _LANGUAGE,
    ),
    StatementKind.NOTIFICATION: (
        _field("subject", FieldType.TEXT, "what everybody is told of"),
        _optional_field("files", FieldType.OBJECTS, "name and SHA-256 of published files"),
        _optional_field(
            "record_state", FieldType.HASH, "digest of the record state they were computed from"
        ),
        _optional_field("text", FieldType.TEXT, "the notice in words"),
        _LANGUAGE,
    ),
    StatementKind.KEY_ROTATION: (
        _field(
            "introduces",
            FieldType.HASH,
            "Ed25519 statement key that signs from the next statement on",
        ),
        _optional_field("retires", FieldType.HASH, "statement key that signs no more"),
        _REASON,
    ),
    StatementKind.TOMBSTONE: (
        _field(
            "erases",
            FieldType.HASHES,
            "ids of the statements or objects whose content is destroyed",
        ),
        _field("authority", FieldType.TEXT, "who decided, by which rule"),
        _REASON,
        _field(
            "approvals", FieldType.OBJECTS, "key and signature of each delegation that approved"
        ),
    ),
}
"""Fields of the content of each kind."""


def check_content(kind: StatementKind, content: Mapping[str, Value]) -> None:
    """Check known fields; raises GroundtruceError `record.malformed` with the field's name."""
    for field in FIELDS[kind]:
        value = content.get(field.name)
        if value is None:
            if field.required:
                raise format_error(
                    Phrase("A statement of kind {kind}", kind=kind),
                    Phrase("{name} is missing", name=field.name),
                )
        elif not _holds(field, value):
            what = Phrase("A statement of kind {kind}", kind=kind)
            if field.choices:
                known = " or ".join(field.choices)
                raise format_error(
                    what, Phrase("{name} is not {known}", name=field.name, known=known)
                )
            raise format_error(
                what,
                Phrase("{name} is not of type {type}", name=field.name, type=field.content.value),
            )


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


def json_schema(kind: StatementKind) -> dict[str, object]:
    """Return the JSON Schema (2020-12) of the content of a kind."""
    fields = FIELDS[kind]
    return {
        "type": "object",
        "properties": {field.name: _schema(field) for field in fields},
        "required": [field.name for field in fields if field.required],
    }


def _holds(field: StatementField, value: Value) -> bool:
    """Return whether a value is of the type of its field."""
    match field.content:
        case FieldType.TEXT:
            return _is_text(value, _TEXT) and (not field.choices or value in field.choices)
        case FieldType.HASH:
            return _is_text(value, _HASH)
        case FieldType.INSTANT:
            return isinstance(value, str) and instant_of(value) is not None
        case FieldType.INTEGER:
            return _is_integer(value) and isinstance(value, int) and value >= 0
        case FieldType.HASHES:
            return isinstance(value, list) and all(_is_text(item, _HASH) for item in value)
        case FieldType.TEXTS:
            return isinstance(value, list) and all(_is_text(item, _TEXT) for item in value)
        case FieldType.FIELDS:
            return isinstance(value, Mapping) and all(
                isinstance(item, str) or _is_integer(item) for item in value.values()
            )
        case FieldType.OBJECTS:
            return isinstance(value, list) and all(
                isinstance(item, Mapping) and all(isinstance(text, str) for text in item.values())
                for item in value
            )


def _is_text(value: Value, pattern: str) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL) is not None


def _is_integer(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _schema(field: StatementField) -> dict[str, object]:
    """Return the JSON Schema of a field."""
    text = {"type": "string", "pattern": "^[^\\u0000]*$"}
    hashed = {"type": "string", "pattern": f"^{_HASH}$"}
    bounded = {"type": "integer", "minimum": -INTEGER_LIMIT, "maximum": INTEGER_LIMIT}
    shapes: Mapping[FieldType, dict[str, object]] = {
        FieldType.TEXT: {**text},
        FieldType.HASH: {**hashed},
        FieldType.INSTANT: {"type": "string", "pattern": f"^{_INSTANT}$"},
        FieldType.INTEGER: {**bounded, "minimum": 0},
        FieldType.HASHES: {"type": "array", "items": hashed},
        FieldType.TEXTS: {"type": "array", "items": text},
        FieldType.FIELDS: {
            "type": "object",
            "additionalProperties": {"anyOf": [{"type": "string"}, bounded]},
        },
        FieldType.OBJECTS: {
            "type": "array",
            "items": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    }
    choices = {"enum": list(field.choices)} if field.choices else {}
    return {**shapes[field.content], **choices, "description": field.meaning}
