"""The journal: statements that are acknowledged and not yet in the tree, in one file that is only added to.

* A frame is a batch: a length, a CRC-32, the index of the first entry, and for each entry its leaf, the length of its
  body and the body.
* One write and one sync make a batch durable, whatever its size; it is there whole or not at all.
* A frame that does not hold is the torn end of a write that nobody was told of; it and what follows are dropped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.durable import Disk
from groundtruce.record.leaf import LEAF_LENGTH, Leaf, checksum_of, statement_id

__all__ = ["Entry", "Journal", "entries_of", "frame"]

_LENGTH = 4
_INDEX = 8
_HEADER = _LENGTH + 4


@dataclass(frozen=True, slots=True)
class Entry:
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

    def taken_over(self) -> list[Entry]:
        """Return the entries that the last writer left; raises GroundtruceError `record.missing` or `record.disk`.

        They are written again: he may have died, or his sync failed, with the bytes in memory only or under a name
        that is not durable yet. A torn end is gone with that.
        """
        try:
            content = self._path.read_bytes()
        except FileNotFoundError as error:
            raise GroundtruceError(Problem.RECORD_MISSING, what=str(self._path)) from error
        entries, sound = entries_of(content)
        self._disk.write(self._path, content[:sound])
        return entries

    def append(self, entries: Sequence[Entry]) -> None:
        """Make a batch durable with one write and one sync; raises GroundtruceError `record.disk`."""
        self._disk.append(self._path, frame(entries))

    def clear(self) -> None:
        """Drop all entries: the tree holds them now."""
        self._disk.write(self._path, b"")


def frame(entries: Sequence[Entry]) -> bytes:
    """Return the frame of a batch, whose entries follow each other."""
    parts = [entries[0].index.to_bytes(_INDEX, "big")]
    for entry in entries:
        leaf, body = entry.leaf, entry.body
        length = len(body).to_bytes(_LENGTH, "big")
        parts += (leaf.checksum, leaf.signature, leaf.key_hash, length, body)
    content = b"".join(parts)
    return len(content).to_bytes(_LENGTH, "big") + crc32(content).to_bytes(4, "big") + content


def entries_of(content: bytes) -> tuple[list[Entry], int]:
    """Return the entries of sound frames, and how many bytes those take."""
    entries: list[Entry] = []
    at = 0
    while at + _HEADER < len(content):
        length, check = content[at : at + _LENGTH], content[at + _LENGTH : at + _HEADER]
        start, end = at + _HEADER, at + _HEADER + int.from_bytes(length, "big")
        batch = content[start:end]
        if end > len(content) or crc32(batch) != int.from_bytes(check, "big"):
            break
        found = _batch(batch)
        if not found:
            break
        entries += found
        at = end
    return entries, at


def _batch(content: bytes) -> list[Entry]:
    """Return the entries of a batch; none where it is no batch."""
    entries: list[Entry] = []
    index, at = int.from_bytes(content[:_INDEX], "big"), _INDEX
    while at < len(content):
        start = at + LEAF_LENGTH + _LENGTH
        end = start + int.from_bytes(content[at + LEAF_LENGTH : start], "big")
        if end > len(content) or start > len(content):
            return []
        leaf, body = Leaf.parse(content[at : at + LEAF_LENGTH]), content[start:end]
        if leaf.checksum != checksum_of(statement_id(body)):
            return []
        entries.append(Entry(index + len(entries), leaf, body))
        at = end
    return entries
