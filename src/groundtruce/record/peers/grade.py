"""The evidence grade of a statement: how many hands would have to be dishonest for it to be changed or denied.

* Recording never waits for a grade; cosignatures, mirrors and time stamps raise it afterwards.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

from groundtruce.record.tlog.checkpoint import Checkpoint
from groundtruce.record.tlog.key import VerifierKey
from groundtruce.record.tlog.policy import Policy

__all__ = ["Evidence", "Grade", "grade"]

_MIRRORS = 2


class Grade(IntEnum):
    """From one signature to an outside clock."""

    SIGNED = 0
    """Signed by its author, kept where it was written."""
    LOGGED = 1
    """Under a checkpoint that its log signed."""
    COSIGNED = 2
    """Cosigned by at least one other delegation."""
    QUORUM = 3
    """Cosigned by a quorum, and held by two mirrors."""
    ANCHORED = 4
    """And time-stamped by an authority outside of the mechanism."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of the checkpoint that covers a statement."""

    checkpoint: Checkpoint | None
    mirrors: int
    """Mirrors, other than the log itself, that hold its content."""
    time_stamped: bool


def grade(evidence: Evidence, policy: Policy, own: Collection[VerifierKey]) -> Grade:
    """Return the grade; `own` are cosigning keys of the author, which do not count.

    Raises GroundtruceError `record.signature` when a trusted witness's line does not verify.
    """
    if evidence.checkpoint is None:
        return Grade.SIGNED
    others = {cosignature.key for cosignature in policy.cosigners(evidence.checkpoint)} - set(own)
    if not others:
        return Grade.LOGGED
    names = [name for name, key in policy.witnesses.items() if key in others]
    if policy.quorum is None or not policy.is_met(names) or evidence.mirrors < _MIRRORS:
        return Grade.COSIGNED
    return Grade.ANCHORED if evidence.time_stamped else Grade.QUORUM
