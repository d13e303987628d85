"""Any bytes are read and written again as they were, or refused with a problem of the catalogue; nothing else escapes.

The property and the examples are those of `tools/fuzz.py`, which looks further with coverage as its guide.
"""

import json
from base64 import b64decode, b64encode, encodebytes
from collections.abc import Iterator
from random import Random

import pytest
from tools.fuzz import LOG, PARSERS, WITNESS

from groundtruce.model.problem import GroundtruceError
from groundtruce.record.evidence.erasure import Erasure
from groundtruce.record.peers.misbehaviour_check import verify_misbehaviour
from groundtruce.record.peers.misbehaviour_proof import FORMAT
from groundtruce.record.statement.canonical import canonical_json
from groundtruce.record.statement.statement import parse_statement
from groundtruce.record.tlog.checkpoint import Head
from groundtruce.record.tlog.cosignature import cosign
from groundtruce.record.tlog.key import KeyType, SigningKey
from groundtruce.record.tlog.policy import parse_policy

TRIALS = 2000


def changed(content: bytes, random: Random) -> bytes:
    """Return bytes with a few flipped bits, pieces that are lost, doubled or put elsewhere, or numbers of bytes."""
    made = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 5))):
        at, other = sorted(random.randrange(len(made) + 1) for _ in range(2))
        match random.randrange(6):
            case 0 if at < len(made):
                made[at] ^= 1 << random.randrange(8)
            case 1:
                del made[at:other]
            case 2:
                made[at:at] = made[at:other]
            case 3:
                made[at:at] = random.choice(
                    (b"\n", b"\0", b"\xff", b"9" * 40, b"\xe2\x80\x94", b" ")
                )
            case 4:
                made[at:other] = random.randbytes(other - at)
            case _:
                del made[at:]
    return bytes(made)


@pytest.mark.parametrize("name", PARSERS)
def test_valid_examples_are_read(name: str) -> None:
    """Each example is accepted; else the trials with changed ones would show little."""
    for content in PARSERS[name].examples():
        PARSERS[name].check(content)


@pytest.mark.parametrize("name", PARSERS)
def test_changed_bytes_are_read_or_refused(name: str) -> None:
    """Bytes near the valid ones: blind changes, and such as keep the form where a parser looks past it."""
    parser, random = PARSERS[name], Random(name)
    examples = parser.examples()
    for trial in range(TRIALS):
        content = examples[trial % len(examples)]
        if parser.change is not None and trial % 2:
            content = parser.change(content, random)
        else:
            content = changed(content, random)
        parser.holds(content)


@pytest.mark.parametrize("name", PARSERS)
def test_bytes_of_no_form_are_read_or_refused(name: str) -> None:
    """Nothing, one byte of each value, long runs, deep nesting, and noise."""
    random = Random(name)
    contents = [b"", *(bytes([one]) for one in range(256)), b"\n" * 5000, b"[" * 70_000]
    contents += [b'{"a":' * 3000, b"9" * 9000, *(random.randbytes(300) for _ in range(30))]
    for content in contents:
        PARSERS[name].holds(content)


def _with_version(pem: bytes, version: int) -> bytes:
    """Return a certificate with another version number."""
    der = bytearray(b64decode(b"".join(pem.split(b"\n")[1:-2])))
    der[der.index(b"\xa0\x03\x02\x01") + 4] = version
    return b"-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----\n" % encodebytes(der)


def found() -> Iterator[tuple[str, bytes]]:
    """Yield bytes on which a parser once failed otherwise than by refusing."""
    kinds: list[object] = [["fork"], {"a": 1}, None, 7]
    for kind in kinds:
        value = {"format": FORMAT, "kind": kind, "log": str(LOG.verifier), "checkpoints": []}
        yield "misbehaviour", json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
    deep = "".join(f"group g{n} 1 {f'g{n - 1}' if n else 'A'}\n" for n in range(3000))
    yield "policy", f"witness A {WITNESS.verifier}\n{deep}quorum g2999\n".encode()
    yield "policy", f"witness A {WITNESS.verifier}\ngroup g {'9' * 5000} A\nquorum g\n".encode()
    body = json.loads(PARSERS["statement"].examples()[0])
    yield "statement", canonical_json(body | {"filed_at": "0001-01-01T00:00:00Z"})
    reply = PARSERS["timestamp"].examples()[0]
    at = reply.rindex(b"\x0c\x04root")
    yield "timestamp", reply[:at] + b"\x16" + reply[at + 1 :]
    root = PARSERS["timestamp-roots"].examples()[0]
    yield "timestamp-roots", _with_version(root, 34)
    late = LOG.verifier.name.encode(), b64encode((2**63 - 1).to_bytes(8, "big") + bytes(64))
    yield "checkpoint", PARSERS["checkpoint"].examples()[0] + b"\xe2\x80\x94 %s %s\n" % late


@pytest.mark.parametrize(("name", "content"), list(found()))
def test_what_once_escaped_is_refused(name: str, content: bytes) -> None:
    """What the fuzzer found stays closed."""
    PARSERS[name].holds(content)


def test_a_proof_of_misbehaviour_names_its_kind() -> None:
    """Another kind is refused, whatever JSON value stands there."""
    for name, content in found():
        if name == "misbehaviour":
            with pytest.raises(GroundtruceError):
                verify_misbehaviour(content)


def test_a_deep_policy_is_counted() -> None:
    """Groups within groups cost what they are long, not a stack."""
    deep = next(content for name, content in found() if name == "policy")
    policy = parse_policy(deep)
    assert policy.is_met({"A"})
    assert not policy.is_met(set())


def test_the_first_year_is_written_as_it_was_read() -> None:
    """Years before 1000 keep their zeros."""
    body = next(content for name, content in found() if name == "statement")
    assert parse_statement(body).filed_at.year == 1


def test_a_name_too_long_to_count_is_refused() -> None:
    """A post-quantum cosignature counts the bytes of names in one byte."""
    key = SigningKey.from_seed("w" * 256, KeyType.MLDSA_COSIGNATURE, b"\x01" * 32)
    with pytest.raises(GroundtruceError):
        cosign(Head(origin=LOG.verifier.name, size=1, root=bytes(32)), key, 1)


def test_an_erasure_says_nothing_beside_what_is_approved() -> None:
    """A further field, which approvals would not cover, is refused."""
    proposed = json.loads(PARSERS["erasure"].examples()[0])
    with pytest.raises(GroundtruceError):
        Erasure.parse(canonical_json(proposed | {"more": "text"}))
