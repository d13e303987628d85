"""The register: a mechanism as the keys and the policy that the record is checked with.

* An origin belongs to one delegation, a key to one use; what contradicts this is refused before anything is signed.
* The quorum counts Ed25519 cosignatures; the second, post-quantum ones are verified and shown with them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from groundtruce.agreement.mechanism import Delegation, Mechanism, Quorum
from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.key import statement_verifier
from groundtruce.record.tlog.checkpoint import log_key
from groundtruce.record.tlog.key import KeyType, VerifierKey
from groundtruce.record.tlog.policy import Group, Policy, parse_policy, policy_text, strength

__all__ = ["Member", "MemberRegister", "make_register"]

_QUORUM = "quorum"


@dataclass(frozen=True, slots=True)
class Member:
    """A delegation with its keys."""

    delegation: Delegation
    log: VerifierKey
    statement: VerifierKey
    witness: VerifierKey
    witness_pq: VerifierKey | None

    @property
    def name(self) -> str:
        """The delegation's name."""
        return self.delegation.name

    @property
    def origin(self) -> str:
        """The origin of its log."""
        return self.log.name

    @property
    def witness_keys(self) -> tuple[VerifierKey, ...]:
        """The keys by which it cosigns."""
        return (self.witness,) if self.witness_pq is None else (self.witness, self.witness_pq)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRegister:
    """Members by origin, and the quorum policy."""

    members: dict[str, Member]
    policy: Policy

    def of_origin(self, origin: str) -> Member:
        """Return the member whose log it is; raises GroundtruceError `record.log_unknown`."""
        member = self.members.get(origin)
        if member is None:
            raise GroundtruceError(Problem.RECORD_LOG_UNKNOWN, origin=origin)
        return member

    def of_name(self, name: str) -> Member:
        """Return the member of that name; raises GroundtruceError `record.log_unknown`."""
        for member in self.members.values():
            if member.name == name:
                return member
        raise GroundtruceError(Problem.RECORD_LOG_UNKNOWN, origin=name)

    def witnesses(self, without: str) -> list[VerifierKey]:
        """Return the cosigning keys of all members but the one of that origin."""
        others = (member for member in self.members.values() if member.origin != without)
        return [key for member in others for key in member.witness_keys]

    @property
    def names(self) -> dict[str, str]:
        """Origin to the delegation's name."""
        return {origin: member.name for origin, member in self.members.items()}


def make_register(mechanism: Mechanism) -> MemberRegister:
    """Return the register of a mechanism; raises GroundtruceError `record.key` or `record.policy`."""
    members: dict[str, Member] = {}
    seen: set[bytes] = set()
    for delegation in mechanism.delegations:
        member = _member(delegation)
        for key in (member.log, member.statement, *member.witness_keys):
            if key.public in seen:
                raise _unusable(
                    quote(delegation.name), Phrase("another use or another delegation has it too")
                )
            seen.add(key.public)
        members[member.origin] = member
    return MemberRegister(members=members, policy=_policy(mechanism, list(members.values())))


def _member(delegation: Delegation) -> Member:
    """Return a delegation with its keys, each of its type; raises `record.key`."""
    log = VerifierKey.parse(delegation.log)
    if log.type is not KeyType.NOTE or log != log_key(log.public):
        raise _unusable(quote(delegation.name), Phrase("its log's name is not that of its key"))
    witness = VerifierKey.parse(delegation.witness)
    pq = VerifierKey.parse(delegation.witness_pq) if delegation.witness_pq else None
    if witness.type is not KeyType.COSIGNATURE:
        raise _unusable(quote(delegation.name), Phrase("its witness key is of another type"))
    if pq is not None and pq.type is not KeyType.MLDSA_COSIGNATURE:
        raise _unusable(
            quote(delegation.name), Phrase("its post-quantum witness key is of another type")
        )
    return Member(delegation, log, statement_verifier(delegation), witness, pq)


def _policy(mechanism: Mechanism, members: list[Member]) -> Policy:
    """Return the policy, by way of its text, so that what a file may say is what a mechanism may say."""
    spelt = {member.name: member.name.replace(" ", "_") for member in members}
    groups = dict(_groups(mechanism.quorum, _QUORUM, spelt)) if mechanism.quorum else {}
    policy = Policy(
        logs=tuple(member.log for member in members),
        witnesses={spelt[member.name]: member.witness for member in members},
        groups=groups,
        quorum=_QUORUM if groups else None,
    )
    policy = parse_policy(policy_text(policy).encode(), mechanism.mechanism)
    worth = strength(policy)
    if groups and worth is not None and worth.fork == 0:
        cause = Phrase(
            "two quorums can have no witness in common, so one dishonest log can show two views"
        )
        raise GroundtruceError(Problem.RECORD_POLICY, file=mechanism.mechanism, line=1, cause=cause)
    return policy


def _groups(quorum: Quorum, name: str, spelt: dict[str, str]) -> Iterator[tuple[str, Group]]:
    """Yield the groups, inner ones first: a policy defines a name before it uses it."""
    members = []
    for number, constituent in enumerate(quorum.of, start=1):
        if isinstance(constituent, str):
            members.append(spelt[constituent])
        else:
            inner = f"{name}-{number}"
            yield from _groups(constituent, inner, spelt)
            members.append(inner)
    yield name, Group(quorum.at_least, tuple(members))


def _unusable(who: Phrase, cause: Phrase) -> GroundtruceError:
    return GroundtruceError(Problem.RECORD_KEY, who=who, cause=cause)
