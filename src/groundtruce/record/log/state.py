"""The record state: the heads of all logs, with one digest that names everything computed from them.

* One line for each log, sorted by origin: origin, size, root. The digest is SHA-256 of these lines.
* Who holds the same state and the same method computes the same bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from groundtruce.model.message import Phrase
from groundtruce.record.tlog.checkpoint import Head
from groundtruce.record.tlog.encoding import (
    HASH_LENGTH,
    decimal,
    digest,
    format_error,
    hex_bytes,
    lines_of,
    text_of,
)

__all__ = ["RecordState"]

_HEADER = b"groundtruce.org/record-state/v1\n"
_WORDS = len(("origin", "size", "root"))


@dataclass(frozen=True, slots=True)
class RecordState:
    """Heads sorted by origin, one for each log."""

    heads: tuple[Head, ...]

    @classmethod
    def of(cls, heads: Iterable[Head]) -> "RecordState":
        """Return the state of these heads; raises GroundtruceError when two are of one log."""
        ordered = tuple(sorted(heads))
        if len({head.origin for head in ordered}) < len(ordered):
            raise format_error(Phrase("A record state"), Phrase("it names one log twice"))
        return cls(ordered)

    @classmethod
    def parse(cls, content: bytes) -> "RecordState":
        """Read the lines of a state; raises GroundtruceError `record.malformed`."""
        what = Phrase("A record state")
        if not content.startswith(_HEADER):
            raise format_error(what, Phrase("it does not start with its version"))
        heads = []
        for line in lines_of(content, what)[1:]:
            words = line.split(b" ")
            if len(words) != _WORDS:
                raise format_error(what, Phrase("a line is not origin, size and root"))
            origin, size, root = words
            heads.append(
                Head(
                    origin=text_of(origin, what),
                    size=decimal(size, what),
                    root=hex_bytes(root, what, HASH_LENGTH),
                )
            )
        state = cls.of(heads)
        if bytes(state) != content:
            raise format_error(what, Phrase("its lines are not sorted by origin"))
        return state

    def __bytes__(self) -> bytes:
        """Return the lines."""
        lines = [f"{head.origin} {head.size} {head.root.hex()}\n" for head in self.heads]
        return _HEADER + "".join(lines).encode()

    @property
    def digest(self) -> str:
        """SHA-256 of the lines, in hexadecimal."""
        return digest(bytes(self)).hex()
