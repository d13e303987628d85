"""The commands on agreements: begin, check, show, compare, publish, explain."""

import json
from pathlib import Path

import duckdb
import polars as pl
import pytest
from tests.compliance.chance import random_incidents
from typer.testing import CliRunner, Result

from groundtruce.agreement.document import parse_agreement
from groundtruce.cli.app import app
from groundtruce.compliance.assess import answer_atoms, assess, atom_columns
from groundtruce.compliance.questions.answers import Facts
from groundtruce.compliance.rule import derive_rules
from groundtruce.model.serial import write_table
from groundtruce.model.table import INCIDENTS

LIBRARY = Path(__file__).parents[3] / "agreements"
NAMES = sorted(path.name for path in LIBRARY.iterdir())
SOCHI = LIBRARY / "sochi-2018" / "agreement.yaml"


def run(*arguments: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_what_is_begun_passes_its_check(tmp_path: Path) -> None:
    """And a second beginning destroys nothing."""
    folder = tmp_path / "lake_peace"
    assert run("agreement", "new", folder).exit_code == 0
    checked = run("agreement", "check", folder, "--json")
    assert checked.exit_code == 0
    assert json.loads(checked.stdout)["agreement"] == "lake-peace/1"
    (folder / "agreement.yaml").write_text("mine", encoding="utf-8")
    assert run("agreement", "new", folder).exit_code == 2
    assert (folder / "agreement.yaml").read_text("utf-8") == "mine"


def test_all_faults_are_told(tmp_path: Path) -> None:
    """With line, column, clause and remedy, each in one run."""
    path = tmp_path / "a.yaml"
    text = SOCHI.read_text("utf-8")
    path.write_text(
        text.replace("in(zone)", "in(zoen)").replace("low: 15000", "low: many"), encoding="utf-8"
    )
    result = run("agreement", "check", path)
    assert result.exit_code == 2
    assert "places.zone: belt.width_m" in result.stderr or "places.zone" in result.stderr
    path.write_text(text.replace("in(zone)", "in(zoen)").replace("anchor: ", "anchr: "), "utf-8")
    result = run("agreement", "check", path)
    assert "clause heavy_weapons: where: in does not know zoen. Was zone meant?" in result.stderr


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
@pytest.mark.parametrize("name", NAMES)
def test_every_agreement_can_be_read(name: str, language: str) -> None:
    """Each clause with its text, in each language."""
    agreement = parse_agreement(name, (LIBRARY / name / "agreement.yaml").read_bytes())
    result = run("agreement", "show", name, "--language", language)
    assert result.exit_code == 0
    for clause in agreement.clauses:
        assert getattr(clause.text, language) in result.stdout


def test_the_sql_is_what_another_engine_can_run() -> None:
    """The printed query, run by DuckDB over the answers, comes to the verdicts of the table."""
    agreement = parse_agreement("a", SOCHI.read_bytes())
    incidents = random_incidents(agreement, 2_000, seed=9)
    rules = derive_rules(agreement)
    given = answer_atoms(Facts(incidents, agreement), rules).with_columns(incidents["incident_id"])
    assert set(atom_columns(rules).values()) < set(given.columns)
    query = run("agreement", "show", "sochi-2018", "--sql").stdout
    with duckdb.connect() as connection:
        connection.register("answers", given.to_arrow())
        found = dict(connection.execute(query).fetchall())
    table = assess(incidents, agreement)
    assert found == dict(table.select("incident_id", "verdict").iter_rows())


def test_the_one_spelling_is_printed() -> None:
    """What `--yaml` prints is the same terms."""
    agreement = parse_agreement("a", SOCHI.read_bytes())
    printed = run("agreement", "show", "sochi-2018", "--yaml").stdout
    assert parse_agreement("b", printed.encode()) == agreement


def test_a_difference_names_the_assessments_that_change(tmp_path: Path) -> None:
    """As many as two assessments differ by."""
    agreement = parse_agreement("a", SOCHI.read_bytes())
    incidents = random_incidents(agreement, 500, seed=10)
    table = tmp_path / "incidents.csv"
    table.write_bytes(
        write_table(incidents.drop_nulls(["occurred_from", "occurred_to"]), ".csv", INCIDENTS)
    )
    other = tmp_path / "other.yaml"
    other.write_text(
        SOCHI.read_text("utf-8").replace("low: 15000, high: 20000", "low: 60000, high: 60000"),
        "utf-8",
    )
    result = run("agreement", "diff", "sochi-2018", other, "--incidents", table, "--json")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert {one["where"] for one in told["changes"]} == {
        "places.zone.belt.width_m.low",
        "places.zone.belt.width_m.high",
    }
    rows = incidents.drop_nulls(["occurred_from", "occurred_to"])
    old, new = (
        assess(rows, one)["verdict"]
        for one in (agreement, parse_agreement("b", other.read_bytes()))
    )
    assert len(told["changed_assessments"]) == (old != new).sum() > 0


def test_pages_stand_beside_the_machine_form(tmp_path: Path) -> None:
    """Three languages, the Arabic one from right to left."""
    assert run("agreement", "render", "minsk-2020", "--out", tmp_path).exit_code == 0
    page = (tmp_path / "agreement.ar.html").read_text("utf-8")
    assert 'dir="rtl"' in page
    assert "kind: prohibition" in page
    assert "<script" not in page


def test_an_incident_is_explained(tmp_path: Path) -> None:
    """By sentence and by question; what is not there is told."""
    agreement = parse_agreement("a", SOCHI.read_bytes())
    rows = random_incidents(agreement, 50, seed=11).drop_nulls(["occurred_from", "occurred_to"])
    table = tmp_path / "incidents.csv"
    table.write_bytes(write_table(rows, ".csv", INCIDENTS))
    one = rows["incident_id"][0]
    result = run("explain", table, "sochi-2018", "--incident", one, "--json")
    assert result.exit_code == 0
    (verdict,) = json.loads(result.stdout)["verdicts"]
    (branches,) = verdict["readings"].values()
    assert {branch["asks"] for branch in branches} >= {"act", "time", "place", "bound"}
    in_words = run("explain", table, "sochi-2018", "--incident", one, "--language", "fr").stdout
    assert in_words.startswith("Clause heavy_weapons, Armes lourdes hors de la zone")
    assert run("explain", table, "sochi-2018", "--incident", "I-none").exit_code == 2
    assert run("explain", table, "sochi-2018", "--incident", one, "--clause", "Z").exit_code == 2
    assert pl.read_csv(table).height == rows.height


def test_declarations_move_the_states_of_duties(tmp_path: Path) -> None:
    """An extension on record, asked for at a time; a subject that the agreement does not have is a fault."""
    agreement = parse_agreement("a", SOCHI.read_bytes())
    rows = random_incidents(agreement, 20, seed=12).drop_nulls(["occurred_from", "occurred_to"])
    table, told = tmp_path / "incidents.csv", tmp_path / "told.yaml"
    table.write_bytes(write_table(rows, ".csv", INCIDENTS))
    told.write_text(
        "declarations: [{kind: extended, subject: roads, at: 2018-12-30T00:00:00,"
        " until: 2019-06-30T00:00:00, by: the guarantors, cite: a test}]",
        encoding="utf-8",
    )
    common = ("assess", table, "sochi-2018", "--as-of", "2019-03-01T00:00:00+02:00", "--out")
    assert run(*common, tmp_path / "one").exit_code == 0
    assert run(*common, tmp_path / "two", "--declarations", told).exit_code == 0
    states = [
        pl.read_csv(tmp_path / name / "obligations.csv")
        .filter(pl.col("clause_id") == "roads")["state"]
        .item()
        for name in ("one", "two")
    ]
    assert states == ["not_determinable", "pending"]
    told.write_text(
        told.read_text("utf-8").replace("subject: roads", "subject: rods"), encoding="utf-8"
    )
    result = run(*common, tmp_path / "three", "--declarations", told)
    assert result.exit_code == 2
    assert "Was roads meant?" in result.stderr
    assert (
        run("assess", table, "sochi-2018", "--out", tmp_path / "f", "--as-of", "noon").exit_code
        == 2
    )
