"""Proofs of misbehaviour: each kind convinces anybody alone, and only as it was written."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.record.forge import ForgedLog, is_refused, keys_of, witness
from tests.record.logs import FILED_AT, LOG, STATEMENT, QuietDisk

from groundtruce.record.log.read import fetch_from_folder
from groundtruce.record.peers.mirror import MirrorLog, MisbehaviourFound, RollbackFound
from groundtruce.record.peers.misbehaviour_check import verify_misbehaviour
from groundtruce.record.peers.misbehaviour_proof import (
    REFUSAL_PERIOD_S,
    REFUSALS_NEEDED,
    Misbehaviour,
    Refusals,
    observe_refusals,
    observe_rollback,
    refusal_proof,
    rollback_proof,
)
from groundtruce.record.statement.canonical import canonical_json
from groundtruce.record.tlog.cosignature import cosign
from groundtruce.record.tlog.key import KeyType, SigningKey, VerifierKey
from groundtruce.record.tlog.layout import erase_body
from groundtruce.record.tlog.tree import Tree

COSIGNED_S = int(FILED_AT.timestamp()) + 3600
NOW = FILED_AT + timedelta(days=1)
LIMIT = 1 << 20


WITNESSES = [witness(51), witness(52)]
TRUSTED = [key.verifier for key in WITNESSES]
SILENT = witness(53).verifier
OBSERVER = keys_of("B", 60).log
STRANGER = SigningKey.from_seed("stranger", KeyType.NOTE, b"\x3d" * 32)
HONEST = ForgedLog().grow(5)
BEFORE = HONEST.checkpoint(lines=tuple(cosign(HONEST.head(), key, COSIGNED_S) for key in WITNESSES))


@dataclass(frozen=True, slots=True)
class Case:
    """What a log's owner does after five statements, of which kind that is, and on whose word its proof rests."""

    kind: Misbehaviour
    act: Callable[[ForgedLog], object]
    relies_on: tuple[VerifierKey, ...] = ()
    erased: int | None = None


def _forked(log: ForgedLog) -> None:
    log.entries = log.copy(3, nonce=1).grow(8).entries


def _forked_at_once(log: ForgedLog) -> None:
    log.entries = log.copy(3, nonce=1).grow(5).entries


def _filed_in_turn(log: ForgedLog) -> None:
    for text in ("2016-03-04T13:00:00Z", "2016-03-04T12:59:59Z"):
        log.put(log.body(filed_at=text))


CASES: Mapping[str, Case] = {
    "fork": Case(Misbehaviour.FORK, _forked),
    "fork of one size": Case(Misbehaviour.FORK, _forked_at_once),
    "another log's statement": Case(
        Misbehaviour.REPLAY, lambda log: log.put(ForgedLog(keys_of("C", 40)).grow(6).entries[5][1])
    ),
    "another place": Case(Misbehaviour.REPLAY, lambda log: log.put(log.entries[2][1])),
    "malformed": Case(Misbehaviour.MALFORMED, lambda log: log.put(log.body(nonce=None))),
    "no statement": Case(Misbehaviour.MALFORMED, lambda log: log.put(b"\x00")),
    "broken chain": Case(
        Misbehaviour.BROKEN_CHAIN, lambda log: log.put(log.body(previous="00" * 32))
    ),
    "broken chain after an erased statement": Case(
        Misbehaviour.BROKEN_CHAIN, lambda log: log.put(log.body(previous="00" * 32)), erased=4
    ),
    "before the last statement": Case(
        Misbehaviour.BACKDATING,
        _filed_in_turn,
    ),
    "before witnesses cosigned": Case(
        Misbehaviour.BACKDATING, lambda log: log.put(log.body()), tuple(TRUSTED)
    ),
}
NAMES = (*CASES, "rollback", "refusal")


