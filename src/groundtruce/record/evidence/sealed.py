"""Files as sealed objects: anyone may store and mirror them, only who holds the secret can open them.

* Each object has a key of its own, used once: destroying the key erases the file wherever it was copied.
* What is public of a file is the hash of its ciphertext, its padded size and a salted commitment to its content;
  never the bare hash of the content, by which a leaked copy could be traced to its source.
* Chunks are sealed in the STREAM construction: the nonce is a counter and a mark of the last chunk,
  so that a chunk left out, moved, repeated or cut off does not open. Key, nonce and chunk size are those of the
  payload of age-encryption.org/v1.
* ChaCha20-Poly1305 does not bind a ciphertext to one key, so the commitment is checked after decryption.
* Nothing is delivered before everything holds. Opening reads the object three times (its hash, its content, then
  delivery) instead of keeping plaintext in a temporary file: what is erased must not be left on a disk.

>>> from io import BytesIO
>>> sealed_bytes = BytesIO()
>>> sealed, secret = seal(BytesIO(b"a photograph"), sealed_bytes, lambda size: bytes(size))
>>> sealed.padded_size, secret.key
(4096, Sensitive(...))
>>> opened = BytesIO()
>>> unseal(sealed_bytes, opened, secret, sealed)
>>> opened.getvalue()
b'a photograph'
"""

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Generic, NewType, NoReturn, Protocol, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.tlog.encoding import HASH_LENGTH, format_error, hex_bytes

__all__ = [
    "EvidenceSecret",
    "ObjectId",
    "Readable",
    "Rewindable",
    "SealedObject",
    "Sensitive",
    "Writable",
    "commit",
    "object_id_of",
    "pad_size",
    "seal",
    "unseal",
]

_CHUNK = 64 * 1024
"""Large enough that tags and calls cost nothing, small enough for any memory; the choice of age."""
_TAG = 16
_SMALLEST = 4096
"""One block of a disk: below it a message, a note and an empty file look alike and cost the same."""
_KEY = 32
_SALT = 32
_LABEL = b"evidence/v1"

Content = TypeVar("Content")

ObjectId = NewType("ObjectId", str)
"""SHA-256 of an object as it is stored, 64 hexadecimal digits in lower case."""


class Readable(Protocol):
    """What bytes are read from; a short read is no end, an empty one is."""

    def read(self, size: int, /) -> bytes: ...


class Rewindable(Readable, Protocol):
    """What can be read again from its start."""

    def seek(self, offset: int, /) -> int: ...


class Writable(Protocol):
    """What takes all bytes that it is given, as a buffered file does."""

    def write(self, content: bytes, /) -> object: ...


