"""Writing so that what is acknowledged survives a power cut.

* A file is written beside its place, synced, renamed into place, and the folder is synced; a new folder's parent too.
* Files that belong together are written and synced together, and renamed only when all are on the disk.
* A failed sync is fatal: the caller stops; it never tries again on the same file.
* The eight operations of `Disk` are all that this package does to a disk; tests replace them to cut the power.
"""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from groundtruce.model.problem import GroundtruceError, Problem

__all__ = ["Disk"]

_HIDDEN = ".partial-"
_PARALLEL = 8
"""Syncs in flight: file systems commit concurrent ones together."""


class Disk:
    """The operations, and the durable writes made of them; raises GroundtruceError `record.disk`."""

    def write(self, path: Path, content: bytes) -> None:
        """Replace or make one file, durably."""
        self.write_all({path: content})

    def write_all(self, files: Mapping[Path, bytes]) -> None:
        """Replace or make several files; on return each is durable under its name."""
        try:
            folders = {path.parent for path in files}
            synced = self._make_folders(folders)
            for path, content in files.items():
                self.create(path.with_name(_HIDDEN + path.name), content)
            self._sync_all([path.with_name(_HIDDEN + path.name) for path in files])
            for path in files:
                self.rename(path.with_name(_HIDDEN + path.name), path)
            for folder in sorted(folders | synced):
                self.sync_folder(folder)
        except OSError as error:
            raise _failed(error) from error

    def append(self, path: Path, content: bytes) -> None:
        """Add to the end of a file that exists; on return it is durable."""
        try:
            self.extend(path, content)
            self.sync(path)
        except OSError as error:
            raise _failed(error) from error

    def cut(self, path: Path, length: int) -> None:
        """Shorten a file, durably."""
        try:
            self.truncate(path, length)
            self.sync(path)
        except OSError as error:
            raise _failed(error) from error

    def discard(self, path: Path) -> None:
        """Remove a file that nothing needs; whether it comes back after a power cut does not matter."""
        try:
            self.unlink(path)
        except OSError as error:
            raise _failed(error) from error

    # The operations.

    def create(self, path: Path, content: bytes) -> None:
        """Write a file, not synced."""
        path.write_bytes(content)

    def extend(self, path: Path, content: bytes) -> None:
        """Write to the end of a file, not synced."""
        with path.open("ab") as stream:
            stream.write(content)

    def truncate(self, path: Path, length: int) -> None:
        """Shorten a file, not synced."""
        os.truncate(path, length)

    def sync(self, path: Path) -> None:
        """Make the content of a file durable."""
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def sync_folder(self, path: Path) -> None:
        """Make the names in a folder durable."""
        self.sync(path)

    def rename(self, path: Path, target: Path) -> None:
        """Give a file another name, replacing what had it."""
        path.replace(target)

    def make_folder(self, path: Path) -> None:
        """Make one folder."""
        path.mkdir(exist_ok=True)

    def unlink(self, path: Path) -> None:
        """Remove a file or an empty folder, if it is there."""
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)

    def _make_folders(self, folders: set[Path]) -> set[Path]:
        """Make folders with their parents; return the parents whose names changed."""
        changed = set()
        for folder in sorted(folders):
            missing = [one for one in (folder, *folder.parents) if not one.exists()]
            for one in reversed(missing):
                self.make_folder(one)
                changed.add(one.parent)
        return changed

    def _sync_all(self, paths: list[Path]) -> None:
        if len(paths) == 1:
            self.sync(paths[0])
            return
        with ThreadPoolExecutor(_PARALLEL) as pool:
            list(pool.map(self.sync, paths))


def _failed(error: OSError) -> GroundtruceError:
    cause = (error.strerror or str(error)).lower()
    return GroundtruceError(Problem.RECORD_DISK, file=str(error.filename or "a file"), cause=cause)
