"""Proofs of misbehaviour: one file that shows anybody, alone and offline, what a log's owner signed for.

* Only signatures and hashes are relied on. The log's public key is in its origin, so it can't be swapped.
* `fork`: two heads that no single log can have. `replay`, `backdating`, `broken_chain`, `malformed`: an entry that
  the log holds, with the proof that it does. These need nobody's word.
* `rollback` and `refusal` rest on what an observer says under its own key, backdating against a cosigned head on those
  witnesses' clocks; the file says who that is.
* A refusal is shown by answers over a stated time. A file about a single answer, as they were written once, shows none.
* That no statement key signed an entry is refused by every audit, and no file can prove it: which keys a log had there,
  only the whole log says.
* The file has one form, that of `accusation`: whoever changes a byte of it has no proof.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.log.audit import from_posix
from groundtruce.record.log.read import LogEntry
from groundtruce.record.peers.misbehaviour_proof import (
    FORMAT,
    SIZE_LIMIT,
    Accused,
    Misbehaviour,
    ProvenEntry,
    Refusals,
    entry_file,
    fork_file,
    order_by_size,
    refusal_proof,
    refusals_text,
    rollback_proof,
    rollback_text,
    single_answer_text,
)
from groundtruce.record.statement.canonical import Value, parse_canonical
from groundtruce.record.statement.statement import format_second
from groundtruce.record.tlog.checkpoint import Checkpoint, log_key, parse_checkpoint
from groundtruce.record.tlog.cosignature import cosigners, witness_name
from groundtruce.record.tlog.encoding import (
    HASH_LENGTH,
    base64_bytes,
    decimal,
    format_error,
    hex_bytes,
    lines_of,
)
from groundtruce.record.tlog.key import VerifierKey
from groundtruce.record.tlog.leaf import Leaf, checksum_of, statement_id
from groundtruce.record.tlog.merkle import Frontier, leaf_hash, subtrees, verify_inclusion
from groundtruce.record.tlog.note import Note
from groundtruce.record.tlog.tile import Erased

__all__ = ["Proven", "SingleAnswer", "verify_misbehaviour"]

_WHAT = Phrase("A proof of misbehaviour")
_SINGLE_LINES = 5
"""Lines of an observation of one moment."""
_REFUSAL_LINES = 8
"""Lines of an observation of refusals."""


class SingleAnswer(GroundtruceError):  # noqa: N818 - what the file shows
    """A file says of one answer that it was a refusal, which it does not show: `record.proof`."""

    def __init__(self) -> None:
        cause = Phrase("the file is about one answer of the witness, which may have been an outage")
        super().__init__(Problem.RECORD_PROOF, what=Phrase("A refusal"), cause=cause)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What a file proves: who did what, in one sentence, and on whose word, other than the accused's, it rests."""

    kind: Misbehaviour
    accused: str
    sentence: str
    relies_on: tuple[VerifierKey, ...]


def verify_misbehaviour(content: bytes) -> Proven:
    """Return what a file proves; raises GroundtruceError `record.malformed`, `record.signature` or `record.proof`.

    Raises SingleAnswer for a refusal as it was written once, of one moment only.
    A file has one form: what is in it is needed, and no byte of it may be another.
    """
    value = parse_canonical(content, SIZE_LIMIT)
    name = _text(value, "kind")
    if value.get("format") != FORMAT or name not in set(Misbehaviour):
        raise format_error(_WHAT, Phrase("it is no {format} file", format=FORMAT))
    kind = Misbehaviour(name)
    log = VerifierKey.parse(_text(value, "log"))
    if log != log_key(log.public):
        raise format_error(_WHAT, Phrase("the log is not named after its key"))
    checkpoints = [parse_checkpoint(text.encode(), log) for text in _list(value, "checkpoints")]
    match kind, len(checkpoints):
        case Misbehaviour.FORK, 2:
            proven, form = _fork(value, *checkpoints)
        case Misbehaviour.ROLLBACK, 2:
            proven, form = _rollback(value, *checkpoints)
        case Misbehaviour.REFUSAL, 1:
            proven, form = _refusal(value, checkpoints[0])
        case ((Misbehaviour.FORK | Misbehaviour.ROLLBACK | Misbehaviour.REFUSAL), _):
            raise format_error(_WHAT, Phrase("it has {count} checkpoints", count=len(checkpoints)))
        case _, 1 | 2:
            proven, form = _faulty_entry(kind, value, checkpoints)
        case _:
            raise format_error(_WHAT, Phrase("it has {count} checkpoints", count=len(checkpoints)))
    if form != content:
        raise format_error(
            _WHAT, Phrase("it holds something that it does not need, or in another order")
        )
    return proven


