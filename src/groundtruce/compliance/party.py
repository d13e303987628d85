"""Parties: the names of an incident as the agreement knows them, so that one party has one word.

* A name that the agreement lists becomes the party's identifier; any other stays as the source has it.
* A composite name (`A, B`) stands for joint actors: it is one actor, and each member is a party to the incident.
"""

import polars as pl

from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.questions.register import Register
from groundtruce.model.text_form import split_list

__all__ = ["JOINT", "look_up_parties", "split_actors"]

JOINT = ", "
"""Stands between joint actors."""


def split_actors(actor: str | None) -> list[str]:
    """Return those whom the name of an author stands for; none where it is not known.

    >>> split_actors("government, russian_federation")
    ['government', 'russian_federation']
    """
    return actor.split(JOINT) if actor else []


def look_up_parties(incidents: pl.DataFrame, agreement: Agreement) -> pl.DataFrame:
    """Return `incident_id`, `actor_party` (who is said to have done it) and `parties` (the list of all who are named).

    Rows keep their order. Names are looked up once for each distinct pair of fields.
    """
    register = Register(agreement)
    distinct = incidents.select("actor", "involved").unique()
    named = pl.DataFrame(
        [
            (actor, involved, _actor(register, actor), _all(register, actor, involved))
            for actor, involved in distinct.iter_rows()
        ],
        schema={
            **dict.fromkeys(("actor", "involved", "actor_party"), pl.String()),
            "parties": pl.List(pl.String()),
        },
        orient="row",
    )
    return incidents.select("incident_id", "actor", "involved").join(
        named, on=["actor", "involved"], how="left", nulls_equal=True, maintain_order="left"
    )[["incident_id", "actor_party", "parties"]]


def _actor(register: Register, actor: str | None) -> str | None:
    return None if actor is None else JOINT.join(_members(register, actor))


def _all(register: Register, actor: str | None, involved: str | None) -> list[str] | None:
    """Return the author and those involved, each once and in order; None where nobody is named."""
    source_names = [actor or "", *split_list(involved)]
    names = {
        party for name in source_names if name.strip() for party in _members(register, name.strip())
    }
    return sorted(names) or None


def _members(register: Register, name: str) -> list[str]:
    """Return the parties that a name stands for, in its order; a listed name is never taken apart."""
    listed_party = register.party(name)
    if listed_party is not None:
        return [listed_party.id]
    if "," not in name:
        return [name]
    members = [
        party
        for part in name.split(",")
        for party in _members(register, part.strip())
        if part.strip()
    ]
    return list(dict.fromkeys(members))
