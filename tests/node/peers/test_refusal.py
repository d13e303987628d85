"""When a witness is said to have refused: for answers that it meant, over a day, and never for an outage."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

import httpx2
import pytest
from starlette.testclient import TestClient
from tests.peers import answer, make_nodes, node_app, run, statements
from tests.record.forge import single_answer
from tests.record.logs import drafts

from groundtruce.federation.error import PeerError, PeerUnavailable, WitnessRefused
from groundtruce.model.problem import GroundtruceError
from groundtruce.node.authoring.recording import Authoring, record_drafts
from groundtruce.node.peers.exchange import Exchange
from groundtruce.node.peers.notification import notify_of_proofs
from groundtruce.node.peers.refusal import add_refusal
from groundtruce.record.peers.misbehaviour_check import verify_misbehaviour
from groundtruce.record.peers.misbehaviour_proof import REFUSAL_PERIOD_S, REFUSALS_NEEDED
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Draft

ADDRESS = "https://guarantor.example"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HALF_DAY = timedelta(seconds=REFUSAL_PERIOD_S / 2)
Answer = Callable[[httpx2.Request], httpx2.Response]


def status(number: int) -> Answer:
    """Return what answers every request to cosign with a status."""
    return lambda request: httpx2.Response(number, content=b"it answered, refused, 403\n")


def fail(request: httpx2.Request) -> httpx2.Response:
    """Answer nothing: the connection fails."""
    raise httpx2.ConnectError("nobody listens", request=request)


class Asking:
    """A node that asks two others for their cosignatures: the neighbour gives it, the guarantor answers as told."""

    def __init__(self, folder: Path) -> None:
        names = ("Secretariat", "Guarantor", "Neighbour")
        nodes = make_nodes(folder, *names, at_least=2, addresses={"Guarantor": ADDRESS})
        self.node, self.guarantor, self.neighbour = nodes
        self.says: Answer = status(403)
        self.shows: Path | None = self.guarantor.public
        self._client = httpx2.Client(transport=httpx2.MockTransport(self._handle))

    def record(self, at: datetime = NOON) -> None:
        """Record a statement, and let the neighbour cosign the log."""
        authoring = self.make_authoring(at)
        with self.node.append() as log:
            record_drafts(self.node, log, drafts(1), authoring)
        dealings = Exchange(self.neighbour, self._client, authoring)
        member = self.neighbour.register.of_origin(self.node.origin)
        assert [dealings.mirror(member).problem, dealings.cosign(member).problem] == [None, None]

    def ask(self, at: datetime, says: Answer | None = None) -> GroundtruceError | None:
        """Ask both at a time, as `record cosign` does, and return the guarantor's problem."""
        self.says = says or self.says
        dealings = Exchange(self.node, self._client, self.make_authoring(at))
        with self.node.append() as log:
            answers = [dealings.collect_cosignature(log, member) for member in self.node.others]
            dealings.keep_refusals(log)
        return {one.member.name: one.problem for one in answers}["Guarantor"]

    def proofs(self) -> list[Path]:
        """Return the proofs of misbehaviour that the node keeps."""
        return sorted((self.node.public / "misbehaviour").glob("*"))

    def real_answer(self, request: httpx2.Request) -> httpx2.Response:
        """Answer as the guarantor's own node does."""
        dealings = Exchange(self.guarantor, self._client, self.make_authoring(NOON))
        answered = TestClient(node_app(self.guarantor.public, dealings.answer)).post(
            "/add-checkpoint", content=request.content
        )
        headers = {"Content-Type": answered.headers["content-type"]}
        return httpx2.Response(answered.status_code, content=answered.content, headers=headers)

    @staticmethod
    def make_authoring(at: datetime) -> Authoring:
        """Return an authoring whose clock shows a time."""
        return Authoring(now=lambda: at, random=token_bytes)

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "POST":
            return self.says(request)
        path = self.shows / request.url.path.lstrip("/") if self.shows else None
        if path is None or not path.is_file():
            return httpx2.Response(404)
        return httpx2.Response(200, content=path.read_bytes())


@pytest.fixture
def asking(tmp_path: Path) -> Asking:
    """A node with one statement, which the neighbour cosigned."""
    asking = Asking(tmp_path)
    asking.record()
    return asking


def times(count: int = REFUSALS_NEEDED) -> list[datetime]:
    """Return times half a day apart."""
    return [NOON + number * HALF_DAY for number in range(count)]


