"""Hostile tables, reader by reader: what each format can spell that is no row, no text or no table."""

import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from groundtruce.cli.app import app
from groundtruce.intake import parquet as parquet_reader

HEADER = "report_id,source,occurred_from,occurred_to,lat,lon,kind,text"
DAY = "2016-03-04T00:00:00+02:00,2016-03-05T00:00:00+02:00"


def row(name: str, text: str = "", kind: str = "fire") -> str:
    """Return one line of a report table."""
    return f"{name},monitor,{DAY},36.2,37.1,{kind},{text}"


def table(*rows: str) -> bytes:
    """Return a CSV table of rows."""
    return "\n".join([HEADER, *rows, ""]).encode()


GOOD = pl.read_csv(table(row("good-1"), row("good-2")), infer_schema=False)


def parquet(frame: pl.DataFrame) -> bytes:
    """Return a frame as Parquet."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def intake(path: Path, *options: str) -> Result:
    """Run `intake` into `out` beside the file; a traceback is a failure."""
    out = path.parent / "out"
    result = CliRunner().invoke(app, ["intake", str(path), "--out", str(out), *options])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def identifiers(folder: Path, ending: str = ".csv") -> list[str]:
    """Return the identifiers of the reports that passed."""
    path = folder / "out" / f"reports{ending}"
    match ending:
        case ".parquet":
            frame = pl.read_parquet(path)
        case ".jsonl":
            frame = pl.read_ndjson(path)
        case _:
            frame = pl.read_csv(path, infer_schema=False)
    return frame["report_id"].to_list()


def quarantined(folder: Path) -> list[tuple[str, str]]:
    """Return record number and code of what was set aside."""
    frame = pl.read_csv(folder / "out" / "quarantine.csv", infer_schema=False)
    return frame.select("row", "code").rows()


JSON_GOOD = GOOD.write_ndjson().encode()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"report_id": "\\ud800"}', "row.encoding"),
        (b'{"\\ud800": "a"}', "row.encoding"),
        (b'{"report_id": "a\\u0000b"}', "row.encoding"),
        (b'{"report_id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "row.json"),
        (b'{"report_id": ' + b"1" * 5_000 + b"}", "row.json"),
        (b'{"report_id": "x"}', "row.required"),
        (b'{"report_id": "x"', "row.json"),
        (b"[]", "row.json"),
        (b"\xfe", "row.encoding"),
    ],
    ids=[
        "half a character",
        "half a character as name",
        "NUL",
        "deep nesting",
        "number of 5,000 digits",
        "few fields",
        "cut off",
        "array",
        "not UTF-8",
    ],
)
@pytest.mark.parametrize("first", [True, False], ids=["first line", "last line"])
def test_a_json_line_that_is_no_record_costs_itself(
    tmp_path: Path, line: bytes, code: str, first: bool
) -> None:
    """Wherever it stands: the columns are known from the other lines."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(line + b"\n" + JSON_GOOD if first else JSON_GOOD + line + b"\n")
    assert intake(path).exit_code == 1
    assert quarantined(tmp_path) == [("1" if first else "3", code)]
    assert identifiers(tmp_path, ".jsonl") == ["good-1", "good-2"]


