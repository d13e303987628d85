"""A source of rows: an input file that is opened once, then asked for its columns and for its rows.

* The columns come from the head alone: what the file is can be told before its rows are read.
* Rows come only with the columns that are required of them, and there is at least one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from groundtruce.intake.file import Format, InputFile, open_input
from groundtruce.intake.parquet import read_parquet_columns
from groundtruce.intake.raw import RawTable, read_raw
from groundtruce.model.problem import GroundtruceError, Problem

__all__ = ["Source", "require_columns"]

_HEAD_BYTES = 1 << 20
_UTF8 = ("utf-8",)


@dataclass(frozen=True, slots=True)
class Source:
    """An input file that was opened and is of a known format."""

    file: InputFile

    @classmethod
    def open(cls, path: Path) -> "Source":
        """Read the file whole; raises GroundtruceError with a `file.*` problem."""
        return cls(open_input(path))

    @property
    def name(self) -> str:
        """How messages and quarantine files name it."""
        return self.file.name

    @property
    def names_its_columns(self) -> bool:
        """Whether the head names every column; a line of JSON Lines names its own only."""
        return self.file.format is not Format.JSONL

    def columns(self, encodings: Sequence[str] = _UTF8) -> list[str]:
        """Return the columns that the head names; raises GroundtruceError."""
        if self.file.format is Format.PARQUET:
            return read_parquet_columns(self.file)
        head = InputFile(path=self.file.path, format=self.file.format, content=self._head())
        return read_raw(head, encodings=encodings, used=()).rows.columns

    def rows(
        self,
        table: str,
        required: Sequence[str],
        used: Collection[str],
        *,
        encodings: Sequence[str] = _UTF8,
        delimiter: str = ",",
    ) -> RawTable:
        """Return the rows as they are in the file, for a table of ours or a mapping; raises GroundtruceError.

        `used` are the columns whose text must be readable.
        """
        raw = read_raw(self.file, encodings=encodings, delimiter=delimiter, used=used)
        self.require(raw.rows.columns, required, table)
        if raw.rows.height + len(raw.rejects) == 0:
            raise GroundtruceError(Problem.FILE_NO_ROWS, file=self.name)
        return raw

    def require(self, columns: Collection[str], required: Sequence[str], table: str) -> None:
        """Raise GroundtruceError `file.columns_missing` where columns lack one that is required."""
        require_columns(self.name, columns, required, table)

    def _head(self) -> bytes:
        """Return the header of a CSV file, the first lines of JSON Lines, of which one may be broken."""
        content = self.file.content
        find = content.rfind if self.file.format is Format.JSONL else content.find
        end = find(b"\n", 0, _HEAD_BYTES)
        return content if end < 0 else content[: end + 1]


def require_columns(
    name: str, columns: Collection[str], required: Sequence[str], table: str
) -> None:
    """Raise GroundtruceError `file.columns_missing` where columns lack one that a table requires."""
    missing = [column for column in required if column not in columns]
    if missing:
        raise GroundtruceError(
            Problem.FILE_COLUMNS_MISSING,
            file=name,
            columns=", ".join(missing[:8]),
            table=table,
        )
