"""The agreement document: what is wrong is named with its place."""

from pathlib import Path

import pytest

from groundtruce.agreement.case import parse_cases
from groundtruce.agreement.document import parse_agreement
from groundtruce.model.instant import iso
from groundtruce.model.problem import GroundtruceError, Problem

TEXT = (Path(__file__).parents[2] / "examples/syria-2016/agreement.yaml").read_text("utf-8")


def test_local_times_are_read_in_the_agreements_zone() -> None:
    """Midnight in Damascus lies on the evening before in UTC."""
    agreement = parse_agreement("a.yaml", TEXT.encode())
    assert iso(agreement.in_force_at) == "2016-02-26T22:00:00Z"
    assert agreement.label == "syria-coh-2016-02/1"
    assert agreement.clause("A3").cite.startswith("Terms")


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("zone: Asia/Damascus", "zone: Asia/Damascas", "time"),
        ("kinds: [fire, manoeuvre.offensive", "kinds: [fyre, manoeuvre.offensive", "clauses.2.act"),
        ("    standing: exempt", "    standing: excused", "parties.5.standing"),
        ("version: 1", "version: 0", "agreement.version"),
        ("  - id: A4", "  - id: A3", "the document"),
        ("against: anyone", "against: everyone", "clauses.4.act.against"),
        ("groundtruce_agreement: 1", "groundtruce_agreement: 2", "groundtruce_agreement"),
        ("south: 32.0", "south: 132.0", "area.south"),
        ("  south: 32.0\n", "", "area.south"),
        ("bearer: ISSG", "baerer: ISSG", "clauses.8.baerer"),
        ("    accepted_at: 2016-02-22T00:00:00\n", "", "parties.1"),
    ],
)
def test_a_malformed_field_is_named(old: str, new: str, where: str) -> None:
    """The problem says where, and gives advice."""
    assert old in TEXT
    with pytest.raises(GroundtruceError) as caught:
        parse_agreement("a.yaml", TEXT.replace(old, new, 1).encode())
    assert caught.value.problem is Problem.DOCUMENT_FIELD
    assert caught.value.details["where"] == where
    assert caught.value.advice


@pytest.mark.parametrize(
    "content", [b"a: [", b"a: b: c", b"\xff\xfe\x00", b"- !!python/name:os.system"]
)
def test_what_is_no_yaml_is_a_syntax_problem(content: bytes) -> None:
    """Line and column are given; nothing in a document is run."""
    with pytest.raises(GroundtruceError) as caught:
        parse_agreement("a.yaml", content)
    assert caught.value.problem is Problem.DOCUMENT_SYNTAX


@pytest.mark.parametrize("content", [b"", b"[]", b"just words"])
def test_an_empty_document_is_a_field_problem(content: bytes) -> None:
    """A document that is YAML and no agreement is told so."""
    with pytest.raises(GroundtruceError) as caught:
        parse_agreement("a.yaml", content)
    assert caught.value.problem is Problem.DOCUMENT_FIELD


def test_a_case_with_an_unknown_field_is_named() -> None:
    """A misspelt fact would otherwise be missing without a word."""
    cases = b"cases: [{id: a, title: t, facts: {knd: fire}, expect: {}}]"
    with pytest.raises(GroundtruceError, match="knd"):
        parse_cases("cases.yaml", cases)
