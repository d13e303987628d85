"""What commands are given: files with their format and mapping, and documents."""

from collections.abc import Sequence
from pathlib import Path

from groundtruce.intake.file import Format, check_kind, find_format
from groundtruce.intake.mapping import Mapping, load_mapping
from groundtruce.model.problem import GroundtruceError, Problem, explain_refusal

__all__ = ["ending_of", "mapping_of", "read_document"]


def mapping_of(name: str | None) -> Mapping | None:
    """Load a named mapping, or none."""
    return None if name is None else load_mapping(name)


def ending_of(paths: Sequence[Path], chosen: str | None) -> str:
    """Return the ending of the outputs: as chosen, or that of the first input."""
    if chosen is None:
        return find_format(paths[0]).value
    ending = "." + chosen.removeprefix(".")
    if ending not in {known.value for known in Format}:
        raise GroundtruceError(Problem.FILE_FORMAT, file=f"--format {chosen}")
    return ending


def read_document(path: Path) -> bytes:
    """Return the bytes of a document; raises GroundtruceError."""
    check_kind(path)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise GroundtruceError(Problem.FILE_MISSING, file=str(path)) from None
    except OSError as error:
        raise GroundtruceError(
            Problem.FILE_UNREADABLE, file=str(path), cause=explain_refusal(error)
        ) from error
