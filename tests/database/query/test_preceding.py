"""An explanation made with the few incidents that may matter says what one made with all of them says."""

from random import Random

import polars as pl
import pytest
from tests.database.views import terms, view_of
from tests.fusion.worlds import table

from groundtruce.compliance.explanation import explain
from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.codec import parse_id
from groundtruce.database.load.fill import fill
from groundtruce.database.query.preceding import read_with_earlier
from groundtruce.view.view import View

_SIDES = ("Russia", "IS", "Syrian army", "Y")


def _attack(chance: Random) -> dict[str, object]:
    """Return a report of fire of one side on the other, near others in time and place, or of unknown ones."""
    return {
        "source": chance.choice("ABC"),
        "hour": chance.randint(0, 12),
        "precision": chance.choice(("minute", "hour", "day", "open")),
        "place": chance.choice((None, 0, 1, 2)),
        "location_radius_m": chance.choice((50.0, 5_000.0, 25_000.0)),
        "kind": chance.choice(("fire", "fire.shelling", "civilians.attack", "access.denied")),
        "weapon": chance.choice((None, "mortar", "artillery")),
        "actor": chance.choice(_SIDES),
        "involved": chance.choice(_SIDES),
    }


@pytest.fixture(scope="module")
def attacks() -> View:
    """The view of enough attacks and answers that some turn on what went before, and most have nothing before."""
    chance = Random(1)
    return view_of(table([_attack(chance) for _ in range(60)], text=False))


@pytest.fixture(scope="module")
def explained(attacks: View) -> dict[str, object]:
    """What is explained of each incident when all are at hand: the same whatever the database."""
    return {
        incident_id: explain(
            attacks.incidents,
            terms("syria-2016-02").agreement,
            incident_id,
            attacks.assessments.filter(pl.col("incident_id") == incident_id),
        )
        for incident_id in attacks.incidents["incident_id"]
    }


def test_explanations_need_no_other_incident(
    database: Database, attacks: View, explained: dict[str, object]
) -> None:
    """Made with the few that may matter, each is what it is with all of them, and some turn on what went before."""
    view = attacks
    fill(database, view)
    agreement = terms("syria-2016-02").agreement
    left_out = 0
    for incident_id in view.incidents["incident_id"]:
        mine = pl.col("incident_id") == incident_id
        assessments = view.assessments.filter(mine)
        few = read_with_earlier(database, agreement, parse_id(incident_id))
        left_out += view.incidents.height - few.height
        assert few.filter(mine).equals(view.incidents.filter(mine))
        assert explain(few, agreement, incident_id, assessments) == explained[incident_id]
    assert left_out
    prior = [line for line in view.assessments["reasons"].drop_nulls() if "prior" in line]
    assert prior, "no assessment turned on a prior attack"


def test_an_incident_that_is_not_there_has_none_before_it(database: Database) -> None:
    fill(database, view_of(table([_attack(Random(1))], text=False)))
    assert read_with_earlier(database, terms("syria-2016-02").agreement, 1).is_empty()
