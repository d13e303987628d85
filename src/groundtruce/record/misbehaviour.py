"""Proofs of misbehaviour: one file that shows anybody, alone and offline, what a log's owner signed for.

* Only signatures and hashes are relied on. The log's public key is in its origin, so it can't be swapped.
* `fork`: two heads that no single log can have. `replay`, `backdating`, `broken_chain`, `malformed`, `signature`:
  an entry that the log holds, with the proof that it does. These stand by themselves.
* `rollback` and `refusal` rest on what an observer says under its own key; the file says who that is.
* The file is canonical JSON, so that it has one spelling; keys that it brings along are named when it is verified.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.audit import Audit, Fault, FaultFound, Standing, posix, statement_key
from groundtruce.record.canonical import Value, canonical, parse_canonical
from groundtruce.record.checkpoint import Checkpoint, log_key, parse_checkpoint
from groundtruce.record.cosignature import cosigners, witness_name
from groundtruce.record.encoding import (
    HASH_LENGTH,
    base64_bytes,
    base64_text,
    decimal,
    digest,
    hex_bytes,
    lines_of,
    malformed,
)
from groundtruce.record.key import SigningKey, VerifierKey
from groundtruce.record.leaf import Leaf, checksum_of, statement_id
from groundtruce.record.merkle import Frontier, leaf_hash, subtrees, verify_inclusion
from groundtruce.record.note import Note, SignatureLine, note_line
from groundtruce.record.read import Place, ReadLog
from groundtruce.record.statement import parse_statement, second
from groundtruce.record.tile import Erased
from groundtruce.record.tree import Tree

__all__ = [
    "Misbehaviour",
    "Proven",
    "entry_proof",
    "fork_proof",
    "observation",
    "refusal_proof",
    "rollback_proof",
    "verify_misbehaviour",
]

FORMAT = "groundtruce.org/misbehaviour@v1"
_OBSERVATION = "groundtruce.org/observation/v1"
_SIZE_LIMIT = 1 << 20
_WHAT = "A proof of misbehaviour"


class Misbehaviour(StrEnum):
    """What is proven."""

    FORK = "fork"
    ROLLBACK = "rollback"
    REFUSAL = "refusal"
    MALFORMED = Fault.MALFORMED.value
    REPLAY = Fault.REPLAY.value
    SIGNATURE = Fault.SIGNATURE.value
    BROKEN_CHAIN = Fault.BROKEN_CHAIN.value
    BACKDATING = Fault.BACKDATING.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What a file proves: who did what, in one sentence, and whose word beside the accused's it rests on."""

    kind: Misbehaviour
    accused: str
    sentence: str
    relies_on: tuple[VerifierKey, ...]


def fork_proof(one: Checkpoint, other: Checkpoint, tree: Tree | None = None) -> bytes:
    """Return the proof that two heads of a log contradict each other; `tree` is that of the larger one.

    Of different sizes, it holds the subtrees from which both sizes of the larger tree follow.
    """
    small, large = _in_order(one, other)
    nodes: list[bytes] = []
    if tree is not None and small.head.size < large.head.size:
        sizes = (0, small.head.size, large.head.size)
        for start, end in pairwise(sizes):
            nodes += [tree.node(height, index) for height, index in subtrees(start, end)]
    return _fork_file(small, large, nodes)


def entry_proof(
    found: FaultFound,
    log: ReadLog,
    keys: Iterable[VerifierKey],
    cosigned: Checkpoint | None = None,
    witnesses: Iterable[VerifierKey] = (),
) -> bytes:
    """Return the proof that a log holds an entry with a fault.

    `keys` are the statement keys that the log had there, which matter where none of them signed;
    `cosigned` is the earlier head that a backdated entry follows, and `witnesses` those whose times contradict it.
    """
    kind, index = Misbehaviour(found.fault.value), found.place.index
    entries = [
        _Entry(place, tuple(log.tree.inclusion_proof(place.index)))
        for place in log.places(max(index - 1, 0), index + 1)
    ][::-1]
    return _entry_file(
        _Accused(
            kind=kind,
            checkpoint=log.checkpoint,
            entries=entries,
            keys=_unique(keys),
            cosigned=cosigned,
            witnesses=_unique(witnesses),
        )
    )


