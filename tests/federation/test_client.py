"""Asking a witness: only its own verified lines are taken, and no answer makes the client go on for ever."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient
from tests.peers import make_authoring, make_nodes, node_app, served
from tests.record.forge import ForgedLog, keys_of
from tests.record.logs import LOG, STATEMENT, QuietDisk, drafts

from groundtruce.federation.address import fetch_from
from groundtruce.federation.client import ask_over_http, ask_witness
from groundtruce.federation.error import PeerUnavailable, WitnessRefused
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.authoring.recording import record_drafts
from groundtruce.node.peers.exchange import Exchange
from groundtruce.record.log.ledger import Ledger, LedgerRole
from groundtruce.record.log.read import ReadLog, fetch_from_folder
from groundtruce.record.peers.mirror import MirrorLog
from groundtruce.record.peers.witness import AddCheckpoint, Witness, WitnessConflict
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.tlog.checkpoint import Checkpoint
from groundtruce.record.tlog.cosignature import cosign
from groundtruce.record.tlog.key import KeyType, SigningKey
from groundtruce.record.tlog.leaf import checksum_of, statement_id
from groundtruce.record.tlog.note import SignatureLine

NOW = 1_457_100_000
COSIGNING = [
    SigningKey.from_seed("witness.example", KeyType.COSIGNATURE, b"\x03" * 32),
    SigningKey.from_seed("witness.example", KeyType.MLDSA_COSIGNATURE, b"\x04" * 32),
]
ASKED = [key.verifier for key in COSIGNING]
STRANGER = SigningKey.from_seed("stranger.example", KeyType.COSIGNATURE, b"\x05" * 32)
SIZE = "text/x.tlog.size"

VIEW = ForgedLog().grow(8)
HEAD = VIEW.head()
OWN, QUANTUM = (cosign(HEAD, key, NOW) for key in COSIGNING)
FOREIGN = cosign(HEAD, STRANGER, NOW)
LATER = cosign(HEAD, COSIGNING[0], NOW + 1)
ELSEWHERE = cosign(VIEW.head(7), COSIGNING[0], NOW)
FORGED = replace(FOREIGN, name=OWN.name, key_id=OWN.key_id)


class Answers:
    """A witness that answers each request with the next of these, and in the end always with the last."""

    def __init__(self, tmp_path: Path, *answers: tuple[int, bytes, str]) -> None:
        self.asked: list[AddCheckpoint] = []
        self._log, self._answers = ReadLog(LOG, fetch_from_folder(tmp_path)), answers
        self._client = httpx2.Client(transport=httpx2.MockTransport(self._handle))

    def ask(self) -> list[SignatureLine]:
        """Ask it as a node does."""
        ask = ask_over_http("http://witness.example/", self._client)
        return ask_witness(self._log.checkpoint, self._log.tree, ask, ASKED)

    def refused(self) -> Problem:
        """Ask it, and return the problem."""
        with pytest.raises(GroundtruceError) as caught:
            self.ask()
        return caught.value.problem

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(AddCheckpoint.parse(request.content))
        number = min(len(self.asked), len(self._answers)) - 1
        status, content, kind = self._answers[number]
        return httpx2.Response(status, content=content, headers={"Content-Type": kind})


@pytest.fixture
def answers(tmp_path: Path) -> Callable[..., Answers]:
    """Return a maker of witnesses, asked for a log of eight statements."""
    VIEW.publish(tmp_path)
    return lambda *given: Answers(tmp_path, *given)


def lines(*given: SignatureLine) -> tuple[int, bytes, str]:
    """Return the answer that consists of these lines."""
    return 200, b"".join(map(bytes, given)), "text/plain"


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ((OWN, QUANTUM), [OWN, QUANTUM]),
        ((OWN,), [OWN]),
        ((FOREIGN, OWN), [OWN]),
        ((FOREIGN,), []),
        ((OWN, OWN), [OWN]),
        ((OWN, LATER), [OWN]),
        ((VIEW.checkpoint().note.lines[0], QUANTUM), [QUANTUM]),
    ],
)
def test_only_lines_of_the_asked_witness_are_taken(
    answers: Callable[..., Answers], given: tuple[SignatureLine, ...], taken: list[SignatureLine]
) -> None:
    """Extra, foreign and repeated lines are dropped, valid or not."""
    assert answers(lines(*given)).ask() == taken


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (lines(FORGED), Problem.RECORD_SIGNATURE),
        (lines(FORGED, OWN), Problem.RECORD_SIGNATURE),
        (lines(OWN, replace(QUANTUM, signature=OWN.signature)), Problem.RECORD_SIGNATURE),
        (lines(ELSEWHERE), Problem.RECORD_SIGNATURE),
        (lines(replace(OWN, signature=bytes(8) + OWN.signature[8:])), Problem.RECORD_SIGNATURE),
        ((200, b"", "text/plain"), Problem.RECORD_MALFORMED),
        ((200, bytes(OWN) + b"\n", "text/plain"), Problem.RECORD_MALFORMED),
        ((200, bytes(OWN) * 1000, "text/plain"), Problem.RECORD_PEER),
        ((302, bytes(OWN), "text/plain"), Problem.RECORD_PEER),
        ((500, bytes(OWN), "text/plain"), Problem.RECORD_PEER),
    ],
)
def test_a_forged_answer_is_refused(
    answers: Callable[..., Answers], answer: tuple[int, bytes, str], problem: Problem
) -> None:
    """A line in the witness's name that does not verify condemns the answer."""
    assert answers(answer).refused() is problem


