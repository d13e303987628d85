"""One writer, one history: what two writers, a restored folder or a wrong clock could spoil."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from random import Random

import pytest
from tests.conftest import ROOT
from tests.record.logs import (
    FILED_AT,
    HIDDEN,
    KEYS,
    LOG,
    STATEMENT,
    QuietDisk,
    Told,
    add,
    check,
    drafts,
    files,
    read,
)

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.log.append import AppendLog
from groundtruce.record.log.audit import SKEW, AuditState
from groundtruce.record.log.fsck import fsck
from groundtruce.record.log.ledger import Ledger, LedgerRole
from groundtruce.record.log.lock import WriterLock
from groundtruce.record.statement.statement import parse_statement
from groundtruce.record.tlog.checkpoint import Head, sign_head
from groundtruce.record.tlog.tile import CHECKPOINT


def refusal(call: Callable[[], object]) -> Problem:
    """Return the problem with which a call is refused."""
    with pytest.raises(GroundtruceError) as caught:
        call()
    return caught.value.problem


def opened(root: Path) -> AppendLog:
    """Open a log."""
    return AppendLog(files(root), KEYS, QuietDisk())


def test_a_second_writer_is_refused(base: Callable[[int, Path], Told], tmp_path: Path) -> None:
    """While one process has the log open no other opens it; afterwards it does."""
    told = base(3, tmp_path / "log")
    with opened(tmp_path / "log"):
        assert refusal(lambda: opened(tmp_path / "log")) is Problem.RECORD_LOCKED
        command = [sys.executable, "-c", _OPEN, str(tmp_path / "log")]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        assert done.stdout == "record.locked\n"
    check(tmp_path / "log", told)


_OPEN = """
import sys
from pathlib import Path
from groundtruce.model.problem import GroundtruceError
from groundtruce.record.log.append import AppendLog
from tests.record.logs import KEYS, QuietDisk, files
try:
    AppendLog(files(Path(sys.argv[1])), KEYS, QuietDisk())
except GroundtruceError as error:
    print(error.problem.code)
