"""Feeds changed bytes to every parser of untrusted bytes, guided by coverage, and says what escaped.

Usage: `.venv/bin/python tools/fuzz.py [--seconds 300] [--jobs 2] [PARSER ...]`; needs atheris, which is no dependency
of the project: `.venv/bin/python -m pip install --target /tmp/fuzz/atheris atheris==3.0.0`, then
`PYTHONPATH=/tmp/fuzz/atheris` before the command. Logs, corpora and findings go to `/tmp/fuzz`.

The property, which `tests/record/test_hostile_bytes.py` looks at too: any bytes are read, and written again as they
were where the type has bytes, or refused with a GroundtruceError. Nothing else escapes, and nothing hangs.
"""

import json
import re
import subprocess
import sys
import time
from argparse import ArgumentParser
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from random import Random
from traceback import extract_tb, format_exc
from typing import Any
from unittest.mock import patch
from zlib import crc32

import rfc8785

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.evidence.disclosure import Disclosure, disclose, withhold
from groundtruce.record.evidence.erasure import Erasure
from groundtruce.record.evidence.timestamp import request_stamp, verify_stamp
from groundtruce.record.log.audit import Audit, AuditState, FaultFound
from groundtruce.record.log.journal import JournalEntry, entries_of, frame
from groundtruce.record.log.read import ReadLog
from groundtruce.record.log.state import RecordState
from groundtruce.record.peers import misbehaviour_check as misbehaviour
from groundtruce.record.peers.misbehaviour_check import verify_misbehaviour
from groundtruce.record.peers.misbehaviour_proof import (
    REFUSAL_PERIOD_S,
    REFUSALS_NEEDED,
    Refusals,
    entry_proof,
    fork_proof,
    observe_refusals,
    observe_rollback,
    refusal_proof,
    rollback_proof,
)
from groundtruce.record.peers.witness import AddCheckpoint
from groundtruce.record.statement.canonical import Value, canonical_json, parse_canonical
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Draft, Link, compose, parse_statement
from groundtruce.record.tlog.checkpoint import (
    Checkpoint,
    Head,
    log_key,
    parse_checkpoint,
    sign_head,
)
from groundtruce.record.tlog.cosignature import cosign, cosigners, witness_name
from groundtruce.record.tlog.encoding import LARGEST
from groundtruce.record.tlog.key import KeyType, SigningKey, VerifierKey, public_key_of
from groundtruce.record.tlog.layout import grow_files
from groundtruce.record.tlog.leaf import Leaf, sign_leaf, statement_id
from groundtruce.record.tlog.merkle import EMPTY_ROOT, leaf_hash, root_of
from groundtruce.record.tlog.note import Note, note_line
from groundtruce.record.tlog.policy import parse_policy, policy_text
from groundtruce.record.tlog.proof import parse_proof
from groundtruce.record.tlog.tile import (
    Erased,
    body_bytes,
    bundle_bytes,
    bundle_leaves,
    parse_bodies,
)
from groundtruce.record.tlog.tree import Tree

__all__ = ["PARSERS", "Parser", "main", "work"]

