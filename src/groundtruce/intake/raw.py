"""Raw tables: the cells of a file as they stand, with record numbers and the rows that cannot be split.

* Record 1 is the header (in CSV) or the first line (in JSON Lines and Parquet rows count from 1 too).
* A quick strict reader takes the common case; what it refuses goes to a careful one, row by row.
* A cell whose bytes are not text rejects its row; the rest of the file goes on.
"""

import csv
import io
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from groundtruce.intake.columns import check_columns
from groundtruce.intake.file import Format, InputFile
from groundtruce.intake.parquet import read_parquet
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.validation import CELL_LIMIT, ROW, Reject

__all__ = ["RawTable", "read_raw"]

RECORD_LINES_LIMIT = 1_000
"""Lines of one CSV record; more means that a quotation mark was not closed."""

_BLOCK_BYTES = 1 << 22
_MARKS_BLOCK_BYTES = 1 << 26
_UTF8_MARK = b"\xef\xbb\xbf"
_REPLACED = "\N{REPLACEMENT CHARACTER}"
_DELIMITERS = {"\t": Phrase("tabs"), ";": Phrase("semicolons"), "|": Phrase("bars")}


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """`rows`: cells as text (typed from Parquet) and `_row`; `rejects`: rows that could not be split."""

    rows: pl.DataFrame
    rejects: tuple[Reject, ...]
    records: dict[int, str] = field(default_factory=dict)
    """The text of rejected records, by record number."""


def read_raw(
    file: InputFile,
    *,
    encodings: Sequence[str] = ("utf-8",),
    delimiter: str = ",",
    used: Collection[str] | None = None,
) -> RawTable:
    """Read a file into a raw table.

    `encodings` are tried in order; `used` names the columns whose text must be readable (None: all).
    Raises GroundtruceError with a `file.*` problem when the file as a whole cannot be used.
    """
    if file.format is not Format.PARQUET:
        _refuse_utf16(file, encodings)
    match file.format:
        case Format.PARQUET:
            return _parquet(file, used)
        case Format.JSONL:
            return _json_lines(file)
        case Format.CSV | Format.CSV_GZ:
            content = file.content.removeprefix(_UTF8_MARK)
            header = _header(file, content, delimiter)
            quick = _quick(content, header, delimiter) if encodings[0] == "utf-8" else None
            if quick is None:
                content = _as_utf8(content, encodings)
                header = _header(file, content, delimiter)
                quick = _quick(content, header, delimiter)
            table = quick if quick is not None else _careful(content, header, delimiter)
            suspicious = quick is None or b"\0" in content or _has_replaced(content)
            return _readable(table, header, used, (_REPLACED, "\0")) if suspicious else table


def _has_replaced(content: bytes) -> bool:
    """Look for the mark that decoders leave; most files are ASCII, which is quickly told."""
    return not content.isascii() and _REPLACED.encode() in content


def _refuse_utf16(file: InputFile, encodings: Sequence[str]) -> None:
    """Refuse UTF-16, told by its mark or, without one, by the zero beside an ASCII character."""
    is_utf16 = file.content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in file.content[:2]
    if is_utf16 and not any(name.startswith("utf-16") for name in encodings):
        raise GroundtruceError(Problem.FILE_ENCODING, file=file.name, encoding="UTF-8")


def _as_utf8(content: bytes, encodings: Sequence[str]) -> bytes:
    """Return the bytes in UTF-8, by the first encoding that fits; as they are where none does."""
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if encoding == "utf-8":
            return content
        return text.encode("utf-8", "replace").removeprefix(_UTF8_MARK)
    return content


