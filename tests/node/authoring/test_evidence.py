"""Evidence from sealing to erasure, and anchors, on real nodes."""

import json
import subprocess
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path

import httpx2
import polars as pl
import pytest
import yaml

from groundtruce.agreement.mechanism import DelegationRole
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.anchor import ask_for_anchor, keep_anchor
from groundtruce.node.authoring.erasure import erase
from groundtruce.node.authoring.evidence import open_evidence, record_evidence
from groundtruce.node.authoring.recording import Authoring, RecordingOptions, record_reports
from groundtruce.node.checking.check import check_node
from groundtruce.node.checking.proof import find_statement
from groundtruce.node.key import make_card
from groundtruce.node.node import Node, make_node, open_node
from groundtruce.node.peers.exchange import Exchange
from groundtruce.node.replay import current_state, grade_logs
from groundtruce.record.evidence.erasure import Erasure, approve, draft_tombstone
from groundtruce.record.log.durable import Disk
from groundtruce.record.peers.grade import Grade
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import parse_statement

NAMES = ("north", "south", "east")


def deterministic(seed: int) -> Authoring:
    numbers = count(seed * 1_000_000)
    return Authoring(
        now=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC),
        random=lambda size: sha256(str(next(numbers)).encode()).digest()[:size],
    )


@pytest.fixture
def nodes(tmp_path: Path) -> list[Node]:
    """Three nodes that reach each other as folders, with a quorum of two."""
    alone = [
        make_node(tmp_path / name, name, DelegationRole.MONITOR, Disk(), deterministic(at).random)
        for at, name in enumerate(NAMES)
    ]
    cards = [
        make_card(
            node.keys, node.delegation, DelegationRole.MONITOR, f"../{node.delegation}/public"
        )
        for node in alone
    ]
    document = yaml.safe_dump(
        {
            "mechanism": "test",
            "version": "1",
            "delegations": [one.model_dump(mode="json", exclude_none=True) for one in cards],
            "quorum": {"at_least": 2, "of": list(NAMES)},
        }
    ).encode()
    for node in alone:
        (node.path / "mechanism.yaml").write_bytes(document)
    return [open_node(node.path, Disk()) for node in alone]


def exchanged(nodes: list[Node]) -> None:
    """Let everybody copy, cosign and collect, twice, so that all see all cosignatures."""
    with httpx2.Client() as client:
        for _ in range(2):
            for node in nodes:
                for member in node.others:
                    Exchange(node, client, deterministic(7)).mirror(member)
                    Exchange(node, client, deterministic(7)).cosign(member)
            for node in nodes:
                with node.append() as log:
                    for member in node.others:
                        Exchange(node, client, deterministic(7)).collect_cosignature(log, member)


def findings(node: Node) -> list[str]:
    return [one.sentence for one in check_node(node, lambda step: None)[1]]


def test_evidence_is_sealed_committed_and_opened_by_its_node_only(
    nodes: list[Node], tmp_path: Path
) -> None:
    """The content appears nowhere in what is served; its node opens it, another holds it and cannot."""
    first, second, _ = nodes
    content = b"the face of a witness " * 5000
    (tmp_path / "film.mp4").write_bytes(content)
    with first.append() as log:
        receipt, sealed = record_evidence(
            first, log, tmp_path / "film.mp4", "video/mp4", None, deterministic(1)
        )
    exchanged(nodes)

    statement = find_statement(first, receipt.identifier.hex())
    with (tmp_path / "opened").open("wb") as sink:
        open_evidence(first, statement, sink)
    assert (tmp_path / "opened").read_bytes() == content
    assert second.objects.has(sealed.object_id)
    with pytest.raises(GroundtruceError) as refused, (tmp_path / "no").open("wb") as sink:
        open_evidence(second, statement, sink)
    assert refused.value.problem is Problem.EVIDENCE_WITHHELD
    assert sha256(content).hexdigest().encode() not in statement.body
    served = [path.read_bytes() for path in first.public.rglob("*") if path.is_file()]
    assert not any(b"face of a witness" in one for one in served)


