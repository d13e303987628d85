"""Input files: found, recognised and read within limits, or refused with a catalogued problem.

* The format follows the file's ending; the first bytes must agree with it.
* Only regular files (or links to them) are read, so that a rerun sees the same bytes.
* Sizes are bounded before memory is spent.
"""

import os
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem, explain_refusal

__all__ = ["Format", "InputFile", "check_kind", "find_format", "open_input"]

SIZE_LIMIT = 4 << 30
"""Bytes of one input after unpacking: about 15 million reports, beside 24 GiB of memory."""

RATIO_LIMIT = 200
"""Unpacked over packed; tables of reports stay below 40, a bomb is near gzip's maximum of 1,032."""

RATIO_GRACE = 64 << 20
"""Bytes up to which the ratio does not matter."""

_BLANK = b"\xef\xbb\xbf \t\r\n"
_LINE_ENDS = (b"\r", b"\n")
_PEEK = 4_096
_CHUNK_BYTES = 1 << 24

_MAGIC = (
    (b"PK\x03\x04", Phrase("a zip archive or a spreadsheet")),
    (b"\x1f\x8b", Phrase("gzip")),
    (b"PAR1", Phrase("Parquet")),
    (b"%PDF", Phrase("PDF")),
    (b"\x89PNG", Phrase("a picture")),
    (b"SQLite format 3", Phrase("a database")),
    (b"\xd0\xcf\x11\xe0", Phrase("an old spreadsheet")),
    (b"7z\xbc\xaf", Phrase("a 7-Zip archive")),
    (b"\x28\xb5\x2f\xfd", Phrase("Zstandard")),
    (b"BZh", Phrase("bzip2")),
    (b"\x7fELF", Phrase("a program")),
)


class Format(StrEnum):
    """A table format; the value is the file's ending."""

    CSV = ".csv"
    CSV_GZ = ".csv.gz"
    PARQUET = ".parquet"
    JSONL = ".jsonl"


_EXPECTED = {Format.CSV_GZ: Phrase("gzip"), Format.PARQUET: Phrase("Parquet")}


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A file that was read: `content` is unpacked, `packed_size` counts the bytes on disk."""

    path: Path
    format: Format
    content: bytes

    @property
    def name(self) -> str:
        """How messages and quarantine files name it."""
        return os.fsencode(self.path).decode("utf-8", "replace")


def find_format(path: Path) -> Format:
    """Return the format by the file's ending; raises GroundtruceError when it is not known.

    What is no file at all is told first: a directory has no ending to correct.
    """
    check_kind(path)
    name = path.name.lower()
    for candidate in (Format.CSV_GZ, Format.CSV, Format.PARQUET, Format.JSONL):
        if name.endswith(candidate):
            return candidate
    raise GroundtruceError(Problem.FILE_FORMAT, file=str(path))


def open_input(path: Path) -> InputFile:
    """Read one input file whole; raises GroundtruceError with a `file.*` problem."""
    file_format = find_format(path)
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    if not packed:
        raise GroundtruceError(Problem.FILE_EMPTY, file=str(path))
    _check_magic(path, file_format, packed)
    content = _unpack(path, packed) if file_format is Format.CSV_GZ else packed
    if not content[:_PEEK].strip(_BLANK) and not content.strip(_BLANK):
        raise GroundtruceError(Problem.FILE_EMPTY, file=str(path))
    if file_format in (Format.CSV, Format.CSV_GZ) and content[:1] in _LINE_ENDS:
        content = content.lstrip(b"\r\n")
    return InputFile(path=path, format=file_format, content=content)


def check_kind(path: Path) -> None:
    """Raise GroundtruceError unless the path leads to a regular file of a size that can be read."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise GroundtruceError(Problem.FILE_MISSING, file=str(path)) from None
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        raise GroundtruceError(Problem.FILE_DIRECTORY, file=str(path))
    if not stat.S_ISREG(status.st_mode):
        raise GroundtruceError(Problem.FILE_SPECIAL, file=str(path))
    if status.st_size > SIZE_LIMIT:
        raise GroundtruceError(Problem.FILE_TOO_LARGE, file=str(path), limit=_gib(SIZE_LIMIT))


def _unreadable(path: Path, error: OSError | ValueError) -> GroundtruceError:
    cause = explain_refusal(error)
    return GroundtruceError(Problem.FILE_UNREADABLE, file=str(path), cause=cause)


def _check_magic(path: Path, file_format: Format, packed: bytes) -> None:
    detected = next((name for magic, name in _MAGIC if packed.startswith(magic)), None)
    expected = _EXPECTED.get(file_format)
    if detected != expected:
        raise GroundtruceError(
            Problem.FILE_CONTENT,
            file=str(path),
            expected=expected or Phrase("text"),
            found=detected or Phrase("something else"),
        )


def _unpack(path: Path, packed: bytes) -> bytes:
    """Unpack gzip with one or several members; stops before a bomb fills the memory."""
    chunks: list[bytes] = []
    size = 0
    ratio_limit = max(RATIO_LIMIT * len(packed), RATIO_GRACE)
    for chunk in _members(path, packed):
        size += len(chunk)
        if size > min(SIZE_LIMIT, ratio_limit):
            raise GroundtruceError(
                Problem.FILE_BOMB, file=str(path), limit=_gib(min(SIZE_LIMIT, ratio_limit))
            )
        chunks.append(chunk)
    return b"".join(chunks)


def _members(path: Path, packed: bytes) -> Iterator[bytes]:
    rest = packed
    while rest:
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            while not unpacker.eof:
                chunk = unpacker.decompress(rest, _CHUNK_BYTES)
                rest = unpacker.unconsumed_tail
                if not chunk and not unpacker.eof:
                    break
                yield chunk
        except zlib.error as error:
            raise GroundtruceError(
                Problem.FILE_DAMAGED, file=str(path), cause=quote(str(error).lower())
            ) from error
        if not unpacker.eof:
            raise GroundtruceError(
                Problem.FILE_DAMAGED, file=str(path), cause=Phrase("the gzip data end too early")
            )
        rest = unpacker.unused_data


def _gib(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB" if size >= 1 << 30 else f"{size / (1 << 20):.0f} MiB"
