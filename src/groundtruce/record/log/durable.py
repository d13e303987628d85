"""Writing so that what is acknowledged survives a power cut.

* A file is written next to its final path, synced, renamed to it, and the folder is synced.
* Whoever made a folder may have died before its name was synced; so the folders above are synced at their first use.
* Files that belong together are written and synced together, and renamed only when all are on the disk.
* A failed sync is fatal: the caller stops; it never tries again on the same file.
* The seven operations of `Disk` are all that this package does to a disk; tests replace them to cut the power.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem, explain_refusal

__all__ = ["Disk", "disk_problem"]

_HIDDEN = ".partial-"
_PARTS = 1024
"""Parts in one call: what Linux takes (`IOV_MAX`)."""
_PARALLEL = 8
"""Syncs in flight: file systems commit concurrent ones together."""


class Disk:
    """The operations, and the durable writes made of them; raises GroundtruceError `record.disk`."""

    def __init__(self) -> None:
        self._settled: set[Path] = set()
        """Folders whose names, and those of the folders above, this object has synced."""

    def write(self, path: Path, content: bytes) -> None:
        """Replace or make one file, durably."""
        self.write_all({path: content})

    def write_all(self, files: Mapping[Path, bytes]) -> None:
        """Replace or make several files; on return each is durable under its name."""
        with disk_problem():
            folders = sorted({path.parent for path in files})
            for folder in folders:
                self._settle(folder)
            for path, content in files.items():
                self.create(path.with_name(_HIDDEN + path.name), content)
            self._sync_all([path.with_name(_HIDDEN + path.name) for path in files])
            for path in files:
                self.rename(path.with_name(_HIDDEN + path.name), path)
            for folder in folders:
                self.sync_folder(folder)

    def append(self, path: Path, *parts: bytes) -> None:
        """Add to the end of a file that exists; on return it is durable."""
        with disk_problem():
            self.extend(path, *parts)
            self.sync(path)

    def discard(self, path: Path) -> None:
        """Remove a file that nothing needs; whether it comes back after a power cut does not matter."""
        with disk_problem():
            self.unlink(path)

    def remove(self, path: Path) -> None:
        """Remove a file, if it is there; on return it stays away, whatever happens to the power."""
        with disk_problem():
            if path.exists():
                self.unlink(path)
                self.sync_folder(path.parent)

    def discard_folder(self, path: Path) -> None:
        """Remove a folder and the files in it, if it is there; as `discard`."""
        with disk_problem():
            if path.is_dir():
                for file in sorted(path.iterdir()):
                    self.unlink(file)
                self.unlink(path)

    def make_folders(self, folder: Path) -> None:
        """Make a folder and those above it, where they are missing; on return each is durable under its name."""
        with disk_problem():
            self._settle(folder)

    # The operations.

    def create(self, path: Path, content: bytes) -> None:
        """Write a file, not synced."""
        path.write_bytes(content)

    def extend(self, path: Path, *parts: bytes) -> None:
        """Write parts to the end of a file, not synced."""
        with path.open("ab", buffering=0) as stream:
            for start in range(0, len(parts), _PARTS):
                _write_parts(stream.fileno(), parts[start : start + _PARTS])

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

    def _settle(self, folder: Path) -> None:
        """Make a folder where it is missing, and sync its name and those of the folders above, once."""
        folder = folder.absolute()
        if folder in self._settled or folder == folder.parent:
            return
        self._settle(folder.parent)
        if not folder.exists():
            self.make_folder(folder)
        # who may not look into a folder did not make what is in it
        with suppress(PermissionError):
            self.sync_folder(folder.parent)
        self._settled.add(folder)

    def _sync_all(self, paths: list[Path]) -> None:
        """Sync several files at a time."""
        if len(paths) == 1:
            self.sync(paths[0])
            return
        with ThreadPoolExecutor(_PARALLEL) as pool:
            list(pool.map(self.sync, paths))


def _write_parts(handle: int, parts: Sequence[bytes]) -> None:
    """Write parts with one call, and what that call left over with further ones (`writev(2)`)."""
    written = os.writev(handle, parts)
    if written < sum(map(len, parts)):
        # rare: the disk is full, or the call was interrupted
        rest = b"".join(parts)[written:]
        while rest:
            rest = rest[os.write(handle, rest) :]


@contextmanager
def disk_problem() -> Iterator[None]:
    """Raise what the system says of the disk as `record.disk`."""
    try:
        yield
    except OSError as error:
        what = quote(error.filename) if error.filename else Phrase("A file")
        raise GroundtruceError(
            Problem.RECORD_DISK, what=what, cause=explain_refusal(error)
        ) from error
