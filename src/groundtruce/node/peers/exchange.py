"""What a node does for and with the others: it copies their logs, audits them, cosigns, and collects cosignatures.

* A log is copied and audited entry by entry before its head is cosigned, and the ledger moves before that.
* A refusal, a silence or a proof of misbehaviour of one peer never stops the others, nor recording.
* Proofs are kept in `public/misbehaviour/`: first the file, then a notification in the own log that names it
  (`node.peers.notification`).
* An outage of a peer accuses nobody. Its refusals are counted, and shown when they lasted (`node.peers.refusal`).
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import httpx2

from groundtruce.federation.address import fetch_from, is_web
from groundtruce.federation.client import ask_over_http, ask_witness, verify_lines
from groundtruce.federation.error import PeerError, PeerUnavailable, WitnessRefused
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.authoring.erasure import erase_buried
from groundtruce.node.authoring.recording import Authoring
from groundtruce.node.node import Node
from groundtruce.node.peers.gossip import compare_copies, fetch_copies, mirror_path, recall_heads
from groundtruce.node.peers.refusal import RefusalCounts
from groundtruce.node.register import Member
from groundtruce.record.evidence.sealed import ObjectId
from groundtruce.record.evidence.store import object_path
from groundtruce.record.log.append import AppendLog
from groundtruce.record.log.ledger import LedgerRole
from groundtruce.record.peers.mirror import MirrorLog, MisbehaviourFound, RollbackFound
from groundtruce.record.peers.misbehaviour_proof import (
    Misbehaviour,
    Refusals,
    observe_refusals,
    observe_rollback,
    refusal_proof,
    rollback_proof,
)
from groundtruce.record.peers.witness import AddCheckpoint, Witness
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Statement
from groundtruce.record.tlog.checkpoint import Checkpoint, Head, parse_checkpoint
from groundtruce.record.tlog.encoding import digest
from groundtruce.record.tlog.key import VerifierKey
from groundtruce.record.tlog.note import Note, SignatureLine
from groundtruce.record.tlog.tile import CHECKPOINT
from groundtruce.record.tlog.tree import Fetch, Tree, fetch_required

__all__ = ["Exchange", "PeerAnswer", "address_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerAnswer:
    """What came of asking one peer: the size of the head both agree on, or the problem."""

    member: Member
    size: int
    problem: GroundtruceError | None


@dataclass(slots=True)
class _Companions:
    """What the statements that are taken over ask for besides themselves."""

    objects: list[str] = field(default_factory=list)
    tombstones: list[Statement] = field(default_factory=list)

    def take(self, statement: Statement) -> None:
        named = (statement.content.get(name) for name in ("object", "time_stamp"))
        self.objects += [identifier for identifier in named if isinstance(identifier, str)]
        if statement.kind is StatementKind.TOMBSTONE:
            self.tombstones.append(statement)


class Exchange:
    """What one node does with its peers; `client` reaches web addresses, `authoring` has the clock."""

    def __init__(self, node: Node, client: httpx2.Client, authoring: Authoring) -> None:
        """Take the node and its means."""
        self._node, self._client, self._authoring = node, client, authoring
        self._refusals = RefusalCounts(node.path / "private" / "refusal", node.disk)

    def mirror(self, member: Member) -> PeerAnswer:
        """Take over what a peer's log has grown by, audited, with its objects; compare it with others' copies."""
        problem = None
        with self._node.open_copy(member) as copy:
            for step in (self._take_over, self._compare):
                try:
                    step(copy, member)
                except GroundtruceError as error:
                    problem = problem or self._keep_proof(error)
            return PeerAnswer(member=member, size=copy.head.size, problem=problem)

    def cosign(self, member: Member) -> PeerAnswer:
        """Cosign the audited copy of a peer's log, if it grew since the last time."""
        with self._node.open_copy(member) as copy:
            last = self._node.ledger.head(LedgerRole.WITNESS, member.origin)
            try:
                self._cosign(copy, member, last)
            except GroundtruceError as error:
                return PeerAnswer(member=member, size=last.size if last else 0, problem=error)
            return PeerAnswer(member=member, size=copy.head.size, problem=None)

    def answer(self, request: AddCheckpoint) -> list[SignatureLine]:
        """Answer a request to cosign; raises GroundtruceError with the HTTP status to give.

        A fault of this node's own copy is `record.unaudited`: it is nothing that the request could be refused for.
        """
        origin = request.note.partition(b"\n")[0].decode("utf-8", "replace")
        member = self._node.register.of_origin(origin)
        with ExitStack() as stack:
            try:
                copy = stack.enter_context(self._node.open_copy(member))
            except GroundtruceError as error:
                raise _audit_error(Head.parse(Note.parse(request.note).text), error) from error
            lines = self._witness(copy).add_checkpoint(request, self._time_s())
            copy.keep_cosignatures(lines)
        return lines

    def collect_cosignature(self, log: AppendLog, member: Member) -> PeerAnswer:
        """Get a peer's cosignature under the own head, by asking it or from what it publishes; count a refusal."""
        checkpoint = log.checkpoint()
        try:
            lines = self._ask(member, checkpoint)
            cosigned = any(line.is_of(member.witness) for line in lines)
            if cosigned:
                self._refusals.end(member.witness.name)
            log.keep_cosignatures(lines)
        except GroundtruceError as error:
            return PeerAnswer(member=member, size=0, problem=error)
        if not cosigned and checkpoint.note.line_of(member.witness) is None:
            problem = PeerError(
                member.name,
                Phrase(
                    "it has not cosigned the latest head of {origin} yet", origin=self._node.origin
                ),
            )
            return PeerAnswer(member=member, size=0, problem=problem)
        return PeerAnswer(member=member, size=checkpoint.head.size, problem=None)

    def keep_refusals(self, log: AppendLog) -> None:
        """Keep a proof against each peer that refused for a stated time to cosign what others cosigned.

        To be called when all peers were asked: the proof needs a cosignature of another one.
        """
        checkpoint = log.checkpoint()
        for member in self._node.others:
            refusals = self._refusals.find_lasting(member.witness.name, checkpoint)
            others = [
                key
                for other in self._node.others
                if other.origin != member.origin
                for key in other.witness_keys
                if checkpoint.note.line_of(key) is not None
            ]
            if refusals is not None and others:
                self._keep_refusal(member, checkpoint, refusals, others)

    def recall_heads(self) -> list[Head]:
        """Move the ledger up to what others show that this node has cosigned; return those heads."""
        return recall_heads(self._node, self._fetch)

    def _take_over(self, copy: MirrorLog, member: Member) -> None:
        """Copy and audit what a peer's log has grown by."""
        fetch, taken = self._fetch(member), _Companions()
        witnesses = self._node.register.witnesses(without=member.origin)
        copy.update(fetch, witnesses, self._authoring.now(), taken.take)
        self._complete(copy, fetch, taken)

    def _compare(self, copy: MirrorLog, member: Member) -> None:
        """Compare a copy with what every peer publishes of that log; raises MisbehaviourFound."""
        for published in fetch_copies(self._node, member, self._fetch):
            compare_copies(copy, published)

    def _cosign(self, copy: MirrorLog, member: Member, last: Head | None) -> None:
        """Cosign the head of an audited copy, if this node has not yet; raises GroundtruceError."""
        if copy.checkpoint is None:
            raise GroundtruceError(
                Problem.RECORD_MISSING, what=Phrase("A copy of {name}'s log", name=member.name)
            )
        if last is not None and _goes_back(copy, last):
            cause = Phrase(
                "this node cosigned {size} statements, and its copy has {held}",
                size=last.size,
                held=copy.head.size,
            )
            raise GroundtruceError(Problem.RECORD_ROLLBACK, origin=member.origin, cause=cause)
        if last != copy.head or copy.checkpoint.note.line_of(self._node.own.witness) is None:
            copy.keep_cosignatures(self._witness(copy).cosign(last, copy.head, self._time_s()))

    def _witness(self, copy: MirrorLog) -> Witness:
        """Return this node as the witness that audits into a copy."""
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
            fetch, taken = self._fetch(member), _Companions()
            witnesses = self._node.register.witnesses(without=member.origin)
            copy.follow(checkpoint, fetch, witnesses, self._authoring.now(), taken.take)
            self._complete(copy, fetch, taken)
        except (MisbehaviourFound, RollbackFound) as error:
            raise self._keep_proof(error) from error
        except GroundtruceError as error:
            raise _audit_error(checkpoint.head, error) from error

    def _ask(self, member: Member, checkpoint: Checkpoint) -> list[SignatureLine]:
        """Return a peer's lines under the own head; a refusal of a peer that is there is counted and raised."""
        try:
            return self._lines_of(member, checkpoint)
        except WitnessRefused as refused:
            if self._is_there(member):
                name, time_s = member.witness.name, self._time_s()
                self._refusals.add(name, checkpoint, refused.status, time_s)
            raise

    def _is_there(self, member: Member) -> bool:
        """Return whether a peer's address serves its log, so that it was not a gateway or a stranger who answered."""
        try:
            parse_checkpoint(fetch_required(self._fetch(member), CHECKPOINT), member.log)
        except GroundtruceError:
            return False
        return True

    def _lines_of(self, member: Member, checkpoint: Checkpoint) -> list[SignatureLine]:
        """Return a peer's verified lines under the own head: on request, or from the copy in its folder."""
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
            cause = Phrase(
                "{name} holds {size} statements, and it has {own}",
                name=member.name,
                size=theirs.head.size,
                own=checkpoint.head.size,
            )
            raise GroundtruceError(Problem.RECORD_ROLLBACK, origin=self._node.origin, cause=cause)
        if theirs.head != checkpoint.head:
            return []
        return verify_lines(checkpoint, theirs.others, member.witness_keys)

    def _complete(self, copy: MirrorLog, fetch: Fetch, taken: "_Companions") -> None:
        """Copy what belongs to a log besides its entries: objects, time stamps; and erase what it buried.

        An object that is missing or wrong stays missing, and is reported where it is needed.
        """
        store = self._node.objects
        for name in taken.objects:
            identifier = ObjectId(name)
            if not store.has(identifier):
                content = fetch(object_path(identifier))
                if content is not None and sha256(content).hexdigest() == name:
                    store.put(content)
        anchor = f"anchor/{copy.head.size}"
        contents = {f"{anchor}{ending}": fetch(f"{anchor}{ending}") for ending in (".head", ".tsr")}
        present = {copy.path / path: content for path, content in contents.items() if content}
        if len(present) == len(contents):
            self._node.disk.write_all(present)
        erase_buried(self._node, copy, taken.tombstones)

    def _keep_proof(self, error: GroundtruceError) -> GroundtruceError:
        """Keep the proof of misbehaviour that an error carries; return the error that names its file."""
        if isinstance(error, RollbackFound):
            node, small = self._node, error.small
            seen = observe_rollback(small.head.origin, small, self._time_s(), node.keys.log)
            witnesses = node.register.witnesses(without=small.head.origin)
            proof = rollback_proof(small, error.large, witnesses, {node.keys.log.verifier: seen})
            error = MisbehaviourFound(small.head.origin, Misbehaviour.ROLLBACK, proof)
        if not isinstance(error, MisbehaviourFound):
            return error
        path = self._keep_file(error.kind, error.origin, error.proof)
        return GroundtruceError(
            Problem.RECORD_MISBEHAVIOUR,
            origin=error.origin,
            kind=Phrase(error.kind.value),
            file=str(path),
        )

    def _keep_refusal(
        self,
        member: Member,
        checkpoint: Checkpoint,
        refusals: Refusals,
        others: Sequence[VerifierKey],
    ) -> None:
        """Sign what this node met, and keep the proof."""
        key, accused = self._node.keys.log, member.witness
        seen = observe_refusals(accused.name, checkpoint, refusals, key)
        proof = refusal_proof(checkpoint, accused, others, {key.verifier: seen})
        # refusals that begin again, after a cosignature, are another misbehaviour
        self._keep_file(Misbehaviour.REFUSAL, f"{accused.name}\n{refusals.first_s}", proof)

    def _keep_file(self, kind: Misbehaviour, what: str, proof: bytes) -> Path:
        """Keep the first proof of each kind, named after `what` it is about: the accused, and more where needed."""
        name = f"{kind.value}-{digest(what.encode()).hex()[:16]}.json"
        path = self._node.public / "misbehaviour" / name
        if not path.exists():
            self._node.disk.write(path, proof)
        return path

    def _fetch(self, member: Member) -> Fetch:
        address = address_of(self._node, member)
        if address is None:
            raise PeerUnavailable(member.name, Phrase("the mechanism gives no address"))
        return fetch_from(address, self._client)

    def _own_fetch(self) -> Fetch:
        return fetch_from(str(self._node.public), self._client)

    def _time_s(self) -> int:
        return int(self._authoring.now().timestamp())


def address_of(node: Node, member: Member) -> str | None:
    """Return where a peer answers; a folder is meant from the node's own folder."""
    address = member.delegation.address
    if address is None or is_web(address):
        return address
    return str((node.path / address).resolve())


def _goes_back(copy: MirrorLog, last: Head) -> bool:
    """Return whether a copy is not the head that was cosigned, grown."""
    if copy.head.size < last.size:
        return True
    return copy.read().tree.root_at(last.size) != last.root


def _audit_error(head: Head, error: GroundtruceError) -> GroundtruceError:
    """Return the problem that a head could not be audited here, whoever's fault it is."""
    return GroundtruceError(
        Problem.RECORD_UNAUDITED,
        origin=head.origin,
        size=head.size,
        cause=error.as_phrase(),
    )