def observation(
    kind: Misbehaviour, accused: str, checkpoint: Checkpoint, time_s: int, key: SigningKey
) -> bytes:
    """Return what an observer says under its log key: that at a time it met this head, or was refused for it."""
    text = _observed_text(kind, accused, checkpoint, time_s)
    return bytes(Note(text=text, lines=(note_line(text, key),)))


def rollback_proof(
    small: Checkpoint,
    large: Checkpoint,
    witnesses: Iterable[VerifierKey],
    observations: Mapping[VerifierKey, bytes],
) -> bytes:
    """Return the proof that a log showed a smaller head after witnesses had cosigned a larger one."""
    signed = [key for key in _unique(witnesses) if large.note.line_of(key) is not None]
    return _written(
        Misbehaviour.ROLLBACK,
        [_with_lines(small, ()), _with_lines(large, signed)],
        witnesses=list(map(str, signed)),
        **_observed(observations),
    )


def refusal_proof(
    checkpoint: Checkpoint,
    accused: VerifierKey,
    witnesses: Iterable[VerifierKey],
    observations: Mapping[VerifierKey, bytes],
) -> bytes:
    """Return the proof that a witness did not cosign a head that others cosigned."""
    signed = [
        key
        for key in _unique(witnesses)
        if checkpoint.note.line_of(key) is not None and key.name != accused.name
    ]
    # the accused's own line stays, if there is one: it ends the accusation
    own = [line for line in checkpoint.others if line.name == accused.name]
    return _written(
        Misbehaviour.REFUSAL,
        [_with_lines(checkpoint, signed, own)],
        accused=str(accused),
        witnesses=list(map(str, signed)),
        **_observed(observations),
    )


def verify_misbehaviour(content: bytes) -> Proven:
    """Return what a file proves; raises GroundtruceError `record.malformed`, `record.signature` or `record.proof`.

    A file has one form: what is in it is needed, and no byte of it may be another.
    """
    value = parse_canonical(content, _SIZE_LIMIT)
    name = _text(value, "kind")
    if value.get("format") != FORMAT or name not in set(Misbehaviour):
        raise malformed(_WHAT, f"it is no {FORMAT} file")
    kind = Misbehaviour(name)
    log = VerifierKey.parse(_text(value, "log"))
    if log != log_key(log.public):
        raise malformed(_WHAT, "the log is not named after its key")
    checkpoints = [parse_checkpoint(one.encode(), log) for one in _list(value, "checkpoints")]
    match kind, len(checkpoints):
        case Misbehaviour.FORK, 2:
            proven, form = _fork(value, *checkpoints)
        case Misbehaviour.ROLLBACK, 2:
            proven, form = _rollback(value, *checkpoints)
        case Misbehaviour.REFUSAL, 1:
            proven, form = _refusal(value, checkpoints[0])
        case ((Misbehaviour.FORK | Misbehaviour.ROLLBACK | Misbehaviour.REFUSAL), _):
            raise malformed(_WHAT, f"it has {len(checkpoints)} checkpoints")
        case _, 1 | 2:
            proven, form = _faulty_entry(kind, value, checkpoints)
        case _:
            raise malformed(_WHAT, f"it has {len(checkpoints)} checkpoints")
    if form != content:
        raise malformed(_WHAT, "it holds something that it does not need, or in another order")
    return proven


def _fork(value: Mapping[str, Value], small: Checkpoint, large: Checkpoint) -> tuple[Proven, bytes]:
    one, other = small.head, large.head
    nodes = [base64_bytes(text.encode(), "A node", HASH_LENGTH) for text in _list(value, "nodes")]
    if one.size > other.size:
        raise malformed(_WHAT, "the larger head comes first")
    frontier, left = Frontier(), iter(nodes)
    prefix = other.root
    if one.size < other.size:
        for height, _ in subtrees(0, one.size):
            frontier.append_subtree(height, next(left, b""))
        prefix = frontier.root()
        for height, _ in subtrees(one.size, other.size):
            frontier.append_subtree(height, next(left, b""))
        if frontier.root() != other.root:
            raise _unproven("the subtrees are not those of the larger head")
    if prefix == one.root or next(left, None) is not None:
        raise _unproven("the two heads can be of one log")
    sentence = (
        f"The log signed a head of {one.size} statements and one of {other.size} "
        "that cannot both be of one log."
    )
    proven = Proven(kind=Misbehaviour.FORK, accused=one.origin, sentence=sentence, relies_on=())
    return proven, _fork_file(*_in_order(small, large), nodes)


