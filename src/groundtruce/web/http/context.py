"""What the handler of one request is given: where it is served, what stands, what the address asks for, in which words.

* A handler reads from `database` and nothing else, so that a page as of a former state is the same code.
* What came from the address has been checked before a handler is called.
"""

from dataclasses import dataclass

from groundtruce.agreement.terms import Agreement
from groundtruce.database.backend.protocol import Database
from groundtruce.database.filters.filters import Filters
from groundtruce.language.words import Words
from groundtruce.model.code import Language
from groundtruce.web.http.url import Address, sort_pairs, write_url
from groundtruce.web.state.cache import program_edition
from groundtruce.web.state.settings import Settings
from groundtruce.web.state.view_info import ViewInfo

__all__ = ["PAGE_ROWS", "Context"]

PAGE_ROWS = 50
"""Rows on a page of a list, where the address does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One request; `database` is the one of the record state that is asked for."""

    place: Settings
    address: Address
    language: Language
    words: Words
    database: Database
    view_info: ViewInfo
    notices: tuple[str, ...] = ()
    """Whole sentences in the reader's language, to be shown above the content."""
    saves_data: bool = False
    """Whether the reader's browser asks for little (`Save-Data: on`)."""

    @property
    def filters(self) -> Filters:
        """The filters of the address."""
        return self.address.filters

    @property
    def agreement(self) -> Agreement:
        """The terms under which the view was computed."""
        return self.view_info.agreement

    @property
    def as_of(self) -> str | None:
        """The digest of the former record state that is looked at, in full; None for the present."""
        return self.view_info.state_digest if "as_of" in self.address.values else None

    @property
    def order(self) -> str:
        """The order of a list."""
        return self.address.values.get("order", "newest")

    @property
    def after(self) -> str | None:
        """Where a list goes on."""
        return self.address.values.get("after")

    @property
    def limit(self) -> int:
        """Rows on a page of a list."""
        return int(self.address.values.get("limit", PAGE_ROWS))

    @property
    def step(self) -> str:
        """How long a step of a timeline is."""
        return self.address.values.get("step", "day")

    def value(self, key: str) -> str | None:
        """Return the value of a key that is no filter."""
        return self.address.values.get(key)

    def link(self, path: str, **more: str | None) -> str:
        """Return the address of another page in the same language and record state; `more` are its other keys."""
        kept = {key: self.address.values.get(key) for key in ("as_of", "lang")}
        given = ((key, value) for key, value in (kept | more).items() if value is not None)
        return write_url(path, sort_pairs(given))

    @staticmethod
    def static(name: str) -> str:
        """Return the address of a file of `web/static`, which never changes under that address."""
        return f"/static/{program_edition()}/{name}"
