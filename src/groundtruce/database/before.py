"""What may have gone before an incident: the few others that its explanation needs, so that it need not read all.

* A clause may ask whether those who acted had been attacked before; what is far earlier or begins later cannot matter.
"""

from datetime import timedelta

import polars as pl

from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.rule import rules_of
from groundtruce.database.engine import Database
from groundtruce.model.instant import INSTANT
from groundtruce.model.table import INCIDENTS, Content

__all__ = ["with_earlier"]

_ASKED = "attacked_before"
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_MICROSECOND = timedelta(microseconds=1)
_LONGEST = timedelta(days=31)
"""The longest time that an attack is looked for over, as in `compliance.prior`."""

_INSTANTS = [one.name for one in INCIDENTS.columns if one.content is Content.INSTANT]


def with_earlier(database: Database, agreement: Agreement, incident_id: str) -> pl.DataFrame:
    """Return the incident and those that its clauses may ask for, as the table of incidents."""
    names = ", ".join(INCIDENTS.names)
    own = f"SELECT {names} FROM incident WHERE incident_id = :id"
    rows = database.rows(own, {"id": incident_id})
    window = _window(agreement)
    if (
        rows
        and window is not None
        and None not in (rows[0]["occurred_from"], rows[0]["occurred_to"])
    ):
        rows += database.rows(
            f"SELECT {names} FROM incident WHERE occurred_from >= :first AND occurred_from < :last "
            "AND occurred_to >= :begin AND kind LIKE 'fire%' AND actor IS NOT NULL "
            "AND incident_id <> :id",
            {
                "id": incident_id,
                "first": rows[0]["occurred_from"] - (window + _LONGEST) // _MICROSECOND,
                "begin": rows[0]["occurred_from"] - window // _MICROSECOND,
                "last": rows[0]["occurred_to"],
            },
        )
    schema = {
        name: pl.Int64() if name in _INSTANTS else INCIDENTS.schema[name]
        for name in INCIDENTS.names
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(pl.col(_INSTANTS).cast(INSTANT))


def _window(agreement: Agreement) -> timedelta | None:
    """Return the longest time before an act that any clause asks about."""
    found = []
    for rule in rules_of(agreement):
        for atom in rule.atoms:
            if atom.name == _ASKED:
                amount, unit = atom.arguments[0].split(" ")
                found.append(float(amount) * _UNITS[unit])
    return max(found, default=None)