def _header(file: InputFile, content: bytes, delimiter: str) -> list[str]:
    start = content[: 1 << 20].decode("utf-8", "replace")
    try:
        cells = next(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter), [])
    except csv.Error as error:
        raise GroundtruceError(
            Problem.FILE_DAMAGED, file=file.name, cause=Phrase("the header: {error}", error=error)
        ) from error
    header = [cell.strip() or f"column_{index}" for index, cell in enumerate(cells, 1)]
    if any("\0" in name for name in header):
        raise GroundtruceError(Problem.FILE_ENCODING, file=file.name, encoding="UTF-8")
    if len(header) == 1 and (other := next((mark for mark in ";\t|" if mark in header[0]), None)):
        shown = _DELIMITERS[other]
        raise GroundtruceError(
            Problem.FILE_DELIMITER, file=file.name, header=repr(header[0][:60]), delimiter=shown
        )
    check_columns(file, header)
    return header


def _quick(content: bytes, header: list[str], delimiter: str) -> RawTable | None:
    """Read in parallel; None when any row is not as the header says, or any cell is not UTF-8.

    The parallel reader takes a lost quotation mark for the start of a long cell that swallows other
    rows; so a table with a mark astray is left to the careful reader.
    """
    quoted = b'"' in content
    if quoted and not _marks_match(content, delimiter):
        return None
    if any("\n" in name or "\r" in name for name in header):
        return None
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(content),
            read_options=pa_csv.ReadOptions(
                column_names=header, skip_rows=1, block_size=_BLOCK_BYTES
            ),
            parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=quoted),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid:
        return None
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    numbers = pl.int_range(2, frame.height + 2, dtype=pl.UInt32, eager=True)
    return RawTable(rows=frame.insert_column(0, numbers.alias(ROW)), rejects=())


def _marks_match(content: bytes, delimiter: str) -> bool:
    """Tell whether every quotation mark bounds a cell or is one of two inside it.

    Taken in order, marks open and close by turns, also the two that stand for one within a cell. One
    that opens follows a bound or a mark, one that closes is followed by a bound or a mark.
    """
    text = np.frombuffer(content, np.uint8)
    bounds = np.zeros(256, np.bool_)
    bounds[list(b'\r\n"' + delimiter.encode())] = True
    opens = True
    for start in range(0, len(text), _MARKS_BLOCK_BYTES):
        marks = np.flatnonzero(text[start : start + _MARKS_BLOCK_BYTES] == ord('"')) + start
        opening, closing = (marks[::2], marks[1::2]) if opens else (marks[1::2], marks[::2])
        before = text[opening[opening > 0] - 1]
        after = text[closing[closing < len(text) - 1] + 1]
        if not (bounds[before].all() and bounds[after].all()):
            return False
        opens ^= bool(len(marks) % 2)
    return opens


def _careful(content: bytes, header: list[str], delimiter: str) -> RawTable:
    """Read record by record: one that cannot be split is rejected, and reading goes on after it."""
    lines = list(io.StringIO(content.decode("utf-8", "replace"), newline=""))
    rows: list[list[str]] = []
    numbers: list[int] = []
    rejects: list[Reject] = []
    records: dict[int, str] = {}
    csv.field_size_limit(1 << 31)
    for number, (fields, text) in enumerate(_records(lines, delimiter), 1):
        if number == 1:
            continue
        if fields is not None and len(fields) == len(header):
            rows.append(fields)
            numbers.append(number)
            continue
        records[number] = text[:CELL_LIMIT]
        details: dict[str, object] = {"width": len(header)}
        problem = Problem.ROW_QUOTE
        if fields is not None:
            details["count"] = len(fields)
            problem = Problem.ROW_FIELDS
        rejects.append(
            Reject(row=number, field="", value=text[:200], problem=problem, details=details)
        )
    frame = pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row")
    frame = frame.with_columns(pl.all().replace("", None))
    frame = frame.insert_column(0, pl.Series(ROW, numbers, pl.UInt32))
    return RawTable(rows=frame, rejects=tuple(rejects), records=records)


