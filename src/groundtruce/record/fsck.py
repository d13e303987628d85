"""The check of a whole log: every tile, leaf, body, signature and cosignature, and every statement in its place.

* It reads everything once and keeps little, so memory does not grow with the log.
* It goes on after a finding where it can, and says all that it found.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from groundtruce.model.problem import GroundtruceError
from groundtruce.record.audit import Audit, Standing
from groundtruce.record.cosignature import read_cosignature
from groundtruce.record.key import VerifierKey
from groundtruce.record.leaf import Leaf
from groundtruce.record.read import Place, ReadLog
from groundtruce.record.tile import TILE_WIDTH, body_path, bundle_path, bundles, tiles

__all__ = ["Finding", "fsck", "strays"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a log that is not as it should be."""

    where: str
    sentence: str


def fsck(
    log: ReadLog,
    standing: Standing,
    witnesses: Iterable[VerifierKey],
    step: Callable[[int], None] = lambda done: None,
) -> list[Finding]:
    """Check everything under the log's checkpoint; `standing` is where its audit starts, at size 0.

    `step` is told how many entries are done.
    """
    findings = list(_cosignatures(log, witnesses))
    size = log.checkpoint.head.size
    for tile in tiles(0, size):
        try:
            log.tree.check(tile)
        except GroundtruceError as error:
            findings.append(Finding(tile.path, error.sentence))
    audit: Audit | None = Audit(standing)
    for bundle, width in bundles(0, size):
        try:
            audit = _contents(log, bundle, audit)
        except GroundtruceError as error:
            findings.append(Finding(bundle_path(bundle, width), error.sentence))
            audit = None
        step(bundle * TILE_WIDTH + width)
    if audit is not None:
        findings += [
            Finding(one.hex(), "The statement was erased, and no tombstone says why.")
            for one in sorted(audit.standing.erased)
        ]
    return findings


def strays(path: Path, size: int) -> list[Finding]:
    """Return the files below `tile/` and `body/` that belong to no size up to this one."""
    full = {tile.path for tile in tiles(0, size)} | {bundle_path(*one) for one in bundles(0, size)}
    bodies = {body_path(index) for index, _ in bundles(0, size)}
    wholes = {one.partition(".p/")[0] for one in full}
    found = []
    for top in ("tile", "body"):
        for one in sorted((path / top).rglob("*")):
            name = one.relative_to(path).as_posix()
            partial_of = name.partition(".p/")[0]
            if one.is_file() and name not in full | bodies and partial_of not in wholes:
                found.append(Finding(name, "This file is no part of the log."))
    return found


def _contents(log: ReadLog, bundle: int, audit: Audit | None) -> Audit | None:
    leaves, bodies = log.tree.contents(bundle)
    if audit is not None:
        entries = enumerate(zip(leaves, bodies, strict=True), start=bundle * TILE_WIDTH)
        places = [Place(index, Leaf.parse(leaf), body) for index, (leaf, body) in entries]
        deque(audit.take_all(places), maxlen=0)
    return audit


def _cosignatures(log: ReadLog, witnesses: Iterable[VerifierKey]) -> Iterator[Finding]:
    for key in witnesses:
        line = log.checkpoint.note.line_of(key)
        if line is not None:
            try:
                read_cosignature(log.checkpoint.head, line, key)
            except GroundtruceError as error:
                yield Finding("checkpoint", error.sentence)
