"""Signed notes: a text and the signatures of those who signed it (`c2sp.org/signed-note`).

* The text ends in a line feed; an empty line parts it from the signature lines.
* Parsing re-serialises and compares: a note has one spelling.
* A line of a key that is not known is ignored; a line of a known key must verify, or the whole note is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.tlog.encoding import (
    base64_bytes,
    base64_text,
    format_error,
    lines_of,
    text_of,
)
from groundtruce.record.tlog.key import (
    KEY_ID_LENGTH,
    SigningKey,
    VerifierKey,
    check_name,
    is_signed,
)

__all__ = ["LINE_LIMIT", "Note", "SignatureLine", "note_line"]

LINE_LIMIT: Final = 16
"""Signature lines in a note; sigsum-go stops there, other verifiers later."""

_SIZE_LIMIT = 1 << 20
_DASH = "\N{EM DASH} ".encode()
_PARTS = len(("name", "signature"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureLine:
    """One signature: the name and id of its key, and bytes whose meaning the key's type decides."""

    name: str
    key_id: bytes
    signature: bytes

    @classmethod
    def parse(cls, line: bytes) -> "SignatureLine":
        """Read a line without its line feed; raises GroundtruceError `record.malformed`."""
        what = Phrase("A signature line")
        if not line.startswith(_DASH):
            raise format_error(what, Phrase("it does not start with a dash and a space"))
        parts = text_of(line.removeprefix(_DASH), what).split(" ")
        if len(parts) != _PARTS:
            raise format_error(what, Phrase("it is not a name, a space and a signature"))
        name, encoded = parts
        try:
            check_name(name)
        except GroundtruceError as error:
            raise format_error(what, Phrase("its name is not usable")) from error
        content = base64_bytes(encoded.encode(), what)
        if len(content) <= KEY_ID_LENGTH:
            raise format_error(what, Phrase("it is too short"))
        return cls(name=name, key_id=content[:KEY_ID_LENGTH], signature=content[KEY_ID_LENGTH:])

    def __bytes__(self) -> bytes:
        """Return the line with its line feed."""
        encoded = base64_text(self.key_id + self.signature)
        return _DASH + self.name.encode() + b" " + encoded + b"\n"

    def is_of(self, key: VerifierKey) -> bool:
        """Return whether the line names this key."""
        return (self.name, self.key_id) == (key.name, key.key_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text, with its final line feed, and its signature lines; nothing of it is verified yet."""

    text: bytes
    lines: tuple[SignatureLine, ...]

    @classmethod
    def parse(cls, content: bytes, limit: int = LINE_LIMIT) -> "Note":
        """Read a note; raises GroundtruceError `record.malformed`."""
        what = Phrase("A signed note")
        if len(content) > _SIZE_LIMIT:
            raise format_error(what, Phrase("it is too long"))
        text_of(content, what)
        text, separator, signatures = content.rpartition(b"\n\n")
        if not separator or not text:
            raise format_error(what, Phrase("no empty line parts its text from its signatures"))
        lines = lines_of(signatures, what)
        if len(lines) > limit:
            raise format_error(what, Phrase("it has more than {limit} signatures", limit=limit))
        note = cls(text=text + b"\n", lines=tuple(map(SignatureLine.parse, lines)))
        if len({(line.name, line.key_id) for line in note.lines}) < len(note.lines):
            raise format_error(what, Phrase("two of its lines are of one key"))
        if bytes(note) != content:
            raise format_error(what, Phrase("it is spelt in another way than notes are"))
        return note

    def __bytes__(self) -> bytes:
        """Return the note as it is written."""
        return self.text + b"\n" + b"".join(map(bytes, self.lines))

    def line_of(self, key: VerifierKey) -> SignatureLine | None:
        """Return the line that names the key, if there is one; it is not verified."""
        return next((line for line in self.lines if line.is_of(key)), None)

    def signers(self, keys: Iterable[VerifierKey]) -> list[VerifierKey]:
        """Return which of these Ed25519 note keys signed; raises GroundtruceError `record.signature`.

        A line of one of the keys that does not verify condemns the note, and so does a note that none signed.
        """
        signers = []
        for key in keys:
            line = self.line_of(key)
            if line is None:
                continue
            if not is_signed(key, self.text, line.signature):
                raise GroundtruceError(
                    Problem.RECORD_SIGNATURE, what=Phrase("A note"), who=quote(key.name)
                )
            signers.append(key)
        if not signers:
            raise GroundtruceError(
                Problem.RECORD_SIGNATURE, what=Phrase("A note"), who=Phrase("a known key")
            )
        return signers


def note_line(text: bytes, key: SigningKey) -> SignatureLine:
    """Return the line of an Ed25519 note signature (type 0x01) over `text`."""
    verifier = key.verifier
    return SignatureLine(name=verifier.name, key_id=verifier.key_id, signature=key.sign(text))