@pytest.mark.parametrize(
    "says", [status(503), status(502), status(429), status(500), status(302), status(423), fail]
)
def test_an_outage_accuses_nobody(asking: Asking, says: Answer) -> None:
    """However long a gateway, a limit of requests or a dead address answers for a witness, nothing is shown."""
    for at in times(10):
        assert isinstance(asking.ask(at, says), PeerUnavailable)
    assert asking.proofs() == []


def test_a_witness_that_could_not_audit_yet_is_not_accused(asking: Asking) -> None:
    """Our own `record.unaudited` is an answer for now: bodies that it cannot fetch are the asker's to serve."""
    body = asking.node.public / "body" / "000"

    def withheld(request: httpx2.Request) -> httpx2.Response:
        content = body.read_bytes()
        body.unlink()
        try:
            return asking.real_answer(request)
        finally:
            body.write_bytes(content)

    for at in times(10):
        assert isinstance(asking.ask(at, withheld), PeerUnavailable)
    assert asking.proofs() == []
    assert asking.ask(times(11)[-1], asking.real_answer) is None


@pytest.mark.parametrize("number", [400, 403, 404, 422])
def test_one_considered_refusal_shows_nothing(asking: Asking, number: int) -> None:
    """Nor do many in a minute."""
    for second in range(10):
        problem = asking.ask(NOON + timedelta(seconds=second), status(number))
        assert isinstance(problem, WitnessRefused)
    assert asking.proofs() == []


@pytest.mark.parametrize("number", [400, 403, 404, 422])
def test_refusals_that_last_are_proven(asking: Asking, number: int) -> None:
    """Over a day, the file says how often and from when to when, and `record verify` names everybody."""
    for at in times():
        assert asking.proofs() == []
        asking.ask(at, status(number))
    (path,) = asking.proofs()
    told = answer("record", "verify", path, "--node", asking.node.path)
    assert (told["kind"], told["accused"]) == ("refusal", "Guarantor")
    assert told["relies_on"] == ["Neighbour", "Secretariat"]
    for part in (
        f"Asked {REFUSALS_NEEDED} times from 2026-03-01T12:00:00Z to 2026-03-02T12:00:00Z",
        f"HTTP status {number}",
        "others who cosigned that head: 1",
    ):
        assert part in told["sentence"]


def test_a_log_that_grows_meanwhile_is_refused_all_the_same(asking: Asking) -> None:
    """Each refusal is of another head; the last one, which others cosigned, is in the file."""
    for at in times():
        asking.record(at)
        asking.ask(at)
    (path,) = asking.proofs()
    size = asking.node.read(asking.node.own).checkpoint.head.size
    assert f"a head of {size} statements" in verify_misbehaviour(path.read_bytes()).sentence


def test_refusals_need_another_witness(tmp_path: Path) -> None:
    """As long as nobody cosigned the head, it may be the head that is wrong."""
    asking = Asking(tmp_path)
    with asking.node.append() as log:
        record_drafts(asking.node, log, drafts(1), asking.make_authoring(NOON))
    for at in times(6):
        asking.ask(at)
    assert asking.proofs() == []


def test_a_stranger_at_the_address_refuses_for_nobody(asking: Asking) -> None:
    """Where the peer's own log is not served, it was not the peer who answered."""
    for shown in (None, asking.neighbour.public):
        asking.shows = shown
        for at in times(6):
            asking.ask(at, status(404))
    assert asking.proofs() == []


def test_a_cosignature_ends_the_count(asking: Asking) -> None:
    """Refusals before and after it are not added up; a new series that lasts is another proof."""
    first, second, third = times()
    asking.ask(first)
    asking.ask(second)
    assert asking.ask(second, asking.real_answer) is None
    asking.record(third)
    for at in (third, third + HALF_DAY):
        asking.ask(at, status(403))
    assert asking.proofs() == []
    asking.ask(third + 2 * HALF_DAY)
    assert len(asking.proofs()) == 1


def test_an_outage_between_refusals_changes_nothing(asking: Asking) -> None:
    """It neither counts nor starts the count again."""
    first, second, third = times()
    asking.ask(first, status(403))
    asking.ask(second, status(503))
    asking.ask(third, status(403))
    assert asking.proofs() == []
    asking.ask(third + HALF_DAY, status(404))
    (path,) = asking.proofs()
    sentence = verify_misbehaviour(path.read_bytes()).sentence
    assert "Asked 3 times" in sentence
    assert "403, 404" in sentence


