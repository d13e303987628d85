"""A mirror takes over what a log has grown by, keeps what it has where the log misbehaves, and survives a crash."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.record.forge import ForgedLog, keys_of, witness
from tests.record.logs import (
    FILED_AT,
    HIDDEN,
    LOG,
    STATEMENT,
    CountingDisk,
    QuietDisk,
    StopError,
)

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.log.audit import AuditState, EntryFault, FaultFound
from groundtruce.record.log.durable import Disk
from groundtruce.record.log.fsck import fsck, strays
from groundtruce.record.log.read import fetch_from_folder
from groundtruce.record.peers import mirror as mirror_module
from groundtruce.record.peers.mirror import MirrorLog, MisbehaviourFound, RollbackFound
from groundtruce.record.statement.statement import Statement
from groundtruce.record.tlog.cosignature import cosign, cosigners
from groundtruce.record.tlog.layout import erase_body
from groundtruce.record.tlog.note import SignatureLine
from groundtruce.record.tlog.tile import CHECKPOINT, Erased
from groundtruce.record.tlog.tree import Fetch, Tree

NOW = FILED_AT + timedelta(days=1)
WITNESSES = [witness(51), witness(52)]
TRUSTED = [key.verifier for key in WITNESSES]
START = AuditState(origin=LOG.name, keys={STATEMENT.key_hash: STATEMENT})
HELD = 270
"""Statements that the copy holds before something happens: a full bundle and a part of one."""

HONEST = ForgedLog().grow(600)


def lines(log: ForgedLog, size: int, *after_s: int) -> tuple[SignatureLine, ...]:
    """Return what the witnesses say of a head, each so long after its last statement."""
    pairs = zip(WITNESSES, after_s, strict=False)
    last_s = int(ForgedLog.time_of(size).timestamp())
    return tuple(cosign(log.head(size), key, last_s + one_s) for key, one_s in pairs)


def opened(root: Path, disk: Disk | None = None) -> MirrorLog:
    """Open the copy."""
    return MirrorLog(root / "copy", LOG, [STATEMENT], disk or QuietDisk())


def contents(root: Path) -> dict[str, bytes]:
    """Return the files of the copy; what a crash left beside their places is nobody's."""
    copy = root / "copy"
    return {
        path.relative_to(copy).as_posix(): path.read_bytes()
        for path in copy.rglob("*")
        if path.is_file() and not path.name.startswith(HIDDEN)
    }


def served(root: Path, log: ForgedLog, size: int, *after_s: int) -> Fetch:
    """Return the log as its owner serves it at a size."""
    shutil.rmtree(root / "log", ignore_errors=True)
    log.publish(root / "log", size, lines(log, size, *after_s))
    return fetch_from_folder(root / "log")


@pytest.fixture(scope="session")
def _held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("mirror")
    opened(root).update(served(root, HONEST, HELD, 0, 1), TRUSTED, NOW)
    return root


@pytest.fixture
def held(_held: Path, tmp_path: Path) -> Path:
    """A copy of 270 statements that two witnesses cosigned."""
    shutil.copytree(_held, tmp_path / "held")
    return tmp_path / "held"


def assert_sound(root: Path, log: ForgedLog, size: int) -> None:
    """Assert that the copy holds exactly these statements, and nothing else."""
    copy = opened(root)
    assert copy.head == log.head(size)
    assert fsck(copy.read(), START, TRUSTED) == []
    assert strays(root / "copy", size) == []
    entries = list(copy.read().entries())
    assert [(entry.leaf, entry.body) for entry in entries] == log.entries[:size]
    assert copy.audit_state().size == size


def test_a_mirror_grows_with_its_log(tmp_path: Path) -> None:
    """From nothing, by any steps, with the lines of known witnesses; each statement is told once."""
    told: list[Statement] = []
    sizes = (0, 1, 2, 255, 256, 257, 257, 511, 512, 600)
    for size in sizes:
        fetch = served(tmp_path, HONEST, size, 0)
        checkpoint = opened(tmp_path).update(fetch, TRUSTED, NOW, told.append)
        assert len(cosigners(checkpoint, TRUSTED)) == 1
        assert_sound(tmp_path, HONEST, size)
    assert [one.body for one in told] == [body for _, body in HONEST.entries]
    whole = tmp_path / "at once"
    opened(whole).update(served(whole, HONEST, 600, 0), TRUSTED, NOW)
    assert contents(whole).items() <= contents(tmp_path).items()