def _fork(value: Mapping[str, Value], small: Checkpoint, large: Checkpoint) -> tuple[Proven, bytes]:
    """Verify two heads that contradict each other: RFC 9162, 2.1.4.2, with the subtrees themselves."""
    smaller, larger = small.head, large.head
    nodes = [
        base64_bytes(text.encode(), Phrase("A node"), HASH_LENGTH) for text in _list(value, "nodes")
    ]
    if smaller.size > larger.size:
        raise format_error(_WHAT, Phrase("the larger head comes first"))
    frontier, left = Frontier(), iter(nodes)
    prefix = larger.root
    if smaller.size < larger.size:
        for height, _ in subtrees(0, smaller.size):
            frontier.append_subtree(height, next(left, b""))
        prefix = frontier.root()
        for height, _ in subtrees(smaller.size, larger.size):
            frontier.append_subtree(height, next(left, b""))
        if frontier.root() != larger.root:
            raise _unproven(Phrase("the subtrees are not those of the larger head"))
    if prefix == smaller.root or next(left, None) is not None:
        raise _unproven(Phrase("the two heads can be of one log"))
    sentence = (
        f"The log signed a head of {smaller.size} statements and one of {larger.size} "
        "that cannot both be of one log."
    )
    proven = Proven(kind=Misbehaviour.FORK, accused=smaller.origin, sentence=sentence, relies_on=())
    return proven, fork_file(*order_by_size(small, large), nodes)


def _rollback(
    value: Mapping[str, Value], small: Checkpoint, large: Checkpoint
) -> tuple[Proven, bytes]:
    """Verify that a smaller head was met after a larger one had been cosigned."""
    witnesses = _keys(value, "witnesses")
    cosigned = cosigners(large, witnesses)
    observations = _observations(value)
    times = [_second_of_meeting(note, small) for note in observations.values()]
    if small.head.size >= large.head.size or not cosigned or not times:
        raise _unproven(Phrase("no smaller head was met after a larger one"))
    before = min(cosignature.time_s for cosignature in cosigned)
    if min(times) <= before:
        raise _unproven(Phrase("the smaller head was met first"))
    sentence = (
        f"The log showed {small.head.size} statements on {format_second(from_posix(min(times)))}, "
        f"after witnesses had cosigned {large.head.size} on {format_second(from_posix(before))}."
    )
    proven = Proven(
        kind=Misbehaviour.ROLLBACK,
        accused=small.head.origin,
        sentence=sentence,
        relies_on=(*(cosignature.key for cosignature in cosigned), *observations),
    )
    return proven, rollback_proof(small, large, witnesses, _contents(observations))


def _refusal(value: Mapping[str, Value], checkpoint: Checkpoint) -> tuple[Proven, bytes]:
    """Verify that a witness refused for a day to cosign a log, the last time for a head that others cosigned."""
    accused = VerifierKey.parse(_text(value, "accused"))
    if accused.name != witness_name(accused.public):
        raise format_error(_WHAT, Phrase("the witness is not named after its key"))
    witnesses = _keys(value, "witnesses")
    cosigned = cosigners(checkpoint, witnesses)
    observations = _observations(value)
    observed = [_refusals(note, accused.name, checkpoint) for note in observations.values()]
    own = any(line.name == accused.name for line in checkpoint.others)
    if not cosigned or not observed or own:
        raise _unproven(Phrase("no witness is missing from a head that others cosigned"))
    if not all(refusals.show_refusal for refusals in observed):
        raise _unproven(Phrase("the witness was not asked often enough, or not for long enough"))
    longest = max(observed, key=lambda refusals: refusals.last_s - refusals.first_s)
    first, last = (
        format_second(from_posix(time_s)) for time_s in (longest.first_s, longest.last_s)
    )
    sentence = (
        f"Asked {longest.count} times from {first} to {last} to cosign the log "
        f"{checkpoint.head.origin}, the witness refused each time (HTTP status "
        f"{', '.join(map(str, longest.statuses))}), the last time for a head of "
        f"{checkpoint.head.size} statements; others who cosigned that head: "
        f"{len({cosignature.key.name for cosignature in cosigned})}."
    )
    proven = Proven(
        kind=Misbehaviour.REFUSAL,
        accused=accused.name,
        sentence=sentence,
        relies_on=(*(cosignature.key for cosignature in cosigned), *observations),
    )
    return proven, refusal_proof(checkpoint, accused, witnesses, _contents(observations))


def _faulty_entry(
    kind: Misbehaviour, value: Mapping[str, Value], checkpoints: Sequence[Checkpoint]
) -> tuple[Proven, bytes]:
    """Verify that the log holds an entry, and that the audit finds the fault in it."""
    head = checkpoints[0].head
    values = value.get("entries")
    if not isinstance(values, list) or not values:
        raise format_error(_WHAT, Phrase("it has no entry"))
    entries = [_read_entry(checkpoints[0], item) for item in values]
    index = entries[0].entry.index
    if [proven.entry.index for proven in entries] != list(range(index, max(index - 2, -1), -1)):
        raise format_error(_WHAT, Phrase("its entries are not the accused one and the one before"))
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
            raise _unproven(Phrase("the entry was there when the earlier head was cosigned"))
        relied = tuple(cosignature.key for cosignature in times)
        fault = (
            accused.fault(from_posix(min(cosignature.time_s for cosignature in times)))
            if times
            else None
        )
    if fault is None:
        raise _unproven(Phrase("the entry has no such fault"))
    proven = Proven(kind=kind, accused=head.origin, sentence=fault.sentence, relies_on=relied)
    return proven, entry_file(accused)


