"""Documents that are read whole."""

from pathlib import Path

import pytest

from groundtruce.intake.library import read_document
from groundtruce.model.problem import GroundtruceError, Problem


def test_a_document_that_is_not_there_is_named(tmp_path: Path) -> None:
    """As missing; one that is there is read as it is."""
    with pytest.raises(GroundtruceError) as caught:
        read_document(tmp_path / "none.yaml")
    assert caught.value.problem is Problem.FILE_MISSING
    (tmp_path / "some.yaml").write_bytes(b"a: \xff")
    assert read_document(tmp_path / "some.yaml") == b"a: \xff"
