"""The commands: exit status, summaries, and the same bytes whatever the order or notation."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from tests.publish.manifests import is_done
from typer.testing import CliRunner, Result

from groundtruce.cli.app import app

EXAMPLE = Path(__file__).parents[2] / "examples" / "syria-2016"
TERMS = EXAMPLE.parents[1] / "agreements" / "syria-2016-02"
REPORTS, AGREEMENT = EXAMPLE / "reports.csv", TERMS / "agreement.yaml"


def run(*arguments: object) -> Result:
    """Run the command line; a traceback is a failure of the test."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def contents(folder: Path, names: Sequence[str]) -> dict[str, bytes]:
    """Return the bytes of files by name."""
    return {name: (folder / name).read_bytes() for name in names}


def test_the_demo_runs_from_nothing(demo_once: Path) -> None:
    """Ten lines, all files and a manifest that agrees."""
    printed = demo_once.with_suffix(".txt").read_text("utf-8")
    assert len(printed.strip().splitlines()) == 10
    assert is_done(demo_once, "demo")
    for language in ("en", "fr", "ar"):
        for form in ("html", "pdf"):
            assert (demo_once / f"daily-2016-03-04.{language}.{form}").stat().st_size > 10_000


def test_the_demo_tells_its_figures_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every incident has one verdict; the figures do not depend on the pages' typesetting, which takes long."""
    monkeypatch.setattr("groundtruce.publish.pdf.render_pdf", str.encode)
    summary = json.loads(run("demo", "--out", tmp_path, "--json").stdout)
    verdicts = ("breach", "not_determinable", "exempt", "no_breach")
    assert sum(summary[name] for name in verdicts) == summary["incidents"]
    assert summary["reports"] == 651


def variants(tmp_path: Path) -> dict[str, list[Path]]:
    """Write the example's reports shuffled, split, in another time notation and in other formats."""
    frame = pl.read_csv(REPORTS, infer_schema=False)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=7)
    shuffled.write_csv(tmp_path / "shuffled.csv")
    half = random.Random(7).randint(100, 500)
    shuffled[:half].write_csv(tmp_path / "one.csv")
    shuffled[half:].write_ndjson(tmp_path / "two.jsonl")
    moments = ("occurred_from", "occurred_to")
    frame.with_columns(
        pl.col(name)
        .str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC")
        .dt.convert_time_zone("Asia/Kathmandu")
        .dt.strftime("%Y-%m-%d %H:%M%z")
        for name in moments
    ).write_csv(tmp_path / "notation.csv")
    frame.with_columns(
        pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC") for name in moments
    ).with_columns(pl.col("lat", "lon").cast(pl.Float64)).write_parquet(tmp_path / "t.parquet")
    return {
        "shuffled": [tmp_path / "shuffled.csv"],
        "split": [tmp_path / "two.jsonl", tmp_path / "one.csv"],
        "notation": [tmp_path / "notation.csv"],
        "parquet": [tmp_path / "t.parquet"],
    }


def test_order_split_notation_and_format_give_the_same_bytes(tmp_path: Path) -> None:
    """Links, incidents, assessments and the report do not depend on how the reports were written."""
    names = ("links.csv", "incidents.csv")
    judged = ("assessments.csv", "obligations.csv")
    # a PDF follows from its page: see `test_a_pdf_is_the_same_bytes_twice`
    forms = ("html", "csv", "json", "geojson")
    daily = [f"daily-2016-03-04.{end}" for end in ("ar.html", *forms[1:])]

    def outputs(files: Sequence[Path], folder: Path) -> dict[str, bytes]:
        fused, assessed, reported = folder / "f", folder / "a", folder / "r"
        assert run("fuse", *files, "--out", fused, "--format", "csv").exit_code == 0
        assert run("assess", fused / "incidents.csv", AGREEMENT, "--out", assessed).exit_code == 0
        report = ("report", "daily", *files, "--agreement", AGREEMENT, "--day", "2016-03-04")
        chosen = [part for form in forms for part in ("--form", form)]
        assert run(*report, "--language", "ar", *chosen, "--out", reported).exit_code == 0
        return {
            **contents(fused, names),
            **contents(assessed, judged),
            **contents(reported, daily),
        }

    expected = outputs([REPORTS], tmp_path / "expected")
    for name, files in variants(tmp_path).items():
        assert outputs(files, tmp_path / name) == expected, name


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet", "jsonl"])
def test_each_format_is_written_and_read_back(tmp_path: Path, ending: str) -> None:
    """What a command writes, the next one reads."""
    assert run("intake", REPORTS, "--out", tmp_path / "i", "--format", ending).exit_code == 0
    again = run("fuse", tmp_path / "i" / f"reports.{ending}", "--out", tmp_path / "f", "--json")
    assert again.exit_code == 0
    assert json.loads(again.stdout)["reports"] == 651
    fused = tmp_path / "f" / f"incidents.{ending}"
    assert run("assess", fused, AGREEMENT, "--out", tmp_path / "a").exit_code == 0