def _observations(value: Mapping[str, Value]) -> dict[VerifierKey, Note]:
    """Return what each observer says, its signature verified; raises GroundtruceError."""
    keys, contents = _keys(value, "observers"), _list(value, "observations")
    if len(keys) != len(contents):
        raise format_error(_WHAT, Phrase("its observations are not as many as its observers"))
    notes = {}
    for key, content in zip(keys, contents, strict=True):
        note = Note.parse(content.encode())
        note.signers([key])
        if len(note.lines) != 1:
            raise _unproven(Phrase("an observation is signed by another, too"))
        notes[key] = note
    return notes


def _contents(observations: Mapping[VerifierKey, Note]) -> dict[VerifierKey, bytes]:
    return {key: bytes(note) for key, note in observations.items()}


def _second_of_meeting(note: Note, small: Checkpoint) -> int:
    """Return at which second an observer says that it met the smaller head; raises GroundtruceError."""
    time_s = _second_of(note)
    if note.text != rollback_text(small.head.origin, small, time_s):
        raise _unproven(Phrase("an observation is of something else"))
    return time_s


def _refusals(note: Note, accused: str, checkpoint: Checkpoint) -> Refusals:
    """Return how a witness refused, as an observer says; raises SingleAnswer or another GroundtruceError."""
    lines = lines_of(note.text, Phrase("An observation"))
    if len(lines) == _SINGLE_LINES:
        if note.text == single_answer_text(accused, checkpoint, _second_of(note)):
            raise SingleAnswer
        raise _unproven(Phrase("an observation is of something else"))
    if len(lines) != _REFUSAL_LINES:
        raise _unproven(Phrase("an observation is of something else"))
    first_s, last_s, count = (
        decimal(line, Phrase("A number of an observation")) for line in lines[3:6]
    )
    statuses = tuple(decimal(status, Phrase("A status")) for status in lines[6].split(b" "))
    refusals = Refusals(first_s=first_s, last_s=last_s, count=count, statuses=statuses)
    if note.text != refusals_text(accused, checkpoint, refusals):
        raise _unproven(Phrase("an observation is of something else"))
    return refusals


def _second_of(note: Note) -> int:
    """Return the POSIX second in the fourth line of an observation of one moment."""
    lines = lines_of(note.text, Phrase("An observation"))
    if len(lines) != _SINGLE_LINES:
        raise _unproven(Phrase("an observation is of something else"))
    return decimal(lines[3], Phrase("The time of an observation"))


def _read_entry(checkpoint: Checkpoint, value: Value) -> ProvenEntry:
    """Read an entry and check that the checkpoint covers it."""
    if not isinstance(value, Mapping):
        raise format_error(_WHAT, Phrase("an entry is no object"))
    index = value.get("index")
    if not isinstance(index, int) or isinstance(index, bool):
        raise format_error(_WHAT, Phrase("an entry has no index"))
    leaf = Leaf.parse(hex_bytes(_text(value, "leaf").encode(), Phrase("A leaf")))
    hashes = [
        base64_bytes(text.encode(), Phrase("A node"), HASH_LENGTH)
        for text in _list(value, "hashes")
    ]
    head = checkpoint.head
    verify_inclusion(index, head.size, leaf_hash(bytes(leaf)), hashes, head.root)
    body: bytes | Erased
    if "identifier" in value:
        body = Erased(hex_bytes(_text(value, "identifier").encode(), Phrase("An id"), HASH_LENGTH))
    else:
        body = base64_bytes(_text(value, "body").encode(), Phrase("A body"))
    identifier = body.identifier if isinstance(body, Erased) else statement_id(body)
    if checksum_of(identifier) != leaf.checksum:
        raise _unproven(Phrase("a body is not that of its leaf"))
    return ProvenEntry(LogEntry(index, leaf, body), tuple(hashes))


def _text(value: Mapping[str, Value], name: str) -> str:
    text = value.get(name)
    if not isinstance(text, str):
        raise format_error(_WHAT, Phrase("{name} is no text", name=name))
    return text


def _list(value: Mapping[str, Value], name: str) -> list[str]:
    texts = value.get(name, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise format_error(_WHAT, Phrase("{name} is no list of texts", name=name))
    return [str(text) for text in texts]


def _keys(value: Mapping[str, Value], name: str) -> list[VerifierKey]:
    return [VerifierKey.parse(text) for text in _list(value, name)]


def _unproven(cause: Phrase) -> GroundtruceError:
    return GroundtruceError(Problem.RECORD_PROOF, what=Phrase("The misbehaviour"), cause=cause)
