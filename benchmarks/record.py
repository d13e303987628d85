"""The record: durable appends, audits and proofs, each beside a peer or the physical limit in the same run."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter

from pymerkle import SqliteTree

from groundtruce.record.log.append import AppendLog, LogFiles, LogKeys
from groundtruce.record.log.audit import AuditState
from groundtruce.record.log.durable import Disk
from groundtruce.record.log.fsck import fsck
from groundtruce.record.log.journal import entries_of
from groundtruce.record.log.read import ReadLog, fetch_from_folder
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Draft
from groundtruce.record.tlog.checkpoint import log_key
from groundtruce.record.tlog.key import KeyType, SigningKey, public_key_of
from groundtruce.record.tlog.tile import bundles, tiles

__all__ = ["COLUMNS", "recording"]

COLUMNS = ("job", "entries", "MB", "ours, s", "peer", "peer, s", "ratio", "goal")

BATCH = 1000
APPENDED = 100 * BATCH
PROOFS = 100
MILLI = 1e-3
_VERIFIER = Path(sys.executable).with_name("recordverify")
_FILED_AT = datetime(2016, 3, 4, 12, tzinfo=UTC)


def _keys() -> LogKeys:
    seeds = b"\x01" * 32, b"\x02" * 32
    return LogKeys(
        log=SigningKey.from_seed(log_key(public_key_of(seeds[0])).name, KeyType.NOTE, seeds[0]),
        statement=SigningKey.from_seed("synthetic/statement", KeyType.NOTE, seeds[1]),
        author="Synthetic",
    )


KEYS = _keys()


def recording(top: Path, sizes: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """Yield rows for logs of synthetic statements, of these sizes in rising order."""
    for size in sizes:
        root = top / f"log-{size}"
        files = LogFiles(public=root / "public", private=root / "private")
        yield from _appends(top / f"appends-{size}")
        yield _written(files, size)
        yield from _audits(root, size)
        yield from _proofs(files.public, size)


def _written(files: LogFiles, size: int) -> tuple[str, ...]:
    """Write a log, published after each ten batches."""
    random = Random(size)
    started = perf_counter()
    with AppendLog.create(files, KEYS, Disk()) as log:
        for first in range(0, size, BATCH):
            log.append(_drafts(first), _FILED_AT, (), random.randbytes)
            if first % (10 * BATCH) == 0:
                log.publish()
        log.publish()
    seconds = perf_counter() - started
    rate = f"{size / seconds:,.0f} a second"
    return ("made, signed, published", f"{size:,}", "", f"{seconds:.2f}", rate, "", "", "")


def _drafts(first: int) -> list[Draft]:
    return [_draft(number) for number in range(first, first + BATCH)]


def _draft(number: int) -> Draft:
    fields = {
        "report_id": f"synthetic-{number}",
        "occurred_from": "2016-03-04T11:00:00Z",
        "occurred_to": "2016-03-04T11:30:00Z",
        "lat": f"{33 + number % 1000 / 1000:.3f}",
        "lon": "37.100",
        "location_radius_m": "500.0",
        "kind": "fire.shelling",
        "text": "Synthetic report of shelling; nobody was there and nothing happened. " * 3,
    }
    return Draft(StatementKind.REPORT, {"fields": fields})


def _appends(root: Path) -> Iterator[tuple[str, ...]]:
    """Compare what makes batches durable, from the moment that they are made and signed.

    The raw write of the same bytes comes after ours and before it in turn: a disk that just synced does so faster.
    """
    files = LogFiles(public=root / "public", private=root / "private")
    random, raw, contents = Random(1), 0.0, list[bytes]()
    steps: dict[str, float] = {}

    def write_raw() -> float:
        return _seconds(partial(_raw_write, root / "raw", contents[-1]))

    def step(name: str) -> None:
        nonlocal raw
        if name == "journal" and len(contents) % 2:
            raw += write_raw()
        steps[name] = perf_counter()

    ours = 0.0
    with AppendLog(_made(files), KEYS, Disk(), step) as log:
        for first in range(0, APPENDED, BATCH):
            log.append(_drafts(first), _FILED_AT, (), random.randbytes)
            ours += steps["acknowledge"] - steps["journal"]
            contents.append(_behind(files.private / "journal", sum(map(len, contents))))
            if len(contents) % 2:
                continue
            raw += write_raw()
    batches = [[entry.body for entry in entries_of(content)[0]] for content in contents]
    with closing(SqliteTree(str(root / "merkle.sqlite"))) as tree:
        bulk = sum(_seconds(partial(tree.append_entries, batch)) for batch in batches)
        each = _seconds(partial(_append_each, tree, batches[0])) * len(batches)
    megabytes = sum(map(len, contents)) / 1e6
    head = (f"durable, batches of {BATCH:,}", f"{APPENDED:,}", f"{megabytes:.0f}", f"{ours:.3f}")
    yield _compared(head, "write + fsync", raw, ours / raw, "≤ 1.5")
    yield _compared(head, "pymerkle, each", each, each / ours, "≥ 20")
    yield _compared(head, "pymerkle, batches", bulk, bulk / ours, "")


def _made(files: LogFiles) -> LogFiles:
    AppendLog.create(files, KEYS, Disk()).close()
    return files


def _audits(root: Path, size: int) -> Iterator[tuple[str, ...]]:
    """Compare audits, ours each in a process of its own, with those of the Go verifier."""
    (root / "vkeys").write_text(f"{KEYS.log.verifier}\n")
    (root / "parties").write_text(KEYS.statement.verifier.public.hex() + "\n")
    keys = root / "vkeys"
    common = [_VERIFIER, "-dir", root / "public", "-vkeys", keys, "-quorum", "0"]
    jobs: Mapping[str, Sequence[object]] = {
        "tree": ["-full"],
        "tree and bodies": ["-bodies"],
        "full": ["-leaves", root / "parties", "-bodies"],
    }
    for job, options in jobs.items():
        peer = _seconds(partial(_run, [*common, *options]))
        command: list[object] = [
            sys.executable,
            "-m",
            "benchmarks.record",
            job,
            str(root / "public"),
        ]
        found = json.loads(_run(command))
        named = f"audit: {job}, {found['peak_mb']:.0f} MB of memory"
        head = (named, f"{size:,}", "", f"{found['seconds']:.2f}")
        yield _compared(head, "Go verifier", peer, found["seconds"] / peer, "≤ 2")


def _proofs(public: Path, size: int) -> Iterator[tuple[str, ...]]:
    """Measure inclusion proofs by a log that was just opened, and also with its tiles out of the system's memory."""
    paths = [path for path in (public / "tile").rglob("*") if path.is_file()]
    for name, forgotten in (("opened anew", []), ("opened anew, from the disk", paths)):
        random, times = Random(1), []
        for _ in range(PROOFS):
            _forget(forgotten)
            times.append(_seconds(partial(_prove, public, random.randrange(size))))
        middle = median(times)
        ratio = f"{middle / MILLI:.2f}"
        head = (f"inclusion proof, {name}", f"{size:,}", "", f"{middle:.6f}")
        yield (*head, "a millisecond", f"{MILLI}", ratio, "≤ 1")


