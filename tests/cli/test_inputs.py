"""What commands are given."""

from pathlib import Path

import pytest

from groundtruce.cli.inputs import ending_of
from groundtruce.model.problem import GroundtruceError, Problem


def test_outputs_end_as_chosen_or_as_the_first_input(tmp_path: Path) -> None:
    """With or without the dot; what is no format is refused."""
    first = tmp_path / "a.jsonl"
    first.write_bytes(b"{}")
    assert ending_of([first, Path("b.parquet")], None) == ".jsonl"
    assert ending_of([Path("a.csv")], "parquet") == ending_of([], ".parquet") == ".parquet"
    with pytest.raises(GroundtruceError) as caught:
        ending_of([Path("a.csv")], "xlsx")
    assert caught.value.problem is Problem.FILE_FORMAT
