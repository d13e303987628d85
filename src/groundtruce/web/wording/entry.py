"""Entries of a log in words: what kind of statement each is, and what it is about, in one line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from groundtruce.language.words import Words
from groundtruce.model.message import translatable as _
from groundtruce.record.log.read import LogEntry
from groundtruce.record.statement.canonical import Value
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Statement, parse_statement

__all__ = ["EntryLine", "describe_entry", "label_kind", "list_content"]

_KINDS = {
    StatementKind.REPORT: _("Report"),
    StatementKind.BULK_REPORTS: _("Table of reports or counts"),
    StatementKind.EVIDENCE_ITEM: _("Evidence"),
    StatementKind.CUSTODY_STEP: _("Step of custody"),
    StatementKind.CORRECTION: _("Correction"),
    StatementKind.RETRACTION: _("Retraction"),
    StatementKind.AGREEMENT_VERSION: _("Version of the agreement"),
    StatementKind.MECHANISM_VERSION: _("Version of the mechanism"),
    StatementKind.METHOD_VERSION: _("Version of the method"),
    StatementKind.LINK_DECISION: _("Decision on links"),
    StatementKind.REPLY: _("Reply"),
    StatementKind.FINDING: _("Finding"),
    StatementKind.POSITION: _("Position on a finding"),
    StatementKind.REQUEST: _("Request"),
    StatementKind.OUTCOME: _("Outcome of a request"),
    StatementKind.NOTIFICATION: _("Notification"),
    StatementKind.KEY_ROTATION: _("Change of keys"),
    StatementKind.TOMBSTONE: _("Erasure"),
}

_ABOUT = ("subject", "agreement", "mechanism", "method", "table", "decision", "reason", "step")
"""Fields of which the first that is there tells best what a statement is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """One entry; `filed_at` is None where its content is erased."""

    index: int
    kind: str
    about: tuple[str, ...]
    filed_at: datetime | None


def label_kind(words: Words, kind: StatementKind | None) -> str:
    """Return what kind of statement it is; one that this program does not know is called that."""
    return words.say(_KINDS[kind]) if kind else words.say("Statement of a kind not known here")


def describe_entry(words: Words, place: LogEntry) -> EntryLine:
    """Return an entry in one line."""
    if not isinstance(place.body, bytes):
        return EntryLine(index=place.index, kind=words.say("Erased"), about=(), filed_at=None)
    statement = parse_statement(place.body)
    return EntryLine(
        index=place.index,
        kind=label_kind(words, statement.kind),
        about=tuple(_about(words, statement)),
        filed_at=statement.filed_at,
    )


def _about(words: Words, statement: Statement) -> Iterator[str]:
    fields = statement.content.get("fields")
    if isinstance(fields, Mapping):
        if fields.get("kind"):
            yield words.label("kind", str(fields["kind"]))
        yield from (str(fields[name]) for name in ("place_name", "source") if fields.get(name))
        return
    for name in _ABOUT:
        if isinstance(statement.content.get(name), str):
            yield str(statement.content[name])
            return


def list_content(statement: Statement) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the fields of a statement with their values, as they stand; those of a report stand among them."""
    return tuple(_rows(statement.content))


def _rows(content: Mapping[str, Value]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, value in content.items():
        if name == "fields" and isinstance(value, Mapping):
            yield from ((field, (str(said),)) for field, said in value.items())
        else:
            yield name, tuple(map(_text, value if isinstance(value, list) else [value]))


def _text(value: Value) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {said}" for name, said in value.items())
    return str(value)
