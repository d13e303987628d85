"""The documentation: generated pages are up to date, every page is in the navigation, commands work."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from groundtruce.cli.app import app

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def test_the_reference_follows_the_code() -> None:
    """Commands, tables, lexicon and problems stand as the code has them."""
    tool = ROOT / "tools" / "reference.py"
    run = subprocess.run(
        [sys.executable, tool, "--check"], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_every_page_is_in_the_navigation() -> None:
    """A page without a line in mkdocs.yml would not be found."""
    listed = set(re.findall(r"[\w/-]+\.md", (ROOT / "mkdocs.yml").read_text("utf-8")))
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    assert pages == listed


@pytest.mark.parametrize(
    "name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "examples/syria-2016/README.md"]
)
def test_links_between_pages_lead_somewhere(name: str) -> None:
    """Relative links name files that exist."""
    page = ROOT / name
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / link).exists(), link


def test_the_tour_prints_what_the_demo_prints(demo_once: Path) -> None:
    """The figures of the README are those that the command gives."""
    printed = demo_once.with_suffix(".txt").read_text("utf-8").splitlines()
    readme = (ROOT / "README.md").read_text("utf-8")
    for line in printed[:8]:
        assert line in readme


def test_the_python_tutorial_prints_what_it_says(
    demo_once: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its blocks run one after the other, and each prints the text below it."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "out").symlink_to(demo_once)
    monkeypatch.chdir(tmp_path)
    page = (DOCS / "tutorial-python.md").read_text("utf-8")
    steps = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", page, re.DOTALL)
    assert len(steps) == page.count("```python")
    names: dict[str, object] = {}
    for code, printed in steps:
        exec(code, names)
        assert capsys.readouterr().out == printed


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of a page in a language."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


def test_the_worked_source_is_read_as_the_page_says(tmp_path: Path) -> None:
    """The table, the mapping and the outcome of the how-to agree."""
    page = DOCS / "how-to" / "add-a-source.md"
    (tmp_path / "sightings.csv").write_text(blocks(page, "csv")[0])
    mapping = next(text for text in blocks(page, "yaml") if "sightings" in text)
    (tmp_path / "sightings.yaml").write_text(mapping)
    arguments = [
        "intake",
        str(tmp_path / "sightings.csv"),
        "--mapping",
        str(tmp_path / "sightings.yaml"),
    ]
    result = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "read")])
    assert result.exit_code == 1
    assert "2 of 3 rows read" in result.stdout
    assert "rumour" in (tmp_path / "read" / "quarantine.csv").read_text()


def test_the_table_of_ones_own_is_fused_as_the_page_says(tmp_path: Path) -> None:
    """Two posts, one incident."""
    page = DOCS / "how-to" / "read-your-own-table.md"
    (tmp_path / "mine.csv").write_text(blocks(page, "csv")[0])
    result = CliRunner().invoke(
        app, ["fuse", str(tmp_path / "mine.csv"), "--out", str(tmp_path / "fused")]
    )
    said = blocks(page, "console")[0].splitlines()[1]
    assert said in result.stdout


def test_the_tutorial_prints_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command of the tutorial runs in its order, on its table, with the outcome shown."""
    page = DOCS / "tutorial.md"
    (tmp_path / "agreements").symlink_to(ROOT / "agreements")
    table = tmp_path / "out" / "tutorial" / "reports.csv"
    table.parent.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    good, slip = blocks(page, "csv")[0], blocks(page, "text")[0]
    prefix = "$ .venv/bin/groundtruce "
    shown = [text for text in blocks(page, "console") if text.startswith(prefix)]
    statuses = []
    for number, text in enumerate(shown, 1):
        table.write_text(good + slip if number == len(shown) else good)
        command, *said = text.splitlines()
        result = CliRunner().invoke(app, command.removeprefix(prefix).split())
        statuses.append(result.exit_code)
        assert said == result.stdout.splitlines()[: len(said)]
    assert statuses == [0, 0, 0, 1]


def test_every_yaml_of_the_project_is_yaml() -> None:
    """Documents that people copy must parse."""
    for folder in ("examples", "agreements"):
        for path in (ROOT / folder).rglob("*.yaml"):
            assert yaml.safe_load(path.read_text("utf-8"))
