"""Hostile inputs: each is a catalogued problem with advice or a quarantined row, and nothing half-written."""

import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from groundtruce.cli.app import app
from groundtruce.intake import file as input_file

HEADER = "report_id,source,occurred_from,occurred_to,lat,lon,kind,text"
DAY = "2016-03-04T00:00:00+02:00,2016-03-05T00:00:00+02:00"


def row(name: str, lat: str = "36.2", lon: str = "37.1", kind: str = "fire", text: str = "") -> str:
    """Return one line of a report table."""
    return f"{name},monitor,{DAY},{lat},{lon},{kind},{text}"


GOOD = [row("good-1"), row("good-2", lat="35.2")]


def table(*rows: str) -> bytes:
    """Return a table of two good rows and others between them."""
    return "\n".join([HEADER, GOOD[0], *rows, GOOD[1], ""]).encode()


def fuse(path: Path, out: Path, *options: str) -> Result:
    """Run `fuse`; a traceback is a failure."""
    result = CliRunner().invoke(app, ["fuse", str(path), "--out", str(out), *options])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.stderr
    return result


def parquet(frame: pl.DataFrame) -> bytes:
    """Return a frame as Parquet."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def zipped() -> bytes:
    """Return a zip archive that holds a good table."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("reports.csv", table())
    return buffer.getvalue()


def reports_frame() -> pl.DataFrame:
    """Return the good table as a frame of text."""
    return pl.read_csv(table(), infer_schema=False)


UNUSABLE: dict[str, tuple[str, bytes, str]] = {
    "empty file": ("a.csv", b"", "file.empty"),
    "white space only": ("a.csv", b" \r\n\t\n", "file.empty"),
    "byte order mark only": ("a.csv", b"\xef\xbb\xbf", "file.empty"),
    "header only": ("a.csv", HEADER.encode() + b"\n", "file.no_rows"),
    "semicolons": ("a.csv", table().replace(b",", b";"), "file.delimiter"),
    "tabs": ("a.csv", table().replace(b",", b"\t"), "file.delimiter"),
    "UTF-16": ("a.csv", table().decode().encode("utf-16"), "file.encoding"),
    "zip named csv": ("a.csv", zipped(), "file.content"),
    "spreadsheet named csv": ("a.csv", b"PK\x03\x04" + b"x" * 99, "file.content"),
    "gzip named csv": ("a.csv", gzip.compress(table()), "file.content"),
    "PDF named csv": ("a.csv", b"%PDF-1.7\n" + b"x" * 99, "file.content"),
    "csv named gzip": ("a.csv.gz", table(), "file.content"),
    "csv named Parquet": ("a.parquet", table(), "file.content"),
    "truncated gzip": ("a.csv.gz", gzip.compress(table())[:-12], "file.damaged"),
    "corrupt gzip": ("a.csv.gz", gzip.compress(table())[:-5] + b"\0\0\0\0\0", "file.damaged"),
    "garbage after gzip": ("a.csv.gz", gzip.compress(table()) + b"rest", "file.damaged"),
    "gzip of nothing": ("a.csv.gz", gzip.compress(b""), "file.empty"),
    "half-written Parquet": ("a.parquet", parquet(reports_frame())[:-40], "file.damaged"),
    "Parquet of garbage": ("a.parquet", b"PAR1" + os.urandom(200) + b"PAR1", "file.damaged"),
    "Parquet without rows": ("a.parquet", parquet(reports_frame().clear()), "file.no_rows"),
    "5,000 columns": (
        "a.csv",
        (",".join(f"c{n}" for n in range(5000)) + "\n" + "x," * 4999 + "x\n").encode(),
        "file.columns_too_many",
    ),
    "column twice": ("a.csv", table().replace(b"lat,lon", b"lat,lat"), "file.header_repeats"),
    "required column missing": ("a.csv", table().replace(b"kind", b"sort"), "file.columns_missing"),
    "unknown ending": ("a.xlsx", table(), "file.format"),
    "no ending": ("reports", table(), "file.format"),
    "not one good row": (
        "a.csv",
        f"{HEADER}\n{row('x', kind='?')}\n".encode(),
        "file.no_good_rows",
    ),
    "JSON that is one array": ("a.jsonl", b"[1, 2, 3]\n", "file.columns_missing"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_file_is_told_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    """Exit 2, the catalogued code, the file's name and advice; the output directory is not made."""
    file_name, content, code = UNUSABLE[name]
    path = tmp_path / file_name
    path.write_bytes(content)
    result = fuse(path, tmp_path / "out")
    assert result.exit_code == 2
    assert f"[{code}]" in result.stderr
    assert file_name in result.stderr or code == "file.no_good_rows"
    assert not (tmp_path / "out").exists()
    told = json.loads(fuse(path, tmp_path / "out", "--json").stdout)["problem"]
    assert told["code"] == code
    assert told["advice"]


def directory(folder: Path) -> Path:
    """Make a directory named like a table."""
    path = folder / "a.csv"
    path.mkdir()
    return path


def dangling(folder: Path) -> Path:
    """Make a link that leads nowhere."""
    path = folder / "a.csv"
    path.symlink_to(folder / "gone.csv")
    return path


def loop(folder: Path) -> Path:
    """Make a link to itself."""
    path = folder / "a.csv"
    path.symlink_to(path)
    return path


def pipe(folder: Path) -> Path:
    """Make a named pipe, which would block a reader."""
    path = folder / "a.csv"
    os.mkfifo(path)
    return path


def device(folder: Path) -> Path:
    """Link to an endless device."""
    path = folder / "a.csv"
    path.symlink_to("/dev/zero")
    return path


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda folder: folder / "a.csv", "file.missing"),
        (lambda folder: folder / ("x" * 300 + ".csv"), "file.unreadable"),
        (directory, "file.directory"),
        (dangling, "file.missing"),
        (loop, "file.unreadable"),
        (pipe, "file.special"),
        (device, "file.special"),
    ],
    ids=["missing", "name too long", "directory", "dangling link", "loop", "pipe", "device"],
)
def test_what_is_no_file_is_told(make: Callable[[Path], Path], code: str, tmp_path: Path) -> None:
    """Only a regular file, or a link to one, is read."""
    result = fuse(make(tmp_path), tmp_path / "out")
    assert result.exit_code == 2
    assert f"[{code}]" in result.stderr
    assert not (tmp_path / "out").exists()


