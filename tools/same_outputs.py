"""Compares what two commits compute, byte for byte: `python -m tools.same_outputs REVISION`.

The record is that of the worked example, made once by the earlier commit; both replay it and write the daily report,
and both fuse and assess the example's table and write a report from files alone. Exit status 1 names what differs.
"""

import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
_TERMS = "agreements/syria-2016-02/agreement.yaml"
_TABLE = "examples/syria-2016/reports.csv"
_COMMANDS = (
    ("replay", "{record}/secretariat", "--out", "{out}/replay"),
    (
        "report",
        "daily",
        "--node",
        "{record}/secretariat",
        "--day",
        "2016-03-04",
        "--out",
        "{out}/node",
    ),
    (
        "report",
        "daily",
        _TABLE,
        "--agreement",
        _TERMS,
        "--day",
        "2016-03-05",
        "--out",
        "{out}/files",
    ),
    ("fuse", _TABLE, "--out", "{out}/fused"),
    ("assess", "{out}/fused/incidents.csv", _TERMS, "--out", "{out}/assessed"),
)


def compute_outputs(sources: Path, record: Path, out: Path) -> dict[str, bytes]:
    """Run the commands of the sources in a folder; return what they wrote, by name."""
    own = out / "record"
    copytree(record, own)
    for command in _COMMANDS:
        _run(sources, *(part.format(record=own, out=out) for part in command))
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and not path.is_relative_to(own)
    }


def _run(sources: Path, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "groundtruce", *arguments],
        cwd=sources,
        env={**os.environ, "PYTHONPATH": str(sources / "src")},
        stdout=subprocess.DEVNULL,
        check=True,
    )


def main(revision: str) -> int:
    """Print which files differ, and return 1 where any does."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        earlier = folder / "earlier"
        subprocess.run(
            ["git", "-C", ROOT, "worktree", "add", "--detach", earlier, revision], check=True
        )
        try:
            _run(earlier, "demo", "--out", str(folder / "demo"))
            record = folder / "demo" / "record"
            before = compute_outputs(earlier, record, folder / "before")
            now = compute_outputs(ROOT, record, folder / "now")
        finally:
            subprocess.run(
                ["git", "-C", ROOT, "worktree", "remove", "--force", earlier], check=True
            )
    different = sorted(
        file for file in before.keys() | now.keys() if before.get(file) != now.get(file)
    )
    for file in different:
        print(f"differs: {file}")
    print(f"{len(before)} files before, {len(now)} now, {len(different)} differ")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
