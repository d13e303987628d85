"""Manifests read as any reader would: whether a folder is what its manifest says."""

import json
from hashlib import sha256
from pathlib import Path

from groundtruce.publish.atomic_folder import name_manifest

__all__ = ["is_done"]


def is_done(folder: Path, command: str = "job") -> bool:
    """Return whether the command's manifest can be read and agrees with every file that it names."""
    try:
        files = json.loads((folder / name_manifest(command)).read_bytes())["files"]
        return bool(files) and all(
            sha256((folder / name).read_bytes()).hexdigest() == digest
            for name, digest in files.items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
