"""Problems of an address: a key or a value that is not known."""

from groundtruce.model.problem.entry import CatalogueEntry


def _query(code: str, sentence: str, advice: str) -> CatalogueEntry:
    return CatalogueEntry(f"query.{code}", sentence, advice, 400)


UNKNOWN_KEY = _query(
    "unknown_key",
    "The address asks for {key}, which is not known here.",
    "Take it out, or choose one of {known}.",
)
BAD_VALUE = _query(
    "bad_value",
    "{key} cannot be {value}.",
    "Give {expected}.",
)
