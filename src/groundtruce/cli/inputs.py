"""What commands are given: files with their format and mapping."""

from collections.abc import Sequence
from pathlib import Path

from groundtruce.intake.file import Format, find_format
from groundtruce.intake.mapping import Mapping, load_mapping
from groundtruce.model.problem import GroundtruceError, Problem

__all__ = ["choose_ending", "load_mapping_by_name"]


def load_mapping_by_name(name: str | None) -> Mapping | None:
    """Load a named mapping, or none."""
    return None if name is None else load_mapping(name)


def choose_ending(paths: Sequence[Path], chosen: str | None) -> str:
    """Return the ending of the outputs: as chosen, or that of the first input."""
    if chosen is None:
        return find_format(paths[0]).value
    ending = "." + chosen.removeprefix(".")
    if ending not in {known.value for known in Format}:
        raise GroundtruceError(Problem.FILE_FORMAT, file=f"--format {chosen}")
    return ending
