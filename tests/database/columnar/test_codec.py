"""Packed columns: the same rows are the same bytes, and a reader takes in what changed and nothing else."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, replace
from threading import Thread

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.database.plain import Plain

from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.protocol import Database
from groundtruce.database.backend.schema import STORED
from groundtruce.database.columnar.codec import (
    PARTS,
    PartRows,
    find_first_number,
    find_numbers,
    find_part,
    format_id,
    pack_parts,
    parse_id,
    unpack_part,
)
from groundtruce.database.columnar.columns import Columns, read_columns
from groundtruce.database.load.fill import fill
from groundtruce.database.load.update import apply
from groundtruce.model.coded import Coded
from groundtruce.model.table import ASSESSMENTS, INCIDENTS, LINKS
from groundtruce.view.view import View

_NUMBERS = st.integers(0, (1 << 60) - 1)


@given(_NUMBERS, st.integers(1, 12))
def test_numbers_and_identifiers_are_the_same(number: int, length: int) -> None:
    """An identifier spells its number, and those that begin alike are one run of numbers in one part."""
    name = format_id(number)
    assert parse_id(name) == number
    first, last = find_numbers(name[: 2 + length])
    assert first <= number < last
    assert first == 0 or format_id(first - 1)[: 2 + length] != name[: 2 + length]
    assert find_first_number(find_part(number)) <= number < find_first_number(find_part(number) + 1)
    assert 0 <= find_part(number) < PARTS


@pytest.fixture(scope="module")
def parts(view: View, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PartRows]:
    """The rows that are pack_parts, as a database holds them."""
    path = tmp_path_factory.mktemp("parts") / "view.sqlite"
    with closing(open_database(f"sqlite:///{path}")) as database:
        fill(database, view)
        frames = {
            name: pl.DataFrame(database.rows(f"SELECT * FROM {name}"), infer_schema_length=None)
            for name in ("incident", "assessment")
        }
        assert frames["incident"].columns == list(STORED["incident"].names)
        yield PartRows(incidents=frames["incident"], assessments=frames["assessment"])


def test_the_order_of_rows_does_not_matter(parts: PartRows) -> None:
    """Shuffled rows give the same bytes, all together or part by part."""
    expected = list(pack_parts(parts))
    shuffled = PartRows(
        incidents=parts.incidents.sample(fraction=1, shuffle=True, seed=3),
        assessments=parts.assessments.sample(fraction=1, shuffle=True, seed=4),
    )
    assert list(pack_parts(shuffled)) == expected
    some = [3, 17, 40]
    assert list(pack_parts(shuffled, some)) == [expected[part] for part in some]
    counts = [len(unpack_part(content)[1]["number"]) for _, _, content in expected]
    assert sum(counts) == parts.incidents.height


def test_a_part_that_became_empty_says_so(parts: PartRows) -> None:
    """Without rows a part is there all the same, so that what stood in it is gone."""
    nothing = PartRows(incidents=parts.incidents.clear(), assessments=parts.assessments.clear())
    ((part, _, content),) = pack_parts(nothing, [5])
    assert part == 5
    assert len(unpack_part(content)[1]["number"]) == 0


def test_many_clauses_fit(parts: PartRows) -> None:
    """Verdicts under many clauses come back as they were."""
    names = [f"C{number}" for number in range(70)]
    verdicts = ["breach", "not_determinable", "exempt", "no_breach"]
    ids = parts.incidents["incident_id"].to_list()
    expected = {
        one: {name: verdicts[(place * 7 + number) % 4] for number, name in enumerate(names)}
        for place, one in enumerate(ids)
    }
    assessments = pl.DataFrame(
        [(one, name, verdict) for one in ids for name, verdict in expected[one].items()],
        schema=["incident_id", "clause_id", "verdict"],
        orient="row",
    )
    for _, _, content in pack_parts(PartRows(incidents=parts.incidents, assessments=assessments)):
        values, found = unpack_part(content)
        for number, code in zip(found["number"].tolist(), found["clauses"].tolist(), strict=True):
            judged = expected[format_id(number)]
            assert values["clauses"][code - 1] == tuple(sorted(judged.items()))


def test_columns_are_the_rows_of_the_database(asked: Database, rows: tuple[Plain, ...]) -> None:
    """Every incident stands in the columns with its numbers, days and texts, in the order of numbers."""
    held = read_columns(asked)
    assert held.number.tolist() == sorted(parse_id(row.id) for row in rows)
    known = {parse_id(row.id): row for row in rows}
    for place, number in enumerate(held.number.tolist()):
        row = known[number]
        assert held.kind.values[held.kind.codes[place]] == row.row["kind"]
        assert dict(held.clauses.values[held.clauses.codes[place]] or ()) == row.clauses
        assert held.killed_low[place] == (
            -1 if row.row["killed_low"] is None else row.row["killed_low"]
        )
        assert np.isnan(held.lon[place]) == (row.row["lon"] is None)
        assert bool(held.dated[place]) == (row.day is not None)


def test_what_did_not_change_is_not_read_again(asked: Database) -> None:
    """The columns of a view that stands are one and the same, for whoever asks."""
    assert read_columns(asked) is read_columns(asked)


def _same(one: Columns, other: Columns) -> bool:
    """Compare two readings; codes of values may differ, values may not."""
    for field in fields(one):
        mine, its = getattr(one, field.name), getattr(other, field.name)
        if isinstance(mine, Coded):
            if [mine.values[code] for code in mine.codes] != [
                its.values[code] for code in its.codes
            ]:
                return False
        elif isinstance(mine, dict | str):
            if field.name != "kept" and mine != its:
                return False
        elif not np.array_equal(mine, its, equal_nan=mine.dtype.kind == "f"):
            return False
    return True


def test_a_change_is_taken_in(
    view: View, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """After a change the columns are those of a new reading, and who held the former ones still has them."""
    gone = view.incidents["incident_id"][:30].to_list()
    links = view.links.filter(~pl.col("incident_id").is_in(gone))
    less = replace(
        view.with_tables(
            {
                LINKS: links,
                INCIDENTS: view.incidents.filter(~pl.col("incident_id").is_in(gone)),
                ASSESSMENTS: view.assessments.filter(~pl.col("incident_id").is_in(gone)),
            }
        ),
        reports=view.reports.join(links, on="report_id", how="semi"),
    )
    fill(database, view)
    before = read_columns(database)
    apply(database, less)
    after = read_columns(database)
    assert (before.rows, after.rows) == (view.incidents.height, view.incidents.height - len(gone))
    path = tmp_path_factory.mktemp("less") / "view.sqlite"
    with closing(open_database(f"sqlite:///{path}")) as fresh:
        fill(fresh, less)
        assert _same(after, read_columns(fresh))
    apply(database, view)
    assert _same(read_columns(database), before)


def test_many_readers_see_whole_views(view: View, database: Database) -> None:
    """While views follow one another, every reading is one of them."""
    some = view.incidents["incident_id"][::2].to_list()
    half = view.with_tables(
        {
            INCIDENTS: view.incidents.filter(pl.col("incident_id").is_in(some)),
            ASSESSMENTS: view.assessments.filter(pl.col("incident_id").is_in(some)),
        }
    )
    fill(database, view)
    sizes: set[int] = set()
    failures: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(30):
                held = read_columns(database)
                sizes.add(held.rows)
                assert bool((np.diff(held.number) > 0).all())
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    readers = [Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for following in (half, view, half):
        apply(database, following)
    for reader in readers:
        reader.join()
    assert failures == []
    assert sizes <= {view.incidents.height, half.incidents.height}
