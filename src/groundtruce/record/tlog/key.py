"""Keys: who signs, with which algorithm, and the text forms in which keys are exchanged.

* A verifier key is written `name+hash+base64`, a signing key `PRIVATE+KEY+name+hash+base64` (`c2sp.org/signed-note`).
* The key id is the start of `SHA-256(name || LF || type || public key)`; it binds the key to its name and use.
* One use, one key: log, witness and statement keys are never the same bytes.
* Public keys on which libraries disagree are refused when they are first met.
* A signing key shows its name and never its seed.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.tlog.encoding import base64_bytes, base64_text, digest, hex_bytes, text_of

__all__ = ["KeyType", "SigningKey", "VerifierKey", "check_name", "is_signed", "public_key_of"]

KEY_ID_LENGTH = 4
SEED_LENGTH = 32


class KeyType(IntEnum):
    """What a key signs: the type byte of signed notes."""

    NOTE = 0x01
    """Ed25519 over the text of a note: a log signs its checkpoints."""
    COSIGNATURE = 0x04
    """Ed25519 over a checkpoint and a time: a witness or mirror."""
    MLDSA_COSIGNATURE = 0x06
    """ML-DSA-44 (FIPS 204) over a checkpoint and a time."""


_PUBLIC_LENGTH = {
    KeyType.NOTE: 32,
    KeyType.COSIGNATURE: 32,
    KeyType.MLDSA_COSIGNATURE: 1312,
}

_FIELD_PRIME = 2**255 - 19

_LOW_ORDER = {
    bytes.fromhex(text)
    for text in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    )
}
"""The points of Ed25519 of low order, in their canonical encodings; the others have y >= p."""


class _Private(Protocol):
    def sign(self, data: bytes, /) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key with the name of its holder and its use."""

    name: str
    type: KeyType
    public: bytes
    key_id: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Check the name and the key, and derive the id; raises GroundtruceError `record.key`."""
        check_name(self.name)
        if len(self.public) != _PUBLIC_LENGTH[self.type]:
            raise _unusable(
                quote(self.name), Phrase("it has {count} bytes", count=len(self.public))
            )
        if self.type is not KeyType.MLDSA_COSIGNATURE:
            _check_point(self.name, self.public)
        named = self.name.encode() + b"\n" + bytes([self.type]) + self.public
        object.__setattr__(self, "key_id", digest(named)[:KEY_ID_LENGTH])

    @property
    def key_hash(self) -> bytes:
        """SHA-256 of the public key, by which Sigsum names it."""
        return digest(self.public)

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read `name+hash+base64`; raises GroundtruceError `record.key` or `record.malformed`."""
        name, key_id, kind, public = _parse_key(text)
        key = cls(name=name, type=kind, public=public)
        if key.key_id != key_id:
            raise _unusable(quote(name), Phrase("its hash is that of another key"))
        return key

    def __str__(self) -> str:
        """Return `name+hash+base64`."""
        typed = base64_text(bytes([self.type]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{typed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key; it shows the public half only."""

    verifier: VerifierKey
    _seed: bytes = field(repr=False)
    _private: _Private = field(repr=False)

    @classmethod
    def from_seed(cls, name: str, kind: KeyType, seed: bytes) -> "SigningKey":
        """Return the key of a seed of 32 random bytes; raises GroundtruceError `record.key`."""
        if len(seed) != SEED_LENGTH:
            raise _unusable(quote(name), Phrase("its seed has {count} bytes", count=len(seed)))
        private: Ed25519PrivateKey | MLDSA44PrivateKey
        if kind is KeyType.MLDSA_COSIGNATURE:
            private = MLDSA44PrivateKey.from_seed_bytes(seed)
        else:
            private = Ed25519PrivateKey.from_private_bytes(seed)
        public = private.public_key().public_bytes_raw()
        return cls(
            verifier=VerifierKey(name=name, type=kind, public=public), _seed=seed, _private=private
        )

    @classmethod
    def parse(cls, text: str) -> "SigningKey":
        """Read `PRIVATE+KEY+name+hash+base64`; raises GroundtruceError."""
        prefix = "PRIVATE+KEY+"
        if not text.startswith(prefix):
            raise _unusable(Phrase("this file"), Phrase("it does not start with PRIVATE+KEY+"))
        name, key_id, kind, seed = _parse_key(text.removeprefix(prefix))
        key = cls.from_seed(name, kind, seed)
        if key.verifier.key_id != key_id:
            raise _unusable(quote(name), Phrase("its hash is that of another key"))
        return key

    def secret_text(self) -> str:
        """Return `PRIVATE+KEY+name+hash+base64`, to be kept where only its holder can read it."""
        typed = base64_text(bytes([self.verifier.type]) + self._seed).decode()
        return f"PRIVATE+KEY+{self.verifier.name}+{self.verifier.key_id.hex()}+{typed}"

    def sign(self, message: bytes) -> bytes:
        """Return the signature over `message`."""
        return self._private.sign(message)

    def __reduce__(self) -> str:
        """Refuse to be pickled: a key must not leave by accident."""
        raise TypeError("a signing key is not serialised")


def is_signed(key: VerifierKey, message: bytes, signature: bytes) -> bool:
    """Return whether `signature` over `message` is that key's: OpenSSL's rule, which is Go's too."""
    try:
        if key.type is KeyType.MLDSA_COSIGNATURE:
            MLDSA44PublicKey.from_public_bytes(key.public).verify(signature, message)
        else:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def public_key_of(seed: bytes) -> bytes:
    """Return the Ed25519 public key of a seed, which a name may be derived from."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def check_name(name: str) -> None:
    """Check that a key name is not empty and holds no space and no `+`; raises `record.key`."""
    text_of(name.encode("utf-8", "surrogatepass"), Phrase("The name of a key"))
    if not name or "+" in name or any(character.isspace() for character in name):
        raise _unusable(
            quote(repr(name)), Phrase("a name is not empty and holds no space and no plus sign")
        )


def _parse_key(text: str) -> tuple[str, bytes, KeyType, bytes]:
    """Read the three parts of a key, split by `+` (`c2sp.org/signed-note`, vkeys); raises `record.key`."""
    # base64 may hold a plus sign, a name may not
    parts = text.split("+", 2)
    if len(parts) != len(("name", "hash", "key")):
        raise _unusable(Phrase("this line"), Phrase("it is not name+hash+base64"))
    name, key_id, typed = parts
    check_name(name)
    typed_key = base64_bytes(
        typed.encode("utf-8", "replace"), Phrase("The key of {name}", name=name)
    )
    if not typed_key or typed_key[0] not in set(KeyType):
        raise _unusable(quote(name), Phrase("its type is not known"))
    hashed = hex_bytes(
        key_id.encode("utf-8", "replace"), Phrase("The key of {name}", name=name), KEY_ID_LENGTH
    )
    return name, hashed, KeyType(typed_key[0]), typed_key[1:]


def _check_point(name: str, public: bytes) -> None:
    """Raise for a point of small order, or one that is not in its only encoding (RFC 8032, 5.1.3)."""
    y = int.from_bytes(public, "little") & ((1 << 255) - 1)
    if public in _LOW_ORDER or y >= _FIELD_PRIME:
        raise _unusable(quote(name), Phrase("libraries disagree about signatures of such a key"))


def _unusable(who: Phrase, cause: Phrase) -> GroundtruceError:
    return GroundtruceError(Problem.RECORD_KEY, who=who, cause=cause)
