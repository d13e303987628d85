"""Proofs of misbehaviour: one file that shows anybody, alone and offline, what a log's owner signed for.

* Only signatures and hashes are relied on. The log's public key is in its origin, so it can't be swapped.
* `fork`: two heads that no single log can have. `replay`, `backdating`, `broken_chain`, `malformed`: an entry that
  the log holds, with the proof that it does. These stand by themselves.
* `rollback` and `refusal` rest on what an observer says under its own key, backdating against a cosigned head on those
  witnesses' clocks; the file says who that is.
* That no statement key signed an entry is refused by every audit, and no file can prove it: which keys a log had there,
  only the whole log says.
* The file has one form, that of `accusation`: whoever changes a byte of it has no proof.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.log.audit import posix
from groundtruce.record.log.read import Place
from groundtruce.record.peers.misbehaviour_proof import (
    FORMAT,
    SIZE_LIMIT,
    Accused,
    Entry,
    Misbehaviour,
    entry_file,
    fork_file,
    in_order,
    observed_text,
    refusal_proof,
    rollback_proof,
)
from groundtruce.record.statement.canonical import Value, parse_canonical
from groundtruce.record.statement.statement import second
from groundtruce.record.tlog.checkpoint import Checkpoint, log_key, parse_checkpoint
from groundtruce.record.tlog.cosignature import cosigners, witness_name
from groundtruce.record.tlog.encoding import (
    HASH_LENGTH,
    base64_bytes,
    decimal,
    hex_bytes,
    lines_of,
    malformed,
)
from groundtruce.record.tlog.key import VerifierKey
from groundtruce.record.tlog.leaf import Leaf, checksum_of, statement_id
from groundtruce.record.tlog.merkle import Frontier, leaf_hash, subtrees, verify_inclusion
from groundtruce.record.tlog.note import Note
from groundtruce.record.tlog.tile import Erased

__all__ = ["Proven", "verify_misbehaviour"]

_WHAT = "A proof of misbehaviour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What a file proves: who did what, in one sentence, and whose word beside the accused's it rests on."""

    kind: Misbehaviour
    accused: str
    sentence: str
    relies_on: tuple[VerifierKey, ...]


def verify_misbehaviour(content: bytes) -> Proven:
    """Return what a file proves; raises GroundtruceError `record.malformed`, `record.signature` or `record.proof`.

    A file has one form: what is in it is needed, and no byte of it may be another.
    """
    value = parse_canonical(content, SIZE_LIMIT)
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
    return proven, fork_file(*in_order(small, large), nodes)


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
    accused = Accused(
        kind=kind,
        checkpoint=checkpoints[0],
        entries=entries,
        cosigned=checkpoints[1] if len(checkpoints) > 1 else None,
        witnesses=_keys(value, "witnesses"),
    )
    relied: tuple[VerifierKey, ...] = ()
    fault = accused.fault()
    if fault is None and accused.cosigned is not None:
        times = cosigners(accused.cosigned, accused.witnesses)
        if accused.cosigned.head.size > index:
            raise _unproven("the entry was there when the earlier head was cosigned")
        relied = tuple(one.key for one in times)
        fault = accused.fault(posix(min(one.time_s for one in times))) if times else None
    if fault is None:
        raise _unproven("the entry has no such fault")
    proven = Proven(kind=kind, accused=head.origin, sentence=fault.sentence, relies_on=relied)
    return proven, entry_file(accused)


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
        if note.text != observed_text(kind, accused, checkpoint, time_s) or not alone:
            raise _unproven("an observation is of something else")
        found[key] = time_s, content.encode()
    return found


def _notes(observers: Mapping[VerifierKey, tuple[int, bytes]]) -> dict[VerifierKey, bytes]:
    return {key: note for key, (_, note) in observers.items()}


def _covered(checkpoint: Checkpoint, value: Value) -> Entry:
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
    return Entry(Place(index, leaf, body), tuple(hashes))


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