FOLDER = Path("/tmp/fuzz")
_MESSAGE = b"a checkpoint"
_REPLY = b64decode(
    "MIIDlTADAgEAMIIDjAYJKoZIhvcNAQcCoIIDfTCCA3kCAQMxDzANBglghkgBZQMEAgEFADCBiQYLKoZIhvcNAQkQAQ"
    "SgegR4MHYCAQEGBCoDBAEwMTANBglghkgBZQMEAgEFAAQgjFG8vPOH0fANcwNdtzvI01alrXsSPgrx2M7LgQfFjNcC"
    "AQIYDzIwMjYxMTI0MDAyMjE0WjADAgEBAQH/AghAAAAAAAAAAKASpBAwDjEMMAoGA1UEAwwDdHNhoIIBljCCAZIwgg"
    "E3oAMCAQICFBqUynA/2m5B0J1ymJZiAm0D2YquMAoGCCqGSM49BAMCMA8xDTALBgNVBAMMBHJvb3QwHhcNMjYxMTI0"
    "MDAyMjE0WhcNMjYxMjI0MDAyMjE0WjAOMQwwCgYDVQQDDAN0c2EwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAS0ss"
    "xgILXwTcERkPjJj3O1eQHguTFZqr1U8NlT7/zLsPi1aqcKrYP9+la5n2phKj1isX05/FzA1e0AT1Q/biTeo3IwcDAJ"
    "BgNVHRMEAjAAMAsGA1UdDwQEAwIHgDAWBgNVHSUBAf8EDDAKBggrBgEFBQcDCDAdBgNVHQ4EFgQUW7Z5Iw2Du4CUw+"
    "DoPriHqVbSLmAwHwYDVR0jBBgwFoAUeVEJ9FPgwq7x2PvRLY8JYyMUoeEwCgYIKoZIzj0EAwIDSQAwRgIhANghEZir"
    "rE1T+2EOrNUkskAQG65XJGIA7Y85GgOFDH1TAiEAhDJrv9L7Dx0rTmwmIxXdLrD0rIY4JC7pP+6OrYDiBMIxggE7MI"
    "IBNwIBATAnMA8xDTALBgNVBAMMBHJvb3QCFBqUynA/2m5B0J1ymJZiAm0D2YquMA0GCWCGSAFlAwQCAQUAoIGkMBoG"
    "CSqGSIb3DQEJAzENBgsqhkiG9w0BCRABBDAcBgkqhkiG9w0BCQUxDxcNMjYxMTI0MDAyMjE0WjAvBgkqhkiG9w0BCQ"
    "QxIgQgaCFLXwZ9SrLxyTrbgbdKRsldjy5th5zljOecHfdgH9gwNwYLKoZIhvcNAQkQAi8xKDAmMCQwIgQgTK6iowx9"
    "CcMrek/zamB+vF0gzqu6RvGdhRzrwP5j01QwCgYIKoZIzj0EAwIERzBFAiAriGN7KdEvFEEyTnvuZuuuo8IafYJp22"
    "huDMbT46dlaAIhANywRK0N1AVB+yHzPBOfi27gqRwQTSls4N3rQxpOCnww"
)
_ROOT = b"""\
-----BEGIN CERTIFICATE-----
MIIBcjCCARmgAwIBAgIUU4qwNP+qlOmldBHT26NxxGC7e8EwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEcm9vdDAeFw0yNjExMjQwMDIyMTRaFw0yNjEyMjQwMDIyMTRa
MA8xDTALBgNVBAMMBHJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATFYpKP
LqsJ9EuQVqxMPBm7yz7RgnXJ2Y9Ea29H2xK11bHAEHyzj1yCry8ik9bF4eh0YpLq
ruyfmhosz9/S1Lhco1MwUTAdBgNVHQ4EFgQUeVEJ9FPgwq7x2PvRLY8JYyMUoeEw
HwYDVR0jBBgwFoAUeVEJ9FPgwq7x2PvRLY8JYyMUoeEwDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNHADBEAiBhP4kBryC5a1QGkbo4oOPONDJl7aXyeCdF7gSz
SXlp8QIgPILMvD4Go/pd9NxcYPGFvkrhjDX930gX9vh5+AKSzYg=
-----END CERTIFICATE-----
"""


# --- Valid examples ------------------------------------------------------------------------------


def _signing(name: str | None, kind: KeyType, number: int) -> SigningKey:
    seed = bytes([number]) * 32
    return SigningKey.from_seed(name or log_key(public_key_of(seed)).name, kind, seed)


LOG = _signing(None, KeyType.NOTE, 1)
OTHER = _signing(None, KeyType.NOTE, 2)
STATEMENT = _signing(f"{LOG.verifier.name}/statement", KeyType.NOTE, 9)
WITNESS = _signing(witness_name(public_key_of(b"\x03" * 32)), KeyType.COSIGNATURE, 3)
QUANTUM = _signing("witness.example/b", KeyType.MLDSA_COSIGNATURE, 4)
WITNESSES = (WITNESS.verifier, QUANTUM.verifier)
FILED_AT = datetime(2016, 3, 4, 12, tzinfo=UTC)
TIME_S = 1457100000


