"""Standing: whether those who acted and those who were hit are bound, exempt, outside or unclear.

* A name in a source is looked up among all names of the agreement's parties, without regard to case.
* A composite name (`A, B`) stands for joint actors: it has a standing only if all members share one.
* Where a source does not say who did it to whom, both sides are kept and no author is made up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from groundtruce.agreement.terms import Agreement, Party, PartyStanding
from groundtruce.model.text_form import split_list

__all__ = ["Register", "Side", "Sides"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of an incident: `label` is a party id, or the source's name where it is not listed."""

    label: str
    standing: PartyStanding
    bound_from: datetime | None
    members: tuple[str | None, ...] = ()
    """The party ids behind the names; None for a name that is not listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """`actor` is None where nobody is named; `undirected` holds both sides where the author is open."""

    actor: Side | None
    target: Side | None
    undirected: tuple[Side, ...]


class Register:
    """The names of an agreement's parties; built once for each assessment."""

    def __init__(self, agreement: Agreement) -> None:
        self._parties: dict[str, Party] = {}
        for party in agreement.parties:
            for name in (party.id, *party.names, *party.name.values()):
                self._parties.setdefault(name.casefold(), party)

    def party(self, name: str) -> Party | None:
        """Return the party that a name stands for, or None."""
        return self._parties.get(name.strip().casefold())

    def sides(self, actor: str | None, involved: str | None, *, disputed: bool = False) -> Sides:
        """Return the two sides of an incident from its `actor` and `involved` fields.

        Where sources name different authors (`disputed`), both sides are kept as if none were named.
        """
        named = [name.strip() for name in split_list(involved) if name.strip()]
        if actor is not None and disputed:
            named, actor = list(dict.fromkeys([actor, *named])), None
        if actor is not None:
            opponents = [name for name in named if not self._allied(name, actor)]
            target = self._joint(opponents) if opponents else None
            return Sides(actor=self._joint([actor]), target=target, undirected=())
        camps = self._camps(named)
        if len(camps) == 1:
            return Sides(actor=self._joint(camps[0]), target=None, undirected=())
        sides = tuple(self._joint(camp) for camp in camps)
        return Sides(actor=None, target=None, undirected=sides)

    def _camps(self, names: Iterable[str]) -> list[list[str]]:
        """Group names into camps of allies, in order of appearance."""
        camps: list[list[str]] = []
        for name in names:
            camp = next((camp for camp in camps if self._allied(name, camp[0])), None)
            if camp is None:
                camps.append([name])
            else:
                camp.append(name)
        return camps

    def _allied(self, name: str, other: str) -> bool:
        """Return whether two names mean one party or parties of one side."""
        if name.casefold() == other.casefold():
            return True
        party, other_party = self.party(name), self.party(other)
        if party is None or other_party is None:
            return False
        return party is other_party or (party.side is not None and party.side == other_party.side)

    def _joint(self, names: Iterable[str]) -> Side:
        """Return the one side that names make together; unclear where their standings differ."""
        members = [member for name in names for member in self._members(name)]
        standings = {standing for _, standing, _, _ in members}
        froms = [moment for _, _, moment, _ in members if moment is not None]
        return Side(
            label=", ".join(dict.fromkeys(label for label, _, _, _ in members)),
            standing=standings.pop() if len(standings) == 1 else PartyStanding.UNCLEAR,
            bound_from=max(froms, default=None),
            members=tuple(dict.fromkeys(party for _, _, _, party in members)),
        )

    def _members(self, name: str) -> list[tuple[str, PartyStanding, datetime | None, str | None]]:
        """Return label, standing, acceptance and party id of each member of a name."""
        party = self.party(name)
        if party is None and "," in name:
            return [member for part in name.split(",") for member in self._members(part.strip())]
        if party is None:
            return [(name, PartyStanding.UNCLEAR, None, None)]
        return [(party.id, party.standing, party.accepted_at, party.id)]
