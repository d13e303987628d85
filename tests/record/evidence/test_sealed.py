"""Sealed files: what was sealed comes back, and nothing else is ever delivered."""

import copy
import hmac
import json
import pickle
from collections.abc import Callable
from dataclasses import asdict, replace
from hashlib import sha256
from io import BytesIO
from random import Random

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import example, given
from hypothesis import strategies as st
from tests.effort import examples

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.evidence.sealed import (
    EvidenceSecret,
    ObjectId,
    SealedObject,
    Sensitive,
    commit,
    object_id_of,
    pad_size,
    seal,
    unseal,
)

CHUNK = 64 * 1024
BOX = CHUNK + 16

Sealed = tuple[bytes, SealedObject, EvidenceSecret]


def sealed(content: bytes, seed: int = 1) -> Sealed:
    """Seal content with keys that are the same in each run."""
    sink = BytesIO()
    about, secret = seal(BytesIO(content), sink, Random(seed).randbytes)
    return sink.getvalue(), about, secret


def renamed(box: bytes, about: SealedObject) -> SealedObject:
    """Return the description as a liar would give it: with the hash of the changed bytes."""
    return replace(about, object_id=ObjectId(sha256(box).hexdigest()))


def opened(box: bytes, about: SealedObject, secret: EvidenceSecret) -> bytes:
    """Return what is delivered."""
    sink = BytesIO()
    unseal(BytesIO(box), sink, secret, about)
    return sink.getvalue()


def refusal(box: bytes, about: SealedObject, secret: EvidenceSecret) -> Problem:
    """Return with which problem it is refused, having delivered nothing."""
    sink = BytesIO()
    with pytest.raises(GroundtruceError) as caught:
        unseal(BytesIO(box), sink, secret, about)
    assert sink.getvalue() == b""
    return caught.value.problem


@pytest.fixture(scope="module")
def film() -> Sealed:
    """Four chunks, of which the last ends in padding."""
    return sealed(Random(7).randbytes(3 * CHUNK + 30_000))


