"""Checkpoints: a log's signed head, in the profile of Groundtruce (`c2sp.org/tlog-checkpoint`).

* Three lines: origin, size, root. No extension lines. Size 0 has the root of the empty tree.
* The origin is `sigsum.org/v1/tree/` and the SHA-256 of the log's public key; it is also the name of that key.
  So an origin can't change hands, and Sigsum's tools can check the log.
* The log's own line comes first; a served checkpoint has at most sixteen lines.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.tlog.encoding import (
    HASH_LENGTH,
    base64_bytes,
    base64_text,
    decimal,
    digest,
    format_error,
    lines_of,
    text_of,
)
from groundtruce.record.tlog.key import KeyType, SigningKey, VerifierKey, is_signed
from groundtruce.record.tlog.merkle import EMPTY_ROOT
from groundtruce.record.tlog.note import LINE_LIMIT, Note, SignatureLine, note_line

__all__ = [
    "ORIGIN_PREFIX",
    "Checkpoint",
    "Head",
    "log_key",
    "origin_of",
    "parse_checkpoint",
    "sign_head",
]

ORIGIN_PREFIX = "sigsum.org/v1/tree/"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Head:
    """What a log says of itself: who it is, how many leaves it has, and their root."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: bytes) -> "Head":
        """Read the three lines of a checkpoint's text; raises `record.malformed` or `record.proof`."""
        head = cls._read(text)
        head._check_root()
        return head

    @classmethod
    def _read(cls, text: bytes) -> "Head":
        """Read the three lines of a head (`c2sp.org/tlog-checkpoint`); raises `record.malformed`."""
        what = Phrase("A checkpoint")
        lines = lines_of(text, what)
        if len(lines) != len(("origin", "size", "root")):
            raise format_error(
                what, Phrase("it has {count} lines, not origin, size and root", count=len(lines))
            )
        origin = text_of(lines[0], what)
        if not origin:
            raise format_error(what, Phrase("it has no origin"))
        size = decimal(lines[1], Phrase("The size of a checkpoint"))
        root = base64_bytes(lines[2], Phrase("The root of a checkpoint"), HASH_LENGTH)
        return cls(origin=origin, size=size, root=root)

    def _check_root(self) -> None:
        """Raise `record.proof` where the root is that of an empty tree and the size is not, or the other way round."""
        if (self.size == 0) != (self.root == EMPTY_ROOT):
            cause = Phrase("its root is not one of {size} leaves", size=self.size)
            raise GroundtruceError(Problem.RECORD_PROOF, what=Phrase("A checkpoint"), cause=cause)

    def __bytes__(self) -> bytes:
        """Return the text that is signed."""
        return b"%s\n%d\n%s\n" % (self.origin.encode(), self.size, base64_text(self.root))


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A head that its log signed, with the lines of others, which are not verified here.

    It comes from `parse_checkpoint` or `sign_head` only, so that holding one means that the log signed it.
    """

    head: Head
    log: VerifierKey
    note: Note

    def __bytes__(self) -> bytes:
        """Return the signed note."""
        return bytes(self.note)

    @property
    def alone(self) -> bytes:
        """The note with the log's own line only."""
        return bytes(Note(text=self.note.text, lines=self.note.lines[:1]))

    @property
    def others(self) -> tuple[SignatureLine, ...]:
        """The lines after the log's own."""
        return self.note.lines[1:]

    def with_latest(self, lines: Iterable[SignatureLine]) -> "Checkpoint":
        """Return the checkpoint with further lines, which the caller has verified; the latest of each key stays.

        Short lines come first: where there is no room for all, the post-quantum ones give way.
        """
        latest = {
            (len(line.signature), line.name, line.key_id): line for line in (*self.others, *lines)
        }
        ordered = [latest[key] for key in sorted(latest)]
        return self.with_lines(tuple(ordered[: LINE_LIMIT - 1]))

    def with_lines(self, lines: tuple[SignatureLine, ...]) -> "Checkpoint":
        """Return the checkpoint with other lines after the log's own; raises `record.malformed`."""
        note = Note(text=self.note.text, lines=(self.note.lines[0], *lines))
        return Checkpoint(head=self.head, log=self.log, note=Note.parse(bytes(note)))


def origin_of(public: bytes) -> str:
    """Return the origin of the log with this Ed25519 public key."""
    return ORIGIN_PREFIX + digest(public).hex()


def log_key(public: bytes) -> VerifierKey:
    """Return the verifier key of a log; its name is the origin."""
    return VerifierKey(name=origin_of(public), type=KeyType.NOTE, public=public)


def parse_checkpoint(content: bytes, log: VerifierKey, limit: int = LINE_LIMIT) -> Checkpoint:
    """Read a checkpoint that this log signed.

    Raises GroundtruceError, in this order: `record.malformed`, `record.signature`, `record.proof`.
    The lines of witnesses are kept; `cosignature.cosigners` verifies them.
    """
    note = Note.parse(content, limit)
    head = Head._read(note.text)
    if head.origin != log.name:
        raise format_error(
            Phrase("A checkpoint"),
            Phrase("it is of the log {origin}, not of {name}", origin=head.origin, name=log.name),
        )
    if not note.lines[0].is_of(log) or not is_signed(log, note.text, note.lines[0].signature):
        raise GroundtruceError(
            Problem.RECORD_SIGNATURE,
            what=Phrase("A checkpoint"),
            who=Phrase("the log {name}", name=log.name),
        )
    head._check_root()
    return Checkpoint(head=head, log=log, note=note)


def sign_head(head: Head, key: SigningKey) -> Checkpoint:
    """Return the head, signed by its log.

    Whoever calls this has made sure that the head follows from every head signed before.
    """
    if head.origin != key.verifier.name:
        raise format_error(
            Phrase("A head"),
            Phrase("{name} does not sign for {origin}", name=key.verifier.name, origin=head.origin),
        )
    text = bytes(head)
    return Checkpoint(
        head=head, log=key.verifier, note=Note(text=text, lines=(note_line(text, key),))
    )
