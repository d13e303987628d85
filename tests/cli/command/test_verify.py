"""A report is held against the record by another delegation: what holds, and what was changed."""

import json
from pathlib import Path
from random import Random
from shutil import copy

import pytest
from tests.peers import answer, run

STEM = "daily-2016-03-04"
FORMS = ("en.html", "fr.html", "ar.html", "en.pdf", "fr.pdf", "ar.pdf", "csv", "geojson", "json")


def neighbour(folder: Path) -> Path:
    """Return the node of a delegation that did not write the report."""
    return folder / "record" / "neighbour"


@pytest.mark.parametrize("ending", FORMS)
def test_another_node_recomputes_the_same_report(demonstration: Path, ending: str) -> None:
    """Each form is, byte for byte, what the neighbour computes; its author signed it."""
    told = answer("verify", demonstration / f"{STEM}.{ending}", "--node", neighbour(demonstration))
    assert told["holds"]
    assert told["differences"] == []
    assert len(told["signed_by"]) == 1


def test_the_author_and_another_node_compute_the_same_view(
    demonstration: Path, tmp_path: Path
) -> None:
    """Of the record state that the report names; what holds of a report holds of that view."""
    state = state_file(demonstration, tmp_path / "state.txt")
    nodes = (neighbour(demonstration), demonstration / "record" / "secretariat")
    views = {answer("replay", node, "--state", state)["view"] for node in nodes}
    told = answer("verify", demonstration / f"{STEM}.csv", "--node", neighbour(demonstration))
    assert views == {told["view"]}


def state_file(folder: Path, path: Path) -> Path:
    """Write the record state that the report names, as `record heads` prints it."""
    heads = json.loads((folder / f"{STEM}.json").read_text())["record_state"]["heads"]
    lines = [f"{one['origin']} {one['size']} {one['root']}" for one in heads]
    first = answer("record", "heads", neighbour(folder))["state"][0]
    path.write_text("\n".join([first, *lines]) + "\n")
    return path


@pytest.mark.parametrize(
    ("ending", "said", "given"),
    [
        ("en.html", "76", "67"),
        ("fr.html", "76", "77"),
        ("json", "   76,\n", "   760,\n"),
        ("csv", "2016-03-04T", "2016-03-05T"),
    ],
)
def test_one_changed_number_is_named(own_copy: Path, ending: str, said: str, given: str) -> None:
    """The sentence that was changed is told beside the one that the record gives."""
    report = own_copy / f"{STEM}.{ending}"
    text = report.read_text(encoding="utf-8")
    assert said in text
    report.write_text(text.replace(said, given), encoding="utf-8")
    told = answer("verify", report, "--node", neighbour(own_copy), status=1)
    assert not told["holds"]
    assert told["differences"]
    assert told["signed_by"] == []
    assert told["sentences"] > 0
    for one in told["differences"]:
        assert given.strip(" ,\n") in str(one["said"]) or said.strip(" ,\n") in str(one["given"])


def test_a_change_that_nobody_sees_is_told_as_well(own_copy: Path) -> None:
    """A space between tags changes no sentence; the report is still not the one that was made."""
    report = own_copy / f"{STEM}.en.html"
    report.write_text(report.read_text(encoding="utf-8").replace("<body", " <body"), "utf-8")
    told = answer("verify", report, "--node", neighbour(own_copy), status=1)
    assert told["differences"] == []


def test_a_changed_pdf_is_told(own_copy: Path) -> None:
    """One byte of a PDF is enough."""
    report = own_copy / f"{STEM}.en.pdf"
    content = bytearray(report.read_bytes())
    content[Random(1).randrange(len(content) // 2)] ^= 1
    report.write_bytes(content)
    assert not answer("verify", report, "--node", neighbour(own_copy), status=1)["holds"]


def test_a_damaged_record_verifies_nothing(own_copy: Path) -> None:
    """A statement that was changed on the disk is named, and no report is said to hold."""
    node = neighbour(own_copy)
    bodies = max(node.rglob("body/*"), key=lambda path: path.stat().st_size)
    content = bytearray(bodies.read_bytes())
    content[len(content) // 2] ^= 1
    bodies.write_bytes(content)
    result = run("verify", own_copy / f"{STEM}.json", "--node", node)
    assert result.exit_code == 2
    assert "byte for byte" not in result.output


def test_what_cannot_be_checked_is_told(demonstration: Path, tmp_path: Path) -> None:
    """Another name, a report without its state, a folder that is no node."""
    other = copy(demonstration / f"{STEM}.json", tmp_path / "report.json")
    alone = copy(demonstration / f"{STEM}.csv", tmp_path / f"{STEM}.csv")
    for report, node in (
        (other, neighbour(demonstration)),
        (alone, neighbour(demonstration)),
        (demonstration / f"{STEM}.csv", tmp_path),
    ):
        assert run("verify", report, "--node", node).exit_code == 2
