"""Quorum policies: whose cosignatures make a head one to rely on (`c2sp.org/tlog-policy`).

* `witness`, `group` and `quorum` lines make a tree of thresholds; a name is a member of one group at most.
* Two names for one key are refused: a witness counts once.
* What a policy is worth is computed by enumeration: *fork*, how many witnesses must collude to sign two views;
  *block*, how many must be silent to stop every quorum.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.tlog.checkpoint import Checkpoint
from groundtruce.record.tlog.cosignature import Cosignature, cosigners
from groundtruce.record.tlog.key import KeyType, VerifierKey

__all__ = ["Group", "Policy", "Strength", "parse_policy", "policy_text", "strength"]

NO_QUORUM = "none"

_ENUMERABLE = 16
"""Witnesses up to which every subset is looked at."""

_ALLOWED = {0x09, 0x0A, *range(0x20, 0x7F), *range(0x80, 0x100)}
_NAMED_KEY = len(("witness", "name", "vkey"))
_SIZE_LIMIT = 1 << 18
_DIGITS = len(str(_SIZE_LIMIT))
"""Digits of a threshold: there are not as many members as the file has bytes."""


@dataclass(frozen=True, slots=True)
class Group:
    """At least `threshold` of the members, each a witness or another group."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Trusted logs and witnesses, and the quorum; None means that no cosignature is asked for."""

    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, VerifierKey]
    groups: Mapping[str, Group]
    quorum: str | None

    def is_met(self, names: Collection[str]) -> bool:
        """Return whether these witnesses, by their names here, are a quorum."""
        met = set(names)
        # a group is defined after its members
        for name, group in self.groups.items():
            if sum(member in met for member in group.members) >= group.threshold:
                met.add(name)
        return self.quorum is None or self.quorum in met

    def cosigners(self, checkpoint: Checkpoint) -> list[Cosignature]:
        """Return the verified cosignatures of trusted witnesses; raises `record.signature` for a bad one."""
        return cosigners(checkpoint, self.witnesses.values())

    def require(self, checkpoint: Checkpoint) -> list[Cosignature]:
        """Return the cosignatures when they are a quorum; raises GroundtruceError `record.quorum`."""
        cosignatures = self.cosigners(checkpoint)
        keys = {cosignature.key for cosignature in cosignatures}
        if not self.is_met([name for name, key in self.witnesses.items() if key in keys]):
            raise GroundtruceError(Problem.RECORD_QUORUM, origin=checkpoint.head.origin)
        return cosignatures


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """How many witnesses must collude to let a log fork, and how many must be silent to block it."""

    fork: int
    block: int


def parse_policy(content: bytes, file: str = "policy") -> Policy:
    """Read a policy file; raises GroundtruceError `record.policy` with the line."""
    reading = _Reading(file)
    if len(content) > _SIZE_LIMIT or not set(content) <= _ALLOWED:
        raise reading.wrong(Phrase("it holds a control character or is too long"))
    for line in content.split(b"\n"):
        reading.line += 1
        # names are opaque bytes: whatever they are, they come back the same
        words = line.decode("utf-8", "surrogateescape").replace("\t", " ").split(" ")
        items = [word for word in words if word]
        if items and not items[0].startswith("#"):
            reading.take(items)
    if reading.quorum is None:
        raise reading.wrong(Phrase("no line names the quorum"))
    return Policy(
        logs=tuple(reading.logs),
        witnesses=reading.witnesses,
        groups=reading.groups,
        quorum=None if reading.quorum == NO_QUORUM else reading.quorum,
    )


def policy_text(policy: Policy, *, bare: bool = False) -> str:
    """Return the policy file; `bare` writes keys as sigsum-go reads them, in hexadecimal."""

    def spell(key: VerifierKey) -> str:
        return key.public.hex() if bare else str(key)

    lines = [f"log {spell(key)}" for key in policy.logs]
    lines += [f"witness {name} {spell(key)}" for name, key in policy.witnesses.items()]
    lines += [
        f"group {name} {group.threshold} {' '.join(group.members)}"
        for name, group in policy.groups.items()
    ]
    lines.append(f"quorum {policy.quorum or NO_QUORUM}")
    return "\n".join(lines) + "\n"