def test_only_verified_lines_of_known_witnesses_are_kept(held: Path) -> None:
    """A line that does not verify is left out; the latest of each witness stays, and none is lost."""
    later, forged = lines(HONEST, HELD, 60, 60)
    stranger = cosign(HONEST.head(HELD), witness(53), 1)
    forged = replace(forged, signature=later.signature)
    kept = opened(held).follow(
        HONEST.checkpoint(HELD, (later, forged, stranger)),
        fetch_from_folder(held / "log"),
        TRUSTED,
        NOW,
    )
    last_s = int(ForgedLog.time_of(HELD).timestamp())
    assert [one.time_s - last_s for one in cosigners(kept, TRUSTED)] == [60, 1]
    assert len(kept.others) == len(TRUSTED)
    bare = opened(held).follow(
        HONEST.checkpoint(HELD), fetch_from_folder(held / "log"), TRUSTED, NOW
    )
    assert bytes(bare) == bytes(kept) == (held / "copy" / CHECKPOINT).read_bytes()


# --- What is refused -----------------------------------------------------------------------------


def _late(text: str) -> Callable[[ForgedLog], object]:
    return lambda log: log.grow(280).put(log.body(filed_at=text))


def _forked(log: ForgedLog) -> None:
    log.entries = log.copy(HELD - 1, nonce=1).grow(500).entries


FAULTS: Mapping[str, tuple[str, int, Callable[[ForgedLog], object]]] = {
    "another view, larger": ("fork", 500, _forked),
    "another view, of one size": ("fork", HELD, _forked),
    "another view, smaller but not within": (
        "fork", 200, lambda log: setattr(log, "entries", log.copy(199, 1).grow(300).entries)
    ),
    "another log's statement": (
        "replay", 300, lambda log: log.put(ForgedLog(keys_of("C", 40)).grow(271).entries[HELD][1])
    ),
    "a statement twice": ("replay", 300, lambda log: log.put(log.entries[200][1])),
    "no statement": ("malformed", 300, lambda log: log.put(b"{}")),
    "another one before it": (
        "broken_chain", 300, lambda log: log.grow(290).put(log.body(previous="00" * 32))
    ),
    "before the last statement": ("backdating", 300, _late("2016-03-04T12:04:38Z")),
    "before witnesses cosigned": ("backdating", 300, lambda log: None),
}  # fmt: skip


def misbehaving(name: str) -> tuple[ForgedLog, int]:
    """Return a log that begins as the honest one, and does something after 270 statements."""
    _, size, act = FAULTS[name]
    log = HONEST.copy(HELD, nonce=0)
    act(log)
    return log.grow(size), size


@pytest.mark.parametrize("name", FAULTS)
def test_misbehaviour_leaves_the_copy_as_it_was(held: Path, name: str) -> None:
    """What the owner signed for is found, and found again the next time."""
    log, size = misbehaving(name)
    if name == "before witnesses cosigned":
        note = HONEST.checkpoint(HELD, lines(HONEST, HELD, 3600, 3600))
        opened(held).follow(note, fetch_from_folder(held / "log"), TRUSTED, NOW)
    before = contents(held)
    fetch = served(held, log, size)
    for _ in range(2):
        with pytest.raises(MisbehaviourFound) as caught:
            opened(held).update(fetch, TRUSTED, NOW)
        assert caught.value.kind.value == FAULTS[name][0]
        assert contents(held) == before
    assert_sound(held, HONEST, HELD)


