"""Proofs of misbehaviour: one file that shows anybody, alone and offline, what a log's owner signed for.

* Only signatures and hashes are relied on. The log's public key is in its origin, so it can't be swapped.
* `fork`: two heads that no single log can have. `replay`, `backdating`, `broken_chain`, `malformed`, `signature`:
  an entry that the log holds, with the proof that it does. These stand by themselves.
* `rollback` and `refusal` rest on what an observer says under its own key; the file says who that is.
* The file is canonical JSON, so that it has one spelling; keys that it brings along are named when it is verified.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.audit import Audit, Fault, FaultFound, Standing, posix, statement_key
from groundtruce.record.canonical import Value, canonical, parse_canonical
from groundtruce.record.checkpoint import Checkpoint, log_key, parse_checkpoint
from groundtruce.record.cosignature import cosigners
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
from groundtruce.record.note import Note, note_line
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
    small, large = sorted((one, other), key=lambda checkpoint: checkpoint.head.size)
    nodes: list[bytes] = []
    if tree is not None and small.head.size < large.head.size:
        sizes = (0, small.head.size, large.head.size)
        for start, end in pairwise(sizes):
            nodes += [tree.node(height, index) for height, index in subtrees(start, end)]
    return _written(Misbehaviour.FORK, [small, large], nodes=_texts(nodes))


def entry_proof(
    found: FaultFound,
    log: ReadLog,
    keys: Iterable[VerifierKey],
    cosigned: Checkpoint | None = None,
    witnesses: Iterable[VerifierKey] = (),
) -> bytes:
    """Return the proof that a log holds an entry with a fault.

    `keys` are the statement keys that the log had there; `cosigned` is the earlier head that a backdated one follows.
    """
    index = found.place.index
    places = list(log.places(max(index - 1, 0), index + 1))
    entries = [_entry(log, place) for place in reversed(places)]
    checkpoints = [log.checkpoint, *([cosigned] if cosigned else [])]
    return _written(
        Misbehaviour(found.fault.value),
        checkpoints,
        entries=entries,
        keys=[key.public.hex() for key in keys],
        witnesses=list(map(str, witnesses)),
    )


def observation(
    kind: Misbehaviour, accused: str, checkpoint: Checkpoint, time_s: int, key: SigningKey
) -> bytes:
    """Return what an observer says under its log key: that at a time it met this head, or was refused for it."""
    seen = digest(checkpoint.note.text).hex()
    text = f"{_OBSERVATION}\n{kind}\n{accused}\n{time_s}\n{seen}\n".encode()
    return bytes(Note(text=text, lines=(note_line(text, key),)))


def rollback_proof(
    small: Checkpoint,
    large: Checkpoint,
    witnesses: Iterable[VerifierKey],
    observations: Mapping[VerifierKey, bytes],
) -> bytes:
    """Return the proof that a log showed a smaller head after witnesses had cosigned a larger one."""
    return _written(
        Misbehaviour.ROLLBACK,
        [small, large],
        witnesses=list(map(str, witnesses)),
        **_observed(observations),
    )


def refusal_proof(
    checkpoint: Checkpoint,
    accused: VerifierKey,
    witnesses: Iterable[VerifierKey],
    observations: Mapping[VerifierKey, bytes],
) -> bytes:
    """Return the proof that a witness did not cosign a head that others cosigned."""
    return _written(
        Misbehaviour.REFUSAL,
        [checkpoint],
        accused=str(accused),
        witnesses=list(map(str, witnesses)),
        **_observed(observations),
    )


def verify_misbehaviour(content: bytes) -> Proven:
    """Return what a file proves; raises GroundtruceError `record.malformed`, `record.signature` or `record.proof`."""
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
            return _fork(value, *checkpoints)
        case Misbehaviour.ROLLBACK, 2:
            return _rollback(value, *checkpoints)
        case Misbehaviour.REFUSAL, 1:
            return _refusal(value, checkpoints[0])
        case ((Misbehaviour.FORK | Misbehaviour.ROLLBACK | Misbehaviour.REFUSAL), _):
            raise malformed(_WHAT, f"it has {len(checkpoints)} checkpoints")
        case _, 1 | 2:
            return _faulty_entry(kind, value, checkpoints)
        case _:
            raise malformed(_WHAT, f"it has {len(checkpoints)} checkpoints")


def _fork(value: Mapping[str, Value], small: Checkpoint, large: Checkpoint) -> Proven:
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
        if frontier.root() != other.root or next(left, None) is not None:
            raise _unproven("the subtrees are not those of the larger head")
    if prefix == one.root:
        raise _unproven("the two heads can be of one log")
    sentence = (
        f"The log signed a head of {one.size} statements and one of {other.size} "
        "that cannot both be of one log."
    )
    return Proven(kind=Misbehaviour.FORK, accused=one.origin, sentence=sentence, relies_on=())


def _rollback(value: Mapping[str, Value], small: Checkpoint, large: Checkpoint) -> Proven:
    witnesses = _keys(value, "witnesses")
    cosigned = cosigners(large, witnesses)
    observers = _observers(value, Misbehaviour.ROLLBACK, small.head.origin, small)
    if small.head.size >= large.head.size or not cosigned or not observers:
        raise _unproven("no smaller head was met after a larger one")
    before = min(one.time_s for one in cosigned)
    if not all(time_s > before for time_s in observers.values()):
        raise _unproven("the smaller head was met first")
    sentence = (
        f"The log showed {small.head.size} statements on {second(posix(min(observers.values())))}, "
        f"after witnesses had cosigned {large.head.size} on {second(posix(before))}."
    )
    relied = (*(one.key for one in cosigned), *observers)
    return Proven(
        kind=Misbehaviour.ROLLBACK, accused=small.head.origin, sentence=sentence, relies_on=relied
    )


def _refusal(value: Mapping[str, Value], checkpoint: Checkpoint) -> Proven:
    accused = VerifierKey.parse(_text(value, "accused"))
    cosigned = cosigners(checkpoint, _keys(value, "witnesses"))
    observers = _observers(value, Misbehaviour.REFUSAL, accused.name, checkpoint)
    if not cosigned or not observers or checkpoint.note.line_of(accused) is not None:
        raise _unproven("no witness is missing from a head that others cosigned")
    sentence = (
        f"Asked on {second(posix(min(observers.values())))}, the witness did not cosign "
        f"{checkpoint.head.size} statements of {checkpoint.head.origin}; {len(cosigned)} others did."
    )
    relied = (*(one.key for one in cosigned), *observers)
    return Proven(
        kind=Misbehaviour.REFUSAL, accused=accused.name, sentence=sentence, relies_on=relied
    )


def _faulty_entry(
    kind: Misbehaviour, value: Mapping[str, Value], checkpoints: Sequence[Checkpoint]
) -> Proven:
    """Run the audit again on the entry, from what the file shows of the log before it."""
    head = checkpoints[0].head
    found = value.get("entries")
    if not isinstance(found, list) or not 1 <= len(found) <= len(("entry", "previous")):
        raise malformed(_WHAT, "it has no entry")
    places = [_place(checkpoints[0], one) for one in found]
    place, before = places[0], places[1] if len(places) > 1 else None
    if place.index and before is None:
        raise malformed(_WHAT, "the entry before is missing")
    keys = [
        statement_key(head.origin, hex_bytes(one.encode(), "A key", HASH_LENGTH))
        for one in _list(value, "keys")
    ]
    cosigned = cosigners(checkpoints[-1], _keys(value, "witnesses")) if len(checkpoints) > 1 else []
    if cosigned and checkpoints[-1].head.size > place.index:
        raise _unproven("the entry was there when the earlier head was cosigned")
    audit = Audit(
        _standing_before(head.origin, place, before, keys),
        not_before=posix(min(one.time_s for one in cosigned)) if cosigned else None,
    )
    try:
        audit.take(place)
    except FaultFound as fault:
        if fault.fault.value == kind.value:
            return Proven(
                kind=kind,
                accused=head.origin,
                sentence=fault.sentence,
                relies_on=tuple(one.key for one in cosigned),
            )
    raise _unproven("the entry has no such fault")


def _standing_before(
    origin: str, place: Place, before: Place | None, keys: Sequence[VerifierKey]
) -> Standing:
    previous, filed_at = None, None
    if before is not None:
        if before.index != place.index - 1:
            raise malformed(_WHAT, "the entries do not follow each other")
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
) -> dict[VerifierKey, int]:
    """Return who observed it, and at which second each says so; raises GroundtruceError."""
    keys, notes = _keys(value, "observers"), _list(value, "observations")
    if len(keys) != len(notes):
        raise malformed(_WHAT, "its observations are not as many as its observers")
    found = {}
    for key, content in zip(keys, notes, strict=True):
        note = Note.parse(content.encode())
        note.signers([key])
        lines = lines_of(note.text, "An observation")
        time_s = decimal(lines[3], "The time of an observation") if len(lines) > 3 else 0  # noqa: PLR2004
        seen = digest(checkpoint.note.text).hex()
        expected = f"{_OBSERVATION}\n{kind}\n{accused}\n{time_s}\n{seen}\n".encode()
        if note.text != expected:
            raise _unproven("an observation is of something else")
        found[key] = time_s
    return found


def _place(checkpoint: Checkpoint, value: Value) -> Place:
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
    return Place(index, leaf, body)


def _entry(log: ReadLog, place: Place) -> Value:
    body = place.body
    content: dict[str, Value] = (
        {"identifier": body.identifier.hex()}
        if isinstance(body, Erased)
        else {"body": base64_text(body).decode()}
    )
    hashes = log.tree.inclusion_proof(place.index)
    leaf = bytes(place.leaf).hex()
    return {"index": place.index, "leaf": leaf, "hashes": _texts(hashes), **content}


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
    return {
        "observers": list(map(str, observations)),
        "observations": [note.decode() for note in observations.values()],
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