@pytest.mark.parametrize(
    ("given", "problem", "asked"),
    [
        ([(409, b"", "text/plain")], Problem.RECORD_PEER, [0]),
        ([(409, b"5\n", "text/plain")], Problem.RECORD_PEER, [0]),
        ([(409, b"", SIZE)], Problem.RECORD_MALFORMED, [0]),
        ([(409, b"five\n", SIZE)], Problem.RECORD_MALFORMED, [0]),
        ([(409, b"5\n", SIZE)], Problem.RECORD_CONFLICT, [0, 5]),
        ([(409, b"5\n", SIZE), (409, b"", SIZE)], Problem.RECORD_MALFORMED, [0, 5]),
        ([(409, b"5\n", SIZE), (409, b"6\n", SIZE)], Problem.RECORD_CONFLICT, [0, 5]),
        ([(409, b"5\n", SIZE), (422, b"", "text/plain")], Problem.RECORD_PEER, [0, 5]),
        ([(409, b"9\n", SIZE)], Problem.RECORD_ROLLBACK, [0]),
    ],
)
def test_a_conflict_is_answered_once(
    answers: Callable[..., Answers],
    given: list[tuple[int, bytes, str]],
    problem: Problem,
    asked: list[int],
) -> None:
    """A 409 without a size is a refusal, which may hide a fork; one with a size is corrected once, and no more."""
    witness = answers(*given)
    assert (witness.refused(), [one.old for one in witness.asked]) == (problem, asked)


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_a_refusal_is_told_apart_by_its_status(
    answers: Callable[..., Answers], status: int
) -> None:
    """The answers by which c2sp.org/tlog-witness refuses a request come as a kind that carries the status."""
    with pytest.raises(WitnessRefused) as caught:
        answers((status, b"No.\n", "text/plain")).ask()
    assert caught.value.status == status


@pytest.mark.parametrize(
    "answer",
    [
        *((status, b"it answered, 403\n", "text/plain") for status in (302, 401, 405, 408, 425)),
        *((status, b"refused\n", SIZE) for status in (423, 429, 500, 502, 503, 504)),
        (409, b"5\n", "text/plain"),
        (200, bytes(OWN) * 1000, "text/plain"),
    ],
)
def test_an_outage_is_no_refusal(
    answers: Callable[..., Answers], answer: tuple[int, bytes, str]
) -> None:
    """Gateways, limits of requests and answers of another protocol say nothing of the witness."""
    with pytest.raises(PeerUnavailable):
        answers(answer).ask()