def test_misbehaviour_far_on_leaves_the_copy_readable(
    held: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written before the fault was met lies beyond the checkpoint, and is in nobody's way."""
    monkeypatch.setattr(mirror_module, "_STAGE", 256)
    log = HONEST.copy(HELD, nonce=1).grow(560)
    log.put(log.entries[0][1]).grow(600)
    with pytest.raises(MisbehaviourFound):
        opened(held).update(served(held, log, 600), TRUSTED, NOW)
    copy = opened(held)
    assert (copy.head, copy.audit_state().size) == (HONEST.head(HELD), HELD)
    assert fsck(copy.read(), START, TRUSTED) == []
    opened(held).update(served(held, HONEST, 600), TRUSTED, NOW)
    assert_sound(held, HONEST, 600)


def test_a_rollback_leaves_the_copy_as_it_was(held: Path) -> None:
    """An older head of the same log is told as one, at any size, with what was signed before."""
    before = contents(held)
    for size in (0, 1, 256, HELD - 1):
        with pytest.raises(RollbackFound) as caught:
            opened(held).update(served(held, HONEST, size), TRUSTED, NOW)
        assert (caught.value.small.head, caught.value.large.head) == (
            HONEST.head(size),
            HONEST.head(HELD),
        )
    assert contents(held) == before


@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
@pytest.mark.parametrize(
    "name",
    [
        *(CHECKPOINT, "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2", "body/001", "body/002"),
        *("tile/entries/001", "tile/entries/002.p/88"),
    ],
)
def test_files_that_are_not_the_logs_are_not_taken_over(held: Path, name: str, damage: str) -> None:
    """Whoever serves the log can damage or withhold files, and proves nothing with it; the copy stays, and goes on."""
    before = contents(held)
    fetch = served(held, HONEST, 600)
    path = held / "log" / name
    content = path.read_bytes()
    middle = len(content) // 2
    path.unlink()
    if damage != "gone":
        left = bytes([content[middle] ^ 1]) if damage == "flipped" else b""
        path.write_bytes(content[:middle] + left + content[middle + 1 :])
    with pytest.raises(GroundtruceError) as caught:
        opened(held).update(fetch, TRUSTED, NOW)
    assert not isinstance(caught.value, MisbehaviourFound | RollbackFound)
    assert contents(held) == before
    path.write_bytes(content)
    opened(held).update(fetch, TRUSTED, NOW)
    assert_sound(held, HONEST, 600)


def test_a_statement_that_no_key_of_the_log_signed_is_refused(held: Path) -> None:
    """It is named, and there is no proof of it: the copy stays as it was, and nothing is cosigned."""
    log = HONEST.copy(HELD, nonce=0)
    log.put(log.body(), witness(9))
    with pytest.raises(FaultFound) as caught:
        opened(held).update(served(held, log, HELD + 1), TRUSTED, NOW)
    assert caught.value.fault is EntryFault.SIGNATURE
    assert_sound(held, HONEST, HELD)


def test_a_lost_file_of_bodies_heals(held: Path) -> None:
    """Whether it is gone or damaged, the owner's are taken with the next growth."""
    path = held / "copy" / "body" / "001"
    path.unlink()
    opened(held).update(served(held, HONEST, 400), TRUSTED, NOW)
    assert_sound(held, HONEST, 400)


def test_a_statement_of_tomorrow_waits(held: Path) -> None:
    """The auditor's clock may be slow: what is filed later is refused for now, without a proof."""
    fetch, last = served(held, HONEST, 600), ForgedLog.time_of(599)
    early: datetime = last - timedelta(minutes=5, seconds=1)
    with pytest.raises(GroundtruceError) as caught:
        opened(held).update(fetch, TRUSTED, early)
    assert caught.value.problem is Problem.RECORD_CHAIN
    assert not isinstance(caught.value, MisbehaviourFound)
    assert_sound(held, HONEST, HELD)
    opened(held).update(fetch, TRUSTED, early + timedelta(seconds=1))
    assert_sound(held, HONEST, 600)


def test_an_erased_statement_stays_erased(held: Path) -> None:
    """Its id stays, proofs hold, and growth does not bring it back, even where the owner still serves it."""
    for index in (3, HELD - 1):
        opened(held).erase(index)
        opened(held).erase(index)
    opened(held).update(served(held, HONEST, 600), TRUSTED, NOW)
    entries = list(opened(held).read().entries())
    assert [one.index for one in entries if isinstance(one.body, Erased)] == [3, HELD - 1]
    assert opened(held).head == HONEST.head(600)


def test_what_the_owner_erased_stays_in_the_copy(held: Path) -> None:
    """A copy lets go of a body when it has met an approved tombstone, and not because its owner did."""
    fetch = served(held, HONEST, 600)
    tree = Tree(HONEST.head(600), fetch)
    for index in (3, HELD - 1):
        written = erase_body(tree, index)
        QuietDisk().write_all({held / "log" / path: content for path, content in written.items()})
    opened(held).update(fetch, TRUSTED, NOW)
    assert_sound(held, HONEST, 600)


# --- Crashes -------------------------------------------------------------------------------------


def _stop() -> None:
    raise StopError


@pytest.mark.parametrize(("stage", "size"), [(16_384, 300), (256, 513)])
def test_a_mirror_that_dies_goes_on(
    held: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: int, size: int
) -> None:
    """Before any operation on the disk: the copy opens with the old head or the new one, and ends the same."""
    monkeypatch.setattr(mirror_module, "_STAGE", stage)
    fetch = served(held, HONEST, size, 0)
    whole = tmp_path / "whole"
    shutil.copytree(held / "copy", whole / "copy")
    counting = CountingDisk(None, _stop)
    opened(whole, counting).update(fetch, TRUSTED, NOW)
    expected = contents(whole)
    assert_sound(whole, HONEST, size)
    assert len(counting.events) > 20
    for stop_at in range(len(counting.events)):
        root = tmp_path / str(stop_at)
        shutil.copytree(held / "copy", root / "copy")
        with pytest.raises(StopError):
            opened(root, CountingDisk(stop_at, _stop)).update(fetch, TRUSTED, NOW)
        copy = opened(root)
        assert copy.head in (HONEST.head(HELD), HONEST.head(size))
        assert copy.audit_state().size == copy.head.size
        assert fsck(copy.read(), START, TRUSTED) == []
        copy.update(fetch, TRUSTED, NOW)
        assert contents(root) == expected
        shutil.rmtree(root)
