"""Rows in their forms: the same names and values in each, provenance first, nothing that a spreadsheet would run."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import polars as pl
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from groundtruce.model.table import INCIDENTS, Column, Content
from groundtruce.web.export.provenance import Provenance
from groundtruce.web.export.rows import Row, write_csv, write_geojson, write_parquet

COLUMNS = (
    Column(name="id", content=Content.IDENTIFIER, meaning="id", required=True),
    Column(name="when", content=Content.INSTANT, meaning="when"),
    Column(name="lat", content=Content.NUMBER, meaning="lat"),
    Column(name="lon", content=Content.NUMBER, meaning="lon"),
    Column(name="count", content=Content.WHOLE_NUMBER, meaning="count"),
    Column(name="text", meaning="text"),
)

TOLD = Provenance(
    rows=2,
    view="v" * 64,
    record_state="s" * 64,
    agreement="terms/1 abc",
    method="m" * 64,
    filters="q=%3DHYPERLINK%28%22x%22%2C1%29",
)

ROWS: list[Row] = [
    {
        "id": "I-1",
        "when": datetime(2016, 3, 4, 5, 6, 7, 890000, UTC),
        "lat": 36.2,
        "lon": 37.1,
        "count": 3,
        "text": '=HYPERLINK("x")',
    },
    dict.fromkeys((one.name for one in COLUMNS), None) | {"id": "I-2"},
]


def test_csv_is_headed_by_where_it_comes_from() -> None:
    """The number of rows first; comments, then names, then rows with instants in UTC."""
    text = b"".join(write_csv(COLUMNS, iter(ROWS), TOLD)).decode()
    lines = text.splitlines()
    assert lines[0] == "# rows: 2"
    assert lines[1] == f"# view: {'v' * 64}"
    read = pl.read_csv(io.StringIO(text), comment_prefix="#")
    assert read.columns == [one.name for one in COLUMNS]
    assert read["when"].to_list() == ["2016-03-04T05:06:07.890000Z", None]
    assert read["text"].to_list() == ['\'=HYPERLINK("x")', None]


def test_no_comment_becomes_a_cell_of_its_own() -> None:
    """A spreadsheet that splits at commas or semicolons finds none in the head."""
    head = TOLD.lines()
    assert not set(head) & set(",;\t=+@") - {"="}
    assert all(line.startswith("# ") for line in head.splitlines())


def test_geojson_is_what_the_standard_asks_for() -> None:
    """Longitude before latitude; a row without a place is a feature without geometry, so that all rows are there."""
    read = json.loads(b"".join(write_geojson(COLUMNS, iter(ROWS), TOLD, "id")))
    assert next(iter(read["provenance"].items())) == ("rows", 2)
    first, second = read["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [37.1, 36.2]}
    assert first["properties"]["text"] == '=HYPERLINK("x")'
    assert (second["id"], second["geometry"]) == ("I-2", None)


def test_parquet_has_the_types_of_the_model() -> None:
    """Instants are instants; the head is in the metadata of the schema."""
    content = b"".join(write_parquet(COLUMNS, iter(ROWS), TOLD))
    table = pq.read_table(io.BytesIO(content))
    assert table.schema.metadata[b"groundtruce.rows"] == b"2"
    assert str(table.schema.field("when").type) == "timestamp[us, tz=UTC]"
    assert table.to_pylist() == [dict(row) for row in ROWS]


def test_an_empty_table_is_a_table() -> None:
    """With its names, in every form."""
    assert b"".join(write_csv(COLUMNS, iter(()), TOLD)).endswith(b"id,when,lat,lon,count,text\n")
    assert json.loads(b"".join(write_geojson(COLUMNS, iter(()), TOLD, "id")))["features"] == []
    assert pq.read_table(io.BytesIO(b"".join(write_parquet(COLUMNS, iter(()), TOLD)))).num_rows == 0


def test_rows_are_made_as_they_are_taken() -> None:
    """What is sent first is there long before the last row is read."""
    read = 0

    def rows() -> Iterator[Row]:
        nonlocal read
        for number in range(100_000):
            read += 1
            yield {**ROWS[0], "id": f"I-{number}"}

    parts = write_csv(COLUMNS, rows(), TOLD)
    for _ in range(3):
        next(parts)
    assert read < 10_000


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1))
def test_no_cell_begins_a_formula(text: str) -> None:
    """Whatever a source wrote."""
    row = {**ROWS[1], "text": text}
    content = b"".join(write_csv(COLUMNS, iter([row]), TOLD)).decode()
    cell = content.partition("text\n")[2].rpartition("I-2,,,,,")[2].lstrip('"')
    assert cell[:1] not in set("=+-@\t\r＝＋－＠")


def test_every_column_of_incidents_goes_out() -> None:
    """The columns of the model are what these functions take."""
    row = dict.fromkeys(INCIDENTS.names, None) | {"incident_id": "I-1", "kind": "fire"}
    content = b"".join(write_parquet(INCIDENTS.columns, iter([row]), TOLD))
    assert pq.read_table(io.BytesIO(content)).column_names == list(INCIDENTS.names)
