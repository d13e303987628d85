"""Problems of a request to the pages or the API."""

from groundtruce.model.problem.entry import CatalogueEntry


def _web(code: str, sentence: str, advice: str, http_status: int) -> CatalogueEntry:
    return CatalogueEntry(f"web.{code}", sentence, advice, http_status)


MISSING = _web(
    "missing",
    "There is no page at {path}.",
    "Check the address, or begin at the situation page.",
    404,
)
UNKNOWN = _web(
    "unknown",
    "There is no {what} called {id} here.",
    "Look it up on the list; an identifier is never used for anything else.",
    404,
)
GONE = _web(
    "gone",
    "The {what} {id} is no longer in the view.",
    "Nothing took its place: its reports were withdrawn or erased. The record says by whom, and why.",
    410,
)
STATE = _web(
    "state",
    "This server knows no record state that begins with {digest}.",
    "Choose one from the list of states on the page of the record, or ask without as_of.",
    404,
)
METHOD = _web(
    "method",
    "{method} is not answered at {path}.",
    "Read with GET; nothing can be written here.",
    405,
)
SLOW = _web(
    "slow",
    "The request did not arrive within {seconds} seconds.",
    "Send it again, all at once.",
    408,
)
TOO_LARGE = _web(
    "too_large",
    "The request is longer than {limit} bytes.",
    "Send less; for a long list of incidents use the filters.",
    413,
)
TOO_MANY = _web(
    "too_many",
    "More requests came from your network than are answered in that time.",
    "Wait {seconds} seconds and go on more slowly; whole tables come in one request, as CSV or Parquet.",
    429,
)
FAULT = _web(
    "fault",
    "Something went wrong inside this server.",
    "Try again; if it stays so, tell its operator this reference: {reference}. The record is not affected.",
    500,
)
PREPARING = _web(
    "preparing",
    "{what} is being computed from the record.",
    "Try again in a moment; the page comes by itself when it is ready.",
    503,
)
BUSY = _web(
    "busy",
    "As many whole tables as this server sends at a time are on their way.",
    "Try again in a minute, or choose fewer rows with the filters.",
    503,
)
