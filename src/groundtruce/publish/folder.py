"""Writing a set of files so that a crash at any line leaves either the old set, the new set, or no claim.

The order of effects, which the kill test walks through:

1. every new file is written to a hidden name beside its place and synced;
2. the old manifest is removed: from here the folder claims nothing;
3. each file is renamed into place;
4. the manifest, which names every file with its SHA-256, is written, synced and renamed into place;
5. the folder is synced.

A folder is done exactly when its manifest is there and agrees with the files.
"""

import json
import os
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from groundtruce.model.problem import GroundtruceError, Problem

__all__ = ["MANIFEST", "is_done", "write_folder"]

MANIFEST = "manifest.json"
_HIDDEN = ".partial-"


def write_folder(
    folder: Path,
    files: Mapping[str, bytes],
    about: Mapping[str, object],
    step: Callable[[str], None] = lambda name: None,
) -> None:
    """Write `files` (name to bytes) and a manifest with `about` into a folder.

    `step` is called before each effect with its name; tests stop the process there.
    Raises GroundtruceError `file.unwritable`; then nothing half-written is left.
    """
    manifest = {
        **about,
        "files": {name: sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        for name, content in files.items():
            step(f"stage {name}")
            _write_synced(folder / f"{_HIDDEN}{name}", content)
        step("remove manifest")
        (folder / MANIFEST).unlink(missing_ok=True)
        for name in files:
            step(f"place {name}")
            (folder / f"{_HIDDEN}{name}").replace(folder / name)
        step("stage manifest")
        _write_synced(folder / f"{_HIDDEN}{MANIFEST}", _json(manifest))
        step("place manifest")
        (folder / f"{_HIDDEN}{MANIFEST}").replace(folder / MANIFEST)
        step("sync folder")
        _sync_folder(folder)
    except OSError as error:
        _sweep_quietly(folder)
        cause = (error.strerror or str(error)).lower()
        raise GroundtruceError(
            Problem.OUTPUT_UNWRITABLE, file=str(error.filename or folder), cause=cause
        ) from error


def is_done(folder: Path) -> bool:
    """Return whether the folder's manifest is there and agrees with every file that it names."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        return all(
            sha256((folder / name).read_bytes()).hexdigest() == digest
            for name, digest in manifest["files"].items()
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(folder: Path) -> None:
    """Remove what an interrupted run left."""
    for leftover in folder.glob(f"{_HIDDEN}*"):
        leftover.unlink()


def _sweep_quietly(folder: Path) -> None:
    try:
        _sweep(folder)
    except OSError:
        return


def _json(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    return text.encode() + b"\n"
