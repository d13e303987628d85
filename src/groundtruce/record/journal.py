"""The journal: statements that are acknowledged and not yet in the tree, in one file that is only added to.

* A frame is a length, the index, the leaf and the body, and the start of their SHA-256.
* One write and one sync make a batch durable, whatever its size.
* A frame that does not hold is the torn end of a write that nobody was told of; it and what follows are dropped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.durable import Disk
from groundtruce.record.encoding import digest
from groundtruce.record.leaf import LEAF_LENGTH, Leaf

__all__ = ["Entry", "Journal"]

_LENGTH = 4
_INDEX = 8
_CHECK = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """A statement with its place in the log."""

    index: int
    leaf: Leaf
    body: bytes

    def __bytes__(self) -> bytes:
        """Return the frame."""
        content = self.index.to_bytes(_INDEX, "big") + bytes(self.leaf) + self.body
        return len(content).to_bytes(_LENGTH, "big") + content + digest(content)[:_CHECK]


class Journal:
    """One file of frames, owned by the one writer of the log."""

    def __init__(self, path: Path, disk: Disk) -> None:
        """Name the file; `read` opens it."""
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
        entries, sound = _parsed(content)
        self._disk.write(self._path, content[:sound])
        return entries

    def append(self, entries: Sequence[Entry]) -> None:
        """Make entries durable with one write and one sync."""
        self._disk.append(self._path, b"".join(map(bytes, entries)))

    def clear(self) -> None:
        """Drop all entries: the tree holds them now."""
        self._disk.write(self._path, b"")


def _parsed(content: bytes) -> tuple[list[Entry], int]:
    """Return the entries of sound frames, and how many bytes they take."""
    entries: list[Entry] = []
    at = 0
    while at + _LENGTH <= len(content):
        end = at + _LENGTH + int.from_bytes(content[at : at + _LENGTH], "big")
        frame = content[at + _LENGTH : end]
        if end - at < _LENGTH + _INDEX + LEAF_LENGTH or end + _CHECK > len(content):
            break
        if digest(frame)[:_CHECK] != content[end : end + _CHECK]:
            break
        leaf = Leaf.parse(frame[_INDEX : _INDEX + LEAF_LENGTH])
        index = int.from_bytes(frame[:_INDEX], "big")
        entries.append(Entry(index, leaf, frame[_INDEX + LEAF_LENGTH :]))
        at = end + _CHECK
    return entries, at
