"""Explanations: the tree of what decided agrees with the verdict, in at most twelve questions."""

from pathlib import Path

import polars as pl
import pytest
from tests.compliance.chance import random_incidents

from groundtruce.agreement.document import parse_agreement
from groundtruce.compliance.assess import assess
from groundtruce.compliance.explanation import MOST_LEAVES, BranchKind, explain
from groundtruce.language.prose import explanation_lines
from groundtruce.language.words import Words
from groundtruce.model.code import Language, Verdict

LIBRARY = Path(__file__).parents[2] / "agreements"
NAMES = sorted(path.name for path in LIBRARY.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_the_tree_agrees_with_the_verdict(name: str) -> None:
    """A breach has every branch met and none exempt; no breach has one that is not; each has its sentence."""
    agreement = parse_agreement(name, (LIBRARY / name / "agreement.yaml").read_bytes())
    incidents = random_incidents(agreement, 400, seed=8)
    table = assess(incidents, agreement)
    chosen = table.group_by("verdict", maintain_order=True).first()["incident_id"].unique()
    for incident_id in chosen:
        for found in explain(incidents, agreement, incident_id):
            row = table.filter(
                (pl.col("incident_id") == incident_id) & (pl.col("clause_id") == found.clause_id)
            )
            assert found.verdict.value == row["verdict"].item()
            if len(found.readings) > 1:
                continue
            ((_, branches),) = found.readings
            assert sum(len(branch.leaves) for branch in branches) <= MOST_LEAVES
            left_out = {BranchKind.EXEMPT, BranchKind.EXCEPTION}
            needed = [one.value for one in branches if one.kind not in left_out]
            freed = [one.value for one in branches if one.kind in left_out]
            if found.verdict is Verdict.BREACH:
                assert all(needed)
                assert not any(one is not False for one in freed)
            if found.verdict is Verdict.NO_BREACH:
                assert False in needed
            if found.verdict is Verdict.EXEMPT:
                assert True in freed
            for language in Language:
                lines = explanation_lines(Words(language, agreement), found)
                assert lines[0].endswith(".")
                assert agreement.clause(found.clause_id).title[language] in lines[0]
                assert found.cite in lines[1]


def test_assessments_that_were_made_need_not_be_made_again() -> None:
    """Whoever has them gets the same explanation for less."""
    agreement = parse_agreement("a", (LIBRARY / "sochi-2018" / "agreement.yaml").read_bytes())
    incidents = random_incidents(agreement, 20, seed=3)
    table = assess(incidents, agreement)
    for incident_id in incidents["incident_id"].to_list()[:3]:
        own = table.filter(pl.col("incident_id") == incident_id)
        given = explain(incidents, agreement, incident_id, own)
        assert given == explain(incidents, agreement, incident_id)


def test_an_unknown_incident_is_refused() -> None:
    """Nothing is explained that is not there."""
    agreement = parse_agreement("a", (LIBRARY / "sochi-2018" / "agreement.yaml").read_bytes())
    with pytest.raises(KeyError):
        explain(random_incidents(agreement, 3, seed=1), agreement, "I-none")
