"""A log opened by its one writer: statements go in, are durable, and become part of a signed tree.

The order of effects, which the kill tests and the power-cut tests walk through:

1. the statements get their places, and one write and one sync make them durable in the journal;
   only now is anybody told that they are recorded;
2. bundles, bodies and tiles are written beside their places, synced, and renamed; folders are synced;
3. what was written is read back from the disk and hashed again, from the old root to the new one;
4. the ledger moves from the old head to the new one, durably, if no other head stands there;
5. the checkpoint is signed and replaced, durably;
6. the journal is cleared; partial files that full ones replace are removed.

After a crash at any line `open` goes on: a journal beyond the tree is written again to the same bytes (2-3),
a ledger ahead of the checkpoint is published (4-5), a checkpoint ahead of the ledger is a rollback and stops the log.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.checkpoint import Checkpoint, Head, parse_checkpoint, sign_head
from groundtruce.record.durable import Disk
from groundtruce.record.encoding import digest
from groundtruce.record.journal import Entry, Journal
from groundtruce.record.key import SigningKey
from groundtruce.record.layout import erased_body, grown, superseded
from groundtruce.record.leaf import sign_leaf, statement_id
from groundtruce.record.ledger import Ledger, Role, WriterLock
from groundtruce.record.merkle import EMPTY_ROOT, leaf_hash
from groundtruce.record.note import SignatureLine
from groundtruce.record.read import folder
from groundtruce.record.statement import Draft, Link, compose
from groundtruce.record.tile import CHECKPOINT, TILE_WIDTH, Erased
from groundtruce.record.tree import Tree

__all__ = ["AppendLog", "LogFiles", "LogKeys", "Receipt"]

Step = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFiles:
    """Where a log lies: what everybody may read, and what only its writer needs."""

    public: Path
    private: Path

    @property
    def ledger(self) -> Path:
        """The ledger of heads."""
        return self.private / "heads.sqlite"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogKeys:
    """Who writes: the log's key, the key that signs statements, and the delegation's name."""

    log: SigningKey
    statement: SigningKey
    author: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a statement is durable: its place in the log and its id."""

    index: int
    identifier: bytes


