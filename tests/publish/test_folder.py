"""Writing a folder: killed at any step, it claims the old set, the new set, or nothing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.publish.folder import MANIFEST, is_done, write_folder

OLD = {"a.csv": b"old a\n", "b.csv": b"old b\n"}
NEW = {"a.csv": b"new a\n", "b.csv": b"new b\n", "c.csv": b"new c\n"}

CHILD = """
import os, signal, sys
from pathlib import Path
from groundtruce.publish.folder import write_folder

left = int(sys.argv[2])

def step(name):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1

write_folder(Path(sys.argv[1]), {files!r}, {{}}, step)
"""


def steps() -> list[str]:
    """Return the names of all effects of writing the new set."""
    seen: list[str] = []
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"steps-{os.getpid()}"
    write_folder(folder, NEW, {}, seen.append)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    return seen


@pytest.mark.parametrize("number", range(len(steps())))
def test_a_kill_at_any_step_leaves_no_false_claim(tmp_path: Path, number: int) -> None:
    """After SIGKILL the files are whole, a manifest is true or absent, and a rerun completes."""
    write_folder(tmp_path, OLD, {})
    script = CHILD.format(files=NEW)
    run = subprocess.run([sys.executable, "-c", script, str(tmp_path), str(number)], check=False)
    assert run.returncode == -signal.SIGKILL
    found = {path.name: path.read_bytes() for path in tmp_path.glob("[abc].csv")}
    for name, content in found.items():
        assert content in (OLD.get(name), NEW[name])
    if (tmp_path / MANIFEST).exists():
        assert is_done(tmp_path)
        assert found in (OLD, NEW)
    write_folder(tmp_path, NEW, {})
    assert is_done(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*NEW, MANIFEST])


def test_a_changed_file_is_no_longer_done(tmp_path: Path) -> None:
    """The manifest vouches for bytes, not for names."""
    write_folder(tmp_path, OLD, {})
    assert is_done(tmp_path)
    (tmp_path / "a.csv").write_bytes(b"changed\n")
    assert not is_done(tmp_path)


def test_a_full_disk_leaves_the_old_set_and_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills while files are staged: the old set still stands."""
    write_folder(tmp_path, OLD, {})

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(GroundtruceError) as caught:
        write_folder(tmp_path, NEW, {})
    assert caught.value.problem is Problem.OUTPUT_UNWRITABLE
    assert "no space left" in caught.value.sentence
    assert is_done(tmp_path)
    assert list(tmp_path.glob(".partial-*")) == []