def _records(lines: list[str], delimiter: str) -> Iterator[tuple[list[str] | None, str]]:
    """Yield the fields (None where a quotation mark is astray) and the text of each record.

    Lines are read in windows; a record that a window cuts, or that fails, is tried at the start of
    a window of its own before it is given up.
    """
    start = 0
    while start < len(lines):
        reader = csv.reader(
            iter(lines[start : start + RECORD_LINES_LIMIT]), delimiter=delimiter, strict=True
        )
        position = start
        clean = True
        while clean:
            try:
                fields = next(reader, None)
            except csv.Error:
                fields, clean = None, False
            if fields is None:
                break
            end = start + reader.line_num
            if fields:
                yield fields, "".join(lines[position:end])
            position = end
        if not clean and position == start:
            yield None, lines[position]
            position += 1
        start = position


def _readable(
    table: RawTable,
    columns: Sequence[str],
    used: Collection[str] | None,
    marks_of_loss: Sequence[str],
) -> RawTable:
    """Reject the rows in which a used cell holds a mark of loss: NUL, or what decoding could not read."""
    names = [name for name in columns if used is None or name in used]
    cells = [pl.col(name).fill_null("") for name in names]
    bad = table.rows.select(
        pl.any_horizontal(cell.str.contains(mark, literal=True) for mark in marks_of_loss).alias(
            name
        )
        for name, cell in zip(names, cells, strict=True)
    )
    marks = bad.select(pl.any_horizontal(pl.all()).alias("bad")).to_series()
    if not marks.any():
        return table
    rejects = list(table.rejects)
    for index in marks.arg_true().to_list():
        name = next(name for name in names if bad[name][index])
        rejects.append(
            Reject(
                row=table.rows[ROW][index],
                field=name,
                value=table.rows[name][index][:200].replace("\0", "␀"),
                problem=Problem.ROW_ENCODING,
            )
        )
    records = dict(table.records)
    for row in table.rows.filter(marks).iter_rows(named=True):
        number = row.pop(ROW)
        records[number] = json.dumps(row, ensure_ascii=False, default=str)
    return RawTable(rows=table.rows.filter(~marks), rejects=tuple(rejects), records=records)


def _parquet(file: InputFile, used: Collection[str] | None) -> RawTable:
    frame = read_parquet(file, used)
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    table = RawTable(rows=frame.with_row_index(ROW, offset=1), rejects=())
    return _readable(table, texts, used, ("\0",))


def _json_lines(file: InputFile) -> RawTable:
    rows: list[dict[str, str | None]] = []
    rejects: list[Reject] = []
    records: dict[int, str] = {}
    names: dict[str, None] = {}
    for number, line in enumerate(file.content.removeprefix(_UTF8_MARK).split(b"\n"), 1):
        if not line.strip():
            continue
        cells = _json_cells(line)
        if isinstance(cells, Problem):
            text = line.decode("utf-8", "replace")
            records[number] = text[:CELL_LIMIT]
            rejects.append(Reject(row=number, field="", value=text[:200], problem=cells))
            continue
        names |= dict.fromkeys(cells)
        rows.append({**cells, ROW: str(number)})
    check_columns(file, list(names))
    frame = pl.DataFrame(rows, schema=dict.fromkeys([ROW, *names], pl.String))
    return RawTable(
        rows=frame.with_columns(pl.col(ROW).cast(pl.UInt32)),
        rejects=tuple(rejects),
        records=records,
    )


def _json_cells(line: bytes) -> dict[str, str | None] | Problem:
    """Return the cells of a line, or why it has none.

    JSON can spell with escapes what is no text: NUL and halves of a character.
    """
    try:
        value = json.loads(line.decode("utf-8"))
        if not isinstance(value, dict):
            return Problem.ROW_JSON
        cells = {name: _cell(cell) for name, cell in value.items()}
        if b"\\u" in line:
            text = "".join([*cells, *(cell for cell in cells.values() if cell is not None)])
            text.encode()
            return Problem.ROW_ENCODING if "\0" in text else cells
    except UnicodeError:
        return Problem.ROW_ENCODING
    except (ValueError, RecursionError):
        return Problem.ROW_JSON
    return cells


def _cell(value: object) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