def test_columns_of_ones_own_change_nothing(tmp_path: Path) -> None:
    """Unknown columns are carried along by intake and never disturb fusion or assessment."""
    names = ("group", "radius", "index", "level", "by", "when", "where", "undirected", "score")
    frame = pl.read_csv(REPORTS, infer_schema=False)
    frame.with_columns(pl.lit("x").alias(name) for name in names).write_csv(tmp_path / "r.csv")
    assert run("fuse", REPORTS, "--out", tmp_path / "plain").exit_code == 0
    assert run("fuse", tmp_path / "r.csv", "--out", tmp_path / "more").exit_code == 0
    files = ("links.csv", "incidents.csv")
    assert contents(tmp_path / "more", files) == contents(tmp_path / "plain", files)
    incidents = pl.read_csv(tmp_path / "more" / "incidents.csv", infer_schema=False)
    incidents.with_columns(pl.lit("x").alias(name) for name in names).write_csv(tmp_path / "i.csv")
    assert run("assess", tmp_path / "i.csv", AGREEMENT, "--out", tmp_path / "a").exit_code == 0
    assert run("intake", tmp_path / "r.csv", "--out", tmp_path / "i").exit_code == 0
    assert set(names) < set(pl.read_csv(tmp_path / "i" / "reports.csv").columns)


def test_the_whole_ukraine_file_is_accounted_for(tmp_path: Path, shared_data: Path) -> None:
    """cp1252, two date shapes: every row is a link or in quarantine."""
    source = shared_data / "ucdp-ged" / "ukraine_2014_2023.csv"
    result = run("fuse", source, "--out", tmp_path / "f", "--json")
    assert result.exit_code == 1
    summary = json.loads(result.stdout)
    links = pl.read_csv(tmp_path / "f" / "links.csv")
    quarantined = pl.read_csv(tmp_path / "f" / "quarantine.csv", infer_schema=False)
    assert summary["rows_read"] == 3883 == links.height + quarantined.height
    assert (
        quarantined.null_count()
        .select("row", "field", "code", "reason", "remedy")
        .sum_horizontal()[0]
        == 0
    )
    assessed = run("assess", tmp_path / "f" / "incidents.csv", AGREEMENT, "--out", tmp_path / "a")
    assert assessed.exit_code == 0


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["demo"],
        ["intake"],
        ["fuse"],
        ["assess"],
        ["agreement", "check"],
        ["agreement", "new"],
        ["agreement", "show"],
        ["agreement", "diff"],
        ["agreement", "render"],
        ["explain"],
        ["report", "daily"],
    ],
)
def test_every_command_explains_itself(command: list[str]) -> None:
    """Help shows what it does and, for a command, an example."""
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert not command or "Examples" in result.stdout


def test_wrong_arguments_exit_with_2(tmp_path: Path) -> None:
    """A misspelt option and a missing one are told, nothing is written."""
    assert run("fuse", REPORTS, "--output", tmp_path / "x").exit_code == 2
    assert run("fuse", REPORTS).exit_code == 2
    assert run("fuse", REPORTS, "--out", tmp_path / "x", "--format", "xml").exit_code == 2
    assert not (tmp_path / "x").exists()


def test_a_wrong_case_exits_with_2(tmp_path: Path) -> None:
    """An expectation that does not come out is told with what did."""
    cases = tmp_path / "cases.yaml"
    cases.write_text(
        "cases: [{id: c, title: t, facts: {kind: fire}, expect: {A3: {verdict: breach}}}]"
    )
    result = run("agreement", "check", AGREEMENT, "--cases", cases)
    assert result.exit_code == 2
    assert "expected breach, found not_determinable" in result.stderr
