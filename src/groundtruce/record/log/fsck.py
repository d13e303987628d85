"""The check of a whole log: every tile, leaf, body, signature and cosignature, and every statement in its place.

* It reads everything once and keeps little, so memory does not grow with the log.
* It goes on after a finding where it can, and says all that it found.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from groundtruce.model.problem import GroundtruceError
from groundtruce.record.log.audit import Audit, AuditState, FaultFound
from groundtruce.record.log.read import LogEntry, ReadLog
from groundtruce.record.tlog.cosignature import read_cosignature
from groundtruce.record.tlog.encoding import HASH_LENGTH
from groundtruce.record.tlog.key import VerifierKey
from groundtruce.record.tlog.leaf import Leaf
from groundtruce.record.tlog.tile import (
    BUNDLED_LENGTH,
    TILE_WIDTH,
    body_path,
    bundle_path,
    bundles,
    tiles,
)

__all__ = ["Finding", "fsck", "strays"]


_PARTIAL = ".p/"
_STAGE = 16
"""Bundles whose entries are examined at a time: enough work for all cores, and little memory."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a log that is not as it should be."""

    where: str
    sentence: str


def fsck(
    log: ReadLog,
    state: AuditState,
    witnesses: Iterable[VerifierKey],
    step: Callable[[int], None] = lambda done: None,
) -> list[Finding]:
    """Check everything under the log's checkpoint; `state` is where its audit starts, at size 0.

    `step` gets how many entries are done.
    """
    findings = list(_cosignatures(log, witnesses))
    size = log.checkpoint.head.size
    for tile in tiles(0, size):
        try:
            log.tree.check(tile)
        except GroundtruceError as error:
            findings.append(Finding(tile.path, error.sentence))
    audit: Audit | None = Audit(state)
    every = bundles(0, size)
    while stage := list(islice(every, _STAGE)):
        entries: list[LogEntry] = []
        whole = True
        for bundle, width in stage:
            try:
                read = _places(log, bundle)
            except GroundtruceError as error:
                findings.append(Finding(bundle_path(bundle, width), error.sentence))
                whole = False
            else:
                entries += read if whole else []
            step(bundle * TILE_WIDTH + width)
        if audit is not None:
            try:
                deque(audit.take_all(entries), maxlen=0)
            except FaultFound as found:
                bundle = found.entry.index // TILE_WIDTH
                width = min(size - bundle * TILE_WIDTH, TILE_WIDTH)
                findings.append(Finding(bundle_path(bundle, width), found.sentence))
                whole = False
        # behind a gap or a fault there is nothing to go on from
        audit = audit if whole else None
    if audit is not None:
        findings += [
            Finding(identifier.hex(), "The statement was erased, and no tombstone says why.")
            for identifier in sorted(audit.state.erased)
        ]
    return findings


def strays(path: Path, size: int) -> list[Finding]:
    """Return the files below `tile/` and `body/` that belong to no size up to this one.

    Partial files of earlier sizes may be left; whoever holds an older checkpoint asks for them, so that each must be
    the start of what replaced it.
    """
    wholes = {_whole(tile.path): (tile.path, tile.width, HASH_LENGTH) for tile in tiles(0, size)}
    for bundle, width in bundles(0, size):
        current = bundle_path(bundle, width)
        wholes[_whole(current)] = current, width, BUNDLED_LENGTH
    known = {current for current, _, _ in wholes.values()}
    known |= {body_path(bundle) for bundle, _ in bundles(0, size)}
    findings = []
    for top in ("tile", "body"):
        for file in sorted((path / top).rglob("*")):
            name = file.relative_to(path).as_posix()
            if not file.is_file() or name in known:
                continue
            current, width, length = wholes.get(_whole(name), ("", 0, 0))
            earlier = name.rpartition(_PARTIAL)[2]
            if earlier not in map(str, range(1, min(width, TILE_WIDTH - 1) + 1)):
                findings.append(Finding(name, "This file is no part of the log."))
            elif not _starts(path / current, file.read_bytes(), int(earlier) * length):
                findings.append(Finding(name, f"This file is not the start of {current}."))
    return findings


def _whole(name: str) -> str:
    return name.partition(_PARTIAL)[0]


def _starts(path: Path, content: bytes, length: int) -> bool:
    """Return whether content of this length is the start of a file; one that is missing is found elsewhere."""
    if len(content) != length:
        return False
    return not path.is_file() or path.read_bytes().startswith(content)


def _places(log: ReadLog, bundle: int) -> list[LogEntry]:
    leaves, bodies = log.tree.contents(bundle)
    entries = enumerate(zip(leaves, bodies, strict=True), start=bundle * TILE_WIDTH)
    return [LogEntry(index, Leaf.parse(leaf), body) for index, (leaf, body) in entries]


def _cosignatures(log: ReadLog, witnesses: Iterable[VerifierKey]) -> Iterator[Finding]:
    """Yield each cosignature of a known witness that does not verify."""
    for key in witnesses:
        line = log.checkpoint.note.line_of(key)
        if line is not None:
            try:
                read_cosignature(log.checkpoint.head, line, key)
            except GroundtruceError as error:
                yield Finding("checkpoint", error.sentence)
