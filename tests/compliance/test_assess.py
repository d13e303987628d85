"""Assessment: the cases of the worked example, and what must hold for any incident."""

from pathlib import Path

import polars as pl
import pytest

from groundtruce.agreement.document import parse_agreement
from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.assess import assess, pick_overall, select_assessed_clauses
from groundtruce.compliance.obligation import obligations
from groundtruce.compliance.reason_code import parse_reasons
from groundtruce.model.code import Verdict
from groundtruce.model.instant import parse_instant
from groundtruce.model.table import INCIDENTS
from groundtruce.model.validation import ROW, validate

TERMS = Path(__file__).parents[2] / "agreements" / "syria-2016-02"


@pytest.fixture(scope="module")
def agreement() -> Agreement:
    """The Syria Cessation of Hostilities of February 2016."""
    return parse_agreement("agreement.yaml", (TERMS / "agreement.yaml").read_bytes())


def incident(**fields: str) -> pl.DataFrame:
    """Return one incident that the terms cover."""
    base = {
        "incident_id": "I-1",
        "kind": "fire.mortar",
        "actor": "accepting group",
        "involved": "accepting group|Government of Syria",
        "target": "combatant",
        "lat": "35",
        "lon": "38",
        "location_radius_m": "1000",
        "occurred_from": "2016-03-04T00:00:00+02:00",
        "occurred_to": "2016-03-05T00:00:00+02:00",
    }
    raw = pl.DataFrame([{**base, **fields}], schema=dict.fromkeys(INCIDENTS.names, pl.String))
    return validate(INCIDENTS, raw.with_row_index(ROW)).rows


def verdict(agreement: Agreement, clause: str = "A3", **fields: str) -> tuple[str, str]:
    """Return verdict and reasons of one clause."""
    found = assess(incident(**fields), agreement).filter(pl.col("clause_id") == clause)
    return found["verdict"].item(), found["reasons"].item()


def test_every_incident_meets_every_clause(agreement: Agreement) -> None:
    """The table is complete: nothing is silently left out."""
    table = assess(incident(), agreement)
    assert table["clause_id"].to_list() == [
        clause.id for clause in select_assessed_clauses(agreement)
    ]
    assert table["verdict"].null_count() == table["reasons"].null_count() == 0
    assert all(parse_reasons(text) for text in table["reasons"])


@pytest.mark.parametrize("radius_m", ["1000", "50000", "300000", "2000000", "20000000"])
def test_widening_the_place_never_makes_a_breach(agreement: Agreement, radius_m: str) -> None:
    """Less precision can only take certainty away."""
    wide = verdict(agreement, location_radius_m=radius_m)[0]
    assert wide in (Verdict.BREACH, Verdict.NOT_DETERMINABLE)
    outside = verdict(agreement, lat="48", lon="38", location_radius_m=radius_m)[0]
    assert outside in (Verdict.NO_BREACH, Verdict.NOT_DETERMINABLE)


def test_exemption_of_one_group_never_leaks_to_another(agreement: Agreement) -> None:
    """Of three camps one exempt does not excuse the other two."""
    three = "Government of Syria|accepting group|IS"
    raw = incident(involved=three).with_columns(actor=pl.lit(None, pl.String))
    found = assess(raw, agreement).filter(pl.col("clause_id") == "A3")
    assert found["verdict"].to_list() == [Verdict.NOT_DETERMINABLE]


def test_an_unlisted_name_is_unclear_not_bound(agreement: Agreement) -> None:
    """No party is presumed to have accepted."""
    assert verdict(agreement, actor="Group | 9 (new)", involved="") == (
        "not_determinable",
        r"unclear_standing(Group \| 9 \(new\))|missing(target)",
    )


def test_names_are_found_in_any_case_and_language(agreement: Agreement) -> None:
    """A party answers to each of its names."""
    for name in ("GOVERNMENT OF SYRIA", "government_of_syria", "الحكومة السورية"):
        assert verdict(agreement, actor="accepting group", involved=name)[0] == "breach"


def test_the_gravest_verdict_stands_for_the_incident(agreement: Agreement) -> None:
    """Breach of one clause is not hidden by what other clauses say."""
    table = assess(incident(target="civilian.medical"), agreement)
    assert pick_overall(table)["verdict"].to_list() == ["breach"]


def test_recurring_duties_fall_due_one_by_one(agreement: Agreement) -> None:
    """The reports of the Secretary-General: a past one of which none is on record is overdue."""
    table = obligations(agreement, parse_instant("2016-04-01T00:00:00Z")).filter(
        pl.col("clause_id") == "A10"
    )
    assert table["state"].to_list() == ["overdue", "pending"]
    first = table["due_at"][0]
    assert first == parse_instant("2016-03-13T00:00:00+02:00")
