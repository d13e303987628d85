"""Documents from files, and the agreements that come with the program by their names."""

from importlib.resources import files
from pathlib import Path

from groundtruce.agreement.document import parse_agreement
from groundtruce.agreement.terms import Agreement
from groundtruce.intake.file import check_kind
from groundtruce.model.problem import GroundtruceError, Problem, explain_refusal

__all__ = ["agreement_path", "library", "load_agreement", "read_document"]


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


def library() -> Path:
    """Return the folder of the agreements that come with the program: beside the sources, or installed."""
    installed = Path(str(files("groundtruce"))) / "agreements"
    return installed if installed.is_dir() else Path(__file__).parents[3] / "agreements"


def agreement_path(path: Path) -> Path:
    """Return the path of the document: the file, that in the folder, or that of the library which is named."""
    if path.is_dir():
        return path / "agreement.yaml"
    if path.exists() or path.suffix or len(path.parts) != 1:
        return path
    named = library() / path / "agreement.yaml"
    return named if named.is_file() else path


def load_agreement(path: Path) -> Agreement:
    """Read an agreement document, or one of the library by its name; raises GroundtruceError."""
    document_path = agreement_path(path)
    return parse_agreement(str(document_path), read_document(document_path))