def test_a_peer_that_cannot_be_reached_is_unavailable(tmp_path: Path) -> None:
    """A connection that fails is the same kind, for a request to cosign and for a file."""

    def fail(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("nobody listens", request=request)

    client = httpx2.Client(transport=httpx2.MockTransport(fail))
    VIEW.publish(tmp_path)
    log = ReadLog(LOG, fetch_from_folder(tmp_path))
    with pytest.raises(PeerUnavailable):
        ask_witness(
            log.checkpoint, log.tree, ask_over_http("http://witness.example", client), ASKED
        )
    with pytest.raises(PeerUnavailable):
        fetch_from("http://witness.example", client)("checkpoint")


def test_a_second_conflict_carries_the_size(answers: Callable[..., Answers]) -> None:
    """As a number, which nobody has to read out of a sentence."""
    with pytest.raises(WitnessConflict) as caught:
        answers((409, b"5\n", SIZE), (409, b"6\n", SIZE)).ask()
    assert caught.value.size == 6


def test_growth_is_proven_from_the_size_that_the_witness_has(
    answers: Callable[..., Answers],
) -> None:
    """The second request has the proof from there, and its lines are taken."""
    witness = answers((409, b"5\n", SIZE), lines(OWN))
    assert witness.ask() == [OWN]
    assert [one.proof for one in witness.asked] == [(), VIEW.proof(5, 8)]


@pytest.mark.parametrize(
    "body",
    [
        ForgedLog(keys_of("C", 40)).grow(3).entries[2][1],
        ForgedLog().grow(3).entries[2][1],
        ForgedLog(nonce=1).grow(9).entries[8][1],
    ],
)
def test_a_replayed_statement_is_not_cosigned(tmp_path: Path, body: bytes) -> None:
    """A genuine statement of another log, place or view is met in the audit; the log is not asked to prove again."""
    log = ForgedLog().grow(5)
    copy = MirrorLog(tmp_path / "copy", LOG, [STATEMENT], QuietDisk())

    def audited(checkpoint: Checkpoint) -> None:
        copy.follow(checkpoint, fetch_from_folder(tmp_path / "log"), [], ForgedLog.time_of(20))

    ledger = Ledger(tmp_path / "heads.sqlite")
    witness = Witness(COSIGNING, {LOG.name: LOG}, ledger, audited)
    app = node_app(tmp_path, lambda request: witness.add_checkpoint(request, NOW))

    def asked(address: str, client: httpx2.Client) -> list[SignatureLine]:
        log.publish(tmp_path / "log")
        found = ReadLog(LOG, fetch_from_folder(tmp_path / "log"))
        return ask_witness(found.checkpoint, found.tree, ask_over_http(address, client), ASKED)

    with served(app) as address, httpx2.Client(trust_env=False) as client:
        assert len(asked(address, client)) == len(ASKED)
        log.put(body)
        with pytest.raises(GroundtruceError, match="it answered 409") as caught:
            asked(address, client)
    assert caught.value.problem is Problem.RECORD_PEER
    assert ledger.head(LedgerRole.WITNESS, LOG.name) == copy.head == log.head(5)


def test_what_cannot_be_audited_is_refused_for_now(tmp_path: Path) -> None:
    """A node whose peer withholds bodies, or whose own copy is damaged, answers 503, and cosigns afterwards."""
    first, second = make_nodes(tmp_path, "A", "B", at_least=2)
    with first.append() as log:
        record_drafts(first, log, drafts(3), make_authoring())
        note = log.publish().alone
    withheld = first.public / "body/000"
    content = withheld.read_bytes()
    withheld.unlink()
    request = bytes(AddCheckpoint(old=0, proof=(), note=note))
    with httpx2.Client() as client:
        asked = TestClient(
            node_app(second.public, Exchange(second, client, make_authoring()).answer)
        )
        assert asked.post("/add-checkpoint", content=request).status_code == 503
        assert second.ledger.heads(LedgerRole.WITNESS) == []
        withheld.write_bytes(content)
        copy = second.mirror_path(second.register.of_origin(first.origin)) / "checkpoint"
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(b"damaged")
        assert asked.post("/add-checkpoint", content=request).status_code == 503
        copy.unlink()
        assert asked.post("/add-checkpoint", content=request).status_code == 200


def test_ids_do_not_give_small_statements_away() -> None:
    """Who guesses everything that a statement says still can't find it by its checksum: the nonce is unknown."""
    log = ForgedLog(nonce=7).grow(1)
    log.put(log.draft(StatementKind.REPLY, {"to": "ab" * 32, "text": "yes"}))
    for nonce in range(100):
        guess = log.copy(1, nonce)
        bodies = [
            guess.draft(StatementKind.REPLY, {"to": "ab" * 32, "text": one})
            for one in ("yes", "no")
        ]
        checksums = [checksum_of(statement_id(body)) for body in bodies]
        assert (log.entries[1][0].checksum in checksums) is (nonce == 7)
