"""What must hold for any incident: of precision, of clauses, of clocks, of exemptions, and of the order of rows."""

from pathlib import Path

import polars as pl
import pytest
from tests.compliance.chance import random_incidents

from groundtruce.agreement.document import hash_terms, parse_agreement
from groundtruce.agreement.terms import Agreement, PartyStanding
from groundtruce.compliance.assess import assess
from groundtruce.model.code import Verdict
from groundtruce.model.table import INCIDENTS
from groundtruce.model.validation import ROW, validate

LIBRARY = Path(__file__).parents[2] / "agreements"
NAMES = sorted(path.name for path in LIBRARY.iterdir())
SYRIA = (LIBRARY / "syria-2016-02" / "agreement.yaml").read_text("utf-8")
COUNT = 2_000


def agreement_of(name: str) -> Agreement:
    """Return an agreement of the library."""
    return parse_agreement(name, (LIBRARY / name / "agreement.yaml").read_bytes())


def verdicts(incidents: pl.DataFrame, agreement: Agreement) -> pl.DataFrame:
    """Return the assessments without the hash of the terms."""
    return assess(incidents, agreement).drop("agreement_version")


@pytest.mark.parametrize("name", NAMES)
def test_an_irrelevant_clause_changes_no_other_verdict(name: str) -> None:
    """With one clause left out, all others come out as before, with the same reasons."""
    agreement = agreement_of(name)
    incidents = random_incidents(agreement, COUNT, seed=2)
    whole = verdicts(incidents, agreement)
    for left_out in agreement.clauses:
        clauses = tuple(clause for clause in agreement.clauses if clause is not left_out)
        fewer = verdicts(incidents, agreement.model_copy(update={"clauses": clauses}))
        assert fewer.equals(whole.filter(pl.col("clause_id") != left_out.id))


@pytest.mark.parametrize("name", NAMES)
def test_less_precision_never_makes_a_breach(name: str) -> None:
    """A wider place or time, or a kind, weapon or author unsaid: what was no breach or open never becomes one."""
    agreement = agreement_of(name)
    incidents = random_incidents(agreement, COUNT, seed=3)
    before = verdicts(incidents, agreement)
    hour = pl.duration(hours=36)
    wider = {
        "place": pl.col("location_radius_m") + 20_000,
        "time": pl.col("occurred_from") - hour,
        "end": pl.col("occurred_to") + hour,
        "nowhere": pl.lit(None, pl.Float64).alias("lat"),
        "kind": pl.col("kind").str.split(".").list.first(),
        "weapon": pl.lit(None, pl.String).alias("weapon"),
        "facts": pl.lit(None, pl.String).alias("attributes"),
    }
    for what, change in wider.items():
        after = verdicts(incidents.with_columns(change), agreement)
        both = before.join(after, on=["incident_id", "clause_id"], suffix="_after")
        open_before = pl.col("verdict") != Verdict.BREACH.value
        made = both.filter(open_before & (pl.col("verdict_after") == Verdict.BREACH.value))
        # a condition such as `not by(...)` may hold of the coarser kind only where it held of the finer
        assert made.is_empty(), (what, made.head(3).to_dicts())


@pytest.mark.parametrize("name", NAMES)
def test_the_notation_of_time_never_matters(name: str) -> None:
    """The same instants, written with another zone, give the same table."""
    agreement = agreement_of(name)
    incidents = random_incidents(agreement, COUNT, seed=4)
    told = pl.col("occurred_from", "occurred_to").dt.convert_time_zone("Asia/Kathmandu")
    written = incidents.with_columns(told.dt.strftime("%Y-%m-%dT%H:%M:%S%:z")).cast(pl.String)
    read = validate(INCIDENTS, written.with_row_index(ROW))
    same = incidents.filter(pl.col("incident_id").is_in(read.rows["incident_id"].to_list()))
    assert same.height > COUNT / 2
    assert verdicts(read.rows, agreement).equals(verdicts(same, agreement))


def test_the_notation_of_time_in_the_document_never_matters() -> None:
    """Local time, another offset, or UTC: one instant is one start, and one hash."""
    notations = ("2016-02-27T00:00:00", "2016-02-26T22:00:00Z", "2016-02-27T03:45:00+05:45")
    hashes = {
        hash_terms(parse_agreement("a", SYRIA.replace(notations[0], one, 1).encode()))
        for one in notations
    }
    assert len(hashes) == 1


@pytest.mark.parametrize("name", [name for name in NAMES if agreement_of(name).exemptions])
def test_an_exemption_never_leaks(name: str) -> None:
    """With the members of an exemption bound like others, only incidents that name a member change."""
    agreement = agreement_of(name)
    incidents = random_incidents(agreement, COUNT, seed=5)
    names = {
        name.casefold()
        for party in agreement.parties
        if party.standing is PartyStanding.EXEMPT
        for name in (party.id, *party.names, *party.name.values())
    }
    told = pl.concat_str("actor", "involved", separator="|", ignore_nulls=True).str.to_lowercase()
    named = told.str.split("|").list.eval(pl.element().is_in(sorted(names))).list.any()
    others = incidents.filter(
        ~named.fill_null(value=False)
        & ~pl.col("attributes").str.contains("associated").fill_null(value=False)
    )
    without = agreement.model_copy(update={"exemptions": ()})
    with_them, none = verdicts(others, agreement), verdicts(others, without)
    exempt = pl.col("verdict") == Verdict.EXEMPT.value
    by_permission = pl.col("reasons").str.contains("permission")
    assert with_them.filter(exempt & ~by_permission).is_empty()
    breaches = pl.col("verdict") == Verdict.BREACH.value
    assert (
        with_them.filter(breaches)
        .drop("reasons")
        .equals(
            with_them.filter(breaches)
            .drop("reasons")
            .join(none, on=["incident_id", "clause_id"], how="semi")
        )
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_order_and_company_of_rows_never_matter(name: str) -> None:
    """In another order, and without prior attacks also alone, a row has the verdict that it has among many."""
    agreement = agreement_of(name)
    incidents = random_incidents(agreement, COUNT, seed=6)
    whole = verdicts(incidents, agreement)
    assert verdicts(incidents.reverse(), agreement).equals(whole)
    if any("attacked_before" in one.holds for one in agreement.exceptions):
        return
    some = incidents.gather_every(97)
    kept = whole.filter(pl.col("incident_id").is_in(some["incident_id"].to_list()))
    assert verdicts(some, agreement).equals(kept)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rule: either", "rule: target"),
        ("days: 15", "days: 16"),
        ("attacked_before(30 min, 10 km)", "attacked_before(31 min, 10 km)"),
        ("kinds: [access, civilians.humanitarian]", "kinds: [access]"),
        ("standing: outside", "standing: unclear"),
        ("south: 32.0", "south: 32.1"),
        ("at: 2016-02-27T00:00:00", "at: 2016-02-27T00:00:01"),
        ("cite: S/RES/2268 (2016), para 10", "cite: S/RES/2268 (2016), para 11"),
    ],
)
def test_any_term_changes_the_hash(old: str, new: str) -> None:
    """A verdict names the terms under which it holds, down to the paragraph."""
    assert old in SYRIA
    before = hash_terms(parse_agreement("a", SYRIA.encode()))
    assert hash_terms(parse_agreement("a", SYRIA.replace(old, new, 1).encode())) != before