def _prove(public: Path, index: int) -> None:
    ReadLog(KEYS.log.verifier, fetch_from_folder(public)).prove(index)


def _run(command: Sequence[object]) -> str:
    done = subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True)
    return done.stdout


def _compared(
    head: tuple[str, ...], name: str, peer_s: float, ratio: float, goal: str
) -> tuple[str, ...]:
    return (*head, name, f"{peer_s:.3f}", f"{ratio:.2f}", goal)


def _seconds(job: Callable[[], object]) -> float:
    started = perf_counter()
    job()
    return perf_counter() - started


def _append_each(tree: SqliteTree, entries: Sequence[bytes]) -> None:
    for entry in entries:
        tree.append_entry(entry)


def _behind(path: Path, at: int) -> bytes:
    with path.open("rb") as stream:
        stream.seek(at)
        return stream.read()


def _raw_write(path: Path, content: bytes) -> None:
    with path.open("ab") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _forget(paths: Sequence[Path]) -> None:
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)


def _audit(job: str, public: Path) -> None:
    """Audit a log and print seconds and peak memory."""
    started = perf_counter()
    log = ReadLog(KEYS.log.verifier, fetch_from_folder(public))
    size = log.checkpoint.head.size
    if job == "full":
        verifier = KEYS.statement.verifier
        standing = AuditState(origin=KEYS.log.verifier.name, keys={verifier.key_hash: verifier})
        assert fsck(log, standing, ()) == []
    else:
        for tile in tiles(0, size):
            log.tree.check(tile)
        read = log.tree.leaves if job == "tree" else log.tree.bodies
        for bundle, _ in bundles(0, size):
            read(bundle)
    seconds = perf_counter() - started
    # of this program alone, unlike what getrusage tells
    status = Path("/proc/self/status").read_text()
    peak_kb = int(status.partition("VmHWM:")[2].split()[0])
    print(json.dumps({"seconds": seconds, "peak_mb": peak_kb / 1024}))


if __name__ == "__main__":
    _audit(sys.argv[1], Path(sys.argv[2]))
