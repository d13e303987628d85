"""Cosignatures: a witness says when it saw a head as the largest consistent one (`c2sp.org/tlog-cosignature`).

* Ed25519 (type 0x04) signs `cosignature/v1`, the time and the whole text of the checkpoint.
* ML-DSA-44 (type 0x06) signs the cosigner's name, the time, the origin, the size and the root.
* A witness is named `sigsum.org/v1/witness/` and the SHA-256 of its Ed25519 key, as Sigsum's tools expect.
* A line of a known key that does not verify condemns the checkpoint. Times are POSIX seconds, never 0.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.tlog.checkpoint import Checkpoint, Head
from groundtruce.record.tlog.encoding import LARGEST, digest, format_error
from groundtruce.record.tlog.key import KeyType, SigningKey, VerifierKey, is_signed
from groundtruce.record.tlog.note import SignatureLine

__all__ = [
    "WITNESS_PREFIX",
    "Cosignature",
    "cosign",
    "cosigners",
    "read_cosignature",
    "witness_name",
]

WITNESS_PREFIX = "sigsum.org/v1/witness/"

_TIME_LENGTH = 8
_SIGNATURE_LENGTH = {KeyType.COSIGNATURE: 64, KeyType.MLDSA_COSIGNATURE: 2420}
_SUBTREE = b"subtree/v1\n\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """A verified cosignature: by whom, at which POSIX second."""

    key: VerifierKey
    time_s: int
    signature: bytes


def witness_name(public: bytes) -> str:
    """Return the name of the witness with this Ed25519 public key."""
    return WITNESS_PREFIX + digest(public).hex()


def cosign(head: Head, key: SigningKey, time_s: int) -> SignatureLine:
    """Return the line by which `key` cosigns `head` at POSIX second `time_s`.

    Whoever calls this has audited the head and made its size durable; see `witness`.
    """
    if not 0 < time_s <= LARGEST:
        raise format_error(
            Phrase("The time of a cosignature"),
            Phrase("{time_s} is no POSIX second after 1970", time_s=time_s),
        )
    signature = key.sign(_message(head, key.verifier, time_s))
    return SignatureLine(
        name=key.verifier.name,
        key_id=key.verifier.key_id,
        signature=time_s.to_bytes(_TIME_LENGTH, "big") + signature,
    )


def cosigners(checkpoint: Checkpoint, keys: Iterable[VerifierKey]) -> list[Cosignature]:
    """Return the cosignatures of these keys, in their order; raises GroundtruceError `record.signature`."""
    cosignatures = []
    for key in keys:
        line = checkpoint.note.line_of(key)
        if line is not None:
            cosignatures.append(read_cosignature(checkpoint.head, line, key))
    return cosignatures


def read_cosignature(head: Head, line: SignatureLine, key: VerifierKey) -> Cosignature:
    """Return the verified cosignature of a line; raises GroundtruceError."""
    wrong = GroundtruceError(
        Problem.RECORD_SIGNATURE,
        what=Phrase("The head {size} of {origin}", size=head.size, origin=head.origin),
        who=quote(key.name),
    )
    expected = _SIGNATURE_LENGTH.get(key.type)
    if expected is None or len(line.signature) != _TIME_LENGTH + expected or not line.is_of(key):
        raise wrong
    time_s = int.from_bytes(line.signature[:_TIME_LENGTH], "big")
    signature = line.signature[_TIME_LENGTH:]
    if not 0 < time_s <= LARGEST or not is_signed(key, _message(head, key, time_s), signature):
        raise wrong
    return Cosignature(key=key, time_s=time_s, signature=signature)


def _message(head: Head, key: VerifierKey, time_s: int) -> bytes:
    """Return what a witness signs (`c2sp.org/tlog-cosignature`): by Ed25519 a text, by ML-DSA-44 a structure."""
    if key.type is KeyType.COSIGNATURE:
        return b"cosignature/v1\ntime %d\n%s" % (time_s, bytes(head))
    if key.type is not KeyType.MLDSA_COSIGNATURE:
        raise GroundtruceError(
            Problem.RECORD_KEY, who=quote(key.name), cause=Phrase("it is no key for cosignatures")
        )
    start = 0
    return b"".join(
        (
            _SUBTREE,
            _with_length(key.name.encode()),
            time_s.to_bytes(8, "big"),
            _with_length(head.origin.encode()),
            start.to_bytes(8, "big"),
            head.size.to_bytes(8, "big"),
            head.root,
        )
    )


def _with_length(text: bytes) -> bytes:
    """Return bytes after their length in one byte."""
    if len(text) > 0xFF:  # noqa: PLR2004 - the most that a byte counts
        raise format_error(
            Phrase("The name in a cosignature"), Phrase("it has {count} bytes", count=len(text))
        )
    return len(text).to_bytes(1, "big") + text