@pytest.mark.parametrize(
    "size", [0, 1, 4095, 4096, 4097, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 5 * CHUNK + 3]
)
def test_what_is_sealed_comes_back(size: int) -> None:
    """At every border of chunk and padding; the object is as long as its padded size and tags."""
    content = Random(size).randbytes(size)
    box, about, secret = sealed(content)
    assert opened(box, about, secret) == content
    assert about.padded_size == pad_size(size)
    assert len(box) == about.padded_size + 16 * -(-about.padded_size // CHUNK)
    assert secret.size.reveal() == size


class Trickle(BytesIO):
    """A source that gives a few bytes at a time, as a pipe does."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Return less than asked for."""
        return super().read(min(size, 1000) if size and size > 0 else size)


@examples(10)
@given(st.binary(max_size=9000), st.integers(0, 1000))
@example(b"x" * (CHUNK + 10), 0)
def test_short_reads_change_nothing(content: bytes, seed: int) -> None:
    """Sealing and opening do not depend on how the bytes arrive."""
    box, about, secret = sealed(content, seed)
    sink = BytesIO()
    assert seal(Trickle(content), sink, Random(seed).randbytes) == (about, secret)
    assert sink.getvalue() == box
    delivered = BytesIO()
    unseal(Trickle(box), delivered, secret, about)
    assert delivered.getvalue() == content


def test_the_format_is_what_the_documentation_says() -> None:
    """Another program opens it from the description alone, and finds the commitment."""
    content = Random(3).randbytes(CHUNK + 5)
    box, about, secret = sealed(content)
    cipher = ChaCha20Poly1305(secret.key.reveal())
    first = cipher.decrypt(bytes(12), box[:BOX], None)
    last = cipher.decrypt(bytes(10) + b"\x01\x01", box[BOX:], None)
    assert (first + last).rstrip(b"\0") == content.rstrip(b"\0")
    assert about.object_id == sha256(box).hexdigest()
    salted = hmac.digest(secret.salt.reveal(), b"evidence/v1" + sha256(content).digest(), "sha256")
    assert about.commitment == salted.hex()


def test_two_seals_of_one_file_have_nothing_in_common() -> None:
    """Neither object nor commitment shows that two delegations hold the same file."""
    box, about, _ = sealed(b"a photograph", 1)
    other_box, other, _ = sealed(b"a photograph", 2)
    assert box != other_box
    assert about.object_id != other.object_id
    assert about.commitment != other.commitment
    assert sha256(b"a photograph").hexdigest() not in repr(about)


@given(st.integers(0, 2**40))
@example(4096)
@example(4097)
def test_padding_tells_little_and_costs_little(size: int) -> None:
    """A padded size is at most 12 % larger than the file, grows with it, and is its own padded size."""
    found = pad_size(size)
    assert max(size, 4096) <= found <= max(4096, size * 1.12)
    assert pad_size(found) == found
    assert pad_size(size + 1) >= found


def test_there_are_few_padded_sizes() -> None:
    """Up to a gigabyte about five hundred, however many files there are."""
    found, size = [], 0
    while size < 2**30:
        found.append(pad_size(size))
        size = found[-1] + 1
    assert len(found) == 513


@given(st.integers(0), st.integers(0, 7))
def test_a_flipped_bit_is_refused(film: Sealed, place: int, bit: int) -> None:
    """Bytes that changed are not the object; under another name they do not open."""
    box, about, secret = film
    changed = bytearray(box)
    changed[place % len(box)] ^= 1 << bit
    assert refusal(bytes(changed), about, secret) is Problem.RECORD_HASH
    lie = renamed(bytes(changed), about)
    assert refusal(bytes(changed), lie, secret) is Problem.RECORD_KEY


@examples(20)
@given(st.integers(0))
@example(0)
@example(BOX)
@example(2 * BOX)
def test_a_truncated_object_is_refused(film: Sealed, length: int) -> None:
    """Wherever it is cut, between chunks as well."""
    box, about, secret = film
    cut = box[: length % len(box)]
    assert refusal(cut, about, secret) is Problem.RECORD_HASH
    assert refusal(cut, renamed(cut, about), secret) is not Problem.RECORD_HASH


@pytest.mark.parametrize(
    "order",
    [(1, 0, 2, 3), (0, 0, 2, 3), (0, 1, 3), (0, 1, 2), (3,), (0, 1, 2, 3, 3), (0, 1, 3, 2)],
    ids=str,
)
def test_moved_chunks_are_refused(film: Sealed, order: tuple[int, ...]) -> None:
    """A chunk swapped, repeated, left out or added does not open, although each is genuine."""
    box, about, secret = film
    chunks = [box[start : start + BOX] for start in range(0, len(box), BOX)]
    assert len(chunks) == 4
    changed = b"".join(chunks[number] for number in order)
    found = refusal(changed, renamed(changed, about), secret)
    assert found in {Problem.RECORD_KEY, Problem.RECORD_MALFORMED}


def test_a_chunk_of_another_object_is_refused(film: Sealed) -> None:
    """Each object has a key of its own, so that nothing can be moved between them."""
    box, about, secret = film
    other, _, _ = sealed(bytes(4 * CHUNK), seed=9)
    changed = other[:BOX] + box[BOX:]
    assert refusal(changed, renamed(changed, about), secret) is Problem.RECORD_KEY


def test_another_secret_is_refused(film: Sealed) -> None:
    """A wrong key does not open it; a wrong salt or size opens another content than was committed to."""
    box, about, secret = film
    key = Sensitive(bytes(32))
    assert refusal(box, about, replace(secret, key=key)) is Problem.RECORD_KEY
    salt = Sensitive(bytes(32))
    assert refusal(box, about, replace(secret, salt=salt)) is Problem.RECORD_HASH
    for size in (0, 1, about.padded_size + 1):
        changed = replace(secret, size=Sensitive(size))
        assert refusal(box, about, changed) is Problem.RECORD_KEY
    longer = replace(secret, size=Sensitive(secret.size.reveal() + 1))
    assert pad_size(longer.size.reveal()) == about.padded_size
    assert refusal(box, about, longer) is Problem.RECORD_HASH
    shorter = replace(secret, size=Sensitive(secret.size.reveal() - 1))
    assert refusal(box, about, shorter) is Problem.RECORD_MALFORMED


def test_another_commitment_is_refused(film: Sealed) -> None:
    """The file that opens must be the one that the statement committed to."""
    box, about, secret = film
    _, other, _ = sealed(b"another", seed=1)
    lie = replace(about, commitment=other.commitment)
    assert refusal(box, lie, secret) is Problem.RECORD_HASH


def test_a_second_key_for_one_object_is_refused() -> None:
    """The cipher lets a forger make one chunk for two keys; the commitment does not."""
    box, about, secret = sealed(b"what was recorded", seed=1)
    other_box, _, other = sealed(b"what is shown now", seed=2)
    assert refusal(box, about, other) is Problem.RECORD_KEY
    # as if the other key opened the recorded object: only the commitment is left to tell
    lie = renamed(other_box, about)
    assert refusal(other_box, lie, replace(other, salt=secret.salt)) is Problem.RECORD_HASH


def test_padding_hides_nothing() -> None:
    """Padding that is not zeros would be a place for content that the commitment does not cover."""
    _, about, secret = sealed(b"file")
    cipher = ChaCha20Poly1305(secret.key.reveal())
    nonce = bytes(11) + b"\x01"
    box = cipher.encrypt(nonce, b"file" + b"!".rjust(pad_size(4) - 4, b"\0"), None)
    assert refusal(box, renamed(box, about), secret) is Problem.RECORD_MALFORMED


def test_more_behind_the_last_chunk_is_refused(film: Sealed) -> None:
    """The padded size says where the object ends."""
    box, about, secret = film
    longer = box + b"\0"
    assert refusal(longer, renamed(longer, about), secret) is Problem.RECORD_MALFORMED


def test_a_source_that_changes_meanwhile_delivers_nothing_false(film: Sealed) -> None:
    """Even when the object is changed after it was checked, only genuine chunks come out."""
    box, about, secret = film

    class Changing(BytesIO):
        reads = 0

        def seek(self, offset: int, whence: int = 0, /) -> int:
            self.reads += 1
            if self.reads == 3:
                self.getbuffer()[BOX + 5] ^= 1
            return super().seek(offset, whence)

    sink = BytesIO()
    with pytest.raises(GroundtruceError):
        unseal(Changing(box), sink, secret, about)
    assert sink.getvalue() == opened(box, about, secret)[:CHUNK]


def test_the_commitment_outlives_the_key() -> None:
    """With file and salt anyone can show what was recorded, though nobody can open the object."""
    content = b"a photograph"
    _, about, secret = sealed(content)
    assert commit(secret.salt, sha256(content).digest()) == about.commitment
    assert commit(secret.salt, sha256(b"another").digest()) != about.commitment


@pytest.mark.parametrize(
    "text", ["", "ab", "AB" * 32, "ab" * 33, "../" + "a" * 61, "٣" * 64, "ab" * 32 + "\n"]
)
def test_an_identifier_is_64_digits(text: str) -> None:
    """No path, no upper case, no foreign digits."""
    with pytest.raises(GroundtruceError) as caught:
        object_id_of(text)
    assert caught.value.problem is Problem.RECORD_MALFORMED


@pytest.mark.parametrize(
    "change",
    [{"object_id": "x"}, {"commitment": "ab"}, {"padded_size": 0}, {"padded_size": 4099}],
    ids=str,
)
def test_a_description_that_no_program_writes_is_refused(
    film: Sealed, change: dict[str, object]
) -> None:
    """The public part of a file is checked when it is made from a statement."""
    with pytest.raises(GroundtruceError) as caught:
        replace(film[1], **change)  # type: ignore[arg-type]
    assert caught.value.problem is Problem.RECORD_MALFORMED


@pytest.mark.parametrize(
    "change",
    [{"key": Sensitive(b"short")}, {"salt": Sensitive(b"")}, {"size": Sensitive(-1)}],
    ids=["key", "salt", "size"],
)
def test_a_secret_of_the_wrong_length_is_refused(film: Sealed, change: dict[str, object]) -> None:
    """It is told at once and by name, not by the cipher."""
    with pytest.raises(GroundtruceError) as caught:
        replace(film[2], **change)  # type: ignore[arg-type]
    assert caught.value.problem is Problem.RECORD_KEY


def serialised() -> list[Callable[[object], object]]:
    """Return the ways in which values leave a program unnoticed."""
    return [pickle.dumps, copy.deepcopy, json.dumps, asdict]  # type: ignore[list-item]


@pytest.mark.parametrize("leave", serialised(), ids=["pickle", "deepcopy", "json", "asdict"])
def test_a_secret_is_not_serialised_by_accident(
    film: Sealed, leave: Callable[[object], object]
) -> None:
    """Only an explicit `reveal` gives it away."""
    with pytest.raises(TypeError):
        leave(film[2])


def test_a_secret_is_not_printed(film: Sealed) -> None:
    """Neither in a log, a message nor a container; two secrets can still be compared."""
    secret = film[2]
    shown = f"{secret} {secret!r} {[secret]} {secret.key!s} {secret.size:}"
    for content in (secret.key.reveal(), secret.salt.reveal()):
        assert repr(content) not in shown
        assert content.hex() not in shown
    assert str(secret.size.reveal()) not in shown
    assert secret == replace(secret, key=Sensitive(bytes(secret.key.reveal())))
    assert secret != replace(secret, key=Sensitive(bytes(32)))
    assert len({secret, replace(secret)}) == 1


def test_memory_is_flat() -> None:
    """A film is sealed and opened a chunk at a time."""
    largest = 0

    class Watched(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            nonlocal largest
            assert size is not None
            assert size > 0
            largest = max(largest, size)
            return super().read(size)

    sink = BytesIO()
    about, secret = seal(Watched(bytes(20 * CHUNK)), sink, Random(1).randbytes)
    unseal(Watched(sink.getvalue()), BytesIO(), secret, about)
    assert largest <= BOX
