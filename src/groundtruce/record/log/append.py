"""A log opened by its one writer: statements go in, are durable, and become part of a signed tree.

The order of effects, which the kill tests and the power-cut tests walk through:

1. the statements get their places, and one write and one sync make them durable in the journal;
   only now are they acknowledged as recorded;
2. bundles, bodies and tiles are written next to their final paths, synced, and renamed; folders are synced;
3. what was written is read back from the disk and hashed again, from the old root to the new one;
4. the ledger moves from the old head to the new one, durably, if it holds no other head;
5. the checkpoint is signed and replaced, durably;
6. the journal is cleared; partial files that full ones replace are removed.

After a crash at any line the next writer goes on: a journal beyond the tree is written again to the same bytes (2-3),
a ledger ahead of the checkpoint is published (4-5), a checkpoint ahead of the ledger is a rollback and stops the log.
After an effect that failed the writer stops: what the disk holds then is for the next one to find out.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.log.audit import SKEW
from groundtruce.record.log.durable import Disk
from groundtruce.record.log.journal import Journal, JournalEntry
from groundtruce.record.log.ledger import Ledger, LedgerRole
from groundtruce.record.log.lock import WriterLock
from groundtruce.record.log.read import fetch_from_folder
from groundtruce.record.statement.statement import (
    Draft,
    Link,
    compose,
    format_second,
    parse_statement,
)
from groundtruce.record.tlog.checkpoint import Checkpoint, Head, parse_checkpoint, sign_head
from groundtruce.record.tlog.key import SigningKey
from groundtruce.record.tlog.layout import erase_body, grow_files, list_superseded
from groundtruce.record.tlog.leaf import sign_leaf, statement_id
from groundtruce.record.tlog.merkle import EMPTY_ROOT, leaf_hash
from groundtruce.record.tlog.note import SignatureLine
from groundtruce.record.tlog.tile import CHECKPOINT, TILE_WIDTH, Erased
from groundtruce.record.tlog.tree import Tree

__all__ = ["AppendLog", "LogFiles", "LogKeys", "Receipt"]

Step = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFiles:
    """The folders of a log: what everybody may read, and what only its writer needs."""

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

    `step` gets the name of each effect before it; tests stop the process there.
    """

    def __init__(
        self, files: LogFiles, keys: LogKeys, disk: Disk, step: Step = lambda name: None
    ) -> None:
        """Open the log and take up what a crash left; raises GroundtruceError.

        `record.locked` when another process writes, `record.missing` without ledger or journal,
        `record.rollback` when the log is behind its own signature.
        """
        self._files, self._keys, self._disk, self._step = files, keys, disk, step
        self._stopped: BaseException | None = None
        self.origin = keys.log.verifier.name
        self._lock = WriterLock(files.private / "writer.lock", self.origin)
        try:
            self._ledger = Ledger(files.ledger)
            self._journal = Journal(files.private / "journal", disk)
            self._fetch = fetch_from_folder(files.public)
            self._tree = Tree(self._resume(), self._fetch)
            self._pending = self._take_up()
            self._previous, self._latest = self._last()
        except BaseException:
            self._lock.release()
            raise

    @classmethod
    def create(cls, files: LogFiles, keys: LogKeys, disk: Disk) -> "AppendLog":
        """Make an empty log, or go on where a crash interrupted this, and open it."""
        head = Head(origin=keys.log.verifier.name, size=0, root=EMPTY_ROOT)
        disk.make_folders(files.private)
        lock = WriterLock(files.private / "writer.lock", head.origin)
        try:
            Journal(files.private / "journal", disk).create()
            Ledger(files.ledger).advance(LedgerRole.LOG, None, head)
        finally:
            lock.release()
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

        A log never goes back in time: where the clock does by less than what honest clocks differ by, the time of
        the last statement is taken, and else it is `record.clock`.
        `seen` are the heads of other logs that are newer than what earlier statements saw;
        the first statement of the batch carries them. `random` gives that many random bytes.
        """
        if self._latest is not None and filed_at < self._latest:
            if filed_at < self._latest - SKEW:
                now, last = format_second(filed_at), format_second(self._latest)
                raise GroundtruceError(Problem.RECORD_CLOCK, now=now, last=last)
            filed_at = self._latest
        entries: list[JournalEntry] = []
        previous = self._previous
        for index, draft in enumerate(drafts, start=self.size):
            link = Link(
                origin=self.origin, author=self._keys.author, sequence=index, previous=previous
            )
            body = compose(draft, link, filed_at, () if entries else seen, random)
            previous = statement_id(body)
            entries.append(JournalEntry(index, sign_leaf(previous, self._keys.statement), body))
        if not entries:
            return []
        with self._stop_on_failure():
            self._step("journal")
            self._journal.append(entries)
        self._pending += entries
        self._previous, self._latest = previous, filed_at
        self._step("acknowledge")
        return [Receipt(entry.index, statement_id(entry.body)) for entry in entries]

    def publish(self) -> Checkpoint:
        """Put the journal into the tree and sign its head; raises GroundtruceError."""
        with self._stop_on_failure():
            if self._pending:
                self._integrate()
        return self.checkpoint()

    def checkpoint(self) -> Checkpoint:
        """Return the checkpoint that is published."""
        content = self._fetch(CHECKPOINT)
        if content is None:
            raise GroundtruceError(
                Problem.RECORD_MISSING,
                what=Phrase("The checkpoint of {origin}", origin=self.origin),
            )
        return parse_checkpoint(content, self._keys.log.verifier)

    def keep_cosignatures(self, lines: Sequence[SignatureLine]) -> Checkpoint:
        """Publish the checkpoint with further lines of others, which the caller has verified."""
        checkpoint = self.checkpoint().with_latest(lines)
        with self._stop_on_failure():
            self._disk.write(self._files.public / CHECKPOINT, bytes(checkpoint))
        return checkpoint

    def erase(self, index: int) -> None:
        """Destroy the body of a statement; its id stays, and every proof holds.

        The caller has recorded the tombstone that says who approved it.
        """
        with self._stop_on_failure():
            for path, content in erase_body(self._tree, index).items():
                self._disk.write(self._files.public / path, content)

    @contextmanager
    def _stop_on_failure(self) -> Iterator[None]:
        """Let effects happen; after one that failed, nothing more does, and the failure is raised again."""
        if self._stopped is not None:
            raise self._stopped
        try:
            yield
        except BaseException as error:
            self._stopped = error
            raise

    def _integrate(self) -> None:
        """Bring the pending entries into the tree, by the effects in the order of the module's docstring."""
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
        written = grow_files(old, head.size, leaves, bodies)
        self._disk.write_all(
            {self._files.public / path: content for path, content in written.items()}
        )
        self._step("read back")
        self._tree = self._read_back(old.head, head)
        self._step("ledger")
        if not self._ledger.advance(LedgerRole.LOG, old.head, head):
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
            raise GroundtruceError(
                Problem.RECORD_HASH, what=Phrase("The tree of {origin}", origin=self.origin)
            )
        for bundle in range(old.size // TILE_WIDTH, -(-new.size // TILE_WIDTH)):
            tree.bodies(bundle)
        return tree

    def _sign(self, head: Head) -> None:
        checkpoint = sign_head(head, self._keys.log)
        self._disk.write(self._files.public / CHECKPOINT, bytes(checkpoint))

    def _remove_superseded(self, old: int, new: int) -> None:
        for path in list_superseded(old, new):
            self._disk.discard_folder(self._files.public / path)

    def _resume(self) -> Head:
        """Return the head to go on from, published; raises GroundtruceError `record.rollback`."""
        head = self._ledger.head(LedgerRole.LOG, self.origin)
        if head is None:
            raise GroundtruceError(
                Problem.RECORD_MISSING, what=Phrase("The ledger of {origin}", origin=self.origin)
            )
        content = self._fetch(CHECKPOINT)
        published = None if content is None else parse_checkpoint(content, self._keys.log.verifier)
        if published is not None and published.head != head:
            if published.head.size >= head.size:
                cause = Phrase(
                    "it signed size {size}, its ledger holds {held}",
                    size=published.head.size,
                    held=head.size,
                )
                raise GroundtruceError(Problem.RECORD_ROLLBACK, origin=self.origin, cause=cause)
            self._read_back(published.head, head)
        if published is None or published.head != head:
            self._sign(head)
        return head

    def _take_up(self) -> list[JournalEntry]:
        """Return what the journal holds beyond the tree."""
        size = self._tree.head.size
        entries = [entry for entry in self._journal.take_over() if entry.index >= size]
        if [entry.index for entry in entries] != list(range(size, size + len(entries))):
            cause = Phrase("its journal does not go on from size {size}", size=size)
            raise GroundtruceError(Problem.RECORD_ROLLBACK, origin=self.origin, cause=cause)
        return entries

    def _last(self) -> tuple[bytes | None, datetime | None]:
        """Return the id of the last statement and when it was filed; an erased one has no time any more."""
        size = self._tree.head.size
        if self._pending:
            body: bytes | Erased = self._pending[-1].body
        elif size:
            body = self._tree.bodies((size - 1) // TILE_WIDTH)[-1]
        else:
            return None, None
        if isinstance(body, Erased):
            return body.identifier, None
        return statement_id(body), parse_statement(body).filed_at
