"""Writing a folder: killed at any step, it claims the old set, the new set, or nothing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.publish.manifests import is_done

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.publish.atomic_folder import name_manifest, write_folder

MANIFEST = name_manifest("job")
OLD = {"a.csv": b"old a\n", "b.csv": b"old b\n"}
NEW = {"a.csv": b"new a\n", "b.csv": b"new b\n", "c.csv": b"new c\n"}

CHILD = """
import os, signal, sys
from pathlib import Path
from groundtruce.publish.atomic_folder import write_folder

left = int(sys.argv[2])

def step(name):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1

write_folder(Path(sys.argv[1]), "job", {files!r}, {{}}, step)
"""


def steps() -> list[str]:
    """Return the names of all effects of writing the new set."""
    seen: list[str] = []
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"steps-{os.getpid()}"
    write_folder(folder, "job", NEW, {}, seen.append)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    return seen


@pytest.mark.parametrize("number", range(len(steps())))
def test_a_kill_at_any_step_leaves_no_false_claim(tmp_path: Path, number: int) -> None:
    """After SIGKILL the files are whole, a manifest is true or absent, and a rerun completes."""
    write_folder(tmp_path, "job", OLD, {})
    script = CHILD.format(files=NEW)
    run = subprocess.run([sys.executable, "-c", script, str(tmp_path), str(number)], check=False)
    assert run.returncode == -signal.SIGKILL
    found = {path.name: path.read_bytes() for path in tmp_path.glob("[abc].csv")}
    for name, content in found.items():
        assert content in (OLD.get(name), NEW[name])
    if (tmp_path / MANIFEST).exists():
        assert is_done(tmp_path)
        assert found in (OLD, NEW)
    write_folder(tmp_path, "job", NEW, {})
    assert is_done(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*NEW, MANIFEST])


def test_a_changed_file_is_no_longer_done(tmp_path: Path) -> None:
    """The manifest vouches for bytes, not for names."""
    write_folder(tmp_path, "job", OLD, {})
    assert is_done(tmp_path)
    (tmp_path / "a.csv").write_bytes(b"changed\n")
    assert not is_done(tmp_path)


def test_a_full_disk_leaves_the_old_set_and_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills while files are staged: the old set still stands."""
    write_folder(tmp_path, "job", OLD, {})

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(GroundtruceError) as caught:
        write_folder(tmp_path, "job", NEW, {})
    assert caught.value.problem is Problem.OUTPUT_UNWRITABLE
    assert "no space left" in caught.value.sentence
    assert is_done(tmp_path)
    assert list(tmp_path.glob(".partial-*")) == []


@pytest.mark.parametrize("failing", ["a.csv", "c.csv", MANIFEST])
def test_a_failure_while_placing_leaves_no_claim_and_no_leftovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    """The disk gives out between two renames: whole files, no manifest, nothing hidden."""
    write_folder(tmp_path, "job", OLD, {})
    rename = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if target.name == failing:
            raise OSError(5, "Input/output error", str(target))
        return rename(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", refuse)
        with pytest.raises(GroundtruceError):
            write_folder(tmp_path, "job", NEW, {})
    assert not is_done(tmp_path)
    assert list(tmp_path.glob(".partial-*")) == []
    for path in tmp_path.iterdir():
        assert path.read_bytes() in (OLD.get(path.name), NEW[path.name])
    write_folder(tmp_path, "job", NEW, {})
    assert is_done(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "7", '{"files": []}', '{"files": {"a.csv": null}}'])
def test_a_manifest_of_another_shape_vouches_for_nothing(tmp_path: Path, text: str) -> None:
    """Whoever wrote it."""
    write_folder(tmp_path, "job", OLD, {})
    (tmp_path / MANIFEST).write_text(text)
    assert not is_done(tmp_path)


def test_what_is_no_longer_written_is_removed(tmp_path: Path) -> None:
    """A quarantine of an earlier run does not outlive the run that no longer needs it."""
    write_folder(tmp_path, "job", NEW, {})
    write_folder(tmp_path, "job", OLD, {})
    assert not (tmp_path / "c.csv").exists()
    assert is_done(tmp_path)


def test_two_commands_may_share_a_folder(tmp_path: Path) -> None:
    """Each vouches for its own files and leaves the other's alone."""
    write_folder(tmp_path, "fuse", {"links.csv": b"l"}, {})
    write_folder(tmp_path, "assess", {"assessments.csv": b"a"}, {})
    assert is_done(tmp_path, "fuse")
    assert is_done(tmp_path, "assess")