@pytest.fixture(scope="session")
def proofs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """The proofs that a mirror makes of each case, and those that rest on an observer."""
    top, made = tmp_path_factory.mktemp("proofs"), dict[str, bytes]()
    copy = MirrorLog(top, LOG, [], QuietDisk())
    for number, (name, case) in enumerate(CASES.items()):
        root = top / str(number)
        copy = MirrorLog(root / "copy", LOG, [STATEMENT], QuietDisk())
        log = HONEST.copy(5, nonce=0)
        log.publish(root / "log", lines=BEFORE.others)
        copy.update(fetch_from_folder(root / "log"), TRUSTED, NOW)
        case.act(log)
        _publish(log, root / "log", case.erased)
        with pytest.raises(MisbehaviourFound) as caught:
            copy.update(fetch_from_folder(root / "log"), TRUSTED, NOW)
        assert (caught.value.kind, caught.value.origin) == (case.kind, LOG.name)
        made[name] = caught.value.proof
    with pytest.raises(RollbackFound) as back:
        copy.follow(HONEST.checkpoint(4), lambda path: None, [], NOW)
    met = observe_rollback(LOG.name, back.value.small, COSIGNED_S + 60, OBSERVER)
    refusals = Refusals(
        first_s=COSIGNED_S,
        last_s=COSIGNED_S + REFUSAL_PERIOD_S,
        count=REFUSALS_NEEDED,
        statuses=(403, 404),
    )
    refused = observe_refusals(SILENT.name, BEFORE, refusals, OBSERVER)
    observer = OBSERVER.verifier
    made["rollback"] = rollback_proof(back.value.small, back.value.large, TRUSTED, {observer: met})
    made["refusal"] = refusal_proof(BEFORE, SILENT, TRUSTED, {observer: refused})
    return made


def _publish(log: ForgedLog, path: Path, erased: int | None) -> None:
    checkpoint = log.publish(path)
    if erased is not None:
        tree = Tree(checkpoint.head, fetch_from_folder(path))
        QuietDisk().write_all(
            {path / name: content for name, content in erase_body(tree, erased).items()}
        )


@pytest.mark.parametrize("name", NAMES)
def test_each_misbehaviour_is_proven(proofs: Mapping[str, bytes], name: str) -> None:
    """The file alone says who did what, and on whose word beside the accused's it rests."""
    proven = verify_misbehaviour(proofs[name])
    observers = (*TRUSTED, OBSERVER.verifier)
    expected = CASES.get(name) or Case(Misbehaviour(name), lambda log: None, observers)
    assert (proven.kind, set(proven.relies_on)) == (expected.kind, set(expected.relies_on))
    assert proven.accused == (SILENT.name if name == "refusal" else LOG.name)


@pytest.mark.parametrize("name", NAMES)
def test_no_byte_of_a_proof_may_change(proofs: Mapping[str, bytes], name: str) -> None:
    """One flipped bit in any byte, one byte less, or one more: nothing is proven."""
    content = proofs[name]
    entries = range(len(content))
    flipped = (
        content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :] for at in entries
    )
    accepted = [at for at, one in zip(entries, flipped, strict=True) if not is_refused(one)]
    assert [content[max(at - 30, 0) : at + 1] for at in accepted] == []
    assert is_refused(content[:-1])
    assert is_refused(content + b"\n")


def changes(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield a JSON value with one change somewhere in it, and what was changed."""
    if isinstance(value, dict):
        yield "a field more", {**value, "zzz": "more"}
        for key, item in value.items():
            yield f"without {key}", {name: one for name, one in value.items() if name != key}
            for what, one in changes(item):
                yield f"{key}: {what}", {**value, key: one}
    elif isinstance(value, list):
        yield "empty", []
        for at, item in enumerate(value):
            yield f"without {at}", value[:at] + value[at + 1 :]
            yield f"{at} twice", value[: at + 1] + value[at:]
            for what, one in changes(item):
                yield f"{at}: {what}", [*value[:at], one, *value[at + 1 :]]
        if len(value) > 1:
            yield "turned round", value[::-1]
    elif isinstance(value, str):
        for text in ("", value[1:], value[:-1], value + "0", value.swapcase(), "00" * 32):
            yield f"{text[:20]!r}", text
    else:
        for number in (value + 1, value - 1, 0):
            yield str(number), number


@pytest.mark.parametrize("name", NAMES)
def test_no_field_of_a_proof_may_change(proofs: Mapping[str, bytes], name: str) -> None:
    """Each value is changed, each field and item is dropped or doubled, in well-formed files: nothing is proven."""
    value = json.loads(proofs[name])
    changed = {what: one for what, one in changes(value) if one != value}
    assert len(changed) > 30
    assert [
        what for what, one in changed.items() if not is_refused(canonical_json(one, LIMIT))
    ] == []
