"""Changes between two versions: named by clause and party, in the order of the documents."""

from pathlib import Path

import pytest

from groundtruce.agreement.change import ChangeKind, find_changes
from groundtruce.agreement.document import parse_agreement

LIBRARY = Path(__file__).parents[2] / "agreements"
TEXT = (LIBRARY / "sochi-2018" / "agreement.yaml").read_text("utf-8")


def test_the_same_terms_have_no_changes() -> None:
    """Comments and layout are none."""
    old = parse_agreement("a", TEXT.encode())
    assert find_changes(old, parse_agreement("b", ("# other\n" + TEXT).encode())) == ()


@pytest.mark.parametrize(
    ("old", "new", "where", "kind"),
    [
        ("low: 15000", "low: 16000", "places.zone.belt.width_m.low", ChangeKind.CHANGED),
        ("at: 2018-10-16T00:00:00", "at: 2018-10-17T00:00:00", "clauses.radical_groups_out.duty.due.at", ChangeKind.CHANGED),  # noqa: E501
        ("    via: Russian Federation\n", "", "parties.government_of_syria.via", ChangeKind.REMOVED),
        ("    scorable: partly\n", "", "clauses.radical_groups_out.scorable", ChangeKind.REMOVED),
        ("    where: in(zone)\n", "    where: in(zone)\n    severity: grave\n", "clauses.heavy_weapons.severity", ChangeKind.ADDED),  # noqa: E501
    ],
)  # fmt: skip
def test_a_change_is_named_by_its_part(old: str, new: str, where: str, kind: ChangeKind) -> None:
    """As people name it, not by its number in a list."""
    before = parse_agreement("a", TEXT.encode())
    (change,) = find_changes(before, parse_agreement("b", TEXT.replace(old, new, 1).encode()))
    assert (change.where, change.kind) == (where, kind)
    assert change.where in str(change)


def test_a_new_order_is_no_change() -> None:
    """Parties are compared by their ids."""
    before = parse_agreement("a", TEXT.encode())
    turned = before.model_copy(update={"parties": before.parties[::-1]})
    assert find_changes(before, turned) == ()
