"""Parties: the names of an incident as the agreement knows them, so that one party has one word.

* A name that the agreement lists becomes the party's identifier; any other stays as it was told.
* A composite name (`A, B`) stands for joint actors: it is one actor, and each member is a party to the incident.
"""

import polars as pl

from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.questions.register import Register

__all__ = ["BETWEEN", "JOINT", "SEPARATOR", "parties"]

SEPARATOR = "|"
"""Stands between the members of a list in one text, as in the tables."""

BETWEEN = "\x1f"
"""Stands between the names of a list in one text: no name holds it, as intake takes no sign that controls a machine."""

JOINT = ", "
"""Stands between joint actors."""


def parties(incidents: pl.DataFrame, agreement: Agreement) -> pl.DataFrame:
    """Return `incident_id`, `actor_party` (who is said to have done it) and `parties` (all who are named, in one text).

    Rows keep their order. Names are looked up once for each distinct pair of fields.
    """
    register = Register(agreement)
    distinct = incidents.select("actor", "involved").unique()
    named = pl.DataFrame(
        [
            (actor, involved, _actor(register, actor), _all(register, actor, involved))
            for actor, involved in distinct.iter_rows()
        ],
        schema=dict.fromkeys(("actor", "involved", "actor_party", "parties"), pl.String),
        orient="row",
    )
    return incidents.select("incident_id", "actor", "involved").join(
        named, on=["actor", "involved"], how="left", nulls_equal=True, maintain_order="left"
    )[["incident_id", "actor_party", "parties"]]


def _actor(register: Register, actor: str | None) -> str | None:
    return None if actor is None else JOINT.join(_members(register, actor))


def _all(register: Register, actor: str | None, involved: str | None) -> str | None:
    told = [actor or "", *(involved or "").split(SEPARATOR)]
    names = {one for name in told if name.strip() for one in _members(register, name.strip())}
    return BETWEEN.join(sorted(names)) or None


def _members(register: Register, name: str) -> list[str]:
    """Return the parties that a name stands for, in its order; a listed name is never taken apart."""
    found = register.party(name)
    if found is not None:
        return [found.id]
    if "," not in name:
        return [name]
    members = [
        one for part in name.split(",") for one in _members(register, part.strip()) if part.strip()
    ]
    return list(dict.fromkeys(members))
