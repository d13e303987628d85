"""Who vouches for the heads of a record state: the delegations that cosigned them, and when.

* A cosignature of a later head covers the earlier one: who gave it checked that the log only grew.
* A checkpoint is verified once; the same bytes are not verified again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from groundtruce.language.words import Words
from groundtruce.model.message import translatable as _
from groundtruce.model.problem import GroundtruceError
from groundtruce.node.node import Node
from groundtruce.node.register import MemberRegister
from groundtruce.record.log.state import RecordState
from groundtruce.record.peers.grade import Grade
from groundtruce.record.tlog.checkpoint import Checkpoint, Head
from groundtruce.record.tlog.key import VerifierKey
from groundtruce.record.tlog.policy import policy_text

__all__ = [
    "Cosigner",
    "Voucher",
    "fewest_cosigners",
    "label_grade",
    "list_trusted_keys",
    "list_vouchers",
    "name_log",
]

_NAME_DIGITS = 16
"""Digits of an origin that name a log in an address; the register is searched for more."""

_GRADES = {
    Grade.SIGNED: _("signed"),
    Grade.LOGGED: _("signed, in a log"),
    Grade.COSIGNED: _("cosigned"),
    Grade.QUORUM: _("cosigned by a quorum"),
    Grade.ANCHORED: _("cosigned by a quorum, and time-stamped from outside"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigner:
    """A delegation that cosigned, and when it last did by its own clock."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    """A head, whose log it is of, and which of the other delegations cosigned it."""

    head: Head
    delegation: str
    cosigners: tuple[Cosigner, ...]
    others: int
    """Delegations that could have."""


def name_log(origin: str) -> str:
    """Return how an address names a log: the first digits of its origin's hash."""
    return origin.rpartition("/")[2][:_NAME_DIGITS]


def list_vouchers(node: Node | None, state: RecordState | None) -> tuple[Voucher, ...]:
    """Return a voucher for each head of a state that this node holds; none where there is no node."""
    if node is None or state is None:
        return ()
    vouchers = []
    for head in state.heads:
        try:
            checkpoint = node.read(node.register.of_origin(head.origin)).checkpoint
        except GroundtruceError:
            # a state of a mechanism that has changed: nobody whom we know vouches
            continue
        vouchers.append(
            Voucher(
                head=head,
                delegation=node.register.of_origin(head.origin).name,
                cosigners=_cosigners(_Known(node.register), checkpoint),
                others=len(node.register.members) - 1,
            )
        )
    return tuple(vouchers)


def fewest_cosigners(given: Sequence[Voucher]) -> tuple[int, int] | None:
    """Return how many of how many cosigned the head that the fewest did."""
    counts = [(len(voucher.cosigners), voucher.others) for voucher in given]
    return min(counts, default=None)


def label_grade(words: Words, grade: Grade) -> str:
    """Return how good the evidence of a head is."""
    return words.say(_GRADES[grade])


def list_trusted_keys(node: Node | None) -> dict[str, object]:
    """Return the node and the keys that it goes by, which a reader may replace, for a check in the page."""
    if node is None:
        return {"node": None, "trusted": "", "keys": ()}
    members = node.register.members.values()
    return {
        "node": node,
        "trusted": policy_text(node.register.policy),
        "keys": [member.statement.public.hex() for member in members],
    }


class _Known:
    """A register that a cache can hold: one register, one key."""

    def __init__(self, register: MemberRegister) -> None:
        self.register = register

    def __hash__(self) -> int:
        return id(self.register)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.register is self.register


@lru_cache(maxsize=64)
def _cosigners(known: _Known, checkpoint: Checkpoint) -> tuple[Cosigner, ...]:
    """Return who cosigned a checkpoint, and when, without the witness of the log's own node."""
    register = known.register
    own = register.of_origin(checkpoint.head.origin).witness
    names: dict[VerifierKey, str] = {
        member.witness: member.name for member in register.members.values()
    }
    return tuple(
        Cosigner(name=names[cosignature.key], at=datetime.fromtimestamp(cosignature.time_s, UTC))
        for cosignature in register.policy.cosigners(checkpoint)
        if cosignature.key != own
    )