class AppendLog:
    """A log to which statements can be added; there is one such object for a log at a time.

    `step` is told before each effect; tests stop the process there.
    """

    def __init__(
        self, files: LogFiles, keys: LogKeys, disk: Disk, step: Step = lambda name: None
    ) -> None:
        """Open the log and take up what a crash left; raises GroundtruceError.

        `record.locked` when another process writes, `record.rollback` when the log is behind its own signature.
        """
        self._files, self._keys, self._disk, self._step = files, keys, disk, step
        self.origin = keys.log.verifier.name
        self._lock = WriterLock(files.private / "writer.lock", self.origin)
        try:
            self._ledger = Ledger(files.ledger)
            self._journal = Journal(files.private / "journal", disk)
            self._fetch = folder(files.public)
            self._tree = Tree(self._resumed(), self._fetch)
            self._pending = self._taken_up()
            self._previous = self._last_id()
        except BaseException:
            self._lock.release()
            raise

    @classmethod
    def create(cls, files: LogFiles, keys: LogKeys, disk: Disk) -> "AppendLog":
        """Make an empty log, or go on where a crash interrupted this, and open it."""
        head = Head(origin=keys.log.verifier.name, size=0, root=EMPTY_ROOT)
        journal = files.private / "journal"
        if not journal.exists():
            Journal(journal, disk).create()
        Ledger(files.ledger).advance(Role.LOG, None, head)
        return cls(files, keys, disk)

    def __enter__(self) -> "AppendLog":
        """Use the log in a `with` statement."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let another process write."""
        self.close()

    def close(self) -> None:
        """Let another process write."""
        self._lock.release()

    @property
    def size(self) -> int:
        """Statements that are durable, in the tree or in the journal."""
        return self._tree.head.size + len(self._pending)

    @property
    def head(self) -> Head:
        """The last head that was signed."""
        return self._tree.head

    def append(
        self,
        drafts: Sequence[Draft],
        filed_at: datetime,
        seen: Sequence[Head],
        random: Callable[[int], bytes],
    ) -> list[Receipt]:
        """Make statements durable, in one batch; on return they are recorded. Raises GroundtruceError.

        `seen` are the heads of other logs that are newer than what earlier statements saw;
        the first statement of the batch carries them. `random` gives that many random bytes.
        """
        entries: list[Entry] = []
        previous = self._previous
        for index, draft in enumerate(drafts, start=self.size):
            link = Link(
                origin=self.origin, author=self._keys.author, sequence=index, previous=previous
            )
            body = compose(draft, link, filed_at, () if entries else seen, random)
            previous = statement_id(body)
            entries.append(Entry(index, sign_leaf(previous, self._keys.statement), body))
        if not entries:
            return []
        self._step("journal")
        self._journal.append(entries)
        self._pending += entries
        self._previous = previous
        self._step("acknowledge")
        return [Receipt(entry.index, statement_id(entry.body)) for entry in entries]

    def publish(self) -> Checkpoint:
        """Put the journal into the tree and sign its head; raises GroundtruceError."""
        if self._pending:
            self._integrate()
        return self.checkpoint()

    def checkpoint(self) -> Checkpoint:
        """Return the checkpoint that is published."""
        content = self._fetch(CHECKPOINT)
        if content is None:
            raise GroundtruceError(Problem.RECORD_MISSING, what=f"The checkpoint of {self.origin}")
        return parse_checkpoint(content, self._keys.log.verifier)

    def cosigned(self, lines: Sequence[SignatureLine]) -> Checkpoint:
        """Publish the checkpoint with further lines of others, which the caller has verified."""
        checkpoint = self.checkpoint().with_latest(lines)
        self._disk.write(self._files.public / CHECKPOINT, bytes(checkpoint))
        return checkpoint

    def erase(self, index: int) -> None:
        """Destroy the body of a statement; its id stays, and every proof holds.

        The caller has recorded the tombstone that says who approved it.
        """
        for path, content in erased_body(self._tree, index).items():
            self._disk.write(self._files.public / path, content)

    def _integrate(self) -> None:
        old, entries = self._tree, self._pending
        size = old.head.size
        whole, rest = divmod(size, TILE_WIDTH)
        leaves = [*(old.leaves(whole) if rest else []), *(bytes(entry.leaf) for entry in entries)]
        bodies = [*(old.bodies(whole) if rest else []), *(entry.body for entry in entries)]
        frontier = old.frontier(size)
        for entry in entries:
            frontier.append(leaf_hash(bytes(entry.leaf)))
        head = Head(origin=self.origin, size=frontier.size, root=frontier.root())
        self._step("tiles")
        written = grown(old, head.size, leaves, bodies)
        self._disk.write_all({self._files.public / path: one for path, one in written.items()})
        self._step("read back")
        self._tree = self._read_back(old.head, head)
        self._step("ledger")
        if not self._ledger.advance(Role.LOG, old.head, head):
            raise GroundtruceError(Problem.RECORD_LOCKED, log=self.origin)
        self._step("checkpoint")
        self._sign(head)
        self._step("clear journal")
        self._journal.clear()
        self._pending = []
        self._step("remove superseded")
        self._remove_superseded(size, head.size)

    def _read_back(self, old: Head, new: Head) -> Tree:
        """Hash again what is on the disk from the old head to the new; raises GroundtruceError `record.hash`."""
        tree = Tree(new, self._fetch)
        if tree.root_at(old.size) != old.root:
            raise GroundtruceError(Problem.RECORD_HASH, what=f"The tree of {self.origin}")
        for bundle in range(old.size // TILE_WIDTH, -(-new.size // TILE_WIDTH)):
            tree.bodies(bundle)
        return tree

    def _sign(self, head: Head) -> None:
        checkpoint = sign_head(head, self._keys.log)
        self._disk.write(self._files.public / CHECKPOINT, bytes(checkpoint))

    def _remove_superseded(self, old: int, new: int) -> None:
        for path in superseded(old, new):
            partial = self._files.public / path
            if partial.is_dir():
                for one in sorted(partial.iterdir()):
                    self._disk.discard(one)
                self._disk.discard(partial)

    def _resumed(self) -> Head:
        """Return the head to go on from, published; raises GroundtruceError `record.rollback`."""
        head = self._ledger.head(Role.LOG, self.origin)
        if head is None:
            raise GroundtruceError(Problem.RECORD_MISSING, what=f"The ledger of {self.origin}")
        content = self._fetch(CHECKPOINT)
        published = None if content is None else parse_checkpoint(content, self._keys.log.verifier)
        if published is not None and published.head != head:
            if published.head.size >= head.size:
                cause = f"it signed size {published.head.size}, its ledger holds {head.size}"
                raise GroundtruceError(Problem.RECORD_ROLLBACK, origin=self.origin, cause=cause)
            self._read_back(published.head, head)
        if published is None or published.head != head:
            self._sign(head)
        return head

    def _taken_up(self) -> list[Entry]:
        """Return what the journal holds beyond the tree."""
        size = self._tree.head.size
        entries = [entry for entry in self._journal.read() if entry.index >= size]
        if [entry.index for entry in entries] != list(range(size, size + len(entries))):
            cause = f"its journal does not go on from size {size}"
            raise GroundtruceError(Problem.RECORD_ROLLBACK, origin=self.origin, cause=cause)
        return entries

    def _last_id(self) -> bytes | None:
        if self._pending:
            return statement_id(self._pending[-1].body)
        size = self._tree.head.size
        if not size:
            return None
        body = self._tree.bodies((size - 1) // TILE_WIDTH)[-1]
        return body.identifier if isinstance(body, Erased) else digest(body)