"""


def test_one_of_two_heads_passes(tmp_path: Path) -> None:
    """Of many that move the ledger from one head at the same time, one succeeds."""
    ledger = Ledger(tmp_path / "heads.sqlite")
    old = Head(origin="o", size=1, root=b"\0" * 32)
    assert ledger.advance(LedgerRole.LOG, None, old)
    assert not ledger.advance(LedgerRole.LOG, None, old)
    news = [Head(origin="o", size=2, root=bytes([number]) * 32) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(lambda new: ledger.advance(LedgerRole.LOG, old, new), news))
    assert sum(passed) == 1
    assert ledger.head(LedgerRole.LOG, "o") == news[passed.index(True)]


def test_a_ledger_that_moved_stops_the_writer(
    base: Callable[[int, Path], Told], tmp_path: Path
) -> None:
    """Had another writer got past the lock, the ledger would still refuse, and nothing is signed."""
    base(3, tmp_path / "log")
    with opened(tmp_path / "log") as log:
        before = (tmp_path / "log" / "public" / CHECKPOINT).read_bytes()
        add(log, 1)
        other = Head(origin=LOG.name, size=4, root=b"\x07" * 32)
        assert Ledger(files(tmp_path / "log").ledger).advance(LedgerRole.LOG, log.head, other)
        assert refusal(log.publish) is Problem.RECORD_LOCKED
        assert refusal(log.publish) is Problem.RECORD_LOCKED
        assert refusal(lambda: add(log, 1)) is Problem.RECORD_LOCKED
    assert (tmp_path / "log" / "public" / CHECKPOINT).read_bytes() == before


def test_two_that_make_a_log_do_not_empty_each_others_journal(tmp_path: Path) -> None:
    """One makes the log, opens it and acknowledges while the other is still making it."""
    told = Told()

    class Slow(QuietDisk):
        def create(self, path: Path, content: bytes) -> None:
            try:
                with AppendLog.create(files(tmp_path), KEYS, QuietDisk()) as log:
                    told.take(add(log, 1))
            except GroundtruceError as error:
                assert error.problem is Problem.RECORD_LOCKED  # noqa: PT017 - either is right
            super().create(path, content)

    AppendLog.create(files(tmp_path), KEYS, Slow()).close()
    check(tmp_path, told)


def set_back(root: Path, head: Head) -> None:
    """Set a ledger to a head, as nobody may."""
    files(root).ledger.unlink()
    Ledger(files(root).ledger).advance(LedgerRole.LOG, None, head)


def test_a_checkpoint_ahead_of_the_ledger_is_a_rollback(
    base: Callable[[int, Path], Told], tmp_path: Path
) -> None:
    """A ledger from a backup, a new one, or one with another head of the same size: the log stops."""
    base(4, tmp_path / "log")
    older = Head(origin=LOG.name, size=3, root=read(tmp_path / "log").tree.root_at(3))
    for head in (older, Head(origin=LOG.name, size=4, root=b"\x07" * 32)):
        set_back(tmp_path / "log", head)
        assert refusal(lambda: opened(tmp_path / "log")) is Problem.RECORD_ROLLBACK
    files(tmp_path / "log").ledger.unlink()
    assert refusal(lambda: opened(tmp_path / "log")) is Problem.RECORD_MISSING
    assert (
        refusal(lambda: AppendLog.create(files(tmp_path / "log"), KEYS, QuietDisk()))
        is Problem.RECORD_ROLLBACK
    )


@pytest.mark.parametrize("parts", ["public", "journal", "public journal", "checkpoint", "tile"])
@pytest.mark.parametrize(("size", "grown"), [(3, 2), (254, 3), (256, 1)])
def test_a_restored_folder_never_leads_to_a_fork(
    base: Callable[[int, Path], Told], tmp_path: Path, parts: str, size: int, grown: int
) -> None:
    """With a newer ledger, an older folder is taken up again or refused; no second history is signed."""
    root, backup = tmp_path / "log", tmp_path / "backup"
    told = base(size, root)
    with opened(root) as log:
        told.take(add(log, 1))
        shutil.copytree(root, backup)
        told.take(add(log, grown))
        newest = log.publish().head
    for part in parts.split():
        name = {"journal": "private/journal"}.get(part, f"public/{part}").removesuffix("/public")
        if (root / name).is_dir():
            shutil.rmtree(root / name)
            shutil.copytree(backup / name, root / name)
        else:
            shutil.copy(backup / name, root / name)
    try:
        with opened(root) as log:
            add(log, 1)
            head = log.publish().head
    except GroundtruceError as error:
        assert error.problem in {  # noqa: PT017 - both ways are right
            Problem.RECORD_HASH,
            Problem.RECORD_MISSING,
            Problem.RECORD_ROLLBACK,
        }
        head = Ledger(files(root).ledger).head(LedgerRole.LOG, LOG.name) or newest
        assert head == newest
    else:
        assert head.size == newest.size + 1
        check(root, Told(told.receipts, [(newest.size, newest.root)]))


def test_a_log_without_its_journal_is_refused(
    base: Callable[[int, Path], Told], tmp_path: Path
) -> None:
    """A missing journal or folder is told, not passed over: it may have held what was acknowledged."""
    base(3, tmp_path / "log")
    (tmp_path / "log" / "private" / "journal").unlink()
    assert refusal(lambda: opened(tmp_path / "log")) is Problem.RECORD_MISSING
    assert refusal(lambda: opened(tmp_path / "nothing")) is Problem.RECORD_DISK


def test_a_lock_can_be_waited_for(tmp_path: Path) -> None:
    """A released lock is free for the next."""
    first = WriterLock(tmp_path / "lock", "log")
    assert refusal(lambda: WriterLock(tmp_path / "lock", "log")) is Problem.RECORD_LOCKED
    first.release()
    WriterLock(tmp_path / "lock", "log", wait=True).release()


def steps_up_to(size: int) -> Iterator[int]:
    """Yield odd numbers that add up to `size`."""
    left = size
    for step in cycle((1, 3, 7, 31, 127, 5, 255, 257, 1)):
        if left <= step:
            yield left
            return
        yield step
        left -= step


def test_a_path_never_has_two_contents(tmp_path: Path) -> None:
    """Whatever a checkpoint covers is never written again with other bytes; bodies are only added to."""
    tiles: dict[str, bytes] = {}
    bodies: dict[str, bytes] = {}
    public = files(tmp_path).public
    with AppendLog.create(files(tmp_path), KEYS, QuietDisk()) as log:
        for step in steps_up_to(1500):
            add(log, step)
            log.publish()
            for path in public.rglob("*"):
                name = path.relative_to(public).as_posix()
                if path.is_file() and name.startswith("tile/"):
                    content = path.read_bytes()
                    assert tiles.setdefault(name, content) == content
                elif path.is_file() and name.startswith("body/"):
                    content = path.read_bytes()
                    assert content.startswith(bodies.get(name, b""))
                    bodies[name] = content
    assert log.size == 1500
    assert len(bodies) == 6
    assert not list(public.rglob(f"{HIDDEN}*"))


def test_a_head_of_another_log_is_not_signed() -> None:
    """A key signs for its own origin only."""
    assert (
        refusal(lambda: sign_head(Head(origin="other", size=1, root=bytes(32)), KEYS.log))
        is Problem.RECORD_MALFORMED
    )


def filed_at(root: Path) -> list[datetime]:
    """Return when the statements of a log were filed."""
    entries = read(root).entries()
    return [parse_statement(one.body).filed_at for one in entries if isinstance(one.body, bytes)]


def test_a_log_never_goes_back_in_time(base: Callable[[int, Path], Told], tmp_path: Path) -> None:
    """A clock set back a little is passed over, also by the next writer; set back by more it stops the filing."""
    told = base(2, tmp_path / "log")
    early = FILED_AT - timedelta(seconds=1)
    for open_again in (False, True):
        with opened(tmp_path / "log") as log:
            if not open_again:
                told.take(log.append(drafts(1), FILED_AT + SKEW, (), Random(1).randbytes))
            told.take(log.append(drafts(1), FILED_AT, (), Random(2).randbytes))
            refused = refusal(lambda: log.append(drafts(1), early, (), Random(3).randbytes))
            assert refused is Problem.RECORD_CLOCK
            log.publish()
    assert filed_at(tmp_path / "log") == [FILED_AT] * 2 + [FILED_AT + SKEW] * 3
    with opened(tmp_path / "log") as log:
        told.take(log.append(drafts(1), FILED_AT + SKEW, (), Random(4).randbytes))
    found = read(tmp_path / "log")
    state = AuditState(origin=LOG.name, keys={STATEMENT.key_hash: STATEMENT})
    assert fsck(found, state, []) == []
