"""What commands are given."""

from pathlib import Path

import pytest

from groundtruce.cli.inputs import choose_ending
from groundtruce.model.problem import GroundtruceError, Problem


def test_outputs_end_as_chosen_or_as_the_first_input(tmp_path: Path) -> None:
    """With or without the dot; what is no format is refused."""
    first = tmp_path / "a.jsonl"
    first.write_bytes(b"{}")
    assert choose_ending([first, Path("b.parquet")], None) == ".jsonl"
    assert choose_ending([Path("a.csv")], "parquet") == choose_ending([], ".parquet") == ".parquet"
    with pytest.raises(GroundtruceError) as caught:
        choose_ending([Path("a.csv")], "xlsx")
    assert caught.value.problem is Problem.FILE_FORMAT
