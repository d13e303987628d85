"""What a database holds: which view of which record state, under which agreement, computed how.

* Every answer names it; an answer that was made while it changed is made again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from weakref import WeakKeyDictionary

from groundtruce.agreement.document import parse_agreement
from groundtruce.agreement.terms import Agreement
from groundtruce.database.backend.metadata import read_metadata, read_view_name
from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.instant import from_microseconds
from groundtruce.language.words import Words
from groundtruce.model.code import Language
from groundtruce.record.log.state import RecordState

__all__ = ["KnownViews", "ViewInfo", "read_view_info"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewInfo:
    """The view that a database holds; `state` is None where its rows did not come from a record.

    `view` is its digest, with `+N` where N reports came since and stand provisionally.
    """

    view: str
    provisional: int
    state: RecordState | None
    names: Mapping[str, str]
    """Origin of a log to the name of its delegation."""
    agreement: Agreement
    agreement_digest: str
    agreement_document: str
    method: Mapping[str, object]
    as_of: datetime
    """The end of the last incident: until then the view tells."""
    reports: int
    incidents: int
    quarantined: int
    withheld: int

    def words(self, language: Language) -> Words:
        """Return the words of a language for its agreement."""
        return _words(language, self.agreement_document)

    @property
    def state_digest(self) -> str | None:
        """What names the record state."""
        return self.state.digest if self.state else None


class KnownViews:
    """What each open database of an app held when it was last read."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known: WeakKeyDictionary[Database, ViewInfo] = WeakKeyDictionary()

    def read(self, database: Database) -> ViewInfo | None:
        """Return which view a database holds, or None where it was never filled.

        Every change gives the view another name, so that one short row says whether what was read last still holds.
        """
        known = self._known.get(database)
        if known is not None and read_view_name(database) == known.view:
            return known
        info = read_view_info(database)
        if info is not None:
            self._known[database] = info
        return info


def read_view_info(database: Database) -> ViewInfo | None:
    """Return which view a database holds, or None where it was never filled."""
    metadata = read_metadata(database)
    return _parse_view_info(tuple(sorted(metadata.items()))) if "view" in metadata else None


@lru_cache(maxsize=32)
def _parse_view_info(items: tuple[tuple[str, str], ...]) -> ViewInfo:
    """Return what the database says of its view."""
    values = dict(items)
    document = values["agreement_document"]
    state = values.get("record_state")
    return ViewInfo(
        view=values["view"],
        provisional=int(values.get("provisional", "0")),
        state=RecordState.parse(state.encode()) if state else None,
        names=json.loads(values.get("names") or "{}"),
        agreement=_agreement(document),
        agreement_digest=values["agreement_digest"],
        agreement_document=document,
        method=json.loads(values["method"]),
        as_of=from_microseconds(int(values["as_of"])),
        reports=int(values["reports"]),
        incidents=int(values["incidents"]),
        quarantined=int(values["quarantined"]),
        withheld=int(values["withheld"]),
    )


@lru_cache(maxsize=24)
def _words(language: Language, document: str) -> Words:
    return Words(language, _agreement(document))


@lru_cache(maxsize=8)
def _agreement(document: str) -> Agreement:
    return parse_agreement("the agreement", document.encode())
