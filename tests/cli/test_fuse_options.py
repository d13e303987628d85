"""`groundtruce fuse`: what it takes and writes beside links and incidents."""

import json
from pathlib import Path

import polars as pl
import pytest
from benchmarks.fusion.generator import Regime, generate
from typer.testing import CliRunner

from groundtruce.cli.app import app
from groundtruce.model.table import ESTIMATES, REASONS, REDIRECTS


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of synthetic reports with vectors of texts."""
    path = tmp_path_factory.mktemp("reports") / "reports.parquet"
    generate(1_500, Regime.FRONT, seed=3, text=True).reports.write_parquet(path)
    return path


def run(*arguments: object) -> str:
    """Run `fuse`, which must work."""
    result = CliRunner().invoke(app, ["fuse", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_method_that_was_written_gives_the_same_files_again(table: Path, tmp_path: Path) -> None:
    """`method.json` holds all that decided."""
    run(table, "--out", tmp_path / "one")
    run(table, "--out", tmp_path / "two", "--method", tmp_path / "one" / "method.json")
    for name in ("links.parquet", "incidents.parquet", "method.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_vector_of_text_counts_in_every_format(table: Path, tmp_path: Path) -> None:
    """A list in Parquet and a text in CSV say the same."""
    run(table, "--out", tmp_path / "one", "--format", "csv")
    rows = pl.read_parquet(table)
    texts = pl.format("[{}]", pl.col("text_vector").cast(pl.List(pl.String)).list.join(", "))
    csv = tmp_path / "reports.csv"
    instants = pl.col("occurred_from", "occurred_to").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    rows.with_columns(instants, text_vector=texts).write_csv(csv)
    run(csv, "--out", tmp_path / "two")
    assert (tmp_path / "one/links.csv").read_bytes() == (tmp_path / "two/links.csv").read_bytes()
    model = json.loads((tmp_path / "two/method.json").read_bytes())["model"]
    assert sum(model["share"]["match"]["text"][4:]) > 0.5


def test_reasons_and_estimates_are_tables(table: Path, tmp_path: Path) -> None:
    """Each linked report has its reason; the slices add up to all incidents."""
    run(table, "--out", tmp_path, "--format", "csv", "--by", "kind", "--by", "month", "--reasons")
    reasons = pl.read_csv(tmp_path / "reasons.csv")
    assert reasons.columns == list(REASONS.names)
    numbers = reasons.select("place", "time", "kind", "actor", "means", "killed", "text", "around")
    assert numbers.width == 8
    assert reasons["sentence"].str.starts_with("One event with probability").all()
    links = pl.read_csv(tmp_path / "links.csv")
    together = links.filter(pl.col("incident_id").is_duplicated())
    assert set(reasons["report_id"]) <= set(together["report_id"])
    estimates = pl.read_csv(tmp_path / "estimates.csv")
    assert estimates.columns == list(ESTIMATES.names)
    assert (estimates["low"] <= estimates["high"]).all()
    totals = estimates.group_by("by").agg(pl.col("incidents").sum())["incidents"]
    assert totals.to_list() == [links["incident_id"].n_unique()] * 3


def test_what_is_gone_leads_somewhere(table: Path, tmp_path: Path) -> None:
    """Every incident of the earlier run is there or redirected, and redirects lead to what is there."""
    rows = pl.read_parquet(table)
    part = tmp_path / "part.parquet"
    rows.head(1_000).write_parquet(part)
    run(part, "--out", tmp_path / "one", "--format", "csv")
    links = tmp_path / "one/links.csv"
    run(table, "--out", tmp_path / "two", "--format", "csv", "--previous", links)
    before = set(pl.read_csv(links)["incident_id"])
    after = set(pl.read_csv(tmp_path / "two/links.csv")["incident_id"])
    gone = pl.read_csv(tmp_path / "two/redirects.csv")
    assert gone.columns == list(REDIRECTS.names)
    assert set(gone["incident_id"]) == before - after
    assert set(gone["redirect_to"]) <= after


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--by", "nothing"], "slice.unknown"),
        (["--method", "{table}"], "document.field"),
        (["--previous", "missing.csv"], "file.missing"),
        (["--engine", "spark", "--reasons"], "engine.input"),
    ],
)
def test_what_cannot_be_done_is_told_and_nothing_is_written(
    table: Path, tmp_path: Path, arguments: list[str], code: str
) -> None:
    """Exit status 2, the code of the problem, and no folder."""
    told = [one.format(table=table) for one in arguments]
    result = CliRunner().invoke(app, ["fuse", str(table), "--out", str(tmp_path / "out"), *told])
    assert result.exit_code == 2
    assert code in result.output
    assert not (tmp_path / "out").exists()
