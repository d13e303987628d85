"""A log opened for reading: its checkpoint, its tree and its statements, from a folder or from anywhere.

* A reader is given bytes by path and believes none of them before they lead to the signed root.
* Statements come in order, each with its place; an erased one comes as its id.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from groundtruce.model.problem import GroundtruceError, Problem, explain_refusal
from groundtruce.record.tlog.checkpoint import Checkpoint, parse_checkpoint
from groundtruce.record.tlog.key import VerifierKey
from groundtruce.record.tlog.leaf import Leaf
from groundtruce.record.tlog.proof import LogProof
from groundtruce.record.tlog.tile import CHECKPOINT, TILE_WIDTH, Erased
from groundtruce.record.tlog.tree import Fetch, Tree, fetch_required

__all__ = ["LogEntry", "ReadLog", "fetch_from_folder"]


def fetch_from_folder(path: Path) -> Fetch:
    """Return the files below a folder as a log is fetched."""

    top = f"{path}/"

    def fetch(name: str) -> bytes | None:
        try:
            with open(top + name, "rb", buffering=0) as stream:  # noqa: PTH123 - half the time of `Path`
                return stream.readall()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise GroundtruceError(
                Problem.FILE_UNREADABLE, file=str(path / name), cause=explain_refusal(error)
            ) from error

    return fetch


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of a log: its index, its leaf, and its body or what is left of it."""

    index: int
    leaf: Leaf
    body: bytes | Erased


class ReadLog:
    """A log as its checkpoint has it; nothing can be added to it."""

    def __init__(
        self, log: VerifierKey, fetch: Fetch, checkpoint: Checkpoint | None = None
    ) -> None:
        """Read the checkpoint, or take an earlier one, and check the edge of its tree; raises GroundtruceError."""
        self.fetch = fetch
        self.checkpoint = checkpoint or parse_checkpoint(fetch_required(fetch, CHECKPOINT), log)
        self.tree = Tree(self.checkpoint.head, fetch)

    def entries(self, start: int = 0, end: int | None = None) -> Iterator[LogEntry]:
        """Yield the entries from `start` up to `end`, authenticated; memory stays flat."""
        size = self.checkpoint.head.size if end is None else min(end, self.checkpoint.head.size)
        for bundle in range(start // TILE_WIDTH, -(-size // TILE_WIDTH)):
            leaves, bodies = self.tree.contents(bundle)
            for offset, (leaf, body) in enumerate(zip(leaves, bodies, strict=True)):
                index = bundle * TILE_WIDTH + offset
                if start <= index < size:
                    yield LogEntry(index, Leaf.parse(leaf), body)

    def prove(self, index: int) -> LogProof:
        """Return the proof that this log holds its leaf `index`; raises GroundtruceError."""
        hashes = tuple(self.tree.inclusion_proof(index))
        return LogProof(index=index, hashes=hashes, checkpoint=self.checkpoint)