def _in_order(one: Checkpoint, other: Checkpoint) -> tuple[Checkpoint, Checkpoint]:
    return (one, other) if one.head <= other.head else (other, one)


def _fork_file(small: Checkpoint, large: Checkpoint, nodes: Sequence[bytes]) -> bytes:
    heads = [_with_lines(small, ()), _with_lines(large, ())]
    return _written(Misbehaviour.FORK, heads, nodes=_texts(nodes))


def _rollback(
    value: Mapping[str, Value], small: Checkpoint, large: Checkpoint
) -> tuple[Proven, bytes]:
    witnesses = _keys(value, "witnesses")
    cosigned = cosigners(large, witnesses)
    observers = _observers(value, Misbehaviour.ROLLBACK, small.head.origin, small)
    if small.head.size >= large.head.size or not cosigned or not observers:
        raise _unproven("no smaller head was met after a larger one")
    before = min(one.time_s for one in cosigned)
    times = [time_s for time_s, _ in observers.values()]
    if min(times) <= before:
        raise _unproven("the smaller head was met first")
    sentence = (
        f"The log showed {small.head.size} statements on {second(posix(min(times)))}, "
        f"after witnesses had cosigned {large.head.size} on {second(posix(before))}."
    )
    proven = Proven(
        kind=Misbehaviour.ROLLBACK,
        accused=small.head.origin,
        sentence=sentence,
        relies_on=(*(one.key for one in cosigned), *observers),
    )
    return proven, rollback_proof(small, large, witnesses, _notes(observers))


