"""A log opened as a mirror: a full copy of another delegation's log, audited entry by entry before it is kept.

* A mirror grows only by heads that follow from the one it holds; a head that does not is a fork or a rollback.
* The order of effects: bundles, bodies and tiles; the state of the audit; the checkpoint. A crash between them
  leaves the old checkpoint with files beyond it, which the next update writes again.
* What the log's owner signed for and should not have becomes a proof that travels alone.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.log.audit import (
    SKEW,
    Audit,
    AuditState,
    EntryFault,
    FaultFound,
    from_posix,
    time_bound,
)
from groundtruce.record.log.durable import Disk
from groundtruce.record.log.read import ReadLog, fetch_from_folder
from groundtruce.record.peers.misbehaviour_proof import Misbehaviour, entry_proof, fork_proof
from groundtruce.record.statement.statement import Statement, parse_statement
from groundtruce.record.tlog.checkpoint import Checkpoint, Head, parse_checkpoint
from groundtruce.record.tlog.cosignature import cosigners, read_cosignature
from groundtruce.record.tlog.key import VerifierKey
from groundtruce.record.tlog.layout import erase_body, grow_files, list_superseded
from groundtruce.record.tlog.merkle import EMPTY_ROOT
from groundtruce.record.tlog.note import SignatureLine
from groundtruce.record.tlog.tile import CHECKPOINT, TILE_WIDTH
from groundtruce.record.tlog.tree import Fetch, Tree, fetch_required

__all__ = ["MirrorLog", "MisbehaviourFound", "RollbackFound"]

_STAGE = 64 * TILE_WIDTH
"""Entries fetched, audited and written at a time; bounds memory."""


class MisbehaviourFound(GroundtruceError):  # noqa: N818 - what was found, not what failed
    """The log's owner signed for what it should not have; `proof` shows it to anyone."""

    def __init__(self, origin: str, kind: Misbehaviour, proof: bytes) -> None:
        self.kind, self.proof, self.origin = kind, proof, origin
        super().__init__(
            Problem.RECORD_MISBEHAVIOUR, origin=origin, kind=Phrase(kind.value), file=kind.value
        )


class RollbackFound(GroundtruceError):  # noqa: N818 - what was found, not what failed
    """The log shows a smaller head than one that it signed before."""

    def __init__(self, small: Checkpoint, large: Checkpoint) -> None:
        self.small, self.large = small, large
        cause = Phrase(
            "it shows {size} statements, and had signed {signed}",
            size=small.head.size,
            signed=large.head.size,
        )
        super().__init__(Problem.RECORD_ROLLBACK, origin=small.head.origin, cause=cause)