@pytest.mark.parametrize("content", [b"", b"{}", b"no count at all", None])
def test_a_damaged_count_accuses_nobody(asking: Asking, content: bytes | None) -> None:
    """What is lost is counted anew."""
    first, second, third = times()
    asking.ask(first)
    asking.ask(second)
    (path,) = (asking.node.path / "private" / "refusal").iterdir()
    path.write_bytes(path.read_bytes()[:-9] if content is None else content)
    asking.ask(third)
    assert asking.proofs() == []
    asking.ask(third + HALF_DAY)
    asking.ask(third + 2 * HALF_DAY)
    assert len(asking.proofs()) == 1


def test_refusals_too_close_or_by_a_clock_that_went_back_are_one() -> None:
    """Only what comes an hour after the last one counts."""
    one = add_refusal(None, 403, 100_000)
    assert add_refusal(one, 404, 100_000 + 3_599) is one
    assert add_refusal(one, 404, 1) is one
    two = add_refusal(one, 404, 100_000 + 3_600)
    assert (two.first_s, two.last_s, two.count) == (100_000, 103_600, 2)
    assert two.statuses == (403, 404)


def _wrongly_accused(asking: Asking) -> tuple[Path, str]:
    """Put a file about one answer where the proofs are, with the notification that told of it; return both."""
    node = asking.node
    asking.ask(NOON, status(503))
    checkpoint = node.read(node.own).checkpoint
    accused = node.register.of_name("Guarantor").witness
    witnesses = node.register.of_name("Neighbour").witness_keys
    content = single_answer(checkpoint, accused, witnesses, node.keys.log, int(NOON.timestamp()))
    path = node.public / "misbehaviour" / "refusal-0123456789abcdef.json"
    node.disk.write(path, content)
    return path, _tell(asking, path)


def _tell(asking: Asking, path: Path) -> str:
    digest = sha256(path.read_bytes()).hexdigest()
    files: list[dict[str, str]] = [{"name": f"misbehaviour/{path.name}", "sha256": digest}]
    draft = Draft(StatementKind.NOTIFICATION, {"subject": "misbehaviour: refusal", "files": files})
    with asking.node.append() as log:
        record_drafts(asking.node, log, [draft], asking.make_authoring(NOON))
    return statements(asking.node)[-1].identifier.hex()


def test_a_wrong_accusation_is_taken_back_once(asking: Asking) -> None:
    """The file stays, and is said to show nothing; a retraction in the same log names the notification of it."""
    path, notification = _wrongly_accused(asking)
    told = run("record", "verify", path, "--node", asking.node.path)
    assert told.exit_code == 2
    assert "may have been an outage" in told.output
    for expected in (1, 0):
        with asking.node.append() as log:
            assert notify_of_proofs(asking.node, log, asking.make_authoring(NOON)) == expected
    retraction = statements(asking.node)[-1]
    assert retraction.kind is StatementKind.RETRACTION
    assert retraction.content["retracts"] == notification
    assert "may have been an outage" in str(retraction.content["reason"])
    assert path.exists()
    assert answer("record", "fsck", asking.node.path)["findings"] == []


def test_a_wrong_accusation_hides_no_right_one(asking: Asking) -> None:
    """Where a file of one answer lies, refusals that last still get a file of their own, and a notification."""
    _wrongly_accused(asking)
    asking.record()
    for at in times():
        asking.ask(at, status(403))
    assert len(asking.proofs()) == 2
    with asking.node.append() as log:
        assert notify_of_proofs(asking.node, log, asking.make_authoring(times()[-1])) == 2
    kinds = [statement.kind for statement in statements(asking.node)[-2:]]
    assert kinds == [StatementKind.NOTIFICATION, StatementKind.RETRACTION]


def test_a_proof_that_holds_is_not_taken_back(asking: Asking) -> None:
    """It is told of once, and stays."""
    for at in times():
        asking.ask(at, status(403))
    for expected in (1, 0, 0):
        with asking.node.append() as log:
            assert (
                notify_of_proofs(asking.node, log, asking.make_authoring(times()[-1])) == expected
            )
    assert statements(asking.node)[-1].kind is StatementKind.NOTIFICATION


def test_a_peer_without_a_cosignature_yet_is_an_error_of_no_refusal(asking: Asking) -> None:
    """A folder that holds an older copy is late, not unwilling."""
    with asking.node.append() as log:
        record_drafts(asking.node, log, drafts(1), asking.make_authoring(NOON))
        dealings = Exchange(asking.node, httpx2.Client(), asking.make_authoring(NOON))
        problem = dealings.collect_cosignature(
            log, asking.node.register.of_name("Neighbour")
        ).problem
    assert type(problem) is PeerError