def _refusal(value: Mapping[str, Value], checkpoint: Checkpoint) -> tuple[Proven, bytes]:
    accused = VerifierKey.parse(_text(value, "accused"))
    if accused.name != witness_name(accused.public):
        raise malformed(_WHAT, "the witness is not named after its key")
    witnesses = _keys(value, "witnesses")
    cosigned = cosigners(checkpoint, witnesses)
    observers = _observers(value, Misbehaviour.REFUSAL, accused.name, checkpoint)
    own = any(line.name == accused.name for line in checkpoint.others)
    if not cosigned or not observers or own:
        raise _unproven("no witness is missing from a head that others cosigned")
    when = second(posix(min(time_s for time_s, _ in observers.values())))
    sentence = (
        f"Asked on {when}, the witness did not cosign "
        f"{checkpoint.head.size} statements of {checkpoint.head.origin}; {len(cosigned)} others did."
    )
    proven = Proven(
        kind=Misbehaviour.REFUSAL,
        accused=accused.name,
        sentence=sentence,
        relies_on=(*(one.key for one in cosigned), *observers),
    )
    return proven, refusal_proof(checkpoint, accused, witnesses, _notes(observers))


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry with the hashes that lead from it to the root."""

    place: Place
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Accused:
    """An entry that is said to have a fault, the one before it, and what shows the fault."""

    kind: Misbehaviour
    checkpoint: Checkpoint
    entries: Sequence[_Entry]
    keys: Sequence[VerifierKey]
    cosigned: Checkpoint | None
    witnesses: Sequence[VerifierKey]

    def standing(self) -> Standing:
        """Return what an audit knows before the entry."""
        place = self.entries[0].place
        before = self.entries[1].place if place.index else None
        keys = self.keys if self.kind is Misbehaviour.SIGNATURE else ()
        return _standing_before(self.checkpoint.head.origin, place, before, keys)

    def fault(self, not_before: datetime | None = None) -> FaultFound | None:
        """Run the audit again on the entry; None where it has no such fault."""
        audit, place = Audit(self.standing(), not_before), self.entries[0].place
        try:
            if self.kind is Misbehaviour.SIGNATURE:
                audit.take(place)
            else:
                # whoever signed the leaf, the log's owner signed that it is there
                audit.take_verified(place, signed=True)
        except FaultFound as found:
            return found if found.fault.value == self.kind.value else None
        return None


def _faulty_entry(
    kind: Misbehaviour, value: Mapping[str, Value], checkpoints: Sequence[Checkpoint]
) -> tuple[Proven, bytes]:
    head = checkpoints[0].head
    found = value.get("entries")
    if not isinstance(found, list) or not found:
        raise malformed(_WHAT, "it has no entry")
    entries = [_covered(checkpoints[0], one) for one in found]
    index = entries[0].place.index
    if [one.place.index for one in entries] != list(range(index, max(index - 2, -1), -1)):
        raise malformed(_WHAT, "its entries are not the accused one and the one before")
    accused = _Accused(
        kind=kind,
        checkpoint=checkpoints[0],
        entries=entries,
        keys=[
            statement_key(head.origin, hex_bytes(one.encode(), "A key", HASH_LENGTH))
            for one in _list(value, "keys")
        ],
        cosigned=checkpoints[1] if len(checkpoints) > 1 else None,
        witnesses=_keys(value, "witnesses"),
    )
    relied: tuple[VerifierKey, ...] = ()
    fault = accused.fault()
    if kind is Misbehaviour.SIGNATURE:
        relied = tuple(accused.keys)
        fault = fault if relied else None
    elif fault is None and accused.cosigned is not None:
        times = cosigners(accused.cosigned, accused.witnesses)
        if accused.cosigned.head.size > index:
            raise _unproven("the entry was there when the earlier head was cosigned")
        relied = tuple(one.key for one in times)
        fault = accused.fault(posix(min(one.time_s for one in times))) if times else None
    if fault is None:
        raise _unproven("the entry has no such fault")
    proven = Proven(kind=kind, accused=head.origin, sentence=fault.sentence, relies_on=relied)
    return proven, _entry_file(accused)


def _entry_file(accused: _Accused) -> bytes:
    """Return the file of an accusation, without what the fault shows by itself."""
    parts: dict[str, Value] = {"entries": [_entry(one) for one in accused.entries]}
    heads = [_with_lines(accused.checkpoint, ())]
    if accused.kind is Misbehaviour.SIGNATURE:
        parts["keys"] = sorted({key.public.hex() for key in accused.keys})
    elif accused.kind is Misbehaviour.BACKDATING and accused.cosigned and accused.fault() is None:
        signed = [key for key in _unique(accused.witnesses) if accused.cosigned.note.line_of(key)]
        heads.append(_with_lines(accused.cosigned, signed))
        parts["witnesses"] = list(map(str, signed))
    return _written(accused.kind, heads, **parts)


def _standing_before(
    origin: str, place: Place, before: Place | None, keys: Sequence[VerifierKey]
) -> Standing:
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
    return Standing(
        origin=origin,
        keys={key.key_hash: key for key in keys},
        size=place.index,
        previous=previous,
        filed_at=filed_at,
    )


def _observers(
    value: Mapping[str, Value], kind: Misbehaviour, accused: str, checkpoint: Checkpoint
) -> dict[VerifierKey, tuple[int, bytes]]:
    """Return who observed it, at which second each says so, and its words; raises GroundtruceError."""
    keys, notes = _keys(value, "observers"), _list(value, "observations")
    if len(keys) != len(notes):
        raise malformed(_WHAT, "its observations are not as many as its observers")
    found = {}
    for key, content in zip(keys, notes, strict=True):
        note = Note.parse(content.encode())
        note.signers([key])
        lines = lines_of(note.text, "An observation")
        time_s = decimal(lines[3], "The time of an observation") if len(lines) > 3 else 0  # noqa: PLR2004
        alone = len(note.lines) == 1
        if note.text != _observed_text(kind, accused, checkpoint, time_s) or not alone:
            raise _unproven("an observation is of something else")
        found[key] = time_s, content.encode()
    return found


def _observed_text(kind: Misbehaviour, accused: str, checkpoint: Checkpoint, time_s: int) -> bytes:
    seen = digest(checkpoint.note.text).hex()
    return f"{_OBSERVATION}\n{kind}\n{accused}\n{time_s}\n{seen}\n".encode()


def _notes(observers: Mapping[VerifierKey, tuple[int, bytes]]) -> dict[VerifierKey, bytes]:
    return {key: note for key, (_, note) in observers.items()}


def _covered(checkpoint: Checkpoint, value: Value) -> _Entry:
    """Read an entry and check that the checkpoint covers it."""
    if not isinstance(value, Mapping):
        raise malformed(_WHAT, "an entry is no object")
    index = value.get("index")
    if not isinstance(index, int) or isinstance(index, bool):
        raise malformed(_WHAT, "an entry has no index")
    leaf = Leaf.parse(hex_bytes(_text(value, "leaf").encode(), "A leaf"))
    hashes = [base64_bytes(one.encode(), "A node", HASH_LENGTH) for one in _list(value, "hashes")]
    head = checkpoint.head
    verify_inclusion(index, head.size, leaf_hash(bytes(leaf)), hashes, head.root)
    body: bytes | Erased
    if "identifier" in value:
        body = Erased(hex_bytes(_text(value, "identifier").encode(), "An id", HASH_LENGTH))
    else:
        body = base64_bytes(_text(value, "body").encode(), "A body")
    identifier = body.identifier if isinstance(body, Erased) else statement_id(body)
    if checksum_of(identifier) != leaf.checksum:
        raise _unproven("a body is not that of its leaf")
    return _Entry(Place(index, leaf, body), tuple(hashes))


def _entry(entry: _Entry) -> Value:
    place, body = entry.place, entry.place.body
    content: dict[str, Value] = (
        {"identifier": body.identifier.hex()}
        if isinstance(body, Erased)
        else {"body": base64_text(body).decode()}
    )
    leaf = bytes(place.leaf).hex()
    return {"index": place.index, "leaf": leaf, "hashes": _texts(entry.hashes), **content}


def _with_lines(
    checkpoint: Checkpoint, keys: Iterable[VerifierKey], more: Iterable[SignatureLine] = ()
) -> Checkpoint:
    """Return a checkpoint with the log's line, those of these keys in their order, and further ones."""
    found = [checkpoint.note.line_of(key) for key in keys]
    return checkpoint.with_lines((*(line for line in found if line is not None), *more))


