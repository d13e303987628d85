"""What a node does for and with the others: it copies their logs, audits them, cosigns, and collects cosignatures.

* A log is copied and audited entry by entry before its head is cosigned, and the ledger moves before that.
* A refusal, a silence or a proof of misbehaviour of one peer never stops the others, nor recording.
* Proofs are kept in `public/misbehaviour/`: first the file, then a notification in the own log that names it.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import httpx2

from groundtruce.federation.address import fetch_from, is_web
from groundtruce.federation.client import ask_over_http, ask_witness, verified_lines
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.authoring.erasure import bury
from groundtruce.node.authoring.recording import Pen, file_drafts, own_statements
from groundtruce.node.node import Node
from groundtruce.node.peers.gossip import compare, mirror_path, published_copies, recall
from groundtruce.node.register import Member
from groundtruce.record.evidence.sealed import ObjectId
from groundtruce.record.evidence.store import object_path
from groundtruce.record.log.append import AppendLog
from groundtruce.record.log.ledger import Role
from groundtruce.record.peers.mirror import MirrorLog, MisbehaviourFound, RollbackFound
from groundtruce.record.peers.misbehaviour_proof import (
    Misbehaviour,
    observation,
    refusal_proof,
    rollback_proof,
)
from groundtruce.record.peers.witness import AddCheckpoint, Witness
from groundtruce.record.statement.schema import Kind
from groundtruce.record.statement.statement import Draft, Statement
from groundtruce.record.tlog.checkpoint import Checkpoint, Head, parse_checkpoint
from groundtruce.record.tlog.encoding import digest
from groundtruce.record.tlog.note import SignatureLine
from groundtruce.record.tlog.tile import CHECKPOINT
from groundtruce.record.tlog.tree import Fetch, Tree

__all__ = [
    "Answer",
    "Exchange",
    "address_of",
    "notify_of_proofs",
]

_ANSWERED = "it answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How it went with one peer: the size agreed on, or the problem."""

    member: Member
    size: int
    problem: GroundtruceError | None


@dataclass(slots=True)
class _Taken:
    """What the statements that are taken over ask for besides themselves."""

    objects: list[str] = field(default_factory=list)
    tombstones: list[Statement] = field(default_factory=list)

    def take(self, statement: Statement) -> None:
        named = (statement.content.get(name) for name in ("object", "time_stamp"))
        self.objects += [one for one in named if isinstance(one, str)]
        if statement.kind is Kind.TOMBSTONE:
            self.tombstones.append(statement)