class MirrorLog:
    """A copy of another's log in a folder; it is only ever added to by `update`."""

    def __init__(
        self, path: Path, log: VerifierKey, keys: Iterable[VerifierKey], disk: Disk
    ) -> None:
        """Open the copy, or begin one; `keys` are the statement keys that the log began with."""
        self.path, self._log, self._disk = path, log, disk
        self.fetch = fetch_from_folder(path)
        self._start = AuditState(origin=log.name, keys={key.key_hash: key for key in keys})
        content = self.fetch(CHECKPOINT)
        self.checkpoint = None if content is None else parse_checkpoint(content, log)

    def read(self) -> ReadLog:
        """Return the copy for reading; raises GroundtruceError `record.missing` when there is none yet."""
        return ReadLog(self._log, self.fetch)

    @property
    def head(self) -> Head:
        """The head that is held; of size 0 before the first update."""
        if self.checkpoint is None:
            return Head(origin=self._log.name, size=0, root=EMPTY_ROOT)
        return self.checkpoint.head

    def update(
        self,
        fetch: Fetch,
        witnesses: Iterable[VerifierKey],
        now: datetime,
        kept: Callable[[Statement], None] = lambda statement: None,
    ) -> Checkpoint:
        """Take over what the log has grown by, audited, and return its checkpoint.

        `witnesses` are those whose lines are taken over and whose times bound new statements from below;
        `kept` gets each new statement. Raises MisbehaviourFound, RollbackFound or another GroundtruceError;
        then the copy is what it was.
        """
        new = parse_checkpoint(fetch_required(fetch, CHECKPOINT), self._log)
        keys = list(witnesses)
        return self.follow(new, fetch, keys, now, kept)

    def follow(
        self,
        new: Checkpoint,
        fetch: Fetch,
        witnesses: list[VerifierKey],
        now: datetime,
        kept: Callable[[Statement], None] = lambda statement: None,
    ) -> Checkpoint:
        """Like `update`, for a checkpoint at hand."""
        old = self.head
        if new.head.size < old.size:
            self._refuse_smaller(new)
        tree = Tree(new.head, fetch) if new.head.size > old.size else None
        if new.head != old:
            if self.checkpoint and (tree is None or tree.root_at(old.size) != old.root):
                proof = fork_proof(self.checkpoint, new, tree)
                raise MisbehaviourFound(old.origin, Misbehaviour.FORK, proof)
            self._grow(ReadLog(self._log, fetch, new), witnesses, now, kept)
        return self._keep(new, witnesses)

    def keep_cosignatures(self, lines: Iterable[SignatureLine]) -> Checkpoint:
        """Keep verified lines with the checkpoint that is held."""
        if self.checkpoint is None:
            raise GroundtruceError(
                Problem.RECORD_MISSING, what=Phrase("A copy of {name}", name=self._log.name)
            )
        self.checkpoint = self.checkpoint.with_latest(lines)
        self._disk.write(self.path / CHECKPOINT, bytes(self.checkpoint))
        return self.checkpoint

    def erase(self, index: int) -> None:
        """Destroy the copy of a body; its id stays. The caller has met an approved tombstone."""
        for path, content in erase_body(Tree(self.head, self.fetch), index).items():
            self._disk.write(self.path / path, content)

    def audit_state(self) -> AuditState:
        """Return what the audit knows at the size that is held; audits again if that was lost."""
        try:
            state = self._start.resume((self.path / "audit.json").read_bytes())
        except (OSError, ValueError, KeyError, TypeError):
            state = self._start
        if state.size == self.head.size:
            return state
        audit = Audit(self._start)
        if self.head.size:
            for entry in self.read().entries():
                audit.take(entry)
        return audit.state

    def _refuse_smaller(self, new: Checkpoint) -> None:
        """Raise for a head that is smaller than the one that is held: a fork if it is no prefix, else a rollback."""
        large = self.checkpoint
        if large is None:
            return
        tree = Tree(large.head, self.fetch)
        if tree.root_at(new.head.size) != new.head.root:
            proof = fork_proof(new, large, tree)
            raise MisbehaviourFound(new.head.origin, Misbehaviour.FORK, proof)
        raise RollbackFound(new, large)

    def _grow(
        self,
        log: ReadLog,
        witnesses: list[VerifierKey],
        now: datetime,
        kept: Callable[[Statement], None],
    ) -> None:
        """Fetch, audit and write the new entries stage by stage; raises MisbehaviourFound."""
        old = self.head
        not_before = time_bound(self._cosignature_times(witnesses).values())
        audit = Audit(self.audit_state(), not_before, now)
        own = Tree(old, self.fetch)
        while own.head.size < log.checkpoint.head.size:
            size = own.head.size
            start = size // TILE_WIDTH * TILE_WIDTH
            end = min(start + _STAGE, log.checkpoint.head.size)
            entries = list(log.entries(start, end))
            try:
                for statement in audit.take_all(entries[size - start :]):
                    if statement is not None:
                        kept(statement)
            except FaultFound as found:
                if found.fault is EntryFault.SIGNATURE:
                    raise
                raise self._prove_fault(found, log, witnesses) from found
            leaves = [bytes(entry.leaf) for entry in entries]
            # what is held stays as it is held: neither side erases or restores for the other; what is damaged heals
            bodies = [entry.body for entry in entries]
            with suppress(GroundtruceError):
                bodies[: size - start] = own.bodies(start // TILE_WIDTH) if start < size else []
            files = grow_files(own, end, leaves, bodies)
            self._disk.write_all({self.path / path: content for path, content in files.items()})
            head = Head(origin=old.origin, size=end, root=log.tree.root_at(end))
            own = Tree(head, self.fetch)
        self._disk.write(self.path / "audit.json", audit.state.as_json())
        for path in list_superseded(old.size, own.head.size):
            self._disk.discard_folder(self.path / path)

    def _prove_fault(
        self,
        fault_found: FaultFound,
        log: ReadLog,
        witnesses: list[VerifierKey],
    ) -> MisbehaviourFound:
        """Return the fault with its proof, in which every witness named contradicts the statement."""
        checkpoint, body = self.checkpoint, fault_found.entry.body
        keys: list[VerifierKey] = []
        if fault_found.fault is EntryFault.BACKDATING and isinstance(body, bytes):
            claimed = parse_statement(body).filed_at
            times = self._cosignature_times(witnesses)
            keys = [key for key, cosigned_at in times.items() if claimed < cosigned_at - SKEW]
        proof = entry_proof(fault_found, log, checkpoint if keys else None, keys)
        origin = log.checkpoint.head.origin
        return MisbehaviourFound(origin, Misbehaviour(fault_found.fault.value), proof)

    def _cosignature_times(self, witnesses: list[VerifierKey]) -> dict[VerifierKey, datetime]:
        """Return when each witness cosigned the head that is held."""
        cosignatures = cosigners(self.checkpoint, witnesses) if self.checkpoint else []
        return {cosignature.key: from_posix(cosignature.time_s) for cosignature in cosignatures}

    def _keep(self, new: Checkpoint, witnesses: list[VerifierKey]) -> Checkpoint:
        """Write the checkpoint with the verified lines of what was held and of what came."""
        lines = _verify_lines(new, witnesses)
        if self.checkpoint is not None and self.checkpoint.head == new.head:
            lines = [*self.checkpoint.others, *lines]
        merged = new.with_lines(()).with_latest(lines)
        if self.checkpoint is None or bytes(merged) != bytes(self.checkpoint):
            self._disk.write(self.path / CHECKPOINT, bytes(merged))
            self.checkpoint = merged
        return merged


def _verify_lines(checkpoint: Checkpoint, witnesses: list[VerifierKey]) -> list[SignatureLine]:
    """Return the lines of witnesses that verify; others are the business of whoever wrote them."""
    verified = []
    for key in witnesses:
        line = checkpoint.note.line_of(key)
        if line is not None:
            try:
                read_cosignature(checkpoint.head, line, key)
            except GroundtruceError:
                continue
            verified.append(line)
    return verified
