"""The quarantine: every row that could not be used, with what is wrong and what to do, and the row itself.

* One line for each row; nothing is lost: `record` holds the row as JSON, ready to be corrected and read again.
* A cell that a spreadsheet would run as a formula is written with a leading apostrophe.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from groundtruce.model.problem import Problem
from groundtruce.model.spreadsheet import disarm
from groundtruce.model.validation import ROW, Reject

__all__ = ["Quarantined", "quarantine", "tabulate_quarantined"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """One row in quarantine; `row` is its record number in `file`, the header being 1."""

    file: str
    row: int
    field: str
    value: str | None
    problem: Problem
    reason: str
    remedy: str
    also: tuple[str, ...]
    record: str

    @property
    def told(self) -> str:
        """Where it is and what is wrong, in one line for people."""
        field = f", {self.field}" if self.field else ""
        return f"{self.file}, row {self.row}{field}: {self.reason}"


def quarantine(
    file: str, rejects: Iterable[Reject], raw: pl.DataFrame, records: dict[int, str]
) -> list[Quarantined]:
    """Join rejects with the records that they reject; one for each row, ordered by row."""
    first: dict[int, Reject] = {}
    for reject in rejects:
        first.setdefault(reject.row, reject)
    missing = [row for row in first if row not in records]
    kept = raw.filter(pl.col(ROW).is_in(missing)) if missing else raw.clear()
    texts = dict(records)
    for row in kept.iter_rows(named=True):
        number = row.pop(ROW)
        filled = {name: value for name, value in row.items() if value is not None}
        texts[number] = json.dumps(filled, ensure_ascii=False, default=str)
    return [
        Quarantined(
            file=file,
            row=row,
            field=reject.field,
            value=reject.value,
            problem=reject.problem,
            reason=reject.problem.sentence(reject.details),
            remedy=reject.problem.advice(reject.details),
            also=reject.also,
            record=texts.get(row, ""),
        )
        for row, reject in sorted(first.items())
    ]


def tabulate_quarantined(rows: Iterable[Quarantined]) -> pl.DataFrame:
    """Return the quarantine as a table of text columns, safe to open in a spreadsheet."""
    schema = dict.fromkeys(
        ("file", "row", "field", "value", "code", "reason", "remedy", "also_wrong", "record"),
        pl.String,
    )
    frame = pl.DataFrame(
        [
            (
                entry.file,
                str(entry.row),
                entry.field,
                entry.value,
                entry.problem.code,
                entry.reason,
                entry.remedy,
                "|".join(entry.also) or None,
                entry.record,
            )
            for entry in rows
        ],
        schema=schema,
        orient="row",
    )
    return disarm(frame)
