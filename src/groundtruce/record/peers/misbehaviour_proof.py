"""Accusations: files that show what the owner of a log, or a witness, did against the rules; written in one way only.

* What is in a file is needed to show the fault; keys are sorted, checkpoints carry the lines of named keys only.
* `misbehaviour` verifies them, and compares each with the form that is written here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from groundtruce.model.message import Phrase
from groundtruce.model.message import translatable as _
from groundtruce.model.problem import GroundtruceError
from groundtruce.record.log.audit import Audit, AuditState, EntryFault, FaultFound, examine_entry
from groundtruce.record.log.read import LogEntry, ReadLog
from groundtruce.record.peers.witness import REFUSAL_STATUSES
from groundtruce.record.statement.canonical import Value, canonical_json
from groundtruce.record.statement.statement import parse_statement
from groundtruce.record.tlog.checkpoint import Checkpoint
from groundtruce.record.tlog.encoding import (
    base64_text,
    digest,
    format_error,
)
from groundtruce.record.tlog.key import SigningKey, VerifierKey
from groundtruce.record.tlog.leaf import statement_id
from groundtruce.record.tlog.merkle import subtrees
from groundtruce.record.tlog.note import Note, SignatureLine, note_line
from groundtruce.record.tlog.tile import Erased
from groundtruce.record.tlog.tree import Tree

__all__ = [
    "FORMAT",
    "REFUSALS_NEEDED",
    "REFUSAL_PERIOD_S",
    "SIZE_LIMIT",
    "Accused",
    "Misbehaviour",
    "ProvenEntry",
    "Refusals",
    "entry_file",
    "entry_proof",
    "fork_file",
    "fork_proof",
    "observe_refusals",
    "observe_rollback",
    "order_by_size",
    "refusal_proof",
    "refusals_text",
    "rollback_proof",
    "rollback_text",
    "single_answer_text",
]

FORMAT = "groundtruce.org/misbehaviour@v1"
_OBSERVATION = "groundtruce.org/observation/v1"
_REFUSALS = "groundtruce.org/observation/v2"
SIZE_LIMIT = 1 << 20

REFUSAL_PERIOD_S = 24 * 60 * 60
"""Seconds from the first refusal to the last: within a day there are office hours in every time zone,
so that whoever runs the witness can have seen that it refuses, and mended what it did not mean."""

REFUSALS_NEEDED = 3
"""At both ends of that period and at least once between: two answers alone may be two accidents."""


class Misbehaviour(StrEnum):
    """What is proven."""

    FORK = _("fork")
    ROLLBACK = _("rollback")
    REFUSAL = _("refusal")
    MALFORMED = EntryFault.MALFORMED.value
    REPLAY = EntryFault.REPLAY.value
    BROKEN_CHAIN = EntryFault.BROKEN_CHAIN.value
    BACKDATING = EntryFault.BACKDATING.value


def fork_proof(first: Checkpoint, second: Checkpoint, tree: Tree | None = None) -> bytes:
    """Return the proof that two heads of a log contradict each other; `tree` is that of the larger one.

    Of different sizes, it holds the subtrees from which both sizes of the larger tree follow.
    """
    small, large = order_by_size(first, second)
    nodes: list[bytes] = []
    if tree is not None and small.head.size < large.head.size:
        sizes = (0, small.head.size, large.head.size)
        for start, end in pairwise(sizes):
            nodes += [tree.node(height, index) for height, index in subtrees(start, end)]
    return fork_file(small, large, nodes)


def entry_proof(
    fault_found: FaultFound,
    log: ReadLog,
    cosigned: Checkpoint | None = None,
    witnesses: Iterable[VerifierKey] = (),
) -> bytes:
    """Return the proof that a log holds an entry with a fault.

    `cosigned` is the earlier head that a backdated entry follows, and `witnesses` those whose times contradict it.
    """
    kind, index = Misbehaviour(fault_found.fault.value), fault_found.entry.index
    entries = [
        ProvenEntry(entry, tuple(log.tree.inclusion_proof(entry.index)))
        for entry in log.entries(max(index - 1, 0), index + 1)
    ][::-1]
    return entry_file(
        Accused(
            kind=kind,
            checkpoint=log.checkpoint,
            entries=entries,
            cosigned=cosigned,
            witnesses=_unique(witnesses),
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """How often a witness refused to cosign a log without ever cosigning between, from when to when, and how."""

    first_s: int
    last_s: int
    count: int
    statuses: tuple[int, ...]
    """The HTTP statuses by which it refused, sorted, each once."""

    def __post_init__(self) -> None:
        """Refuse what no sequence of answers adds up to."""
        sound = (
            0 < len(self.statuses) <= self.count
            and list(self.statuses) == sorted(set(self.statuses))
            and set(self.statuses) <= REFUSAL_STATUSES
            and self.first_s <= self.last_s
        )
        if not sound:
            raise format_error(
                Phrase("Refusals"), Phrase("their number, times or statuses contradict each other")
            )

    @property
    def show_refusal(self) -> bool:
        """Whether they are enough, over a time that is long enough, to show that the witness meant it."""
        lasted_s = self.last_s - self.first_s
        return self.count >= REFUSALS_NEEDED and lasted_s >= REFUSAL_PERIOD_S


def observe_rollback(origin: str, small: Checkpoint, time_s: int, key: SigningKey) -> bytes:
    """Return what an observer says under its log key: that at a time it met this smaller head."""
    return _sign_note(rollback_text(origin, small, time_s), key)


def observe_refusals(
    accused: str, checkpoint: Checkpoint, refusals: Refusals, key: SigningKey
) -> bytes:
    """Return what an observer says under its log key: that a witness refused, the last time for this head."""
    return _sign_note(refusals_text(accused, checkpoint, refusals), key)


def rollback_proof(
    small: Checkpoint,
    large: Checkpoint,
    witnesses: Iterable[VerifierKey],
    observations: Mapping[VerifierKey, bytes],
) -> bytes:
    """Return the proof that a log showed a smaller head after witnesses had cosigned a larger one."""
    signed = [key for key in _unique(witnesses) if large.note.line_of(key) is not None]
    return _write_proof(
        Misbehaviour.ROLLBACK,
        [_with_lines(small, ()), _with_lines(large, signed)],
        witnesses=list(map(str, signed)),
        **_observation_parts(observations),
    )


def refusal_proof(
    checkpoint: Checkpoint,
    accused: VerifierKey,
    witnesses: Iterable[VerifierKey],
    observations: Mapping[VerifierKey, bytes],
) -> bytes:
    """Return the proof that a witness refused, for a stated time, to cosign a log whose last head others cosigned."""
    signed = [
        key
        for key in _unique(witnesses)
        if checkpoint.note.line_of(key) is not None and key.name != accused.name
    ]
    # the accused's own line stays, if there is one: it ends the accusation
    own = [line for line in checkpoint.others if line.name == accused.name]
    return _write_proof(
        Misbehaviour.REFUSAL,
        [_with_lines(checkpoint, signed, own)],
        accused=str(accused),
        witnesses=list(map(str, signed)),
        **_observation_parts(observations),
    )


def order_by_size(first: Checkpoint, second: Checkpoint) -> tuple[Checkpoint, Checkpoint]:
    """Return two checkpoints of a log, the smaller one first."""
    return (first, second) if first.head <= second.head else (second, first)


def fork_file(small: Checkpoint, large: Checkpoint, nodes: Sequence[bytes]) -> bytes:
    heads = [_with_lines(small, ()), _with_lines(large, ())]
    return _write_proof(Misbehaviour.FORK, heads, nodes=_texts(nodes))


@dataclass(frozen=True, slots=True)
class ProvenEntry:
    """An entry with the hashes that lead from it to the root."""

    entry: LogEntry
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accused:
    """An entry that is said to have a fault, the one before it, and what shows the fault."""

    kind: Misbehaviour
    checkpoint: Checkpoint
    entries: Sequence[ProvenEntry]
    cosigned: Checkpoint | None
    witnesses: Sequence[VerifierKey]

    def audit_state(self) -> AuditState:
        """Return what an audit knows before the entry."""
        entry = self.entries[0].entry
        before = self.entries[1].entry if entry.index else None
        return _state_before(self.checkpoint.head.origin, entry, before)

    def fault(self, not_before: datetime | None = None) -> FaultFound | None:
        """Run the audit again on the entry; None where it has no such fault."""
        audit, entry = Audit(self.audit_state(), not_before), self.entries[0].entry
        try:
            # whoever signed the leaf, the log's owner signed that it is there
            audit.follow(entry, replace(examine_entry(entry, {}), signed=True))
        except FaultFound as found:
            return found if found.fault.value == self.kind.value else None
        return None


def entry_file(accused: Accused) -> bytes:
    """Return the file of an accusation, without what the fault shows by itself."""
    parts: dict[str, Value] = {"entries": [_entry_value(proven) for proven in accused.entries]}
    heads = [_with_lines(accused.checkpoint, ())]
    if accused.kind is Misbehaviour.BACKDATING and accused.cosigned and accused.fault() is None:
        signed = [key for key in _unique(accused.witnesses) if accused.cosigned.note.line_of(key)]
        heads.append(_with_lines(accused.cosigned, signed))
        parts["witnesses"] = list(map(str, signed))
    return _write_proof(accused.kind, heads, **parts)


def _state_before(origin: str, entry: LogEntry, before: LogEntry | None) -> AuditState:
    """Return what an audit knows before an entry, from the entry before it."""
    previous, filed_at = None, None
    if before is not None:
        body = before.body
        previous = body.identifier if isinstance(body, Erased) else statement_id(body)
        if isinstance(body, bytes):
            try:
                filed_at = parse_statement(body).filed_at
            except GroundtruceError:
                # the entry before may have a fault of its own
                filed_at = None
    return AuditState(
        origin=origin,
        keys={},
        size=entry.index,
        previous=previous,
        filed_at=filed_at,
    )


def rollback_text(origin: str, small: Checkpoint, time_s: int) -> bytes:
    """Return the text of an observation of a smaller head."""
    return _text_of(_OBSERVATION, Misbehaviour.ROLLBACK, origin, str(time_s), _text_digest(small))


def refusals_text(accused: str, checkpoint: Checkpoint, refusals: Refusals) -> bytes:
    """Return the text of an observation of refusals; `checkpoint` is the last one that was refused."""
    return _text_of(
        _REFUSALS,
        Misbehaviour.REFUSAL,
        accused,
        str(refusals.first_s),
        str(refusals.last_s),
        str(refusals.count),
        " ".join(map(str, refusals.statuses)),
        _text_digest(checkpoint),
    )


def single_answer_text(accused: str, checkpoint: Checkpoint, time_s: int) -> bytes:
    """Return the text that version 0 wrote at any answer without a cosignature: it shows no refusal."""
    return _text_of(
        _OBSERVATION, Misbehaviour.REFUSAL, accused, str(time_s), _text_digest(checkpoint)
    )


def _text_digest(checkpoint: Checkpoint) -> str:
    """Return the digest by which an observation names a checkpoint, whatever lines it bears."""
    return digest(checkpoint.note.text).hex()


def _text_of(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _sign_note(text: bytes, key: SigningKey) -> bytes:
    return bytes(Note(text=text, lines=(note_line(text, key),)))


def _entry_value(proven: ProvenEntry) -> Value:
    """Return an entry as the file has it."""
    entry, body = proven.entry, proven.entry.body
    content: dict[str, Value] = (
        {"identifier": body.identifier.hex()}
        if isinstance(body, Erased)
        else {"body": base64_text(body).decode()}
    )
    leaf = bytes(entry.leaf).hex()
    return {"index": entry.index, "leaf": leaf, "hashes": _texts(proven.hashes), **content}


def _with_lines(
    checkpoint: Checkpoint, keys: Iterable[VerifierKey], more: Iterable[SignatureLine] = ()
) -> Checkpoint:
    """Return a checkpoint with the log's line, those of these keys in their order, and further ones."""
    lines = [checkpoint.note.line_of(key) for key in keys]
    return checkpoint.with_lines((*(line for line in lines if line is not None), *more))


def _unique(keys: Iterable[VerifierKey]) -> list[VerifierKey]:
    return sorted(set(keys), key=str)


def _write_proof(kind: Misbehaviour, checkpoints: Sequence[Checkpoint], **parts: Value) -> bytes:
    """Return the file of a proof: canonical JSON of the parts that are not empty."""
    value: dict[str, Value] = {
        "format": FORMAT,
        "kind": kind.value,
        "log": str(checkpoints[0].log),
        "checkpoints": [bytes(checkpoint).decode() for checkpoint in checkpoints],
        **{name: part for name, part in parts.items() if part},
    }
    return canonical_json(value, SIZE_LIMIT)


def _observation_parts(observations: Mapping[VerifierKey, bytes]) -> dict[str, Value]:
    """Return what observers say, in the order of their keys."""
    observers = _unique(observations)
    return {
        "observers": list(map(str, observers)),
        "observations": [observations[key].decode() for key in observers],
    }


def _texts(hashes: Iterable[bytes]) -> list[Value]:
    return [base64_text(node_hash).decode() for node_hash in hashes]
