"""Problems of the database that the view is kept in."""

from groundtruce.model.problem.entry import CatalogueEntry


def _database(code: str, sentence: str, advice: str, http_status: int = 503) -> CatalogueEntry:
    return CatalogueEntry(f"database.{code}", sentence, advice, http_status)


ADDRESS = _database(
    "address",
    "{url} is not the address of a database.",
    "Write sqlite:///PATH, or postgresql://USER@HOST/NAME.",
    422,
)
MISSING = _database(
    "missing",
    "{database} holds no view that this version of the program can read.",
    "Fill it: `groundtruce replay NODE --database ADDRESS`. Nothing is lost, it follows from the record.",
)
EXTRA = _database(
    "extra",
    "The driver of PostgreSQL is not installed beside Groundtruce.",
    "Install it: pip install 'groundtruce[postgres]'; or use sqlite:///PATH.",
)
UNREACHABLE = _database(
    "unreachable",
    "{database} cannot be used: {cause}.",
    "Check that it runs and that the user may make schemas in it; then repeat the command.",
)