class Exchange:
    """The dealings of one node; `client` reaches web addresses, `pen` has the clock."""

    def __init__(self, node: Node, client: httpx2.Client, pen: Pen) -> None:
        """Take the node and its means."""
        self._node, self._client, self._pen = node, client, pen

    def mirror(self, member: Member) -> Answer:
        """Take over what a peer's log has grown by, audited, with its objects; compare it with others' copies."""
        problem = None
        with self._node.copying(member) as copy:
            for step in (self._take_over, self._compare):
                try:
                    step(copy, member)
                except GroundtruceError as error:
                    problem = problem or self._kept(error)
            return Answer(member=member, size=copy.head.size, problem=problem)

    def cosign(self, member: Member) -> Answer:
        """Cosign the audited copy of a peer's log, if it grew since the last time."""
        with self._node.copying(member) as copy:
            last = self._node.ledger.head(Role.WITNESS, member.origin)
            try:
                self._cosign(copy, member, last)
            except GroundtruceError as error:
                return Answer(member=member, size=last.size if last else 0, problem=error)
            return Answer(member=member, size=copy.head.size, problem=None)

    def answer(self, request: AddCheckpoint) -> list[SignatureLine]:
        """Answer a request to cosign; raises GroundtruceError with the HTTP status to give."""
        origin = request.note.partition(b"\n")[0].decode("utf-8", "replace")
        with self._node.copying(self._node.register.of_origin(origin)) as copy:
            lines = self._witness(copy).add_checkpoint(request, self._time_s())
            copy.cosigned(lines)
        return lines

    def collect(self, log: AppendLog, member: Member) -> Answer:
        """Get a peer's cosignature under the own head, by asking it or from what it publishes."""
        node = self._node
        checkpoint = log.checkpoint()
        try:
            log.cosigned(self._lines_of(member, checkpoint))
        except GroundtruceError as error:
            if error.problem is Problem.RECORD_PEER and _ANSWERED in str(error.details["cause"]):
                self._keep_refusal(log.checkpoint(), member)
            return Answer(member=member, size=0, problem=error)
        found = log.checkpoint().note.line_of(member.witness)
        size = checkpoint.head.size if found else 0
        problem = None if found else _silent(member, node.origin)
        return Answer(member=member, size=size, problem=problem)

    def recall(self) -> list[Head]:
        """Move the ledger up to what others show that this node has cosigned; return those heads."""
        return recall(self._node, self._fetch)

    def _take_over(self, copy: MirrorLog, member: Member) -> None:
        fetch, taken = self._fetch(member), _Taken()
        witnesses = self._node.register.witnesses(without=member.origin)
        copy.update(fetch, witnesses, self._pen.now(), taken.take)
        self._complete(copy, fetch, taken)

    def _compare(self, copy: MirrorLog, member: Member) -> None:
        for published in published_copies(self._node, member, self._fetch):
            compare(copy, published)

    def _cosign(self, copy: MirrorLog, member: Member, last: Head | None) -> None:
        if copy.checkpoint is None:
            raise GroundtruceError(Problem.RECORD_MISSING, what=f"A copy of {member.name}'s log")
        if last is not None and _goes_back(copy, last):
            cause = f"this node cosigned {last.size} statements, and its copy has {copy.head.size}"
            raise GroundtruceError(Problem.RECORD_ROLLBACK, origin=member.origin, cause=cause)
        if last != copy.head or copy.checkpoint.note.line_of(self._node.own.witness) is None:
            copy.cosigned(self._witness(copy).cosign(last, copy.head, self._time_s()))

    def _witness(self, copy: MirrorLog) -> Witness:
        logs = {member.origin: member.log for member in self._node.others}
        return Witness(
            self._node.keys.cosigning,
            logs,
            self._node.ledger,
            lambda checkpoint: self._audit(copy, checkpoint),
        )

    def _audit(self, copy: MirrorLog, checkpoint: Checkpoint) -> None:
        """Copy and audit the log up to a checkpoint; raises `record.unaudited` where that cannot be done."""
        member = self._node.register.of_origin(checkpoint.head.origin)
        if copy.checkpoint is not None and copy.head == checkpoint.head:
            return
        try:
            fetch, taken = self._fetch(member), _Taken()
            witnesses = self._node.register.witnesses(without=member.origin)
            copy.follow(checkpoint, fetch, witnesses, self._pen.now(), taken.take)
            self._complete(copy, fetch, taken)
        except (MisbehaviourFound, RollbackFound) as error:
            raise self._kept(error) from error
        except GroundtruceError as error:
            raise GroundtruceError(
                Problem.RECORD_UNAUDITED,
                origin=checkpoint.head.origin,
                size=checkpoint.head.size,
                cause=error.sentence.removesuffix("."),
            ) from error

    def _lines_of(self, member: Member, checkpoint: Checkpoint) -> list[SignatureLine]:
        address = address_of(self._node, member)
        if address is not None and is_web(address):
            tree = Tree(checkpoint.head, self._own_fetch())
            ask = ask_over_http(address, self._client)
            return ask_witness(checkpoint, tree, ask, member.witness_keys)
        content = self._fetch(member)(f"{mirror_path(self._node.origin)}/{CHECKPOINT}")
        if content is None:
            return []
        theirs = parse_checkpoint(content, self._node.keys.log.verifier)
        if theirs.head.size > checkpoint.head.size:
            cause = f"{member.name} holds {theirs.head.size} statements, and it has {checkpoint.head.size}"
            raise GroundtruceError(Problem.RECORD_ROLLBACK, origin=self._node.origin, cause=cause)
        if theirs.head != checkpoint.head:
            return []
        return verified_lines(checkpoint, theirs.others, member.witness_keys)

    def _complete(self, copy: MirrorLog, fetch: Fetch, taken: "_Taken") -> None:
        """Copy what belongs to a log beside its entries: objects, time stamps; and erase what it buried.

        An object that is missing or wrong stays missing, and is told where it is needed.
        """
        store = self._node.objects
        for name in taken.objects:
            identifier = ObjectId(name)
            if not store.has(identifier):
                content = fetch(object_path(identifier))
                if content is not None and sha256(content).hexdigest() == name:
                    store.put(content)
        anchor = f"anchor/{copy.head.size}"
        found = {f"{anchor}{ending}": fetch(f"{anchor}{ending}") for ending in (".head", ".tsr")}
        present = {copy.path / path: content for path, content in found.items() if content}
        if len(present) == len(found):
            self._node.disk.write_all(present)
        bury(self._node, copy, taken.tombstones)

    def _kept(self, error: GroundtruceError) -> GroundtruceError:
        """Keep the proof of misbehaviour that an error carries; return the error that names its file."""
        if isinstance(error, RollbackFound):
            node, small = self._node, error.small
            seen = observation(
                Misbehaviour.ROLLBACK, small.head.origin, small, self._time_s(), node.keys.log
            )
            witnesses = node.register.witnesses(without=small.head.origin)
            proof = rollback_proof(small, error.large, witnesses, {node.keys.log.verifier: seen})
            error = MisbehaviourFound(small.head.origin, Misbehaviour.ROLLBACK, proof)
        if not isinstance(error, MisbehaviourFound):
            return error
        path = self._keep(error.kind, error.origin, error.proof)
        return GroundtruceError(
            Problem.RECORD_MISBEHAVIOUR, origin=error.origin, kind=error.kind.value, file=str(path)
        )

    def _keep_refusal(self, checkpoint: Checkpoint, member: Member) -> None:
        node = self._node
        if not checkpoint.others:
            return
        seen = observation(
            Misbehaviour.REFUSAL, member.witness.name, checkpoint, self._time_s(), node.keys.log
        )
        others = node.register.witnesses(without=node.origin)
        proof = refusal_proof(
            checkpoint,
            member.witness,
            [key for key in others if checkpoint.note.line_of(key) is not None],
            {node.keys.log.verifier: seen},
        )
        self._keep(Misbehaviour.REFUSAL, member.witness.name, proof)

    def _keep(self, kind: Misbehaviour, accused: str, proof: bytes) -> Path:
        """Keep the first proof of each kind against each accused."""
        name = f"{kind.value}-{digest(accused.encode()).hex()[:16]}.json"
        path = self._node.public / "misbehaviour" / name
        if not path.exists():
            self._node.disk.write(path, proof)
        return path

    def _fetch(self, member: Member) -> Fetch:
        address = address_of(self._node, member)
        if address is None:
            raise GroundtruceError(
                Problem.RECORD_PEER, peer=member.name, cause="the mechanism gives no address"
            )
        return fetch_from(address, self._client)

    def _own_fetch(self) -> Fetch:
        return fetch_from(str(self._node.public), self._client)

    def _time_s(self) -> int:
        return int(self._pen.now().timestamp())