def _body(sequence: int, previous: bytes | None, /, **changed: Value) -> bytes:
    """Return the body of a statement in its place, or with something changed."""
    drafts = (
        Draft(StatementKind.REPLY, {"to": "ab" * 32, "text": "We looked; é عربي 😀."}),
        Draft(
            StatementKind.REPORT, {"fields": {"kind": "fire", "killed": 3}, "evidence": ["cd" * 32]}
        ),
        Draft(
            StatementKind.KEY_ROTATION, {"introduces": OTHER.verifier.public.hex(), "reason": "age"}
        ),
        Draft(
            StatementKind.TOMBSTONE,
            {
                "erases": ["ab" * 32],
                "authority": "rule 4",
                "reason": "consent withdrawn",
                "approvals": [{"key": "ab" * 32, "signature": "AAAA"}],
            },
        ),
    )
    link = Link(origin=LOG.verifier.name, author="A", sequence=sequence, previous=previous)
    seen = [Head(origin="example.org/b", size=3, root=b"\x01" * 32)] if sequence else []
    random = Random(sequence).randbytes
    at = FILED_AT + timedelta(minutes=sequence)
    body = compose(drafts[sequence % len(drafts)], link, at, seen, random)
    return canonical_json({**parse_canonical(body), **changed}) if changed else body


def _bodies(count: int, **last: Value) -> list[bytes]:
    """Return a chain of statements, of which the last may have a fault."""
    bodies: list[bytes] = []
    for sequence in range(count):
        previous = statement_id(bodies[-1]) if bodies else None
        changed = last if sequence == count - 1 else {}
        bodies.append(_body(sequence, previous, **changed))
    return bodies


def _log(bodies: list[bytes], key: SigningKey = STATEMENT) -> ReadLog:
    """Return a log in memory, cosigned."""
    leaves = [bytes(sign_leaf(statement_id(body), key)) for body in bodies]
    empty = Head(origin=LOG.verifier.name, size=0, root=EMPTY_ROOT)
    files = grow_files(Tree(empty, lambda _: None), len(leaves), leaves, bodies)
    root = root_of(list(map(leaf_hash, leaves)))
    signed = sign_head(Head(origin=LOG.verifier.name, size=len(leaves), root=root), LOG)
    return ReadLog(LOG.verifier, files.get, _cosigned(signed))


def _cosigned(signed: Checkpoint) -> Checkpoint:
    return signed.with_lines(
        (cosign(signed.head, WITNESS, TIME_S), cosign(signed.head, QUANTUM, TIME_S))
    )


def _faulty_entry(log: ReadLog) -> bytes:
    key = STATEMENT.verifier
    audit = Audit(AuditState(origin=LOG.verifier.name, keys={key.key_hash: key}))
    with suppress(StopIteration):
        for entry in log.entries():
            try:
                audit.take(entry)
            except FaultFound as found:
                return entry_proof(found, log)
    raise AssertionError("the entry has no fault")


def _misbehaviours() -> list[bytes]:
    log, longer = _log(_bodies(3)), _log(_bodies(5))
    forked = sign_head(Head(origin=LOG.verifier.name, size=3, root=b"\x05" * 32), LOG)
    small, large = log.checkpoint, longer.checkpoint
    met = observe_rollback(LOG.verifier.name, small, TIME_S + 9, OTHER)
    alone = large.with_lines((cosign(large.head, QUANTUM, TIME_S),))
    refusals = Refusals(
        first_s=TIME_S, last_s=TIME_S + REFUSAL_PERIOD_S, count=REFUSALS_NEEDED, statuses=(403, 404)
    )
    refused = observe_refusals(WITNESS.verifier.name, alone, refusals, OTHER)
    observer = OTHER.verifier
    earlier = FILED_AT - timedelta(days=1)
    return [
        fork_proof(small, forked),
        fork_proof(forked, large, longer.tree),
        rollback_proof(small, large, WITNESSES, {observer: met}),
        refusal_proof(alone, WITNESS.verifier, [QUANTUM.verifier], {observer: refused}),
        _faulty_entry(_log([*_bodies(1), b"rubbish"])),
        _faulty_entry(_log(_bodies(2, origin="example.org/another"))),
        _faulty_entry(_log(_bodies(2, previous="ab" * 32))),
        _faulty_entry(_log(_bodies(2, filed_at=earlier.strftime("%Y-%m-%dT%H:%M:%SZ")))),
    ]


