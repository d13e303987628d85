"""Parties: one party, one word, whatever its sources call it."""

import polars as pl
import pytest
from tests.database.views import SYRIA, terms

from groundtruce.compliance.party import look_up_parties


@pytest.mark.parametrize(
    ("actor", "involved", "actor_party", "named"),
    [
        (
            "Syrian army",
            "Russia|nobody known",
            "government_of_syria",
            "government_of_syria|nobody known|russian_federation",
        ),
        (
            "Russia, Syrian army",
            None,
            "russian_federation, government_of_syria",
            "government_of_syria|russian_federation",
        ),
        ("Y, Y", None, "Y", "Y"),
        (None, "IS|daesh", None, "daesh"),
        (None, None, None, None),
    ],
)
def test_names_become_parties(
    actor: str | None, involved: str | None, actor_party: str | None, named: str | None
) -> None:
    """Names that the agreement lists are its parties, joint actors are taken apart, others stay as told."""
    incidents = pl.DataFrame(
        {"incident_id": ["I-1"], "actor": [actor], "involved": [involved]},
        schema=dict.fromkeys(("incident_id", "actor", "involved"), pl.String),
    )
    found = look_up_parties(incidents, terms(SYRIA).agreement)
    assert found.rows() == [("I-1", actor_party, named and named.split("|"))]


def test_rows_keep_their_order() -> None:
    """What is said of one row stands in its place, whatever others say."""
    incidents = pl.DataFrame(
        {
            "incident_id": [f"I-{number}" for number in range(50)],
            "actor": [f"actor {number % 7}" for number in range(50)],
            "involved": [None if number % 3 else f"actor {number}" for number in range(50)],
        }
    )
    found = look_up_parties(incidents, terms(SYRIA).agreement)
    assert found["incident_id"].to_list() == incidents["incident_id"].to_list()
    assert found["actor_party"].to_list() == incidents["actor"].to_list()
