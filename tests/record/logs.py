"""A log as the tests write it, what is known of it, and disks whose operations are counted."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import Lock

from groundtruce.record.log.append import AppendLog, LogFiles, LogKeys, Receipt
from groundtruce.record.log.audit import AuditState
from groundtruce.record.log.durable import Disk
from groundtruce.record.log.fsck import fsck
from groundtruce.record.log.ledger import Ledger, LedgerRole
from groundtruce.record.log.read import ReadLog, fetch_from_folder
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Draft
from groundtruce.record.tlog.checkpoint import log_key
from groundtruce.record.tlog.key import KeyType, SigningKey, public_key_of
from groundtruce.record.tlog.leaf import statement_id
from groundtruce.record.tlog.tile import Erased

SEED = b"\x01" * 32
KEYS = LogKeys(
    log=SigningKey.from_seed(log_key(public_key_of(SEED)).name, KeyType.NOTE, SEED),
    statement=SigningKey.from_seed("party/statement", KeyType.NOTE, b"\x02" * 32),
    author="A",
)
LOG = KEYS.log.verifier
STATEMENT = KEYS.statement.verifier
FILED_AT = datetime(2016, 3, 4, 12, tzinfo=UTC)
HIDDEN = ".partial-"
STEPS = (
    *("journal", "acknowledge", "tiles", "read back", "ledger"),
    *("checkpoint", "clear journal", "remove superseded"),
)
OPERATIONS = frozenset(
    name
    for name in ("create", "extend", "sync", "sync_folder", "rename", "make_folder", "unlink")
    if hasattr(Disk, name)
)

Batches = tuple[int, ...]
"""How many statements are appended before each publication."""


def files(root: Path) -> LogFiles:
    """Return where a log lies."""
    return LogFiles(public=root / "public", private=root / "private")


def drafts(count: int) -> list[Draft]:
    """Return small statements."""
    return [
        Draft(StatementKind.REPLY, {"to": "ab" * 32, "text": str(number)})
        for number in range(count)
    ]


def add(log: AppendLog, count: int) -> list[Receipt]:
    """Append statements whose bytes follow from the size of the log."""
    return log.append(drafts(count), FILED_AT, (), Random(log.size).randbytes)


@dataclass(slots=True)
class Told:
    """What a writer told others: places and ids of statements, and heads."""

    receipts: dict[int, bytes] = field(default_factory=dict)
    heads: list[tuple[int, bytes]] = field(default_factory=list)

    def take(self, receipts: Iterable[Receipt]) -> None:
        """Keep receipts."""
        self.receipts |= {one.index: one.identifier for one in receipts}

    def see(self, size: int, root: bytes) -> None:
        """Keep a head."""
        self.heads.append((size, root))


class QuietDisk(Disk):
    """A disk that does not wait: whoever lives on the same kernel sees what was written."""

    def sync(self, path: Path) -> None:
        """Do nothing."""


def write(
    root: Path, batches: Batches, disk: Disk, told: Told, step: Callable[[str], None]
) -> None:
    """Open a log, or make one, and write batches; `told` is told what a submitter would be."""
    if (
        not Ledger(files(root).ledger).heads(LedgerRole.LOG)
        if files(root).ledger.exists()
        else True
    ):
        AppendLog.create(files(root), KEYS, disk).close()
    with AppendLog(files(root), KEYS, disk, step) as log:
        for count in batches:
            told.take(add(log, count))
            head = log.publish().head
            told.see(head.size, head.root)


def read(root: Path) -> ReadLog:
    """Open a log as others do."""
    return ReadLog(LOG, fetch_from_folder(root / "public"))


def check(root: Path, told: Told) -> None:
    """Assert that the log opens and goes on, and holds all that anybody was told."""
    for litter in root.rglob(f"{HIDDEN}*"):
        litter.write_bytes(b"litter")
    AppendLog.create(files(root), KEYS, QuietDisk()).close()
    with AppendLog(files(root), KEYS, QuietDisk()) as log:
        assert log.size >= max(told.receipts, default=-1) + 1
        told.take(add(log, 2))
        log.publish()
        assert log.size == log.head.size
    found = read(root)
    state = AuditState(origin=LOG.name, keys={STATEMENT.key_hash: STATEMENT})
    assert fsck(found, state, []) == []
    bodies = [entry.body for entry in found.entries()]
    ids = [one.identifier if isinstance(one, Erased) else statement_id(one) for one in bodies]
    assert {index: ids[index] for index in told.receipts} == told.receipts
    for size, root_hash in told.heads:
        assert found.tree.root_at(size) == root_hash


class StopError(BaseException):
    """The process dies here."""


class CountingDisk(QuietDisk):
    """A disk that counts what is done to it and the steps of the log, and does something before one of them."""

    def __init__(self, stop_at: int | None, stop: Callable[[], None]) -> None:
        super().__init__()
        self.stop_at, self._stop = stop_at, stop
        self.events: list[str] = []
        self._lock = Lock()

    def event(self, name: str) -> None:
        """Count an event that is about to happen."""
        if len(self.events) == self.stop_at:
            self._stop()
        self.events.append(name)

    def step(self, name: str) -> None:
        """Count a step that the log tells."""
        with self._lock:
            self.event(name)

    def __getattribute__(self, name: str) -> object:
        found = super().__getattribute__(name)
        if name not in OPERATIONS:
            return found

        def operation(*arguments: object) -> None:
            with self._lock:
                self.event(name)
                self.perform(name, found, arguments)

        return operation

    def perform(
        self, name: str, action: Callable[..., None], arguments: tuple[object, ...]
    ) -> None:
        """Do what was counted."""
        action(*arguments)

    def sync_folder(self, path: Path) -> None:
        """Do nothing; counted apart from `sync`."""