def _policy() -> bytes:
    lines = [
        f"log {LOG.verifier}",
        f"witness A {WITNESS.verifier} https://a.example",
        f"witness B {QUANTUM.verifier}",
        "# neutrals",
        "group ab 1 A B",
        "group q all ab",
        "quorum q",
    ]
    return "\n".join(lines).encode() + b"\n"


def _state() -> bytes:
    heads = [
        Head(origin=key.verifier.name, size=size, root=bytes([size]) * 32)
        for size, key in enumerate((LOG, OTHER), 3)
    ]
    return bytes(RecordState.of(heads))


def _requests() -> list[bytes]:
    small, large = _log(_bodies(3)), _log(_bodies(5))
    proof = tuple(large.tree.consistency_proof(3))
    return [
        bytes(AddCheckpoint(old=0, proof=(), note=small.checkpoint.alone)),
        bytes(AddCheckpoint(old=3, proof=proof, note=bytes(large.checkpoint))),
    ]


def _entries() -> bytes:
    entries = [
        JournalEntry(index, sign_leaf(statement_id(body), STATEMENT), body)
        for index, body in enumerate(_bodies(3))
    ]
    return b"".join([*frame(entries[:2]), *frame(entries[2:])])


def _disclosures() -> list[bytes]:
    fields: Mapping[str, str | int] = {"observer": "Karl é 7", "killed": 3, "depth": -12}
    made = withhold(fields, fields, Random(1).randbytes).disclosures
    return [one.text.reveal().encode() for one in made]


# --- The property --------------------------------------------------------------------------------


