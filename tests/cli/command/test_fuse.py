"""A method on record: the weights of a run, held for every replay until another is recorded."""

import json
from pathlib import Path

from benchmarks.fusion.generator import Regime, generate
from typer.testing import CliRunner

from groundtruce.cli.app import app

AGREEMENT = Path(__file__).resolve().parents[3] / "agreements" / "syria-2016-02"


def run(*arguments: object) -> dict[str, object]:
    """Run a command, which must work, and return its summary."""
    result = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert result.exit_code == 0, result.output
    summary: dict[str, object] = json.loads(result.stdout)
    return summary


def test_a_recorded_model_decides_every_replay(tmp_path: Path) -> None:
    """A model learned from other reports is recorded, survives a second `init`, and gives the links that it gave."""
    node, reports, others = tmp_path / "node", tmp_path / "a.parquet", tmp_path / "b.parquet"
    generate(400, Regime.FRONT, seed=3).reports.write_parquet(reports)
    generate(900, Regime.SPREAD, seed=4).reports.write_parquet(others)
    run("fuse", others, "--out", tmp_path / "learned")
    method = tmp_path / "learned" / "method.json"
    run("init", node, "--delegation", "Secretariat", "--agreement", AGREEMENT)
    run("intake", reports, "--node", node, "--bulk")
    before = run("replay", node)
    found = run("init", node, "--delegation", "Secretariat", "--method", method)
    assert found["recorded"] == ["method_version"]
    assert run("init", node, "--delegation", "Secretariat")["recorded"] == []
    after = run("replay", node, "--out", tmp_path / "replayed")
    assert after != before
    run("fuse", reports, "--out", tmp_path / "fused", "--method", method, "--format", "csv")
    links = [(tmp_path / name / "links.csv").read_text("utf-8") for name in ("fused", "replayed")]
    assert links[0] == links[1]