def test_an_unreadable_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permission is refused by the system; as root, who may read all, by a stand-in."""
    path = tmp_path / "a.csv"
    path.write_bytes(table())

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    result = fuse(path, tmp_path / "out")
    assert result.exit_code == 2
    assert "[file.unreadable]" in result.stderr
    assert "permission denied" in result.stderr


def test_a_gzip_bomb_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that unpacks beyond all proportion is refused before it fills the memory."""
    monkeypatch.setattr(input_file, "RATIO_GRACE", 1 << 20)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(HEADER.encode() + b"\n" + b"a," * (8 << 20)))
    result = fuse(path, tmp_path / "out")
    assert result.exit_code == 2
    assert "[file.bomb]" in result.stderr


def test_a_file_beyond_the_limit_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Size is looked at before memory is spent."""
    monkeypatch.setattr(input_file, "SIZE_LIMIT", 100)
    path = tmp_path / "a.csv"
    path.write_bytes(table())
    assert "[file.too_large]" in fuse(path, tmp_path / "out").stderr


BAD_ROWS: dict[str, tuple[str, str, str]] = {
    "longitude 4239": (row("bad", lon="4239"), "lon", "row.out_of_range"),
    "1e308": (row("bad", lat="1e308"), "lat", "row.out_of_range"),
    "1e999": (row("bad", lat="1e999"), "lat", "row.number"),
    "NaN": (row("bad", lat="NaN"), "lat", "row.number"),
    "infinity": (row("bad", lat="-inf"), "lat", "row.number"),
    "latitude copied": (row("bad", lat="36.1175", lon="36.1175"), "lon", "row.coordinates_copied"),
    "null island": (row("bad", lat="0", lon="0"), "lon", "row.coordinates_copied"),
    "half a point": (row("bad", lat=""), "lat", "row.coordinates_half"),
    "1970": (
        row("bad").replace("2016-03-04", "1970-01-01"),
        "occurred_from",
        "row.time_implausible",
    ),
    "ends before it starts": (
        row("bad").replace("2016-03-05", "2016-03-01"),
        "occurred_to",
        "row.end_before_start",
    ),
    "no offset": (row("bad").replace("+02:00", ""), "occurred_from", "row.time_offset"),
    "no time": (row("bad").replace("2016", "MMXVI"), "occurred_from", "row.time"),
    "unknown code": (row("bad", kind="fire.catapult"), "kind", "row.code"),
    "no identifier": (row(""), "report_id", "row.required"),
    "bar in identifier": (row("a|b"), "report_id", "row.identifier"),
    "duplicate identifier": (row("good-1", lat="37"), "report_id", "row.duplicate_id"),
    "too few fields": ("bad,monitor", "", "row.fields"),
    "too many fields": (row("bad") + ",x,y,z", "", "row.fields"),
    "quote that never closes": (row("bad", text='"open'), "", "row.quote"),
    "NUL": (row("bad", text="a\0b"), "text", "row.encoding"),
    "10 MB cell": (row("bad", text="x" * 10_000_000), "text", "row.cell_too_long"),
    "formula": (row("=cmd|' /C calc'!A0"), "report_id", "row.identifier"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_quarantined_and_the_rest_goes_on(name: str, tmp_path: Path) -> None:
    """Exit 1; the row stands in quarantine with field, value, reason and remedy; the good rows pass."""
    line, field, code = BAD_ROWS[name]
    path = tmp_path / "a.csv"
    path.write_bytes(table(line))
    out = tmp_path / "out"
    result = fuse(path, out)
    assert result.exit_code == 1
    links = pl.read_csv(out / "links.csv")
    assert sorted(links["report_id"]) == ["good-1", "good-2"]
    (entry,) = pl.read_csv(out / "quarantine.csv", infer_schema=False).to_dicts()
    assert (entry["field"] or "", entry["code"]) == (field, code)
    assert entry["file"] == str(path)
    assert entry["reason"]
    assert entry["remedy"]
    assert not (entry["value"] or "").startswith(("=", "+", "-", "@"))
    assert "quarantine.csv" in result.stderr


def test_one_row_in_another_encoding_is_quarantined(tmp_path: Path) -> None:
    """Mixed encodings: only the row that is not UTF-8 is set aside; Arabic passes."""
    path = tmp_path / "a.csv"
    arabic = row("arabic", lat="34", text="قصف")
    path.write_bytes(table(arabic).replace(b"good-1", "gööd".encode("cp1252")))
    result = fuse(path, tmp_path / "out")
    assert result.exit_code == 1
    links = pl.read_csv(tmp_path / "out" / "links.csv")
    assert sorted(links["report_id"]) == ["arabic", "good-2"]
    assert "row.encoding" in (tmp_path / "out" / "quarantine.csv").read_text("utf-8")


def test_unclosed_quotes_cost_their_rows_and_no_other(tmp_path: Path) -> None:
    """Reading goes on at the next line, however many follow."""
    lines = [row(f"r{number}") for number in range(3_000)]
    lines[1_500] = row("bad", text='"open')
    lines[2_500] = row("bad-2", text='"open')
    path = tmp_path / "a.csv"
    path.write_bytes(table(*lines))
    assert fuse(path, tmp_path / "out").exit_code == 1
    assert pl.read_csv(tmp_path / "out" / "links.csv").height == 3_000
    assert pl.read_csv(tmp_path / "out" / "quarantine.csv").height == 2


JSON_LINES = [
    b'{"report_id": "a"',
    b"[1, 2]",
    b'"text"',
    b"[" * 100_000,
    b'{"report_id": "\xff"}',
]


def test_broken_lines_of_json_are_quarantined(tmp_path: Path) -> None:
    """Each broken line is one row in quarantine."""
    good = reports_frame().write_ndjson().encode()
    path = tmp_path / "a.jsonl"
    path.write_bytes(good + b"\n".join(JSON_LINES) + b"\n")
    assert fuse(path, tmp_path / "out").exit_code == 1
    found = pl.read_csv(tmp_path / "out" / "quarantine.csv", infer_schema=False)
    assert found["code"].to_list() == ["row.json"] * 4 + ["row.encoding"]


@pytest.mark.parametrize(
    "change",
    [
        pl.col("lat").str.split("."),
        pl.col("lat").cast(pl.Binary),
        pl.struct("lat").alias("lat"),
    ],
    ids=["lists", "bytes", "structs"],
)
def test_parquet_with_columns_of_another_type_is_no_crash(tmp_path: Path, change: pl.Expr) -> None:
    """A number column that holds no numbers makes its rows unusable, with the reason."""
    path = tmp_path / "a.parquet"
    path.write_bytes(parquet(reports_frame().with_columns(change)))
    result = fuse(path, tmp_path / "out")
    assert result.exit_code in (1, 2)
    assert "[file.no_good_rows]" in result.stderr or "quarantine" in result.stderr


def test_parquet_with_times_without_zone_is_quarantined(tmp_path: Path) -> None:
    """A time without an offset is no instant, in any format."""
    frame = reports_frame().with_columns(
        pl.col("occurred_from").str.slice(0, 19).str.to_datetime("%Y-%m-%dT%H:%M:%S")
    )
    path = tmp_path / "a.parquet"
    path.write_bytes(parquet(frame))
    result = fuse(path, tmp_path / "out")
    assert result.exit_code == 2
    assert "offset" in result.stderr


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + table(),
        table().replace(b"\n", b"\r\n"),
        table().replace(b"\n", b"\r"),
        table() + b"\n\n",
        table(row("third", lat="34", text='"line one\nline two"')),
        table(row("third", lat="34", text="😀 قصف")),
        table(row("third", lat="34", text="=1+1")),
    ],
    ids=["byte order mark", "CRLF", "CR", "blank lines", "line break in cell", "emoji", "formula"],
)
def test_what_is_only_unusual_is_read(tmp_path: Path, content: bytes) -> None:
    """Unusual and right: exit 0."""
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    result = fuse(path, tmp_path / "out")
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    """People keep data behind links."""
    (tmp_path / "real.csv").write_bytes(table())
    (tmp_path / "a.csv").symlink_to("real.csv")
    assert fuse(tmp_path / "a.csv", tmp_path / "out").exit_code == 0


def test_an_output_never_overwrites_an_input(tmp_path: Path) -> None:
    """Also through a link."""
    path = tmp_path / "links.csv"
    path.write_bytes(table())
    assert "[file.output_is_input]" in fuse(path, tmp_path).stderr
    assert path.read_bytes() == table()


def test_an_output_that_is_a_file_is_told(tmp_path: Path) -> None:
    """The directory of the outputs must be one."""
    path = tmp_path / "a.csv"
    path.write_bytes(table())
    (tmp_path / "out").write_text("occupied")
    result = fuse(path, tmp_path / "out")
    assert result.exit_code == 2
    assert "[file.unwritable]" in result.stderr
    assert (tmp_path / "out").read_text() == "occupied"


@pytest.mark.parametrize("mapping", ["no-such-mapping", "/", "bad.yaml"])
def test_a_mapping_that_cannot_be_used_is_told(tmp_path: Path, mapping: str) -> None:
    """Unknown name, directory, and a document that is none."""
    (tmp_path / "bad.yaml").write_text("mapping: [")
    (tmp_path / "a.csv").write_bytes(table())
    name = str(tmp_path / mapping) if mapping.endswith(".yaml") else mapping
    result = fuse(tmp_path / "a.csv", tmp_path / "out", "--mapping", name)
    assert result.exit_code == 2
    assert "[document." in result.stderr
