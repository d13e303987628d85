"""Writing a set of files so that a crash at any line leaves either the old set, the new set, or no claim.

The order of effects, which the kill test walks through:

1. every new file is written to a hidden name beside its place and synced;
2. the old manifest is removed: from here the folder claims nothing;
3. files that only the old manifest named, as a quarantine that is empty now, are removed;
4. each new file is renamed into place;
5. the manifest, which names every file with its SHA-256, is written, synced and renamed into place;
6. the folder is synced.

What a command wrote is done exactly when its manifest is there and agrees with the files.
Each command has a manifest of its own, so that two of them may share a folder.
"""

import json
import os
from collections.abc import Callable, Mapping
from hashlib import file_digest, sha256
from pathlib import Path

from groundtruce.model.problem import GroundtruceError, Problem, explain_refusal

__all__ = ["name_manifest", "write_folder"]

_HIDDEN = ".partial-"


def name_manifest(command: str) -> str:
    """Return the name of the manifest of a command, as `fuse.manifest.json`."""
    return f"{command.replace(' ', '-')}.manifest.json"


def write_folder(
    folder: Path,
    command: str,
    files: Mapping[str, bytes | Path],
    about: Mapping[str, object],
    step: Callable[[str], None] = lambda name: None,
) -> None:
    """Write `files` (name to bytes, or to a file on the same disk that is moved) and a manifest into a folder.

    `step` is called before each effect with its name; tests stop the process there.
    Raises GroundtruceError `file.unwritable`; then nothing half-written is left.
    """
    manifest = {
        "command": command,
        **about,
        "files": {name: _digest(content) for name, content in sorted(files.items())},
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        for name, content in files.items():
            step(f"stage {name}")
            _write_synced(folder / f"{_HIDDEN}{name}", content)
        stale = sorted(_read_manifest(folder, command).keys() - files.keys())
        step("remove manifest")
        (folder / name_manifest(command)).unlink(missing_ok=True)
        for name in stale:
            step(f"remove {name}")
            (folder / name).unlink(missing_ok=True)
        for name in files:
            step(f"place {name}")
            (folder / f"{_HIDDEN}{name}").replace(folder / name)
        step("stage manifest")
        hidden = folder / f"{_HIDDEN}{name_manifest(command)}"
        _write_synced(hidden, _json(manifest))
        step("place manifest")
        hidden.replace(folder / name_manifest(command))
        step("sync folder")
        _sync_folder(folder)
    except OSError as error:
        _sweep_quietly(folder)
        raise GroundtruceError(
            Problem.OUTPUT_UNWRITABLE,
            file=str(error.filename or folder),
            cause=explain_refusal(error),
        ) from error


def _read_manifest(folder: Path, command: str) -> dict[str, str]:
    """Return the files that the command's manifest names, each with its SHA-256; none where it cannot be read."""
    try:
        files = json.loads((folder / name_manifest(command)).read_bytes())["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    if not isinstance(files, dict):
        return {}
    return {
        name: digest
        for name, digest in files.items()
        if isinstance(digest, str) and Path(name).name == name
    }


def _digest(content: bytes | Path) -> str:
    if isinstance(content, bytes):
        return sha256(content).hexdigest()
    with content.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def _write_synced(path: Path, content: bytes | Path) -> None:
    if isinstance(content, Path):
        content.replace(path)
    with path.open("r+b" if isinstance(content, Path) else "wb") as stream:
        if isinstance(content, bytes):
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
