"""A program of its own: declares two more tables and steps, and then does with them what the house does with all.

Run by `test_one_more_table`; prints as JSON where the tables were found.
"""

import json
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from groundtruce.model import table as tables
from groundtruce.model.table import INCIDENTS, Column, Content, Table

NOTES = Table(
    name="note",
    file="notes",
    key="incident_id",
    title="Notes",
    meaning="Notes on incidents",
    columns=(
        Column(name="incident_id", content=Content.IDENTIFIER, meaning="the incident"),
        Column(name="noted_at", content=Content.INSTANT, meaning="when it was noted"),
    ),
)
TOTALS = Table(
    name="total",
    file="totals",
    key="measure",
    title="Totals",
    meaning="Totals",
    columns=(
        Column(name="measure", meaning="what is counted"),
        Column(name="number", content=Content.WHOLE_NUMBER, meaning="how many"),
    ),
)
tables.DERIVED += (NOTES, TOTALS)
tables.TABLES += (NOTES, TOTALS)

# what follows from a declaration is made when its module is imported
from groundtruce.view import step as steps  # noqa: E402
from groundtruce.view.step import Conditions, Step, Tables  # noqa: E402


def note(conditions: Conditions, given: Tables) -> Tables:
    """Note every incident at its end."""
    return {NOTES: given[INCIDENTS].select("incident_id", noted_at="occurred_to")}


def total(conditions: Conditions, given: Tables) -> Tables:
    """Count the notes."""
    return {TOTALS: pl.DataFrame({"measure": ["notes"], "number": [given[NOTES].height]})}


steps.STEPS += (
    Step(name="note", needs=(INCIDENTS,), gives=(NOTES,), run=note, by_incident=True),
    Step(name="total", needs=(NOTES,), gives=(TOTALS,), run=total),
)

from starlette.testclient import TestClient  # noqa: E402
from tests.conftest import ROOT  # noqa: E402
from tests.database.views import view_of  # noqa: E402
from tools.reference import tables as reference  # noqa: E402
from typer.testing import CliRunner  # noqa: E402

from groundtruce.cli.app import app  # noqa: E402
from groundtruce.database.backend.open import open_database  # noqa: E402
from groundtruce.database.load.fill import fill  # noqa: E402
from groundtruce.database.load.update import apply  # noqa: E402
from groundtruce.intake.read import read_reports  # noqa: E402
from groundtruce.web.app import create_app  # noqa: E402
from groundtruce.web.state.settings import Settings  # noqa: E402


def main(folder: Path) -> None:
    """Compute, store, change, export and describe; print what came of the tables."""
    reports = read_reports([ROOT / "examples" / "syria-2016" / "reports.csv"]).in_order()
    less, view = view_of(reports[1:]), view_of(reports)
    (folder / "incidents.csv").write_bytes(view.incidents.write_csv().encode())
    agreement = ROOT / "agreements" / "syria-2016-02" / "agreement.yaml"
    assess = ["assess", str(folder / "incidents.csv"), str(agreement), "--out", str(folder / "out")]
    status = CliRunner().invoke(app, assess).exit_code
    with closing(open_database(f"sqlite:///{folder / 'view.sqlite'}")) as database:
        fill(database, less)
        apply(database, view)
        stored = {
            table.name: database.rows(f"SELECT COUNT(*) AS n FROM {table.name}")[0]["n"]
            for table in (NOTES, TOTALS)
        }
        place = Settings(database=database, clock=lambda: datetime.now(UTC))
        with TestClient(create_app(place, quiet=True), base_url="http://reader") as client:
            exports = {
                path: client.get(path).text for path in ("/notes.csv", "/totals.csv", "/api")
            }
            described = list(client.get("/openapi.json").json()["paths"])
    found = {
        "incidents": view.incidents.height,
        "digests": sorted(view.digests),
        "status": status,
        "files": sorted(path.name for path in (folder / "out").iterdir()),
        "stored": stored,
        "exports": exports,
        "described": described,
        "reference": "\n".join(reference()),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