UNUSABLE: dict[str, tuple[str, bytes, str]] = {
    "reserved column, csv": ("a.csv", table().replace(b"text", b"_row"), "file.column_reserved"),
    "reserved column, json": (
        "a.jsonl",
        JSON_GOOD.replace(b'"text"', b'"_row"'),
        "file.column_reserved",
    ),
    "reserved column, Parquet": (
        "a.parquet",
        parquet(GOOD.rename({"text": "_row"})),
        "file.column_reserved",
    ),
    "UTF-16 without mark": ("a.csv", table(row("a")).decode().encode("utf-16-le"), "file.encoding"),
    "UTF-16 big end first": (
        "a.csv",
        table(row("a")).decode().encode("utf-16-be"),
        "file.encoding",
    ),
    "UTF-16 JSON": ("a.jsonl", JSON_GOOD.decode().encode("utf-16"), "file.encoding"),
    "NUL in the header": ("a.csv", table(row("a")).replace(b"text", b"te\0xt"), "file.encoding"),
    "5,000 names in JSON": (
        "a.jsonl",
        JSON_GOOD + json.dumps({f"c{n}": n for n in range(5_000)}).encode() + b"\n",
        "file.columns_too_many",
    ),
    "date as latitude": (
        "a.parquet",
        parquet(GOOD.with_columns(lat=pl.date(1970, 1, 20))),
        "file.no_good_rows",
    ),
    "yes and no as count": (
        "a.parquet",
        parquet(GOOD.with_columns(count=pl.lit(value=True))),
        "file.no_good_rows",
    ),
    "NUL in Parquet": (
        "a.parquet",
        parquet(GOOD.with_columns(text=pl.lit("a\0b"))),
        "file.no_good_rows",
    ),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_table_is_told_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    """Exit 2; the message names the file and the code; `--json` prints one object."""
    file_name, content, code = UNUSABLE[name]
    path = tmp_path / file_name
    path.write_bytes(content)
    result = intake(path, "--json")
    assert result.exit_code == 2
    assert f"[{code}]" in result.stderr
    assert file_name in result.stderr
    assert json.loads(result.stdout)["problem"]["code"] == code
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
@pytest.mark.parametrize(
    "column",
    [
        pl.lit("a.b").str.split("."),
        pl.struct("lat", "lon"),
        pl.lit(b"\xff\x00"),
        pl.duration(days=1),
        pl.time(12, 0),
        pl.lit("1.5").cast(pl.Decimal(10, 2)),
        pl.lit("a").cast(pl.Categorical),
        pl.datetime(2016, 3, 4),
    ],
    ids=["list", "structure", "bytes", "duration", "time", "decimal", "category", "naive time"],
)
def test_an_unknown_column_of_any_type_is_carried_along(
    tmp_path: Path, column: pl.Expr, ending: str
) -> None:
    """Every output format can hold what Parquet brought."""
    path = tmp_path / "a.parquet"
    path.write_bytes(parquet(GOOD.with_columns(column.alias("extra"))))
    assert intake(path, "--format", ending).exit_code == 0
    assert identifiers(tmp_path, ending) == ["good-1", "good-2"]


def test_a_parquet_bomb_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few bytes can stand for many rows; the footer tells before memory is spent."""
    monkeypatch.setattr(parquet_reader, "CELL_COUNT_LIMIT", 1_000)
    path = tmp_path / "a.parquet"
    path.write_bytes(parquet(pl.concat([GOOD[:1]] * 10_000)))
    result = intake(path)
    assert result.exit_code == 2
    assert "[file.too_large]" in result.stderr


@pytest.mark.parametrize("position", [0.1, 0.3, 0.5, 0.7, 0.9, 0.98])
def test_parquet_with_a_hole_is_no_crash(tmp_path: Path, position: float) -> None:
    """Bytes lost within: damaged, or rows that say why, never a traceback."""
    content = bytearray(parquet(GOOD))
    start = int(len(content) * position)
    content[start : start + 16] = bytes(16)
    path = tmp_path / "a.parquet"
    path.write_bytes(bytes(content))
    assert intake(path).exit_code in (0, 1, 2)


def test_a_lost_quote_swallows_no_row(tmp_path: Path) -> None:
    """A later cell in quotes would close the mark, in a file of CR line ends too."""
    rows = [row("bad", text='"open'), row("next", text='"quoted"'), row("last", text='"a, ""b"""')]
    for end in (b"\n", b"\r\n", b"\r"):
        path = tmp_path / "a.csv"
        path.write_bytes(table(*rows).replace(b"\n", end))
        assert intake(path).exit_code == 1
        assert quarantined(tmp_path) == [("2", "row.quote")]
        assert identifiers(tmp_path) == ["last", "next"]


@pytest.mark.parametrize("before", range(990, 1_002))
def test_a_long_record_is_read_wherever_it_stands(tmp_path: Path, before: int) -> None:
    """The careful reader looks through windows of lines; none of them cuts a record."""
    rows = [row(f"r{number:04}") for number in range(before)]
    long = [row(f"s{number}", text='"one\ntwo\nthree"') for number in range(5)]
    path = tmp_path / "a.csv"
    path.write_bytes(table("bad", *rows, *long))
    assert intake(path).exit_code == 1
    assert quarantined(tmp_path) == [("2", "row.fields")]
    assert len(identifiers(tmp_path)) == before + 5


@pytest.mark.parametrize("start", [b"\n\n", b"\r\n", b"\xef\xbb\xbf"])
def test_what_stands_before_the_header_does_not_matter(tmp_path: Path, start: bytes) -> None:
    """Blank lines and a mark."""
    path = tmp_path / "a.csv"
    path.write_bytes(start + table(row("a", text="7")))
    assert intake(path).exit_code == 0
    assert identifiers(tmp_path) == ["a"]


@pytest.mark.parametrize("beginning", ["=1", "+1", "-1", "@x", "＝1", "＠x"])
def test_a_formula_is_disarmed_in_quarantine(tmp_path: Path, beginning: str) -> None:
    """The quarantine is opened in spreadsheets."""
    path = tmp_path / "a.csv"
    path.write_bytes(table(row("a"), row("bad", kind=beginning)))
    assert intake(path).exit_code == 1
    entry = pl.read_csv(tmp_path / "out" / "quarantine.csv", infer_schema=False).row(0, named=True)
    assert entry["value"] == f"'{beginning}"


def test_the_message_says_where_and_with_which_code(tmp_path: Path) -> None:
    """File, row, field, code and remedy of the first bad row."""
    path = tmp_path / "a.csv"
    path.write_bytes(table(row("a"), row("bad", kind="?")))
    message = intake(path).stderr
    for part in (f"{path}, row 3, kind:", "[row.code]", "lexicon.md"):
        assert part in message


def test_names_cannot_steer_the_terminal(tmp_path: Path) -> None:
    """Column names come from others; an escape sequence is not passed on."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"\x1b[31mx,\x1b[31mx\n1,2\n")
    result = intake(path)
    assert result.exit_code == 2
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_file_name_that_is_no_text_is_told(tmp_path: Path, options: tuple[str, ...]) -> None:
    """File systems allow names of any bytes."""
    path = tmp_path / os.fsdecode(b"a\xff.csv")
    assert "[file.missing]" in intake(path, *options).stderr
    try:
        path.write_bytes(table(row("a"), row("bad", kind="?")))
    except OSError:
        pytest.skip("this file system does not")
    assert intake(path, *options).exit_code == 1


def directory(folder: Path) -> Path:
    """Make a directory whose name has no ending."""
    (folder / "reports").mkdir()
    return folder / "reports"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (directory, "file.directory"),
        (lambda folder: folder / "reports", "file.missing"),
        (lambda folder: Path("/dev/null"), "file.special"),
        (lambda folder: Path(__file__) / "a.csv", "file.missing"),
    ],
    ids=["directory", "missing", "device", "below a file"],
)
def test_what_is_no_file_is_told_before_its_ending(
    make: Callable[[Path], Path], code: str, tmp_path: Path
) -> None:
    """Advice to rename a directory would lead nowhere."""
    out = tmp_path / "out"
    result = CliRunner().invoke(app, ["fuse", str(make(tmp_path)), "--out", str(out)])
    assert result.exit_code == 2
    assert f"[{code}]" in result.stderr
    assert not out.exists()


MAPPING = """
mapping: {{id: own, title: Own, version: 1, table: {table}, attribution: a, licence: b}}
zone: UTC
records:
  - fields:
      {key}: {{column: id}}
      source: {{value: own}}
      {code}
    {time}
"""
TIME = 'time: [{from: "{day}", formats: ["%Y-%m-%d"], unit: day}]'


def test_parquet_is_read_through_a_mapping(tmp_path: Path) -> None:
    """Mappings are written for text; a number or a date is read as its text, other columns not at all."""
    document = tmp_path / "own.yaml"
    code = 'kind: {column: type, codes: {"1": fire}}'
    document.write_text(MAPPING.format(table="report", key="report_id", code=code, time=TIME))
    frame = pl.DataFrame({"id": [7, 8], "type": [1, 2], "=kind": ["x", "y"]}).with_columns(
        day=pl.date(2016, 3, 4), other=pl.lit("a").str.split(".")
    )
    path = tmp_path / "a.parquet"
    path.write_bytes(parquet(frame))
    assert intake(path, "--mapping", str(document), "--format", "csv").exit_code == 1
    assert identifiers(tmp_path) == ["7"]
    assert quarantined(tmp_path) == [("2", "row.unmapped")]


def test_counts_are_not_fused(tmp_path: Path) -> None:
    """A mapping that makes counts has nothing to link."""
    document = tmp_path / "own.yaml"
    code = "measure: {value: all}\n      count: {column: n}"
    document.write_text(MAPPING.format(table="count", key="count_id", code=code, time=""))
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,n\n1,2\n")
    arguments = ["fuse", str(path), "--out", str(tmp_path / "out"), "--mapping", str(document)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "[document.mapping_table]" in result.stderr


def test_a_mapping_with_an_endless_name_is_unknown(tmp_path: Path) -> None:
    """The system refuses the name; people are told as for any other."""
    path = tmp_path / "a.csv"
    path.write_bytes(table(row("a")))
    assert "[document.mapping_unknown]" in intake(path, "--mapping", "x" * 5_000).stderr


@pytest.mark.parametrize("offset", ["+99:00", "+24:00", "-30:00"])
def test_an_offset_beyond_the_clock_is_no_time(tmp_path: Path, offset: str) -> None:
    """No place is a day away from UTC."""
    path = tmp_path / "a.csv"
    path.write_bytes(table(row("a"), row("bad").replace("+02:00", offset)))
    assert intake(path).exit_code == 1
    assert quarantined(tmp_path) == [("3", "row.time")]


def test_an_agreement_that_never_ends_is_refused_unread(tmp_path: Path) -> None:
    """A document is a regular file, as a table is."""
    path = tmp_path / "incidents.csv"
    path.write_bytes(b"incident_id,kind\nI1,fire\n")
    pipe = tmp_path / "agreement.yaml"
    os.mkfifo(pipe)
    out = tmp_path / "out"
    for document in (pipe, Path("/dev/zero")):
        arguments = ["assess", str(path), str(document), "--out", str(out)]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 2
        assert "[file.special]" in result.stderr
    assert not out.exists()
