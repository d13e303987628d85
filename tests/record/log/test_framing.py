"""An honest log, or an honest witness, is accused of nothing that a file makes anybody believe on its own word."""

import json
from pathlib import Path

import pytest
from tests.peers import make_nodes
from tests.record.forge import ForgedLog, is_refused, keys_of, single_answer, witness
from tests.record.logs import FILED_AT, LOG

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.checking.proof import verify_file
from groundtruce.record.log.audit import EntryFault, FaultFound
from groundtruce.record.log.read import ReadLog, fetch_from_folder
from groundtruce.record.peers.misbehaviour_check import SingleAnswer, verify_misbehaviour
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
from groundtruce.record.statement.canonical import canonical_json
from groundtruce.record.tlog.checkpoint import Checkpoint, Head, sign_head
from groundtruce.record.tlog.cosignature import cosign
from groundtruce.record.tlog.key import KeyType, SigningKey, VerifierKey
from groundtruce.record.tlog.tree import Tree

COSIGNED_S = int(FILED_AT.timestamp()) + 3600
LATER_S = COSIGNED_S + 86_400
LIMIT = 1 << 20
WITNESSES = [witness(51), witness(52)]
TRUSTED = [key.verifier for key in WITNESSES]
OBSERVER = keys_of("B", 60).log
STRANGER = SigningKey.from_seed("stranger", KeyType.NOTE, b"\x3d" * 32)
HONEST = ForgedLog().grow(9)


def cosigned(size: int, *keys: SigningKey, time_s: int = COSIGNED_S) -> Checkpoint:
    """Return a head of the honest log with cosignatures."""
    lines = tuple(cosign(HONEST.head(size), key, time_s) for key in keys)
    return HONEST.checkpoint(size, lines)


def met(head: Checkpoint, after_s: int = 60) -> dict[VerifierKey, bytes]:
    """Return that the observer met a head, so many seconds after it was cosigned."""
    return {OBSERVER.verifier: observe_rollback(LOG.name, head, COSIGNED_S + after_s, OBSERVER)}


def refused(
    accused: str,
    head: Checkpoint,
    count: int = REFUSALS_NEEDED,
    lasted_s: int = REFUSAL_PERIOD_S,
) -> dict[VerifierKey, bytes]:
    """Return that the observer was refused so often, over so many seconds, the last time for a head."""
    refusals = Refusals(
        first_s=COSIGNED_S, last_s=COSIGNED_S + lasted_s, count=count, statuses=(403,)
    )
    return {OBSERVER.verifier: observe_refusals(accused, head, refusals, OBSERVER)}


def accusation(
    kind: EntryFault,
    index: int,
    tmp_path: Path,
    *witnesses: SigningKey,
    time_s: int = COSIGNED_S,
) -> bytes:
    """Return a file that accuses the honest log of a fault in one of its statements, whatever its audit found."""
    HONEST.publish(tmp_path)
    log = ReadLog(LOG, fetch_from_folder(tmp_path))
    entry = next(log.entries(index, index + 1))
    fault = FaultFound(kind, entry, LOG.name, Phrase("as they say"))
    before = cosigned(index, *witnesses, time_s=time_s) if witnesses else None
    return entry_proof(fault, log, before, [key.verifier for key in witnesses])


@pytest.mark.parametrize("kind", [one for one in EntryFault if one is not EntryFault.SIGNATURE])
@pytest.mark.parametrize("index", range(9))
def test_an_honest_statement_has_no_fault(tmp_path: Path, kind: EntryFault, index: int) -> None:
    """Whatever an honest statement is accused of, the file proves nothing."""
    assert is_refused(accusation(kind, index, tmp_path))
    other = ForgedLog(keys_of("C", 40)).grow(9)
    (tmp_path / "other").mkdir()
    other.publish(tmp_path / "other")
    value = json.loads(accusation(kind, index, tmp_path))
    entry = json.loads(accusation(kind, (index + 3) % 9, tmp_path))["entries"]
    assert is_refused(canonical_json({**value, "entries": entry[:1] + value["entries"][1:]}, LIMIT))
    assert is_refused(canonical_json({**value, "entries": value["entries"][:1] + entry[:1]}, LIMIT))
    assert is_refused(canonical_json({**value, "log": str(other.keys.log.verifier)}, LIMIT))


def test_that_no_statement_key_signed_cannot_be_accused(tmp_path: Path) -> None:
    """Which keys a log had at a place only the whole log says, so that no file is believed for it."""
    value = json.loads(accusation(EntryFault.MALFORMED, 5, tmp_path))
    for keys in ([], [STRANGER.verifier.public.hex()]):
        assert is_refused(canonical_json({**value, "kind": "signature", "keys": keys}, LIMIT))


def test_colluding_witnesses_prove_nothing_by_themselves(tmp_path: Path) -> None:
    """Cosignatures of a day to come make an honest statement look late: the verdict names those who made them.

    Beside them an honest witness, whose time does not contradict the statement, ends the accusation.
    """
    liar = witness(54)
    content = accusation(EntryFault.BACKDATING, 5, tmp_path, liar, time_s=LATER_S)
    assert verify_misbehaviour(content).relies_on == (liar.verifier,)
    lines = (
        cosign(HONEST.head(5), liar, LATER_S),
        cosign(HONEST.head(5), WITNESSES[0], int(FILED_AT.timestamp())),
    )
    value = json.loads(content)
    value["checkpoints"][1] = bytes(HONEST.checkpoint(5, lines)).decode()
    value["witnesses"] = [str(liar.verifier), str(TRUSTED[0])]
    assert is_refused(canonical_json(value, LIMIT))
    value["witnesses"] = [str(TRUSTED[0])]
    assert is_refused(canonical_json(value, LIMIT))
    value = json.loads(content)
    line = cosign(HONEST.head(6), liar, LATER_S)
    value["checkpoints"][1] = bytes(HONEST.checkpoint(6, (line,))).decode()
    assert is_refused(canonical_json(value, LIMIT))


