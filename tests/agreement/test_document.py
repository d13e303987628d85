"""The agreement document: one spelling, one hash, and every fault with its place and what to do about it."""

from pathlib import Path

import pytest

from groundtruce.agreement.case import parse_cases
from groundtruce.agreement.document import (
    find_agreement_faults,
    hash_terms,
    parse_agreement,
    write_agreement,
)
from groundtruce.model.instant import format_instant
from groundtruce.model.problem import GroundtruceError, Problem

TEXT = (Path(__file__).parents[2] / "agreements/syria-2016-02/agreement.yaml").read_text("utf-8")


def test_local_times_are_read_in_the_agreements_zone() -> None:
    """Midnight in Damascus lies on the evening before in UTC."""
    agreement = parse_agreement("a.yaml", TEXT.encode())
    assert agreement.in_force_at is not None
    assert format_instant(agreement.in_force_at) == "2016-02-26T22:00:00Z"
    assert agreement.label == "syria-2016-02/1"
    assert agreement.clause("A3").cite.startswith("Terms")


def test_the_one_spelling_is_stable() -> None:
    """What is written is read as the same terms, and written again as the same bytes."""
    agreement = parse_agreement("a.yaml", TEXT.encode())
    written = write_agreement(agreement)
    again = parse_agreement("b.yaml", written.encode())
    assert again == agreement
    assert write_agreement(again) == written
    assert hash_terms(again) == hash_terms(agreement)


def test_layout_and_comments_do_not_change_the_terms() -> None:
    """The hash is that of the tree, not of the file."""
    other = "# another comment\n" + TEXT.replace("\n\n", "\n")
    assert hash_terms(parse_agreement("b.yaml", other.encode())) == hash_terms(
        parse_agreement("a.yaml", TEXT.encode())
    )