class _Always(bytes):
    """Bytes that are equal to any others."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = bytes.__hash__


@contextmanager
def _own_signatures() -> Iterator[None]:
    """Let signatures and hashes hold: whoever makes all keys and logs himself can have them hold."""

    def included(index: int, size: int, *_: object) -> None:
        if not 0 <= index < size <= LARGEST:
            raise GroundtruceError(
                Problem.RECORD_PROOF, what=Phrase("Leaf"), cause=Phrase("it is outside")
            )

    with ExitStack() as stack:
        for name in ("checkpoint", "cosignature", "leaf", "note"):
            module = import_module(f"groundtruce.record.tlog.{name}")
            stack.enter_context(patch.object(module, "is_signed", lambda *_: True))
        stack.enter_context(patch.object(misbehaviour, "verify_inclusion", included))
        stack.enter_context(patch.object(misbehaviour, "checksum_of", lambda _: _Always()))
        yield


def _same(parse: Callable[[bytes], object]) -> Callable[[bytes], None]:
    """Return the check that what is read is written as it was."""

    def check(content: bytes) -> None:
        assert bytes(parse(content)) == content  # type: ignore[call-overload]

    return check


def _as_text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _checkpoint(content: bytes) -> None:
    try:
        _same(lambda one: parse_checkpoint(one, LOG.verifier))(content)
    except GroundtruceError:
        # the same text, signed: what a hostile log would serve
        note = Note(text=content, lines=(note_line(content, LOG),))
        _same(lambda one: parse_checkpoint(one, LOG.verifier))(bytes(note))
    with _own_signatures():
        found = parse_checkpoint(content, LOG.verifier)
        cosigners(found, WITNESSES)
        with suppress(GroundtruceError):
            found.note.signers(WITNESSES)
        assert found.with_latest(found.others).head == found.head


def _verifier_key(content: bytes) -> None:
    text = _as_text(content)
    assert str(VerifierKey.parse(text)) == text


def _signing_key(content: bytes) -> None:
    text = _as_text(content)
    assert SigningKey.parse(text).secret_text() == text


def _proof(content: bytes) -> None:
    with suppress(GroundtruceError):
        _same(lambda one: parse_proof(one, LOG.verifier))(content)
    with _own_signatures():
        found = parse_proof(content, LOG.verifier)
    assert bytes(found) == content
    with suppress(GroundtruceError):
        found.verify(b"a document")


def _policy_file(content: bytes) -> None:
    policy = parse_policy(content)
    written = policy_text(policy).encode("utf-8", "surrogateescape")
    assert parse_policy(written) == policy
    assert policy.quorum is None or policy.is_met(policy.witnesses)


def _statement(content: bytes) -> None:
    found = parse_statement(content)
    assert found.body == content
    assert found.identifier == sha256(content).digest()
    assert canonical_json(parse_canonical(content)) == content


def _bundle(content: bytes) -> None:
    for width in {0, 1, len(content) // 130, 256}:
        with suppress(GroundtruceError):
            assert bundle_bytes(bundle_leaves(content, width)) == content


def _misbehaviour(content: bytes) -> None:
    with suppress(GroundtruceError):
        verify_misbehaviour(content)
    with _own_signatures():
        verify_misbehaviour(content)


def _journal(content: bytes) -> None:
    entries, sound = entries_of(content)
    assert entries_of(content[:sound]) == (entries, sound)
    if entries:
        again = b"".join(frame(entries))
        assert entries_of(again) == (_renumbered(entries), len(again))


def _renumbered(entries: list[JournalEntry]) -> list[JournalEntry]:
    first = entries[0].index
    return [replace(entry, index=first + at) for at, entry in enumerate(entries)]


def _disclosure(content: bytes) -> None:
    text = _as_text(content)
    found = Disclosure.parse(text)
    assert found.text.reveal() == text
    opened = disclose({}, [found.digest], [text])
    assert opened.fields == {found.name.reveal(): found.value.reveal()}


def _timestamp(content: bytes) -> None:
    verify_stamp(content, _MESSAGE, _ROOT, request_stamp(_MESSAGE, bytes))
    assert content == _REPLY


def _root_certificates(content: bytes) -> None:
    verify_stamp(_REPLY, _MESSAGE, content)


# --- Changes that keep the form --------------------------------------------------------------------

_POOL: tuple[object, ...] = (
    *(0, 1, -1, 2**53 - 1, 2**53, True, None, 1.5, [], {}, "", "0", "é", "e\u0301", "\ud800", "\0"),
    *("2016-03-04T12:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "ab" * 32, "00" * 32),
    *("reply", "report", "key_rotation", "tombstone", "fork", "rollback", "refusal", "backdating"),
    *(str(WITNESS.verifier), str(QUANTUM.verifier), str(OTHER.verifier), LOG.verifier.name),
    *("x" * 300, "AAAA", "01" + "00" * 31),
)
_NUMBERS = ("0", "1", "9223372036854775807", "253402300800", "9223372036854775808", "00", "-1")


def _change_json(content: bytes, random: Random) -> bytes:
    """Change a value somewhere in canonical JSON, and write it canonically where that is possible."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return content
    if not isinstance(value, dict | list):
        return content
    for _ in range(random.choice((1, 1, 2, 4))):
        _change_inside(value, random)
    try:
        return rfc8785.dumps(value)
    except (ValueError, RecursionError):
        return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _change_inside(value: Any, random: Random) -> None:
    entries = list(_places(value))
    if not entries:
        return
    holder, key = random.choice(entries)
    old = holder[key]
    match random.randrange(6):
        case 0:
            del holder[key]
        case 1:
            holder[key] = random.choice(_POOL)
        case 2:
            other, name = random.choice(entries)
            holder[key] = json.loads(json.dumps(other[name]))
        case 3 if isinstance(holder, dict):
            holder[str(random.choice((key, "x", "previous", "body", "é", "accused")))] = old
        case 3:
            holder.append(old)
        case 4 if isinstance(old, str):
            holder[key] = _change_text(old, random)
        case 4 if isinstance(old, int):
            holder[key] = old + random.choice((-1, 1))
        case _:
            holder[key] = [old]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


def _change_text(text: str, random: Random) -> str:
    numbers = list(re.finditer("[0-9]+", text))
    if numbers and random.getrandbits(1):
        start, end = random.choice(numbers).span()
        return text[:start] + random.choice(_NUMBERS) + text[end:]
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice(("", "\n", " ", "x", "é", text[:at])) + text[at + 1 :]