def test_erasure_needs_approval_destroys_and_keeps_every_proof(
    nodes: list[Node], tmp_path: Path
) -> None:
    """Without a quorum nothing happens; with one, key, salt, disclosure and body go, and fsck is clean everywhere."""
    first, second, third = nodes
    (tmp_path / "film.mp4").write_bytes(b"x" * 9000)
    rows = pl.DataFrame(
        {"report_id": ["R1", "R2"], "source": ["observer 7", "b"], "kind": ["fire", "fire"]}
    )
    with first.append() as log:
        receipt, sealed = record_evidence(
            first, log, tmp_path / "film.mp4", None, None, deterministic(1)
        )
        record_reports(first, log, rows, RecordingOptions(withhold=("source",)), deterministic(2))
    exchanged(nodes)
    report = next(
        parse_statement(entry.body)
        for entry in first.read(first.own).entries()
        if isinstance(entry.body, bytes) and b'"R1"' in entry.body
    )
    proof = first.read(first.own).prove(report.link.sequence)
    leaf = bytes(next(first.read(first.own).entries(report.link.sequence)).leaf)
    named = sorted((receipt.identifier.hex(), report.identifier.hex()))
    erasure = Erasure(
        origin=first.origin, erases=tuple(named), authority="rule 4", reason="at risk"
    )
    approvals = [approve(Erasure.parse(bytes(erasure)), node.keys.statement) for node in nodes[:2]]

    with pytest.raises(GroundtruceError) as refused:
        erase(first, erasure, approvals[:1], deterministic(3))
    assert refused.value.problem is Problem.RECORD_APPROVAL
    forged = {**approvals[1], "key": third.keys.statement.verifier.public.hex()}
    with pytest.raises(GroundtruceError):
        erase(first, erasure, [approvals[0], forged], deterministic(3))
    assert first.secrets.has(sealed.object_id)

    erase(first, erasure, approvals, deterministic(3))
    erase(first, erasure, approvals, deterministic(4))
    exchanged(nodes)

    assert not first.secrets.has(sealed.object_id)
    assert not first.objects.has(sealed.object_id)
    assert not second.objects.has(sealed.object_id)
    for node in nodes:
        assert findings(node) == []
        served = [path.read_bytes() for path in node.path.rglob("*") if path.is_file()]
        assert not any(b'"R1"' in one or b"observer 7" in one for one in served if b'"R2"' in one)
    proof.verify(leaf)
    kinds = [
        parse_statement(entry.body).kind
        for entry in first.read(first.own).entries()
        if isinstance(entry.body, bytes)
    ]
    assert kinds.count(StatementKind.TOMBSTONE) == 1


def test_a_tombstone_without_approvals_is_told(nodes: list[Node]) -> None:
    """Who erases on its own is found out by everybody's check."""
    first, second, _ = nodes
    rows = pl.DataFrame({"report_id": ["R1"], "source": ["a"], "kind": ["fire"]})
    with first.append() as log:
        record_reports(first, log, rows, RecordingOptions(), deterministic(2))
        body = next(first.read(first.own).entries()).body
        assert isinstance(body, bytes)
        identifier = parse_statement(body).identifier.hex()
        alone = Erasure(origin=first.origin, erases=(identifier,), authority="me", reason="-")
        draft = draft_tombstone(alone, [approve(alone, first.keys.statement)])
        log.append([draft], datetime(2026, 3, 1, 12, tzinfo=UTC), [], deterministic(5).random)
        log.publish()
        log.erase(0)
    exchanged(nodes)
    for node in (first, second):
        assert any("approvals" in one for one in findings(node))


def test_an_anchor_raises_the_grade(nodes: list[Node], tmp_path: Path) -> None:
    """A time stamp of a local authority on a head that a quorum cosigned gives the highest grade."""
    first = nodes[0]
    rows = pl.DataFrame({"report_id": ["R1"], "source": ["a"], "kind": ["fire"]})
    with first.append() as log:
        record_reports(first, log, rows, RecordingOptions(), deterministic(2))
    exchanged(nodes)
    assert grade_logs(first, current_state(first))[first.origin] is Grade.QUORUM
    (tmp_path / "q.tsq").write_bytes(ask_for_anchor(first, deterministic(9).random))
    root = _authority(tmp_path)
    with pytest.raises(GroundtruceError):
        keep_anchor(first, b"no response", root)
    keep_anchor(first, (tmp_path / "q.tsr").read_bytes(), root)
    assert grade_logs(first, current_state(first))[first.origin] is Grade.ANCHORED
    assert json.dumps(int(Grade.ANCHORED)) == "4"


def _authority(folder: Path) -> bytes:
    """Make a time-stamping authority with openssl, let it answer `q.tsq`, and return its root certificate."""
    (folder / "tsa.cnf").write_text(
        "[tsa]\ndefault_tsa=t\n[t]\nserial=serial\nsigner_cert=tsa.pem\nsigner_key=tsa.key\n"
        "signer_digest=sha256\ndefault_policy=1.2.3\ndigests=sha256\naccuracy=secs:1\n"
        "[ext]\nextendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n"
        "[ca]\nbasicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\n"
    )
    (folder / "serial").write_text("01\n")
    for command in (
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=Root -days 30 "
        "-config /dev/null -extensions ca",
        "req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=Stamp -config /dev/null",
        "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tsa.pem -days 30 "
        "-extfile tsa.cnf -extensions ext",
        "ts -reply -config tsa.cnf -queryfile q.tsq -out q.tsr",
    ):
        words = command.replace("-config /dev/null", "-config req.cnf").split()
        (folder / "req.cnf").write_text(
            "[req]\ndistinguished_name=dn\n[dn]\n" + (folder / "tsa.cnf").read_text()
        )
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
    return (folder / "ca.pem").read_bytes()