def _unique(keys: Iterable[VerifierKey]) -> list[VerifierKey]:
    return sorted(set(keys), key=str)


def _written(kind: Misbehaviour, checkpoints: Sequence[Checkpoint], **parts: Value) -> bytes:
    value: dict[str, Value] = {
        "format": FORMAT,
        "kind": kind.value,
        "log": str(checkpoints[0].log),
        "checkpoints": [bytes(one).decode() for one in checkpoints],
        **{name: part for name, part in parts.items() if part},
    }
    return canonical(value, _SIZE_LIMIT)


def _observed(observations: Mapping[VerifierKey, bytes]) -> dict[str, Value]:
    observers = _unique(observations)
    return {
        "observers": list(map(str, observers)),
        "observations": [observations[key].decode() for key in observers],
    }


def _texts(hashes: Iterable[bytes]) -> list[Value]:
    return [base64_text(one).decode() for one in hashes]


def _text(value: Mapping[str, Value], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str):
        raise malformed(_WHAT, f"{name} is no text")
    return found


def _list(value: Mapping[str, Value], name: str) -> list[str]:
    found = value.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise malformed(_WHAT, f"{name} is no list of texts")
    return [str(one) for one in found]


def _keys(value: Mapping[str, Value], name: str) -> list[VerifierKey]:
    return [VerifierKey.parse(one) for one in _list(value, name)]


def _unproven(cause: str) -> GroundtruceError:
    return GroundtruceError(Problem.RECORD_PROOF, what="The misbehaviour", cause=cause)