def test_heads_of_one_log_are_no_fork() -> None:
    """Heads that grow out of each other, the same head twice, and heads of two logs prove nothing."""
    tree = HONEST.checkpoint(9)
    for small in range(10):
        one = HONEST.checkpoint(small)
        assert is_refused(fork_proof(one, tree, _tree(9)))
        assert is_refused(fork_proof(one, tree))
        assert is_refused(fork_proof(one, cosigned(small, *WITNESSES)))
    other = sign_head(Head(origin=STRANGER.verifier.name, size=9, root=bytes(32)), STRANGER)
    assert is_refused(fork_proof(tree, other))
    assert is_refused(fork_proof(other, tree))


def _tree(size: int) -> Tree:
    files: dict[str, bytes] = {}
    level = b"".join(HONEST.hashes()[:size])
    files[f"tile/0/000.p/{size}"] = level
    return Tree(HONEST.head(size), files.get)


@pytest.mark.parametrize(
    ("witnesses", "after_s", "told_by_other"),
    [([], 60, False), (WITNESSES, 0, False), (WITNESSES, -60, False), (WITNESSES, 60, True)],
)
def test_a_rollback_needs_witnesses_and_an_observer(
    witnesses: list[SigningKey], after_s: int, *, told_by_other: bool
) -> None:
    """A smaller head met before the larger one was cosigned, or by nobody who signs for it, is none."""
    small, large = HONEST.checkpoint(4), cosigned(5, *witnesses)
    said = met(small, after_s)
    if told_by_other:
        said = {STRANGER.verifier: said[OBSERVER.verifier]}
    keys = [key.verifier for key in witnesses]
    assert is_refused(rollback_proof(small, large, keys, said))
    assert is_refused(rollback_proof(small, large, keys, {}))
    said = met(large)
    assert is_refused(rollback_proof(large, small, keys, said))


def test_a_witness_that_cosigned_did_not_refuse() -> None:
    """Neither under its own key nor under another one with its name is it accused of what it did."""
    head = cosigned(5, *WITNESSES)
    impostor = witness(55, TRUSTED[0].name).verifier
    for accused, others in ((TRUSTED[0], TRUSTED), (impostor, TRUSTED), (impostor, TRUSTED[1:])):
        assert is_refused(refusal_proof(head, accused, others, refused(accused.name, head)))


@pytest.mark.parametrize(
    ("count", "lasted_s", "shown"),
    [
        (REFUSALS_NEEDED, REFUSAL_PERIOD_S, True),
        (REFUSALS_NEEDED - 1, REFUSAL_PERIOD_S, False),
        (REFUSALS_NEEDED, REFUSAL_PERIOD_S - 1, False),
        (1, 0, False),
        (1000, 60, False),
    ],
)
def test_a_refusal_lasts(count: int, lasted_s: int, *, shown: bool) -> None:
    """Answers that are too few, or within too short a time, may have been an accident."""
    head, accused = cosigned(5, *WITNESSES), witness(53).verifier
    said = refused(accused.name, head, count, lasted_s)
    assert is_refused(refusal_proof(head, accused, TRUSTED, said)) is not shown


def test_a_refusal_is_of_the_head_that_others_cosigned() -> None:
    """Refusals that ended with another head of the log say nothing of this one, nor do those that nobody cosigned."""
    head, accused = cosigned(5, *WITNESSES), witness(53).verifier
    other = refused(accused.name, cosigned(6, *WITNESSES))
    assert is_refused(refusal_proof(head, accused, TRUSTED, other))
    alone = HONEST.checkpoint(5)
    assert is_refused(refusal_proof(alone, accused, TRUSTED, refused(accused.name, alone)))


@pytest.mark.parametrize(
    "statuses", [(), (200,), (409,), (429,), (503,), (404, 403), (403, 403), (403, 503)]
)
def test_only_answers_of_the_protocol_are_refusals(statuses: tuple[int, ...]) -> None:
    """Statuses of outages and limits, none at all, or those in another order, are no refusals."""
    with pytest.raises(GroundtruceError) as caught:
        Refusals(first_s=1, last_s=2, count=3, statuses=statuses)
    assert caught.value.problem is Problem.RECORD_MALFORMED


def test_a_single_answer_shows_no_refusal() -> None:
    """A file as it was written once, at the first answer without a cosignature, is told apart and proves nothing."""
    head, accused = cosigned(5, *WITNESSES), witness(53).verifier
    content = single_answer(head, accused, TRUSTED, OBSERVER, LATER_S)
    with pytest.raises(SingleAnswer) as caught:
        verify_misbehaviour(content)
    assert "may have been an outage" in caught.value.sentence


def test_a_key_with_anothers_name_is_not_taken_for_it(tmp_path: Path) -> None:
    """In the words for people, too, a verdict rests on delegations only where their own keys signed."""
    nodes = make_nodes(tmp_path / "nodes", "A", "B", at_least=2)
    mechanism = (nodes[0].path / "mechanism.yaml").read_bytes()
    impostor = witness(55, nodes[1].own.witness.name)
    content = accusation(EntryFault.BACKDATING, 5, tmp_path / "log", impostor, time_s=LATER_S)
    verified = verify_file("backdating.json", content, None, mechanism)
    assert verified.summary["relies_on"] != ["B"]
    assert not any(line.endswith(": B.") for line in verified.lines)