def _change_journal(content: bytes, random: Random) -> bytes:
    """Return frames that hold, of pieces of the content, and something behind them."""
    frames = b""
    for _ in range(random.randrange(4)):
        start = random.randrange(len(content) + 1)
        piece = content[start : start + random.choice((0, 12, 15, 16, 17, 144, 500))]
        frames += len(piece).to_bytes(4, "big") + crc32(piece).to_bytes(4, "big") + piece
    return frames + content[: random.randrange(len(content) + 1)]


# --- The parsers ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Parser:
    """A parser: what must hold for any bytes, valid examples, and a way to change them that keeps their form."""

    check: Callable[[bytes], None]
    examples: Callable[[], list[bytes]]
    change: Callable[[bytes, Random], bytes] | None = None

    def holds(self, content: bytes) -> None:
        """Return when the bytes are read and written again, or refused as they should be."""
        with suppress(GroundtruceError):
            self.check(content)


def _checkpoints() -> list[bytes]:
    checkpoint = _log(_bodies(3)).checkpoint
    return [bytes(checkpoint), checkpoint.alone]


PARSERS: Mapping[str, Parser] = {
    "note": Parser(check=_same(Note.parse), examples=_checkpoints),
    "checkpoint": Parser(check=_checkpoint, examples=_checkpoints),
    "head": Parser(
        check=_same(Head.parse), examples=lambda: [bytes(_log(_bodies(3)).checkpoint.head)]
    ),
    "verifier-key": Parser(
        check=_verifier_key, examples=lambda: [str(one).encode() for one in WITNESSES]
    ),
    "signing-key": Parser(
        check=_signing_key,
        examples=lambda: [one.secret_text().encode() for one in (LOG, WITNESS, QUANTUM)],
    ),
    "proof": Parser(
        check=_proof, examples=lambda: [bytes(_log(_bodies(5)).prove(one)) for one in (0, 3, 4)]
    ),
    "policy": Parser(check=_policy_file, examples=lambda: [_policy()]),
    "statement": Parser(check=_statement, examples=lambda: _bodies(4), change=_change_json),
    "canonical": Parser(
        check=lambda content: _equal(canonical_json(parse_canonical(content)), content),
        examples=lambda: [*_bodies(1), canonical_json(_NESTED)],
        change=_change_json,
    ),
    "bodies": Parser(
        check=lambda content: _equal(body_bytes(parse_bodies(content)), content),
        examples=lambda: [body_bytes([*_bodies(2), Erased(b"\x07" * 32)])],
    ),
    "bundle": Parser(check=_bundle, examples=lambda: [bundle_bytes([bytes(128), b"\1" * 128])]),
    "request": Parser(check=_same(AddCheckpoint.parse), examples=_requests),
    "misbehaviour": Parser(check=_misbehaviour, examples=_misbehaviours, change=_change_json),
    "state": Parser(check=_same(RecordState.parse), examples=lambda: [_state()]),
    "leaf": Parser(check=_same(Leaf.parse), examples=lambda: [bytes(range(128))]),
    "journal": Parser(check=_journal, examples=lambda: [_entries()], change=_change_journal),
    "disclosure": Parser(check=_disclosure, examples=_disclosures),
    "timestamp": Parser(check=_timestamp, examples=lambda: [_REPLY]),
    "timestamp-roots": Parser(check=_root_certificates, examples=lambda: [_ROOT]),
    "erasure": Parser(
        check=_same(Erasure.parse),
        examples=lambda: [
            bytes(Erasure(origin="o", erases=("ab" * 32,), authority="rule", reason="consent"))
        ],
        change=_change_json,
    ),
}

_NESTED: Mapping[str, Value] = {"a": [[[[[[["é", -1, True]]]]]]], "\U0001f600": 1, "\ufb01": 2}


def _equal(one: bytes, other: bytes) -> None:
    assert one == other


# --- Running -------------------------------------------------------------------------------------

