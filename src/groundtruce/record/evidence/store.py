"""Stored objects and the secrets that open them: two folders, of which only the first is ever served.

* An object is named by the SHA-256 of its bytes: `object/ab/ab12…`, the same in the folder and in the URL.
  One name never has two contents, so objects are written once, mirrored freely and checked on each reading.
* A secret (the key of a sealed object, the disclosures of a statement) is in a folder for its owner alone.
* What `put` and `write` return from survives a power cut: bytes are synced under a temporary name, renamed, and the
  folders above are synced. A crash before leaves the whole file or none.
* To erase is to destroy the secret; removing the object saves space and protects nothing, as others mirror it.
* Destroying reaches the file, not what copied it before: backups, snapshots and the spare blocks of flash memory
  keep secrets, so the folder belongs on an encrypted disk without either.

>>> object_path(ObjectId("ab" * 32))[:16]
'object/ab/ababab'
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem, explain_refusal
from groundtruce.record.evidence.disclosure import Disclosure
from groundtruce.record.evidence.sealed import (
    EvidenceSecret,
    ObjectId,
    Readable,
    Sensitive,
    object_id_of,
)
from groundtruce.record.log.durable import Disk, disk_problem
from groundtruce.record.tlog.encoding import format_error, hex_bytes

__all__ = ["ObjectStore", "SecretStore", "object_path"]

_FOLDER = "object"
_PARTIAL = ".partial-"
_CHUNK = 1 << 20
"""Few calls for a film, little memory for a small machine."""
_OWNER_FOLDER = 0o700
_OWNER_FILE = 0o600
_OTHERS = 0o077
_ENDING = ".json"


def object_path(object_id: ObjectId) -> str:
    """Return the path of an object, in the folder and in the URL; raises `record.malformed` for no identifier."""
    checked = object_id_of(object_id)
    return f"{_FOLDER}/{checked[:2]}/{checked}"


class ObjectStore:
    """The objects in one folder, which may be served and mirrored as it is."""

    def __init__(self, root: Path, disk: Disk) -> None:
        self._root = root
        self._disk = disk

    def put(self, content: bytes | Readable) -> ObjectId:
        """Store the content durably and return its name; raises GroundtruceError `record.disk`.

        What is there already is written again: its first writer may have crashed before the sync, and a damaged
        copy is repaired in passing.
        """
        digest = sha256()
        # a stream has its name when all of it has gone by; the random part keeps writers apart
        partial = self._root / _FOLDER / f"{_PARTIAL}{token_hex(8)}"
        with disk_problem():
            try:
                self._disk.make_folders(partial.parent)
                self._disk.create(partial, b"")
                for chunk in [content] if isinstance(content, bytes) else _chunks(content):
                    digest.update(chunk)
                    self._disk.extend(partial, chunk)
                self._disk.sync(partial)
                object_id = ObjectId(digest.hexdigest())
                path = self._path(object_id)
                self._disk.make_folders(path.parent)
                self._disk.rename(partial, path)
                self._disk.sync_folder(path.parent)
            finally:
                with suppress(OSError):
                    self._disk.unlink(partial)
        return object_id

    def has(self, object_id: ObjectId) -> bool:
        """Return whether there is a file of this name; what it holds is checked when it is read."""
        return self._path(object_id).is_file()

    def read(self, object_id: ObjectId) -> bytes:
        """Return a whole object; raises GroundtruceError `record.missing` or `record.hash`."""
        with self._stream(object_id) as stream:
            content = stream.read()
        if sha256(content).hexdigest() != object_id:
            raise _hash_error(object_id)
        return content

    def open(self, object_id: ObjectId) -> BinaryIO:
        """Return an object to be read from its start, after checking all of it; raises as `read`.

        The caller closes it. The check is of this open file, which `put` never writes to.
        """
        stream = self._stream(object_id)
        try:
            digest = sha256()
            for chunk in _chunks(stream):
                digest.update(chunk)
            if digest.hexdigest() != object_id:
                raise _hash_error(object_id)
            stream.seek(0)
        except BaseException:
            stream.close()
            raise
        return stream

    def remove(self, object_id: ObjectId) -> None:
        """Remove an object durably, if it is there; raises GroundtruceError `record.disk`."""
        path = self._path(object_id)
        with disk_problem():
            self._disk.unlink(path)
            if path.parent.is_dir():
                self._disk.sync_folder(path.parent)

    def __iter__(self) -> Iterator[ObjectId]:
        """Yield the names in order; what else is in the folder is passed over."""
        for shard in _names(self._root / _FOLDER):
            for name in _names(self._root / _FOLDER / shard):
                if _is_object_id(name) and name.startswith(shard):
                    yield ObjectId(name)

    def sweep(self) -> None:
        """Remove what interrupted writers left; only while nobody else writes."""
        with disk_problem():
            for path in sorted((self._root / _FOLDER).glob(f"{_PARTIAL}*")):
                self._disk.unlink(path)

    def _path(self, object_id: ObjectId) -> Path:
        return self._root / object_path(object_id)

    def _stream(self, object_id: ObjectId) -> BinaryIO:
        path = self._path(object_id)
        with _raise_read_problems(path, Phrase("The object {object_id}", object_id=object_id)):
            # a pipe in its place would be waited for
            if not path.is_file():
                raise FileNotFoundError
            return path.open("rb")


class SecretStore:
    """The secrets in one folder, one JSON file for each object or statement, readable for the owner alone.

    One process writes. Nothing of a secret is in a message, a log or a name.
    """

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder = folder
        self._disk = disk

    def write(self, object_id: ObjectId, secret: EvidenceSecret | Sequence[Disclosure]) -> None:
        """Keep the secret durably; one that it replaces is destroyed. Raises GroundtruceError `record.disk`."""
        path = self._path(object_id)
        partial = _partial(path)
        with disk_problem():
            self._settle()
            try:
                self._disk.create(partial, b"")
                partial.chmod(_OWNER_FILE)
                self._disk.extend(partial, _secret_bytes(secret))
                self._disk.sync(partial)
                with _overwrite_after(path):
                    self._disk.rename(partial, path)
                    self._disk.sync_folder(self._folder)
            finally:
                with suppress(OSError):
                    self._erase(partial)

    def has(self, object_id: ObjectId) -> bool:
        """Return whether there is a file of this name, whole or half destroyed."""
        return self._path(object_id).is_file()

    def evidence(self, object_id: ObjectId) -> EvidenceSecret:
        """Return what opens a sealed object.

        Raises GroundtruceError: `record.withheld` when it is not here, `record.erased` when destroying it was
        interrupted, `record.malformed` or `record.key` when the file is damaged.
        """
        what = Phrase("The secret of the object {object_id}", object_id=object_id)
        match self._read(object_id, what):
            case {"key": str(key), "salt": str(salt), "size": int(size)}:
                return EvidenceSecret(
                    key=Sensitive(hex_bytes(key.encode("ascii", "replace"), what)),
                    salt=Sensitive(hex_bytes(salt.encode("ascii", "replace"), what)),
                    size=Sensitive(size),
                )
            case _:
                raise format_error(what, Phrase("it holds no key, salt and size"))

    def disclosures(self, object_id: ObjectId) -> tuple[Disclosure, ...]:
        """Return the withheld fields of a statement; raises as `evidence`."""
        what = Phrase("The secret of the statement {object_id}", object_id=object_id)
        match self._read(object_id, what):
            case {"disclosures": [*texts]}:
                return tuple(Disclosure.parse(str(text)) for text in texts)
            case _:
                raise format_error(what, Phrase("it holds no disclosures"))

    def destroy(self, object_id: ObjectId) -> None:
        """Overwrite and remove the secret for good, if it is there; raises GroundtruceError `record.disk`.

        After a crash on the way, do it again.
        """
        path = self._path(object_id)
        with disk_problem():
            # an interrupted `write` may have left the secret under its temporary name
            for file in (_partial(path), path):
                self._erase(file)
            if self._folder.is_dir():
                self._disk.sync_folder(self._folder)

    def __iter__(self) -> Iterator[ObjectId]:
        """Yield the names in order."""
        for name in _names(self._folder):
            stem = name.removesuffix(_ENDING)
            if stem != name and _is_object_id(stem):
                yield ObjectId(stem)

    def _path(self, object_id: ObjectId) -> Path:
        return self._folder / f"{object_id_of(object_id)}{_ENDING}"

    def _settle(self) -> None:
        """Make the folder if need be, and close it to others before anything is in it."""
        self._disk.make_folders(self._folder)
        if self._folder.stat().st_mode & _OTHERS:
            self._folder.chmod(_OWNER_FOLDER)

    def _erase(self, path: Path) -> None:
        """Overwrite and remove a secret, together with what an interrupted writing left."""
        with _overwrite_after(path):
            pass
        self._disk.unlink(path)

    def _read(self, object_id: ObjectId, what: Phrase) -> object:
        path = self._path(object_id)
        with _raise_read_problems(path, what, Problem.EVIDENCE_WITHHELD):
            content = path.read_bytes()
        if content and not content.strip(b"\0"):
            raise GroundtruceError(Problem.EVIDENCE_ERASED, what=what)
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            # the cause would quote the secret
            raise format_error(what, Phrase("it is no JSON")) from None


def _secret_bytes(secret: EvidenceSecret | Sequence[Disclosure]) -> bytes:
    """Return the file of a secret."""
    if isinstance(secret, EvidenceSecret):
        content: dict[str, object] = {
            "key": secret.key.reveal().hex(),
            "salt": secret.salt.reveal().hex(),
            "size": secret.size.reveal(),
        }
    else:
        content = {"disclosures": [disclosure.text.reveal() for disclosure in secret]}
    return json.dumps(content, indent=2).encode() + b"\n"


def _partial(path: Path) -> Path:
    """Return the path under which a file is written until it is whole."""
    return path.with_name(_PARTIAL + path.name)


@contextmanager
def _overwrite_after(path: Path) -> Iterator[None]:
    """Put zeros over the file that bears the name now, after the block, which may take the name away."""
    try:
        stream = path.open("r+b")
    except FileNotFoundError:
        yield
        return
    with stream:
        yield
        stream.write(bytes(os.fstat(stream.fileno()).st_size))
        stream.flush()
        os.fsync(stream.fileno())


def _chunks(source: Readable) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk


def _names(folder: Path) -> list[str]:
    """Return the names in a folder, sorted; none where there is no folder."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_object_id(name: str) -> bool:
    try:
        object_id_of(name)
    except GroundtruceError:
        return False
    return True


def _hash_error(object_id: ObjectId) -> GroundtruceError:
    return GroundtruceError(
        Problem.RECORD_HASH, what=Phrase("The object {object_id}", object_id=object_id)
    )


@contextmanager
def _raise_read_problems(
    path: Path, what: Phrase, absent: Problem = Problem.RECORD_MISSING
) -> Iterator[None]:
    """Raise what the system says of a file that is read as a problem of the catalogue."""
    try:
        yield
    except FileNotFoundError as error:
        raise GroundtruceError(absent, what=what) from error
    except OSError as error:
        raise GroundtruceError(
            Problem.FILE_UNREADABLE, file=str(path), cause=explain_refusal(error)
        ) from error