class Sensitive(Generic[Content]):
    """A value that does not show, copy or serialise itself: only `reveal` gives it away.

    >>> key = Sensitive(b"secret")
    >>> f"{key} {key!r}"
    'Sensitive(...) Sensitive(...)'
    >>> key.reveal()
    b'secret'
    """

    __slots__ = ("_content",)

    def __init__(self, content: Content) -> None:
        self._content = content

    def reveal(self) -> Content:
        """Return the value; each call of this is a place to look at in a review."""
        return self._content

    def __repr__(self) -> str:
        return "Sensitive(...)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sensitive) and bool(self._content == other._content)

    def __hash__(self) -> int:
        return hash(self._content)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        # pickle, copy and dataclasses.asdict all come through here
        raise TypeError("A sensitive value is not serialised; reveal it where that is meant.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedObject:
    """What everybody may know of a file; this goes into the signed statement."""

    object_id: ObjectId
    padded_size: int
    """Of the content before encryption, padding included."""
    commitment: str
    """HMAC-SHA256 under the salt, 64 hexadecimal digits: shows later that this file was meant."""

    def __post_init__(self) -> None:
        """Check the forms; raises GroundtruceError `record.malformed`."""
        object_id_of(self.object_id)
        _hash_of(self.commitment, Phrase("The commitment of a sealed file"))
        if pad_size(self.padded_size) != self.padded_size:
            raise format_error(Phrase("The size of a sealed file"), Phrase("no padding ends there"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSecret:
    """What opens one sealed object; destroyed, it is erased."""

    key: Sensitive[bytes]
    salt: Sensitive[bytes]
    size: Sensitive[int]
    """Of the file itself; the padding hides it, so it is part of the secret."""

    def __post_init__(self) -> None:
        """Check the lengths; raises GroundtruceError `record.key`."""
        whole = len(self.key.reveal()) == _KEY and len(self.salt.reveal()) == _SALT
        if not whole or self.size.reveal() < 0:
            cause = Phrase("its key, its salt or its size is not of the right length")
            raise GroundtruceError(Problem.RECORD_KEY, who=Phrase("a sealed object"), cause=cause)


def object_id_of(text: str) -> ObjectId:
    """Return the text as an identifier; raises GroundtruceError `record.malformed` when it is none."""
    _hash_of(text, Phrase("An object identifier"))
    return ObjectId(text)


def pad_size(size: int) -> int:
    """Return the size to which content of `size` bytes is filled up, by the rule Padmé.

    Sizes are rounded so that few leading bits remain: at most 12 % is added, and of files up to a gigabyte
    there are about 500 different sizes (Nikitin et al., PURBs, PoPETs 2019).

    >>> padded(0), padded(5_000), padded(3_000_000)
    (4096, 5120, 3014656)
    """
    if size <= _SMALLEST:
        return _SMALLEST
    exponent = size.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (size + mask) & ~mask


def commit(salt: Sensitive[bytes], content_digest: bytes) -> str:
    """Return the commitment to content whose SHA-256 is given.

    Who kept the salt and the file can show with it what was recorded, even after the key is destroyed.
    """
    return hmac.new(salt.reveal(), _LABEL + content_digest, sha256).hexdigest()


def seal(
    source: Readable, sink: Writable, random: Callable[[int], bytes]
) -> tuple[SealedObject, EvidenceSecret]:
    """Encrypt the source into the sink; `random` must be fit for keys, as `secrets.token_bytes`."""
    key, salt = random(_KEY), Sensitive(random(_SALT))
    cipher = ChaCha20Poly1305(key)
    plain = _Padding(source)
    stored = sha256()
    for number, (chunk, is_last) in enumerate(plain.chunks()):
        box = cipher.encrypt(_nonce(number, is_last), chunk, None)
        stored.update(box)
        sink.write(box)
    sealed = SealedObject(
        object_id=ObjectId(stored.hexdigest()),
        padded_size=pad_size(plain.size),
        commitment=commit(salt, plain.digest.digest()),
    )
    return sealed, EvidenceSecret(key=Sensitive(key), salt=salt, size=Sensitive(plain.size))


def unseal(
    source: Rewindable, sink: Writable, secret: EvidenceSecret, expected: SealedObject
) -> None:
    """Decrypt the whole source into the sink; it must be the object that is expected.

    Raises GroundtruceError: `record.hash` when the object or its content is another one, `record.malformed` when
    its form is not the sealed one, `record.key` when the secret does not open it. The sink is untouched then.
    Nobody may write to the source meanwhile; if somebody does, what no longer opens is not delivered.
    """
    source.seek(0)
    if _digest(source) != expected.object_id:
        raise GroundtruceError(
            Problem.RECORD_HASH, what=Phrase("The object {object_id}", object_id=expected.object_id)
        )
    if pad_size(secret.size.reveal()) != expected.padded_size:
        raise _key_error(expected, Phrase("it is that of a file of another size"))
    source.seek(0)
    content = sha256()
    for chunk in _decrypt(source, secret, expected):
        content.update(chunk)
    if not hmac.compare_digest(commit(secret.salt, content.digest()), expected.commitment):
        what = Phrase("The content of the object {object_id}", object_id=expected.object_id)
        raise GroundtruceError(Problem.RECORD_HASH, what=what)
    source.seek(0)
    for chunk in _decrypt(source, secret, expected):
        sink.write(chunk)


class _Padding:
    """The source in chunks of full length, filled up with zeros; counts and hashes what is read."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self.size = 0
        self.digest = sha256()

    def chunks(self) -> Iterator[tuple[bytes, bool]]:
        """Yield each chunk and whether it is the last; all but the last are full."""
        chunk = self._read_counted()
        # a short read was the end: what a growing file gets later is not part of it
        while len(chunk) == _CHUNK and (ahead := self._read_counted()):
            yield chunk, False
            chunk = ahead
        left = pad_size(self.size) - self.size + len(chunk)
        while left > _CHUNK:
            yield chunk.ljust(_CHUNK, b"\0"), False
            chunk = b""
            left -= _CHUNK
        yield chunk.ljust(left, b"\0"), True

    def _read_counted(self) -> bytes:
        """Read the next chunk of the source, counting and hashing it."""
        fresh = _read_full(self._source, _CHUNK)
        self.size += len(fresh)
        self.digest.update(fresh)
        return fresh


def _decrypt(source: Readable, secret: EvidenceSecret, expected: SealedObject) -> Iterator[bytes]:
    """Yield the content chunk by chunk, without the padding, which must be zeros to the byte."""
    cipher = ChaCha20Poly1305(secret.key.reveal())
    what = Phrase("The object {object_id}", object_id=expected.object_id)
    left = secret.size.reveal()
    count = -(-expected.padded_size // _CHUNK)
    for number in range(count):
        is_last = number == count - 1
        length = expected.padded_size - number * _CHUNK if is_last else _CHUNK
        box = _read_full(source, length + _TAG)
        if len(box) != length + _TAG:
            raise format_error(what, Phrase("it is shorter than its padded size"))
        try:
            plain = cipher.decrypt(_nonce(number, is_last), box, None)
        except InvalidTag:
            raise _key_error(
                expected,
                Phrase(
                    "it does not open chunk {number} of {count}", number=number + 1, count=count
                ),
            ) from None
        if plain.count(0, left) != len(plain[left:]):
            raise format_error(what, Phrase("its padding is not empty"))
        if left:
            yield plain[:left]
        left = max(0, left - length)
    if source.read(1):
        raise format_error(what, Phrase("it is longer than its padded size"))


def _nonce(number: int, is_last: bool) -> bytes:
    """Return the nonce of a chunk: its number, and whether it is the last, so that none can be cut off or moved."""
    return number.to_bytes(11, "big") + (b"\1" if is_last else b"\0")


def _read_full(source: Readable, size: int) -> bytes:
    """Read exactly `size` bytes, fewer only at the end."""
    parts = []
    while size > 0 and (part := source.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _digest(source: Readable) -> str:
    """Return the SHA-256 of all that is left of the source, in hexadecimal."""
    digest = sha256()
    while part := source.read(_CHUNK):
        digest.update(part)
    return digest.hexdigest()


def _hash_of(text: str, what: Phrase) -> bytes:
    return hex_bytes(text.encode("ascii", "replace"), what, HASH_LENGTH)


def _key_error(expected: SealedObject, cause: Phrase) -> GroundtruceError:
    who = Phrase("the object {object_id}", object_id=expected.object_id)
    return GroundtruceError(Problem.RECORD_KEY, who=who, cause=cause)
