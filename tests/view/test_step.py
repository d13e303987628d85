"""Steps: what each needs is there before it runs, and nothing is computed twice."""

import polars as pl
import pytest
from tests.conftest import ROOT

from groundtruce.agreement.document import parse_agreement
from groundtruce.model.instant import EARLIEST
from groundtruce.model.table import (
    ASSESSMENTS,
    COUNTS,
    INCIDENTS,
    LINKS,
    OBLIGATIONS,
    REPORTS,
    Table,
)
from groundtruce.view.step import STEPS, Conditions, Step, Tables, run_steps, select_possible

GIVEN = (REPORTS, COUNTS, LINKS, INCIDENTS)
"""The tables that `compute` and the live view have before the first step."""


def test_each_step_has_what_it_needs_and_gives_it_alone() -> None:
    """A table comes from the inputs, from fusion or from one step before."""
    known = set(GIVEN)
    for step in STEPS:
        assert known.issuperset(step.needs), step.name
        assert known.isdisjoint(step.gives), step.name
        known.update(step.gives)
    assert len({step.name for step in STEPS}) == len(STEPS)


def _copying(needs: Table, gives: Table) -> Step:
    """Return a step that passes rows on."""

    def run(conditions: Conditions, tables: Tables) -> Tables:
        assert set(tables) == {needs}
        return {gives: tables[needs]}

    return Step(name=f"{needs.name} to {gives.name}", needs=(needs,), gives=(gives,), run=run)


@pytest.fixture
def conditions() -> Conditions:
    """Any terms will do."""
    path = ROOT / "agreements" / "syria-2016-02" / "agreement.yaml"
    return Conditions(parse_agreement(path.name, path.read_bytes()), EARLIEST)


def test_a_step_sees_what_it_needs_and_no_more(conditions: Conditions) -> None:
    """Tables of earlier steps are passed on; only what steps give comes out."""
    steps = _copying(INCIDENTS, ASSESSMENTS), _copying(ASSESSMENTS, OBLIGATIONS)
    rows = pl.DataFrame({"clause_id": ["A"]})
    given = {INCIDENTS: rows, LINKS: pl.DataFrame()}
    computed = run_steps(steps, conditions, given)
    assert list(computed) == [ASSESSMENTS, OBLIGATIONS]
    assert computed[OBLIGATIONS].equals(rows)


def test_a_step_that_cannot_run_is_left_out(conditions: Conditions) -> None:
    """Where only some tables are there, what follows from the missing ones is not computed; to try is an error."""
    steps = _copying(LINKS, ASSESSMENTS), _copying(ASSESSMENTS, OBLIGATIONS)
    assert select_possible(steps, [INCIDENTS]) == ()
    assert select_possible(steps, [LINKS]) == steps
    with pytest.raises(KeyError):
        run_steps(steps, conditions, {INCIDENTS: pl.DataFrame()})
