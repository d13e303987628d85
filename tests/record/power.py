"""A model of a disk whose power is cut: what programs see, and what is on the platter."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.record.logs import HIDDEN, LOG, Batches, CountingDisk, StopError, Told, files, write

from groundtruce.model.problem import GroundtruceError
from groundtruce.record.tlog.checkpoint import parse_checkpoint
from groundtruce.record.tlog.tile import CHECKPOINT


@dataclass(slots=True, eq=False)
class File:
    """A file on the model of a disk: what programs see, and what is on the platter."""

    content: bytes = b""
    durable: bytes = b""
    dropped: tuple[int, int] = (0, 0)
    """What a failed sync did not write and no later one will: Linux marks such pages clean."""

    def synced(self) -> None:
        """Make the content durable, but for what was dropped."""
        start, end = self.dropped
        end = min(end, len(self.content))
        hole = self.durable[start:end].ljust(max(end - start, 0), b"\0")
        self.durable = self.content[:start] + hole + self.content[max(start, end) :]

    def after_cut(self, random: Random) -> bytes:
        """Return what the platter may hold once the power is back."""
        if self.content == self.durable:
            return self.content
        kept = len(self.durable) if self.content.startswith(self.durable) else 0
        at = random.randint(kept, len(self.content))
        zeros = bytes(len(self.content) - at)
        page = random.randint(kept, at)
        holes = self.content[:page] + bytes(at - page) + self.content[at:]
        return random.choice(
            (self.durable, self.content, self.content[:at], self.content[:at] + zeros, holes)
        )


@dataclass(slots=True, eq=False)
class Folder:
    """A folder on the model: names that programs see, those on the platter, and changes not yet there."""

    names: "dict[str, File | Folder]" = field(default_factory=dict)
    durable: "dict[str, File | Folder]" = field(default_factory=dict)
    pending: "list[dict[str, File | Folder | None]]" = field(default_factory=list)

    def change(self, change: "dict[str, File | Folder | None]") -> None:
        """Change names; programs see it at once."""
        self.pending.append(change)
        _apply(self.names, change)

    def synced(self) -> None:
        """Make the names durable."""
        self.durable = dict(self.names)
        self.pending.clear()

    def after_cut(self, random: Random, target: Path) -> None:
        """Write what the platter may hold into an empty folder."""
        names = dict(self.durable)
        share = random.choice((0.0, 0.5, 1.0))
        for change in self.pending:
            if random.random() < share:
                _apply(names, change)
        for name, one in names.items():
            if isinstance(one, Folder):
                (target / name).mkdir()
                one.after_cut(random, target / name)
            else:
                (target / name).write_bytes(one.after_cut(random))


def _apply(names: "dict[str, File | Folder]", change: "dict[str, File | Folder | None]") -> None:
    for name, one in change.items():
        if one is None:
            names.pop(name, None)
        else:
            names[name] = one


def _loaded(path: Path) -> Folder:
    """Return the model of a folder that has long been on the platter; ledger and lock are not in it."""
    folder_ = Folder()
    for one in path.iterdir():
        if one.is_dir():
            folder_.names[one.name] = _loaded(one)
        elif one.name not in {"heads.sqlite", "writer.lock"}:
            content = one.read_bytes()
            folder_.names[one.name] = File(content, content)
    folder_.durable = dict(folder_.names)
    return folder_


class PoweredDisk(CountingDisk):
    """A disk in a machine whose power may be cut: it does what it is told, and knows what is durable."""

    def __init__(self, root: Path, stop_at: int | None = None) -> None:
        super().__init__(stop_at, self._raise)
        self.root, self.model = root, _loaded(root)
        self.signed: list[tuple[int, bytes]] = []

    def _raise(self) -> None:
        raise StopError

    def event(self, name: str) -> None:
        """Count; after the end nothing happens any more."""
        if self.stop_at is not None and len(self.events) > self.stop_at:
            raise StopError
        super().event(name)

    def perform(
        self, name: str, action: Callable[..., None], arguments: tuple[object, ...]
    ) -> None:
        """Do it, and mark in the model what became of it."""
        action(*arguments)
        self.mark(name, *arguments)

    def mark(self, name: str, *arguments: object) -> None:
        """Mark in the model what an operation changed."""
        path = arguments[0]
        assert isinstance(path, Path)
        if not path.is_relative_to(self.root):
            return
        parent = self.at(path.parent) if path != self.root else Folder()
        assert isinstance(parent, Folder)
        match name, arguments[1:]:
            case "create", (bytes(content),):
                if path.name == HIDDEN + CHECKPOINT:
                    with suppress(GroundtruceError):
                        head = parse_checkpoint(content, LOG).head
                        self.signed.append((head.size, head.root))
                one = parent.names.get(path.name)
                if not isinstance(one, File):
                    one = File()
                    parent.change({path.name: one})
                one.content, one.dropped = content, (0, 0)
            case "extend", parts:
                found = self.at(path)
                assert isinstance(found, File)
                found.content += b"".join(one for one in parts if isinstance(one, bytes))
            case "sync" | "sync_folder", ():
                self.at(path).synced()
            case "rename", (Path() as target,):
                assert target.parent == path.parent
                parent.change({target.name: parent.names[path.name], path.name: None})
            case "make_folder", ():
                if path.name not in parent.names:
                    parent.change({path.name: Folder()})
            case "unlink", ():
                parent.change({path.name: None})
            case _:
                raise AssertionError(name)

    def at(self, path: Path) -> File | Folder:
        """Return a file or folder of the model."""
        found: File | Folder = self.model
        for part in path.relative_to(self.root).parts:
            assert isinstance(found, Folder)
            found = found.names[part]
        return found

    def lose_power(self, random: Random, target: Path) -> None:
        """Write into a new folder what is there once the power is back; the ledger is durable at once."""
        target.mkdir()
        self.model.after_cut(random, target)
        if (target / "private").is_dir() and files(self.root).ledger.exists():
            shutil.copy(files(self.root).ledger, files(target).ledger)


def run(disk: PoweredDisk, batches: Batches, told: Told, events: int | None) -> bool:
    """Write until so many more events happened; return whether the end was reached before."""
    disk.stop_at = None if events is None else len(disk.events) + events
    try:
        write(disk.root, batches, disk, told, disk.step)
    except StopError:
        return False
    finally:
        # what is signed may have been seen
        told.heads += disk.signed
        disk.signed.clear()
        del disk.events[len(disk.events) if disk.stop_at is None else disk.stop_at :]
    return True