FAULTS = [
    # old text, new text, where, part of the cause, part of the remedy
    ("zone: Asia/Damascus", "zone: Asia/Damascas", "time.zone", "no IANA time zone", "Damascus"),
    ("kinds: [access, ", "kinds: [acess, ", "clause A6: act.kinds.0", "acess", "access"),
    ("kinds: [manoeuvre.territory_gain]", "kinds: []", "clause A4: act.kinds", "at least", "Add"),
    ("against: anyone", "against: everyone", "clause A6: act.against", "everyone", "anyone"),
    ("      against: anyone\n", "", "clause A6: act", "against is missing", "Add against"),
    ("      targets: [civilian]\n", "", "clause A7a: act", "targets", ""),
    ("targets: [civilian]", "targets: [civilians]", "clause A7a: act.targets.0", "vocabulary", ""),
    ("kind: prohibition", "kind: prohibiton", "clause A3: kind", "prohibiton", "prohibition"),
    ("bearer: [issg_task_force]", "baerer: [issg]", "clause A9: baerer", "not known", "bearer"),
    ("bearer: [secretary_general]", "bearer: [secretary]", "clause A10: bearer", "secretary", ""),
    ("bearer: [government, ", "bearer: [issg_task_force, ", "clause A5: bearer", "body", "duty"),
    ("  - id: A4\n", "  - id: A3\n", "clause A3", "stands twice", "its own id"),
    ("  - id: A4\n", "  - id: A 4\n", "clause A 4: id", "pattern", "letters"),
    ("    unless: [self_defence]\n", "    unless: [self_defense]\n", "clause A3: unless", "", "self_defence"),
    ("      form: recur\n", "      form: recurs\n", "clause A10: duty.form", "recurs", "recur"),
    ("      every_days: 30\n", "", "clause A10: duty", "every_days", ""),
    ("every_days: 30", "every_days: 0", "clause A10: duty.every_days", "greater", ""),
    ("anchor: adoption, ", "anchor: adopted, ", "clause A10: duty.due.anchor", "adopted", "adoption"),
    ("offset: {days: 15}", "offset: {day: 15}", "clause A10: duty.due.offset.day", "day", "days"),
    ("offset: {days: 15}", "offset: {days: 15, hours: 4}", "clause A10: duty.due.offset", "either", ""),
    ("silence: overdue", "silence: late", "clause A10: duty.silence", "late", "overdue"),
    ("  - id: A9\n    kind: mechanism\n", "  - id: A9\n    kind: prohibition\n", "clause A9", "needs an act", ""),
    ("standing: exempt", "standing: excused", "party daesh: standing", "excused", "exempt"),
    ("    accepted_at: 2016-02-22T00:00:00\n", "", "party russian_federation", "accepted_at", ""),
    ("accepted_at: 2016-02-22T00:00:00", "accepted_at: 22 Feb", "party russian_federation: accepted_at", "", "2016-02-27T00:00"),  # noqa: E501
    ("names: [Russia, ", "names: [Syrian army, ", "party russian_federation: names", "also a name", "one party"),
    ("  - id: nusra\n", "  - id: Nusra\n", "party Nusra: id", "pattern", "small letter"),
    ("members: [daesh, nusra]", "members: [daesh, nusrat]", "exemption designated: members", "nusrat", "nusra"),
    ("members: [daesh, nusra]", "members: [daesh]", "party nusra: standing", "no exemption", "Add"),
    ("rule: either", "rule: both", "exemption designated: rule", "both", "either"),
    ("attacked_before(30 min, 10 km)", "attacked_before(30 min)", "exception self_defence: if", "distance", "attacked_before(30 min, 5 km)"),  # noqa: E501
    ("and proportionate\n", "and proportional\n", "exception self_defence: if", "neither a fact", "proportionate"),
    ("and proportionate\n", "and (proportionate\n", "exception self_defence: if", "", ""),
    ("and proportionate\n", "and weapon(mortars)\n", "exception self_defence: if", "mortars", "mortar"),
    ("version: 1", "version: 0", "agreement.version", "greater", ""),
    ("role: authentic", "role: original", "agreement.sources.0.role", "original", "authentic"),
    ("south: 32.0", "south: 132.0", "places.syria.box.south", "less than", ""),
    ("south: 32.0, ", "", "places.syria.box", "south is missing", "Add south"),
    ("area: syria\n", "area: siria\n", "area", "siria", "syria"),
    ("en: Was the force used in reply proportionate?\n      ", "", "facts.proportionate.question", "en is missing", "Add en"),  # noqa: E501
    ("groundtruce_agreement: 2", "groundtruce_agreement: 1", "groundtruce_agreement", "1", "2"),
    ("at: 2016-02-27T00:00:00", "at: unknown", "time.in_force.0.at", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "where", "cause", "remedy"), FAULTS, ids=lambda text: str(text)[:24]
)
def test_a_fault_names_line_column_clause_and_remedy(
    old: str, new: str, where: str, cause: str, remedy: str
) -> None:
    """Each is told where it stands, in the words of the document, with what to do."""
    assert TEXT.count(old) >= 1
    text = TEXT.replace(old, new, 1)
    agreement, faults = find_agreement_faults("a.yaml", text.encode())
    assert agreement is None
    fault = next(one for one in faults if str(one.where).startswith(where))
    assert cause in str(fault.cause)
    assert remedy in str(fault.remedy)
    assert str(fault.remedy).endswith((".", "?"))
    changed = next(
        number
        for number, (one, two) in enumerate(
            zip(TEXT.splitlines(), text.splitlines(), strict=False), 1
        )
        if one != two
    )
    last = len(text.splitlines())
    assert 1 <= fault.line <= last
    nearby = str(fault.where).startswith(("party nusra: standing", "time.in_force"))
    assert nearby or changed - 20 <= fault.line <= changed + 20
    line = text.splitlines()[fault.line - 1]
    assert 1 <= fault.column <= len(line)
    assert line[fault.column - 1].strip()


def test_there_are_forty_malformed_documents() -> None:
    """The list above is long enough to stand for what people get wrong."""
    assert len({(old, new) for old, new, *_ in FAULTS}) >= 40


def test_all_faults_are_told_at_once_in_their_order() -> None:
    """Nobody has to correct one to learn of the next."""
    text = TEXT.replace("against: anyone", "against: all").replace("version: 1", "version: 0", 1)
    _, faults = find_agreement_faults("a.yaml", text.encode())
    assert [str(one.where) for one in faults] == ["agreement.version", "clause A6: act.against"]


def test_a_key_that_stands_twice_is_told() -> None:
    """Never the later of the two without a word."""
    text = TEXT.replace("against: anyone", "against: anyone\n      against: parties")
    with pytest.raises(GroundtruceError, match="against stands twice") as caught:
        parse_agreement("a.yaml", text.encode())
    assert caught.value.problem is Problem.DOCUMENT_SYNTAX


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
        parse_cases("cases.yaml", cases, parse_agreement("a.yaml", TEXT.encode()))
