"""Leaves: what a log holds of a statement, 128 bytes of hashes and a signature (`sigsum.org/v1/tree-leaf`).

* statement id = H(body); checksum = H(statement id); the leaf is checksum, signature of the checksum, key hash.
* A body may be erased and its leaf stays valid; nothing of the body can be read from the leaf.
* The leaf's signature binds no log: origin and sequence are in the body (see `statement`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.tlog.encoding import digest, format_error
from groundtruce.record.tlog.key import SigningKey, VerifierKey, is_signed

__all__ = ["LEAF_LENGTH", "Leaf", "checksum_of", "sign_leaf", "signer_of", "statement_id"]

LEAF_LENGTH = 128

_CONTEXT = b"sigsum.org/v1/tree-leaf\x00"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry of a log."""

    checksum: bytes
    signature: bytes
    key_hash: bytes

    @classmethod
    def parse(cls, content: bytes) -> "Leaf":
        """Read 128 bytes; raises GroundtruceError `record.malformed`."""
        if len(content) != LEAF_LENGTH:
            raise format_error(
                Phrase("A leaf"),
                Phrase(
                    "it has {count} bytes, not {length}", count=len(content), length=LEAF_LENGTH
                ),
            )
        return cls(content[:32], content[32:96], content[96:])

    def __bytes__(self) -> bytes:
        """Return the 128 bytes."""
        return self.checksum + self.signature + self.key_hash


def statement_id(body: bytes) -> bytes:
    """Return the id of a statement: SHA-256 of its body."""
    return digest(body)


def checksum_of(identifier: bytes) -> bytes:
    """Return the checksum in the leaf of the statement with this id."""
    return digest(identifier)


def sign_leaf(identifier: bytes, key: SigningKey) -> Leaf:
    """Return the leaf by which the holder of `key` makes the statement with this id."""
    checksum = checksum_of(identifier)
    return Leaf(checksum, key.sign(_CONTEXT + checksum), key.verifier.key_hash)


def signer_of(leaf: Leaf, keys: Mapping[bytes, VerifierKey]) -> VerifierKey:
    """Return who signed the leaf, of the keys by their hash; raises GroundtruceError `record.signature`."""
    key = keys.get(leaf.key_hash)
    if key is None or not is_signed(key, _CONTEXT + leaf.checksum, leaf.signature):
        who = quote(key.name) if key else Phrase("a statement key of the log")
        raise GroundtruceError(
            Problem.RECORD_SIGNATURE,
            what=Phrase("The leaf {checksum}", checksum=leaf.checksum.hex()),
            who=who,
        )
    return key
