"""`groundtruce record`: what it shows, proves and checks, on the nodes of the demonstration."""

import json
import subprocess
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from tests.peers import AGREEMENT, answer, report, run, table


def secretariat(folder: Path) -> Path:
    """Return the node that recorded the reports."""
    return folder / "record" / "secretariat"


def statements_of(node: Path) -> int:
    """Return how many statements the largest log of a node has."""
    logs = answer("record", "show", node)["logs"]
    return max(int(one["statements"]) for one in logs)


def first_report(node: Path) -> str:
    """Return the id of a statement."""
    for path in sorted((node / "public").glob("body/*")):
        for body in path.read_bytes().split(b'{"author"')[1:]:
            whole = b'{"author"' + body.rpartition(b"}")[0] + b"}"
            if b'"kind":"report"' in whole:
                return sha256(whole).hexdigest()
    raise AssertionError("no report")


def test_the_record_state_is_named_by_its_digest(demonstration: Path) -> None:
    """The lines that are printed hash to the digest that reports and views name."""
    told = answer("record", "heads", secretariat(demonstration))
    printed = run("record", "heads", secretariat(demonstration)).stdout
    assert printed.splitlines() == told["state"]
    assert sha256(printed.encode()).hexdigest() == told["sha256"]


def test_a_proof_holds_offline_with_our_tools_and_with_others(
    demonstration: Path, tmp_path: Path
) -> None:
    """`record verify` and `sigsum-verify` accept the files of `record prove`, and refuse another statement."""
    node, out = secretariat(demonstration), tmp_path / "proof"
    identifier = first_report(node)
    answer("record", "prove", node, identifier[:12], "--out", out)
    statement = (out / "statement.json").read_bytes()
    assert sha256(statement).hexdigest() == identifier
    given = ("record", "verify", out / "statement.tlog-proof", out / "statement.json")
    assert run(*given, "--node", node).exit_code == 0
    sigsum = [
        *("sigsum-verify", "-k", str(out / "statement.pub"), "-p", str(out / "policy.sigsum")),
        str(out / "statement.sigsum"),
    ]
    assert subprocess.run(sigsum, input=statement, check=False).returncode == 0
    (out / "statement.json").write_bytes(statement.replace(b"2016", b"2017", 1))
    assert run(*given, "--node", node).exit_code == 2
    refused = subprocess.run(
        sigsum, input=(out / "statement.json").read_bytes(), check=False, capture_output=True
    )
    assert refused.returncode != 0


def test_a_statement_is_found_by_its_first_digits(demonstration: Path) -> None:
    """It is shown whole; digits of no statement are told."""
    node = secretariat(demonstration)
    identifier = first_report(node)
    shown = answer("record", "show", node, identifier[:10])
    assert identifier in json.dumps(shown)
    assert run("record", "show", node, "0" * 64).exit_code == 2


def test_fsck_names_damage_in_every_folder(own_copy: Path) -> None:
    """Of a sound node there is nothing to tell; one changed byte in a tile, body, object or checkpoint is named."""
    node = own_copy / "record" / "guarantor"
    assert answer("record", "fsck", node)["findings"] == []
    random = Random(1)
    for part in ("tile", "body", "object", "checkpoint"):
        paths = [path for path in sorted(node.rglob(f"{part}/**/*")) if path.is_file()]
        path = random.choice(paths or sorted(node.rglob("mirror/*/checkpoint")))
        whole = path.read_bytes()
        path.write_bytes(whole[:-2] + bytes([whole[-2] ^ 1]) + whole[-1:])
        damaged = run("record", "fsck", node, "--json")
        assert damaged.exit_code in {1, 2}, part
        path.write_bytes(whole)
    assert answer("record", "fsck", node)["findings"] == []


def test_a_peer_that_is_not_there_is_named_and_stops_nobody(own_copy: Path) -> None:
    """The other peer is copied; status 1."""
    record = own_copy / "record"
    (record / "neighbour").rename(record / "gone")
    told = answer("record", "mirror", record / "guarantor", status=1)["answers"]
    problems = {one["delegation"].split()[-1]: "problem" in one for one in told}
    assert problems == {"neighbour": True, "secretariat": False}


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """Return a node of one delegation."""
    answer("init", tmp_path / "node", "--delegation", "Observer", "--agreement", AGREEMENT)
    return tmp_path / "node"


def test_what_is_recorded_is_not_recorded_again(node: Path, tmp_path: Path) -> None:
    """Repeating a filing changes nothing; another content is set aside, or corrected with a reason."""
    rows = [report(number) for number in range(5)]
    reports = table(tmp_path / "reports.csv", *rows)
    assert answer("intake", reports, "--node", node)["recorded"] == 5
    size = statements_of(node)
    again = answer("intake", reports, "--node", node)
    assert (again["recorded"], again["known"]) == (0, 5)
    assert statements_of(node) == size
    changed = table(tmp_path / "changed.csv", {**rows[0], "killed_best": 3}, *rows[1:])
    refused = run("intake", changed, "--node", node, "--json")
    assert refused.exit_code == 1
    assert statements_of(node) == size
    corrected = answer("intake", changed, "--node", node, "--correct", "a later count")
    assert corrected["corrected"] == 1
    assert answer("replay", node)["reports"] == 5


def test_a_withheld_column_is_in_no_file_that_is_served(node: Path, tmp_path: Path) -> None:
    """The digest is recorded, the source's name is not."""
    reports = table(tmp_path / "reports.csv", report(1, source="a name that costs a life"))
    answer("intake", reports, "--node", node, "--withhold", "source")
    served = [path.read_bytes() for path in (node / "public").rglob("*") if path.is_file()]
    assert not any(b"costs a life" in content for content in served)
    assert answer("record", "fsck", node)["findings"] == []


def test_a_node_is_not_made_twice(node: Path) -> None:
    """Making it again goes on where it was, for the same delegation, and keeps its keys."""
    before = (node / "mechanism.yaml").read_bytes()
    assert run("init", node, "--delegation", "Another").exit_code == 2
    run("init", node, "--delegation", "Observer")
    assert (node / "mechanism.yaml").read_bytes() == before