_WORKER = """
import atheris
with atheris.instrument_imports(include=["groundtruce"]):
    from tools import fuzz
fuzz.work(atheris)
"""
_HANG_S = 20
_LONGEST = 1 << 16


@dataclass(slots=True)
class _Findings:
    """What escaped, once for each place in the code."""

    folder: Path
    seen: set[str] = field(default_factory=set)

    def take(self, content: bytes, error: BaseException) -> None:
        """Keep the bytes with the first escape at a place."""
        frames = [one for one in extract_tb(error.__traceback__) if "groundtruce" in one.filename]
        last = frames[-1] if frames else None
        where = f"{type(error).__name__}-{last and last.name}-{last and last.lineno}"
        if where not in self.seen:
            self.seen.add(where)
            (self.folder / where).write_bytes(content)
            (self.folder / f"{where}.txt").write_text(format_exc())


def work(atheris: Any) -> None:
    """Fuzz one parser in this process, with the arguments of libFuzzer after its name."""
    name, arguments = sys.argv[1], sys.argv[2:]
    parser = PARSERS[name]
    findings = _Findings(FOLDER / name / "findings")

    def one_input(content: bytes) -> None:
        try:
            parser.holds(content)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - whatever escapes is what we look for
            findings.take(content, error)

    def changed(content: bytes, longest: int, seed: int) -> bytes:
        random = Random(seed)
        if parser.change is not None and random.getrandbits(1):
            return parser.change(content, random)[:longest]
        found: bytes = atheris.Mutate(content, longest)
        return found

    options = {"custom_mutator": changed} if parser.change is not None else {}
    atheris.Setup([sys.argv[0], *arguments], one_input, **options)
    atheris.Fuzz()


def _fuzz(name: str, seconds: int) -> str:
    """Fuzz one parser in another process; return its line of the table."""
    folder = FOLDER / name
    for one in ("corpus", "findings", "seeds"):
        (folder / one).mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(PARSERS[name].examples()):
        (folder / "seeds" / str(number)).write_bytes(content)
    command = [
        *("nice", "-n", "10", sys.executable, "-c", _WORKER, name),
        *(str(folder / "corpus"), str(folder / "seeds")),
        *(f"-max_total_time={seconds}", f"-timeout={_HANG_S}", f"-max_len={_LONGEST}"),
        *("-print_final_stats=1", "-rss_limit_mb=4096", f"-artifact_prefix={folder}/findings/"),
    ]
    started = time.monotonic()
    with (folder / "log").open("wb") as log:
        done = subprocess.run(
            command, stdout=log, stderr=log, check=False, cwd=Path(__file__).parents[1]
        )
    took = time.monotonic() - started
    text = (folder / "log").read_text(errors="replace")
    counts = re.findall("number_of_executed_units: *([0-9]+)", text)
    edges = re.findall("cov: ([0-9]+)", text)
    kept = [one for one in (folder / "findings").iterdir() if one.suffix != ".txt"]
    return (
        f"{name:16} {took:6.0f} s {int(counts[-1]) if counts else 0:12,} executions "
        f"{edges[-1] if edges else '?':>5} edges {len(kept):3} findings, status {done.returncode}"
    )


def main() -> int:
    """Fuzz the parsers that are named, or all; returns 1 when anything escaped."""
    arguments = ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("parsers", nargs="*", metavar="PARSER", help=", ".join(PARSERS))
    arguments.add_argument("--seconds", type=int, default=300, help="for each parser")
    arguments.add_argument("--jobs", type=int, default=2, help="parsers at a time")
    given = arguments.parse_args()
    if unknown := sorted(set(given.parsers) - set(PARSERS)):
        arguments.error(f"no such parser: {', '.join(unknown)}")
    if find_spec("atheris") is None:
        sys.stderr.write(f"atheris is not installed.\n\n{__doc__}")
        return 2
    lines = []
    with ThreadPoolExecutor(given.jobs) as pool:
        for line in pool.map(lambda name: _fuzz(name, given.seconds), given.parsers or PARSERS):
            print(line, flush=True)
            lines.append(line)
    return int(any(" 0 findings, status 0" not in line for line in lines))


if __name__ == "__main__":
    raise SystemExit(main())