def strength(policy: Policy) -> Strength | None:
    """Return what a policy is worth; None above 16 witnesses, where enumeration takes too long.

    fork is the smallest overlap of two quorums, block the smallest set that meets every quorum.
    """
    names = sorted(policy.witnesses)
    if len(names) > _ENUMERABLE:
        return None
    if policy.quorum is None:
        return Strength(fork=0, block=len(names) + 1)
    full = (1 << len(names)) - 1
    met = [policy.is_met(_choose(names, mask)) for mask in range(full + 1)]
    overlap = _smallest_overlaps(met, len(names))
    fork = min((overlap[mask] for mask in range(full + 1) if met[mask]), default=len(names) + 1)
    block = min(mask.bit_count() for mask in range(full + 1) if not met[full & ~mask])
    return Strength(fork=fork, block=block)


def _smallest_overlaps(met: list[bool], count: int) -> list[int]:
    """Return for each set of witnesses the fewest that it shares with a quorum, one witness at a time."""
    overlaps = [0 if is_met else count + 1 for is_met in met]
    for bit in range(count):
        step = 1 << bit
        for mask in range(len(met)):
            if not mask & step:
                without, within = overlaps[mask], overlaps[mask | step]
                overlaps[mask] = min(without, within)
                overlaps[mask | step] = min(without, within + 1)
    return overlaps


class _Reading:
    """The state of reading a policy, line by line."""

    def __init__(self, file: str) -> None:
        self.file, self.line = file, 0
        self.logs: list[VerifierKey] = []
        self.witnesses: dict[str, VerifierKey] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self._members: set[str] = set()

    def wrong(self, cause: Phrase) -> GroundtruceError:
        return GroundtruceError(Problem.RECORD_POLICY, file=self.file, line=self.line, cause=cause)

    def take(self, items: list[str]) -> None:
        match items[0], len(items):
            case "log", 2 | 3:
                self._log(items[1])
            case "witness", 3 | 4:
                self._witness(items[1], items[2])
            case "group", count if count > _NAMED_KEY:
                self._group(items[1], items[2], tuple(items[3:]))
            case "quorum", 2:
                self._quorum(items[1])
            case _:
                raise self.wrong(Phrase("it is no log, witness, group or quorum line"))

    def _log(self, text: str) -> None:
        key = self._key(text, {KeyType.NOTE})
        if any(key.public == other.public for other in self.logs):
            raise self.wrong(Phrase("another log has the same key"))
        self.logs.append(key)

    def _witness(self, name: str, text: str) -> None:
        key = self._key(text, {KeyType.COSIGNATURE, KeyType.MLDSA_COSIGNATURE})
        self._new(name)
        if any(key.public == other.public for other in self.witnesses.values()):
            raise self.wrong(Phrase("another witness has the same key"))
        self.witnesses[name] = key

    def _group(self, name: str, threshold: str, members: tuple[str, ...]) -> None:
        self._new(name)
        for member in members:
            if member not in self.witnesses and member not in self.groups:
                raise self.wrong(Phrase("{member} is not defined above", member=member))
            if member in self._members:
                raise self.wrong(Phrase("{member} is a member of two groups", member=member))
            self._members.add(member)
        needed = {"any": 1, "all": len(members)}.get(threshold) or self._number(threshold)
        if not 1 <= needed <= len(members):
            raise self.wrong(
                Phrase(
                    "{threshold} of {count} members cannot be had",
                    threshold=threshold,
                    count=len(members),
                )
            )
        self.groups[name] = Group(needed, members)

    def _quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise self.wrong(Phrase("the quorum is named twice"))
        if name != NO_QUORUM and name not in self.witnesses and name not in self.groups:
            raise self.wrong(Phrase("{name} is not defined above", name=name))
        self.quorum = name

    def _new(self, name: str) -> None:
        """Check that a name is not yet in use."""
        if name == NO_QUORUM or name in self.witnesses or name in self.groups:
            raise self.wrong(Phrase("the name {name} is taken", name=name))

    def _number(self, text: str) -> int:
        # int() refuses thousands of digits with an error of its own
        if not (text.isascii() and text.isdigit()) or text.startswith("0") or len(text) > _DIGITS:
            raise self.wrong(Phrase("{text} is no threshold", text=text))
        return int(text)

    def _key(self, text: str, types: Collection[KeyType]) -> VerifierKey:
        try:
            key = VerifierKey.parse(text)
        except GroundtruceError as error:
            raise self.wrong(error.as_phrase()) from error
        if key.type not in types:
            raise self.wrong(Phrase("the key of {name} is of another type", name=key.name))
        return key


def _choose(names: list[str], mask: int) -> list[str]:
    """Return the number of ways to choose that many of these."""
    return [name for bit, name in enumerate(names) if mask >> bit & 1]
