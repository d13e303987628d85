"""Answers: what is said of a fact is found by its whole name."""

from pathlib import Path

import polars as pl
import pytest

from groundtruce.agreement.document import parse_agreement
from groundtruce.compliance.questions.answers import ACCESS_DENIED, Facts
from groundtruce.model.table import INCIDENTS

TERMS = Path(__file__).parents[3] / "agreements" / "syria-2016-02" / "agreement.yaml"


@pytest.mark.parametrize(
    ("attributes", "who"),
    [
        ("access_denied=Army (North)|ordered=yes", "Army (North)"),
        ("ordered=yes|access_denied=a\\|b", "a|b"),
        ("access_denied=first|access_denied=second", "first"),
        ("not_access_denied=Army", None),
        ("access_denied=", None),
        (None, None),
    ],
)
def test_a_fact_is_found_by_its_whole_name(attributes: str | None, who: str | None) -> None:
    """With its value as it was; of two sayings the first, and nothing of an empty one."""
    agreement = parse_agreement("agreement.yaml", TERMS.read_bytes())
    incidents = pl.DataFrame(
        [{"incident_id": "I-1", "kind": "fire", "attributes": attributes}], schema=INCIDENTS.schema
    )
    facts = Facts(incidents, agreement)
    assert facts.context[f"fact_{ACCESS_DENIED}"].to_list() == [who]
