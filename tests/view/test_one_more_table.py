"""A table that is declared once, and given by one step, is everywhere that computed tables are."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def test_a_declared_table_is_everywhere(tmp_path: Path) -> None:
    """In digest, files, database (also after a change), exports, the page and description of the API, and docs."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.view.one_more_table", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    found = json.loads(run.stdout)
    assert {"notes", "totals"} < set(found["digests"])
    assert found["status"] == 0
    assert {"notes.csv", "totals.csv"} < set(found["files"])
    assert found["stored"] == {"note": found["incidents"], "total": 1}
    notes = found["exports"]["/notes.csv"].splitlines()
    assert sum(line.startswith("I-") for line in notes) == found["incidents"]
    assert f"notes,{found['incidents']}" in found["exports"]["/totals.csv"].splitlines()
    for path in ("/notes", "/totals"):
        assert f">{path}<" in found["exports"]["/api"]
        assert {f"{path}.csv", f"{path}.parquet"} < set(found["described"])
    assert "## Note table" in found["reference"]
    assert "| `noted_at` | instant | when it was noted |" in found["reference"]