def address_of(node: Node, member: Member) -> str | None:
    """Return where a peer answers; a folder is meant from the node's own folder."""
    address = member.delegation.address
    if address is None or is_web(address):
        return address
    return str((node.path / address).resolve())


def notify_of_proofs(node: Node, log: AppendLog, pen: Pen) -> int:
    """Record a notification for each proof of misbehaviour that the own log does not name yet; return how many."""
    log.publish()
    told = {
        str(one["sha256"])
        for statement in own_statements(node)
        if statement.kind is Kind.NOTIFICATION
        for one in _files(statement)
    }
    drafts = []
    for path in sorted((node.public / "misbehaviour").glob("*.json")):
        hashed = sha256(path.read_bytes()).hexdigest()
        if hashed not in told:
            files: list[dict[str, str]] = [{"name": f"misbehaviour/{path.name}", "sha256": hashed}]
            drafts.append(
                Draft(
                    Kind.NOTIFICATION,
                    {"subject": f"misbehaviour: {path.stem.partition('-')[0]}", "files": files},
                )
            )
    file_drafts(node, log, drafts, pen)
    return len(drafts)


def _goes_back(copy: MirrorLog, last: Head) -> bool:
    """Return whether a copy is not the head that was cosigned, grown."""
    if copy.head.size < last.size:
        return True
    return copy.read().tree.root_at(last.size) != last.root


def _files(statement: Statement) -> list[dict[str, object]]:
    found = statement.content.get("files")
    return [dict(one) for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _silent(member: Member, origin: str) -> GroundtruceError:
    cause = f"it has not cosigned the latest head of {origin} yet"
    return GroundtruceError(Problem.RECORD_PEER, peer=member.name, cause=cause)
