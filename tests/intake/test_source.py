"""A source: opened once, it tells its columns by the head, and its rows where nothing is missing."""

from pathlib import Path

import pytest

from groundtruce.intake.source import Source
from groundtruce.model.problem import GroundtruceError, Problem


def source_of(folder: Path, name: str, text: str) -> Source:
    """Return the source of a file with a text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return Source.open(path)


def test_columns_come_from_the_head_alone(tmp_path: Path) -> None:
    """A broken row further down is no matter for them; the rows have it set aside."""
    source = source_of(tmp_path, "a.csv", 'a,b\n1,2\n3,"4\n5,6,7\n')
    assert source.names_its_columns
    assert source.columns()[-2:] == ["a", "b"]
    raw = source.rows("table", ["a"], ["a", "b"])
    assert raw.rows["a"].to_list()[0] == "1"
    assert raw.rejects


def test_lines_of_json_name_their_own_columns(tmp_path: Path) -> None:
    """The head may lack what a later line has, and does not decide."""
    source = source_of(tmp_path, "a.jsonl", '{"a": "1"}\n{"a": "2", "b": "3"}\n')
    assert not source.names_its_columns
    assert source.rows("table", ["b"], ["a", "b"]).rows["b"].to_list() == [None, "3"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [("a\n1\n", Problem.FILE_COLUMNS_MISSING), ("a,b\n", Problem.FILE_NO_ROWS)],
    ids=["a column is missing", "there are no rows"],
)
def test_rows_come_with_what_is_required(tmp_path: Path, text: str, problem: Problem) -> None:
    """A file that lacks a column or has no rows is refused by name."""
    with pytest.raises(GroundtruceError) as caught:
        source_of(tmp_path, "a.csv", text).rows("table", ["b"], ["a", "b"])
    assert caught.value.problem is problem
