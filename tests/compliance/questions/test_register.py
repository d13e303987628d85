"""The register: names of sources become the sides of an incident."""

import pytest

from groundtruce.agreement.document import parse_agreement
from groundtruce.agreement.terms import PartyStanding
from groundtruce.compliance.questions.register import Register

_TEXT = "{en: a, fr: a, ar: a}"


@pytest.fixture(scope="module")
def register() -> Register:
    """Return a register of two parties that are bound, on two sides, and one that is outside the terms."""
    parties = "\n".join(
        f"  - {{id: {name}, name: {_TEXT}, names: ['{name} | wing'], {rest}, cite: here}}"
        for name, rest in (
            ("north", "side: north, standing: bound, accepted_at: 2016-02-26T00:00:00"),
            ("south", "side: south, standing: bound, accepted_at: 2016-02-27T00:00:00"),
            ("other", "standing: outside"),
        )
    )
    document = f"""groundtruce_agreement: 2
agreement:
  id: invented
  version: 1
  title: {_TEXT}
  sources: [{{id: here, title: here, role: authentic}}]
time: {{zone: UTC, in_force: [{{at: 2016-02-27T00:00:00, cite: here}}]}}
parties:
{parties}
clauses:
  - {{id: A, kind: prohibition, cite: here, title: {_TEXT}, text: {_TEXT}, act: {{kinds: [fire], against: anyone}}}}
"""
    return Register(parse_agreement("invented", document.encode()))


def test_a_name_with_a_bar_is_one_name(register: Register) -> None:
    """It is written with an escape, and found."""
    sides = register.sides(None, "north \\| wing|South")
    assert [side.label for side in sides.undirected] == ["north", "south"]


def test_joint_actors_share_a_standing_or_have_none(register: Register) -> None:
    """Two that are bound are bound from the later day; with one outside the terms it is unclear."""
    both = register.sides("north, south", None).actor
    assert both is not None
    assert (both.standing, both.members) == (PartyStanding.BOUND, ("north", "south"))
    assert both.bound_from is not None
    assert both.bound_from.day == 27
    mixed = register.sides("north, other", None).actor
    assert mixed is not None
    assert mixed.standing is PartyStanding.UNCLEAR


def test_a_disputed_author_is_no_author(register: Register) -> None:
    """Both sides are kept as if none were named."""
    sides = register.sides("north", "south", disputed=True)
    assert sides.actor is None
    assert len(sides.undirected) == 2
