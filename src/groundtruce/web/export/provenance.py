"""Where a table comes from: what stands at its head, before any row.

* The number of rows comes first, so that a table that was cut off on its way is noticed.
* It names the view, the record state, the terms and the method, the filters, and where the licences are.
* A line of it is safe in a spreadsheet: it holds no separator, and no cell of it begins a formula.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

from groundtruce.web.http.context import Context

__all__ = ["Provenance"]

_LICENCE = (
    "each report has its own; they stand in the column licence of reports.csv with the same filters"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The head of one table."""

    rows: int
    view: str
    record_state: str
    agreement: str
    method: str
    """SHA-256 of the method as JSON; `/about/methods` tells what it says."""
    filters: str
    """As the address has them; nothing where everything was asked for."""
    licence: str = _LICENCE

    @classmethod
    def of(cls, context: Context, rows: int) -> "Provenance":
        """Return the head of a table with so many rows."""
        view_info = context.view_info
        method = json.dumps(view_info.method, ensure_ascii=False, sort_keys=True)
        return cls(
            rows=rows,
            view=view_info.view,
            record_state=view_info.state_digest or "none: computed from files",
            agreement=f"{view_info.agreement.label} {view_info.agreement_digest}",
            method=sha256(method.encode()).hexdigest(),
            filters="&".join(
                f"{quote(key, safe='')}={quote(value, safe='')}"
                for key, value in context.filters.pairs()
            ),
        )

    @property
    def values(self) -> Mapping[str, str | int]:
        """The entries by name, the number of rows first."""
        return {
            "rows": self.rows,
            "view": self.view,
            "record_state": self.record_state,
            "agreement": self.agreement,
            "method": self.method,
            "filters": self.filters,
            "licence": self.licence,
        }

    def lines(self) -> str:
        """Return the entries as comments above a table of CSV."""
        return "".join(
            f"# {name}: {str(value).replace(',', ' ').replace(';', ' ')}\n"
            for name, value in self.values.items()
        )
