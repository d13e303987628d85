"""The column names of an input: not too many, none twice, none that the program keeps for itself."""

from collections import Counter
from collections.abc import Sequence

from groundtruce.intake.file import InputFile
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.validation import ROW

__all__ = ["COLUMN_LIMIT", "check_columns"]

COLUMN_LIMIT = 2_000
"""Columns; the widest table of the field has under 300 (PA-X)."""


def check_columns(file: InputFile, names: Sequence[str]) -> None:
    """Raise GroundtruceError when a table with these columns cannot be read."""
    if len(names) > COLUMN_LIMIT:
        raise GroundtruceError(
            Problem.FILE_COLUMNS_TOO_MANY, file=file.name, count=len(names), limit=COLUMN_LIMIT
        )
    repeated = next((name for name, count in Counter(names).items() if count > 1), None)
    if repeated is not None:
        raise GroundtruceError(Problem.FILE_HEADER_REPEATS, file=file.name, column=repeated)
    if ROW in names:
        raise GroundtruceError(Problem.FILE_COLUMN_RESERVED, file=file.name, column=ROW)
