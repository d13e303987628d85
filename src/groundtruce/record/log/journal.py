"""The journal: statements that are acknowledged and not yet in the tree, in one file that is only added to.

* A frame is a batch: its length, a CRC-32 of its head, the head, and the bodies. The head has the index of the first
  entry, how many there are, the lengths of the bodies, and the leaves, whose checksums vouch for the bodies.
* One write and one sync make a batch durable, whatever its size; it is there whole or not at all.
* A frame that does not hold is the torn end of a write that was not acknowledged; it and what follows are dropped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from struct import Struct, pack, unpack_from
from zlib import crc32

from groundtruce.model.message import quote
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.log.durable import Disk
from groundtruce.record.tlog.leaf import LEAF_LENGTH, Leaf, checksum_of, statement_id

__all__ = ["Journal", "JournalEntry", "entries_of", "frame"]

_HEADER = Struct(">II")
"""Length of what follows, and CRC-32 of the head."""
_FIRST = Struct(">QI")
"""Index of the first entry, and how many there are."""
_EACH = Struct(">I")
"""Length of a body."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A statement with its place in the log."""

    index: int
    leaf: Leaf
    body: bytes


class Journal:
    """One file of frames, owned by the one writer of the log."""

    def __init__(self, path: Path, disk: Disk) -> None:
        """Name the file; `taken_over` reads it."""
        self._path, self._disk = path, disk

    def create(self) -> None:
        """Make an empty journal where there is none."""
        if not self._path.exists():
            self._disk.write(self._path, b"")

    def take_over(self) -> list[JournalEntry]:
        """Return the entries that the last writer left; raises GroundtruceError `record.missing` or `record.disk`.

        They are written again: he may have died, or his sync failed, with the bytes in memory only or under a name
        that is not durable yet. A torn end is gone with that.
        """
        try:
            content = self._path.read_bytes()
        except FileNotFoundError as error:
            raise GroundtruceError(Problem.RECORD_MISSING, what=quote(str(self._path))) from error
        entries, sound = entries_of(content)
        self._disk.write(self._path, content[:sound])
        return entries

    def append(self, entries: Sequence[JournalEntry]) -> None:
        """Make a batch durable with one write and one sync; raises GroundtruceError `record.disk`."""
        self._disk.append(self._path, *frame(entries))

    def clear(self) -> None:
        """Drop all entries: the tree holds them now."""
        self._disk.write(self._path, b"")


def frame(entries: Sequence[JournalEntry]) -> list[bytes]:
    """Return the frame of a batch, whose entries follow each other, in parts: no byte of a body is copied."""
    bodies = [entry.body for entry in entries]
    leaves = [entry.leaf for entry in entries]
    lengths = pack(f">QI{len(bodies)}I", entries[0].index, len(bodies), *map(len, bodies))
    parts = [part for leaf in leaves for part in (leaf.checksum, leaf.signature, leaf.key_hash)]
    head = b"".join([lengths, *parts])
    length = len(head) + sum(map(len, bodies))
    return [_HEADER.pack(length, crc32(head)) + head, *bodies]


def entries_of(content: bytes) -> tuple[list[JournalEntry], int]:
    """Return the entries of sound frames, and how many bytes those take."""
    entries: list[JournalEntry] = []
    start_of_frame = 0
    while start_of_frame + _HEADER.size <= len(content):
        length, check = _HEADER.unpack_from(content, start_of_frame)
        start, end = start_of_frame + _HEADER.size, start_of_frame + _HEADER.size + length
        batch = _batch(content[start:end], check) if end <= len(content) else []
        if not batch:
            break
        entries += batch
        start_of_frame = end
    return entries, start_of_frame


def _batch(content: bytes, check: int) -> list[JournalEntry]:
    """Return the entries of a batch; none where it is no batch."""
    if len(content) < _FIRST.size:
        return []
    index, count = _FIRST.unpack_from(content)
    leaves = _FIRST.size + _EACH.size * count
    bodies = leaves + LEAF_LENGTH * count
    if bodies > len(content) or crc32(content[:bodies]) != check:
        return []
    lengths = unpack_from(f">{count}I", content, _FIRST.size)
    if bodies + sum(lengths) != len(content):
        return []
    entries: list[JournalEntry] = []
    position = bodies
    for number, length in enumerate(lengths):
        start = leaves + LEAF_LENGTH * number
        leaf, body = (
            Leaf.parse(content[start : start + LEAF_LENGTH]),
            content[position : position + length],
        )
        if leaf.checksum != checksum_of(statement_id(body)):
            return []
        entries.append(JournalEntry(index + number, leaf, body))
        position += length
    return entries
