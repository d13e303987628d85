"""The witness answers as `c2sp.org/tlog-witness` says, and one key never cosigns two views."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Barrier

import httpx2
import pytest
from starlette.testclient import TestClient
from tests.effort import LONGEST_WAIT_S
from tests.peers import node_app, served
from tests.record.forge import ForgedLog, keys_of
from tests.record.logs import KEYS, LOG

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.log.ledger import Ledger, LedgerRole
from groundtruce.record.peers.witness import BODY_LIMIT, AddCheckpoint, Witness
from groundtruce.record.tlog.checkpoint import Checkpoint, Head, sign_head
from groundtruce.record.tlog.cosignature import cosign, cosigners
from groundtruce.record.tlog.key import KeyType, SigningKey
from groundtruce.record.tlog.note import Note, SignatureLine

NOW = 1_457_100_000
COSIGNING = [
    SigningKey.from_seed("witness.example", KeyType.COSIGNATURE, b"\x03" * 32),
    SigningKey.from_seed("witness.example", KeyType.MLDSA_COSIGNATURE, b"\x04" * 32),
]
ASKED = [key.verifier for key in COSIGNING]
STRANGER = SigningKey.from_seed("stranger.example", KeyType.COSIGNATURE, b"\x05" * 32)

TRUE = ForgedLog().grow(12)
EARLY = TRUE.copy(4, nonce=1).grow(12)
"""Another view, which parts from the true one before the five statements that the witness has cosigned."""
LATE = TRUE.copy(5, nonce=2).grow(12)
"""Another view, which parts from the true one after them."""


@dataclass
class Peer:
    """A witness of one log behind its web application; `held` is what its ledger said whenever a key signed."""

    path: Path
    audited: Callable[[Checkpoint], None] = lambda checkpoint: None
    time_s: int = NOW
    held: list[Head | None] = field(default_factory=list)
    fails: bool = False

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.path / "heads.sqlite")
        keys = [replace(key, _private=_Watched(self, key)) for key in COSIGNING]
        self.witness = Witness(keys, {LOG.name: LOG}, self.ledger, self._audited)
        self.app = node_app(self.path, lambda one: self.witness.add_checkpoint(one, self.time_s))

    def _audited(self, checkpoint: Checkpoint) -> None:
        self.audited(checkpoint)

    @property
    def head(self) -> Head | None:
        """What the witness stands by."""
        return self.ledger.head(LedgerRole.WITNESS, LOG.name)

    def post(self, content: bytes) -> httpx2.Response:
        """Ask it."""
        return TestClient(self.app).post("/add-checkpoint", content=content)


@dataclass
class _Watched:
    peer: Peer
    key: SigningKey

    def sign(self, data: bytes, /) -> bytes:
        self.peer.held.append(self.peer.head)
        if self.peer.fails:
            raise KeyboardInterrupt
        return self.key.sign(data)


@pytest.fixture
def peer(tmp_path: Path) -> Peer:
    """A witness that has cosigned five statements."""
    made = Peer(tmp_path)
    assert made.post(asked(0, 5)).status_code == 200
    made.held.clear()
    return made


def asked(
    old: int,
    size: int,
    view: ForgedLog = TRUE,
    proof: tuple[bytes, ...] | None = None,
    note: bytes | None = None,
) -> bytes:
    """Return a request, with another proof or another note if they are given."""
    found = view.proof(old, size) if proof is None and old <= size else proof or ()
    return bytes(
        AddCheckpoint(old=old, proof=found, note=note or bytes(view.checkpoint(size).note))
    )


def signed(head: Head, key: SigningKey = KEYS.log) -> bytes:
    """Return a note over any head."""
    return bytes(sign_head(head, key))


def lines_of(*lines: SignatureLine, text: bytes = bytes(TRUE.head(8))) -> bytes:
    """Return a note with these lines."""
    return bytes(Note(text=text, lines=lines))


OWN = TRUE.checkpoint(8).note.lines[0]
WRONG = replace(OWN, signature=bytes(64))
OTHER = keys_of("C", 40)
ABROAD = ForgedLog(OTHER).grow(8)
NOTHING = Head(origin=LOG.name, size=0, root=bytes(32))
PROOF = TRUE.proof(5, 8)
FIVE = "5\n"

TABLE: dict[str, tuple[bytes, int, str | None]] = {
    # 1: not parsable
    "empty": (b"", 400, None),
    "no note": (b"old 5\n", 400, None),
    "no old size": (bytes(TRUE.checkpoint(8)), 400, None),
    "old size 05": (asked(5, 8).replace(b"old 5", b"old 05"), 400, None),
    "old size -1": (asked(5, 8).replace(b"old 5", b"old -1"), 400, None),
    "old size 2^63": (asked(5, 8).replace(b"old 5", b"old 9223372036854775808"), 400, None),
    "hash of 31 bytes": (asked(5, 8, proof=(bytes(31),)), 400, None),
    "64 hashes": (asked(5, 8, proof=(bytes(32),) * 64), 400, None),
    "carriage returns": (asked(5, 8).replace(b"\n", b"\r\n"), 400, None),
    "no UTF-8": (asked(5, 8).replace(b"sigsum", b"\xff"), 400, None),
    "17 signatures": (asked(5, 8).rstrip(b"\n") + b"\n\xe2\x80\x94 x AAAAAAAA" * 16 + b"\n", 400, None),
    "own line twice": (asked(5, 8, note=lines_of(WRONG, OWN)), 400, None),
    "size 08": (asked(5, 8).replace(b"\n8\n", b"\n08\n"), 400, None),
    "longer than a request may be": (b"old 0\n" + b"x" * BODY_LIMIT, 413, None),
    # 2: the log is not known, whoever signed
    "unknown origin": (asked(0, 8, ABROAD), 404, None),
    "unknown origin, unsigned": (asked(0, 8).replace(b"sigsum.org", b"example.org"), 404, None),
    # 3: the signature
    "signature of another text": (asked(5, 8, note=lines_of(OWN, text=bytes(LATE.head(8)))), 403, None),
    "wrong signature": (asked(5, 8, note=lines_of(WRONG)), 403, None),
    "signed by another log": (asked(5, 8, note=lines_of(ABROAD.checkpoint(8).note.lines[0])), 403, None),
    "cosigned only": (asked(5, 8, note=lines_of(cosign(TRUE.head(8), STRANGER, NOW))), 403, None),
    "unsigned, old size too large": (asked(9, 8, note=lines_of(WRONG)), 403, None),
    "unsigned, stale": (asked(3, 8, note=lines_of(WRONG)), 403, None),
    "unsigned, nothing with a root": (
        asked(0, 8, note=lines_of(WRONG, text=bytes(NOTHING))), 403, None
    ),
    # 4: the old size
    "old size too large": (asked(9, 8), 400, None),
    # 5: not what the witness cosigned last
    "never asked before, it says": (asked(0, 8), 409, FIVE),
    "stale": (asked(3, 8), 409, FIVE),
    "stale, with a wrong proof": (asked(3, 8, proof=PROOF), 409, FIVE),
    "ahead": (asked(7, 8), 409, FIVE),
    "rolled back": (asked(3, 3), 409, FIVE),
    "rolled back to nothing": (asked(0, 0), 409, FIVE),
    # 7, 8: the proof
    "no proof": (asked(5, 8, proof=()), 422, None),
    "proof too short": (asked(5, 8, proof=PROOF[:-1]), 422, None),
    "proof too long": (asked(5, 8, proof=(*PROOF, bytes(32))), 422, None),
    "hashes exchanged": (asked(5, 8, proof=PROOF[::-1]), 422, None),
    "fork": (asked(5, 8, EARLY), 422, None),
    "fork, with the proof of the other view": (asked(5, 8, EARLY, PROOF), 422, None),
    "same size, other root": (asked(5, 5, EARLY), 422, None),
    "same size, with a proof": (asked(5, 5, proof=PROOF), 422, None),
    # 9: all good
    "growth": (asked(5, 8), 200, None),
    "growth by one": (asked(5, 6), 200, None),
    "same size again": (asked(5, 5), 200, None),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE)
def test_each_request_has_its_status(peer: Peer, case: str) -> None:
    """The table of the protocol, in its order; a refused request changes nothing, and nothing is signed for it."""
    content, status, body = TABLE[case]
    answer = peer.post(content)
    assert (answer.status_code, answer.headers["content-type"] == "text/x.tlog.size") == (
        status,
        body is not None,
    )
    if body is not None:
        assert answer.text == body
    if status != 200:
        assert (peer.held, peer.head) == ([], TRUE.head(5))


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (asked(0, 5), 200),
        (asked(0, 0), 200),
        (asked(0, 5, proof=PROOF), 422),
        (asked(0, 8, note=signed(NOTHING)), 422),
        (asked(3, 5), 409),
    ],
)
def test_the_first_request_has_its_status(tmp_path: Path, content: bytes, status: int) -> None:
    """A log is new to the witness: growth from nothing needs no proof, and gets none."""
    fresh = Peer(tmp_path)
    answer = fresh.post(content)
    assert answer.status_code == status
    assert status != 409 or answer.text == "0\n"
    assert (fresh.head is None) == (status != 200)


def test_the_ledger_moves_before_anything_is_signed(peer: Peer) -> None:
    """What is answered are lines of all keys that verify; and every key found the new head in the ledger."""
    answer = peer.post(asked(5, 8))
    lines = [SignatureLine.parse(line) for line in answer.content.removesuffix(b"\n").split(b"\n")]
    found = cosigners(TRUE.checkpoint(8, tuple(lines)), ASKED)
    assert [(one.key, one.time_s) for one in found] == [(key, NOW) for key in ASKED]
    assert peer.held == [TRUE.head(8)] * len(COSIGNING)


def test_a_witness_that_dies_before_it_signs_stands_by_the_head(peer: Peer) -> None:
    """Who asks again is told the new size and gets the signature then; the other view gets none."""
    peer.fails = True
    with pytest.raises(KeyboardInterrupt):
        peer.witness.add_checkpoint(AddCheckpoint.parse(asked(5, 8)), NOW)
    peer.fails = False
    assert (peer.post(asked(5, 8)).status_code, peer.post(asked(5, 8)).text) == (409, "8\n")
    assert peer.post(asked(5, 8, LATE)).text == "8\n"
    assert peer.post(asked(8, 8, LATE)).status_code == 422
    assert peer.post(asked(8, 8)).status_code == 200


def test_a_ledger_that_cannot_be_written_lets_nothing_be_signed(peer: Peer) -> None:
    """A full or broken disk is told as one."""
    (peer.path / "heads.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(GroundtruceError) as caught:
        peer.witness.add_checkpoint(AddCheckpoint.parse(asked(5, 8)), NOW)
    assert (caught.value.problem, peer.held) == (Problem.RECORD_DISK, [])


def test_a_clock_that_went_back_signs_nothing(peer: Peer) -> None:
    """A second before the last cosignature is refused for now; the same second is not."""
    peer.time_s = NOW - 1
    assert peer.post(asked(5, 8)).status_code == 503
    assert (peer.held, peer.head) == ([], TRUE.head(5))
    peer.time_s = NOW
    assert peer.post(asked(5, 8)).status_code == 200


def test_a_request_that_comes_twice_is_cosigned_once(peer: Peer) -> None:
    """The second time the old size is not the last one any more, as the answer says."""
    assert [peer.post(asked(5, 8)).status_code for _ in range(2)] == [200, 409]
    assert [peer.post(asked(8, 8)).status_code for _ in range(2)] == [200, 200]
    assert peer.head == TRUE.head(8)


@pytest.mark.parametrize(
    "other", [asked(5, 8, LATE), asked(5, 9), asked(5, 9, LATE), asked(5, 8)]
)  # fmt: skip
def test_one_of_two_requests_at_the_same_time_is_cosigned(peer: Peer, other: bytes) -> None:
    """Both pass every check before the ledger moves for either: one is signed, the other told the new size."""
    barrier = Barrier(2, timeout=LONGEST_WAIT_S)

    def audited(checkpoint: Checkpoint) -> None:
        barrier.wait()

    peer.audited = audited
    with served(peer.app) as address, ThreadPoolExecutor(2) as pool:
        url = f"{address}/add-checkpoint"
        answers = list(
            pool.map(
                lambda body: httpx2.post(
                    url, content=body, timeout=LONGEST_WAIT_S, trust_env=False
                ),
                (asked(5, 8), other),
            )
        )
    lost, won = sorted(answers, key=lambda answer: answer.status_code == 200)
    assert (won.status_code, lost.status_code) == (200, 409)
    assert peer.head is not None
    assert (lost.text, lost.headers["content-type"]) == (f"{peer.head.size}\n", "text/x.tlog.size")
    assert peer.held == [peer.head] * len(COSIGNING)
