"""The mechanism: which delegations keep the record together, by which keys, and whose cosignatures make a quorum.

* It is a document that the delegations agree on and each node holds; the record says who adopted which version.
* Keys stand in the text forms of `c2sp.org/signed-note`; what they are worth is checked where they are used.
* A quorum is a number of delegations, or groups of them: `at_least` of `of`.
"""

from enum import StrEnum
from typing import Annotated, Union

from pydantic import Field, model_validator

from groundtruce.model.document import Shape, WrongValueError, parse_document
from groundtruce.model.message import Phrase

__all__ = ["Delegation", "DelegationRole", "Mechanism", "Quorum", "parse_mechanism"]


class DelegationRole(StrEnum):
    """What a delegation is to the truce."""

    SECRETARIAT = "secretariat"
    PARTY = "party"
    GUARANTOR = "guarantor"
    NEIGHBOUR = "neighbour"
    MONITOR = "monitor"


Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\s+#](?:[^\n+]*[^\s+])?$")]


class Delegation(Shape):
    """Who holds a log: its name, role, keys, and where its node answers."""

    name: Name
    role: DelegationRole
    backs: tuple[str, ...] = ()
    """Parties that it backs: it does not count as neutral where they are concerned."""
    log: str
    """Verifier key of its log."""
    statement: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """Ed25519 key that signs its statements at the start, in hexadecimal."""
    witness: str
    """Verifier key by which it cosigns."""
    witness_pq: str | None = None
    """ML-DSA-44 verifier key by which it cosigns as well."""
    address: str | None = None
    """Where its log and its witness answer: an http address, or a folder on this machine."""


class Quorum(Shape):
    """At least so many of these, each a delegation or another group."""

    at_least: Annotated[int, Field(ge=1)]
    of: tuple[Union[Name, "Quorum"], ...]

    @model_validator(mode="after")
    def _can_be_met(self) -> "Quorum":
        if self.at_least > len(self.of):
            raise WrongValueError(
                Phrase(
                    "{at_least} of {count} cannot be had",
                    at_least=self.at_least,
                    count=len(self.of),
                )
            )
        return self


class Mechanism(Shape):
    """One version of the mechanism."""

    mechanism: str
    version: str
    delegations: Annotated[tuple[Delegation, ...], Field(min_length=1)]
    quorum: Quorum | None = None
    """Whose cosignatures make a head one to rely on; none where there is one delegation only."""

    @model_validator(mode="after")
    def _names_are_known(self) -> "Mechanism":
        names = [delegation.name for delegation in self.delegations]
        if len(set(names)) < len(names):
            raise WrongValueError(Phrase("two delegations have one name"))
        named = _list_members(self.quorum) if self.quorum else []
        unknown = sorted(set(named) - set(names))
        if unknown:
            raise WrongValueError(
                Phrase("the quorum names {unknown}, which is no delegation", unknown=unknown[0])
            )
        if len(set(named)) < len(named):
            raise WrongValueError(Phrase("the quorum names one delegation twice"))
        return self


def parse_mechanism(name: str, content: bytes) -> Mechanism:
    """Read a mechanism document; raises GroundtruceError `document.syntax` or `document.field`."""
    return parse_document(name, content, Mechanism)


def _list_members(quorum: Quorum) -> list[str]:
    """Return the delegations of a quorum and of the groups in it."""
    members: list[str] = []
    for member in quorum.of:
        members += [member] if isinstance(member, str) else _list_members(member)
    return members
