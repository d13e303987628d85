"""The audit of a log's content: each statement in its place, signed, chained and not backdated.

* A consistent tree of nonsense is still consistent; so every leaf and body is looked at before a head is cosigned.
* The audit is a state machine over the entries in order: what it knows at a size is its `AuditState`,
  from which it goes on when the log grows.
* A fault that the log's owner signed for is named, so that `misbehaviour` can prove it to anyone.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import chain
from os import cpu_count

from groundtruce.model.message import Phrase
from groundtruce.model.message import translatable as _
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.log.read import LogEntry
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Statement, format_second, parse_statement
from groundtruce.record.tlog.encoding import digest
from groundtruce.record.tlog.key import KeyType, VerifierKey
from groundtruce.record.tlog.leaf import signer_of
from groundtruce.record.tlog.tile import Erased

__all__ = [
    "SKEW",
    "Audit",
    "AuditState",
    "EntryFault",
    "ExaminedEntry",
    "FaultFound",
    "examine_entry",
    "from_posix",
    "statement_key",
    "time_bound",
]

SKEW = timedelta(minutes=5)
"""How far honest clocks may be apart; a phone without a network drifts by seconds a day."""

_LAST_S = 253_402_300_799


class EntryFault(StrEnum):
    """What is wrong with an entry that the log's owner signed for."""

    MALFORMED = _("malformed")
    REPLAY = _("replay")
    """The statement belongs to another log or another place."""
    SIGNATURE = _("signature")
    """No statement key of the log signed the leaf."""
    BROKEN_CHAIN = _("broken_chain")
    """It names another statement as the previous one."""
    BACKDATING = _("backdating")
    """It was filed, so it says, before a statement or a cosigned head that it follows."""


class FaultFound(GroundtruceError):  # noqa: N818 - what was found, not what failed
    """An entry with a fault."""

    def __init__(self, fault: EntryFault, entry: LogEntry, origin: str, cause: Phrase) -> None:
        self.fault, self.entry = fault, entry
        super().__init__(
            Problem.RECORD_CHAIN,
            what=Phrase("Statement {index} of {origin}", index=entry.index, origin=origin),
            cause=cause,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditState:
    """What an audit knows of a log at a size."""

    origin: str
    keys: Mapping[bytes, VerifierKey]
    """Statement keys by their hash."""
    size: int = 0
    previous: bytes | None = None
    filed_at: datetime | None = None
    erased: frozenset[bytes] = field(default_factory=frozenset)
    """Ids of erased statements for which no tombstone was met."""
    buried: frozenset[bytes] = field(default_factory=frozenset)
    """Ids that tombstones name."""

    def as_json(self) -> bytes:
        """Return the state, to go on from it later."""
        return json.dumps(
            {
                "size": self.size,
                "previous": self.previous.hex() if self.previous else "",
                "filed_at": self.filed_at.isoformat() if self.filed_at else "",
                "keys": sorted(key.public.hex() for key in self.keys.values()),
                "erased": sorted(identifier.hex() for identifier in self.erased),
                "buried": sorted(identifier.hex() for identifier in self.buried),
            }
        ).encode()

    def resume(self, content: bytes) -> "AuditState":
        """Return the state that `as_json` wrote; raises ValueError or KeyError."""
        value = json.loads(content)
        keys = [
            statement_key(self.origin, bytes.fromhex(public_hex)) for public_hex in value["keys"]
        ]
        return AuditState(
            origin=self.origin,
            keys={key.key_hash: key for key in keys},
            size=value["size"],
            previous=bytes.fromhex(value["previous"]) or None,
            filed_at=datetime.fromisoformat(value["filed_at"]) if value["filed_at"] else None,
            erased=frozenset(map(bytes.fromhex, value["erased"])),
            buried=frozenset(map(bytes.fromhex, value["buried"])),
        )


@dataclass(frozen=True, slots=True)
class ExaminedEntry:
    """What an entry shows by itself: its statement, why it is none, or None for an erased one, and its signature."""

    statement: Statement | GroundtruceError | None
    signed: bool


def examine_entry(entry: LogEntry, keys: Mapping[bytes, VerifierKey]) -> ExaminedEntry:
    """Read the statement of an entry, and verify its signature by these statement keys."""
    statement: Statement | GroundtruceError | None = None
    if isinstance(entry.body, bytes):
        try:
            statement = parse_statement(entry.body)
        except GroundtruceError as error:
            statement = error
    try:
        signer_of(entry.leaf, keys)
    except GroundtruceError:
        return ExaminedEntry(statement, signed=False)
    return ExaminedEntry(statement, signed=True)


class Audit:
    """An audit in progress; `state` is what is known so far."""

    def __init__(
        self, state: AuditState, not_before: datetime | None = None, now: datetime | None = None
    ) -> None:
        """Go on from a state.

        `not_before` is when trusted witnesses cosigned the head of that size: what follows is newer.
        `now` is the auditor's clock: nothing is filed later.
        """
        self.state = state
        self._not_before, self._now = not_before, now

    def take(self, entry: LogEntry) -> Statement | None:
        """Audit the next entry; return its statement, None for an erased one. Raises FaultFound."""
        return self.follow(entry, examine_entry(entry, self.state.keys))

    def take_all(self, entries: Sequence[LogEntry]) -> Iterator[Statement | None]:
        """Audit entries as `take` does, one after the other; they are examined on all cores first."""
        keys = self.state.keys
        for entry, examined in zip(entries, _examine_all(entries, keys), strict=True):
            # after a rotation of keys, what was verified with the old ones says nothing
            known = self.state.keys is keys
            yield self.follow(entry, examined if known else examine_entry(entry, self.state.keys))

    def follow(self, entry: LogEntry, examined: ExaminedEntry) -> Statement | None:
        """Audit the next entry as `take` does, by what it was examined to be."""
        state = self.state
        if entry.index != state.size:
            raise self._fault(
                EntryFault.BROKEN_CHAIN, entry, Phrase("entry {size} is next", size=state.size)
            )
        statement = examined.statement
        if isinstance(statement, GroundtruceError):
            raise self._fault(EntryFault.MALFORMED, entry, statement.as_phrase()) from statement
        if statement is not None:
            self._check_place(entry, statement)
        if not examined.signed:
            cause = Phrase("no statement key of its delegation signed it")
            raise self._fault(EntryFault.SIGNATURE, entry, cause)
        if statement is None:
            self._pass_over(entry)
            return None
        if statement.link.previous != state.previous:
            raise self._fault(
                EntryFault.BROKEN_CHAIN, entry, Phrase("it names another previous statement")
            )
        self._check_time(entry, statement)
        keys, buried = state.keys, state.buried
        if statement.kind is StatementKind.KEY_ROTATION:
            keys = _rotate_keys(state.origin, dict(keys), statement)
        elif statement.kind is StatementKind.TOMBSTONE:
            buried |= {bytes.fromhex(str(identifier)) for identifier in _items(statement, "erases")}
        self.state = replace(
            state,
            keys=keys,
            size=state.size + 1,
            previous=statement.identifier,
            filed_at=statement.filed_at,
            buried=buried,
            erased=state.erased - buried,
        )
        return statement

    def _pass_over(self, entry: LogEntry) -> None:
        """Go on after an erased entry, of which only the id is known."""
        state, body = self.state, entry.body
        identifier = body.identifier if isinstance(body, Erased) else digest(body)
        self.state = replace(
            state,
            size=state.size + 1,
            previous=identifier,
            filed_at=None,
            erased=state.erased | ({identifier} - state.buried),
        )

    def _check_place(self, entry: LogEntry, statement: Statement) -> None:
        """Raise FaultFound for a statement of another log or another index."""
        link, state = statement.link, self.state
        if link.origin != state.origin:
            raise self._fault(
                EntryFault.REPLAY, entry, Phrase("it belongs to {origin}", origin=link.origin)
            )
        if link.sequence != entry.index:
            raise self._fault(
                EntryFault.REPLAY, entry, Phrase("it belongs at {sequence}", sequence=link.sequence)
            )

    def _check_time(self, entry: LogEntry, statement: Statement) -> None:
        """Raise FaultFound for a statement that is older than its predecessor or than a cosigned head."""
        filed_at, state = statement.filed_at, self.state
        if state.filed_at is not None and filed_at < state.filed_at:
            cause = Phrase(
                "it says {filed_at}, after {last}",
                filed_at=format_second(filed_at),
                last=format_second(state.filed_at),
            )
            raise self._fault(EntryFault.BACKDATING, entry, cause)
        if self._not_before is not None and filed_at < self._not_before - SKEW:
            cause = Phrase(
                "it says {filed_at}, and was not there when witnesses cosigned at {not_before}",
                filed_at=format_second(filed_at),
                not_before=format_second(self._not_before),
            )
            raise self._fault(EntryFault.BACKDATING, entry, cause)
        if self._now is not None and filed_at > self._now + SKEW:
            what = Phrase("Statement {index} of {origin}", index=entry.index, origin=state.origin)
            raise GroundtruceError(
                Problem.RECORD_CHAIN,
                what=what,
                cause=Phrase(
                    "it says {filed_at}, which is to come", filed_at=format_second(filed_at)
                ),
            )

    def _fault(self, fault: EntryFault, entry: LogEntry, cause: Phrase) -> FaultFound:
        return FaultFound(fault, entry, self.state.origin, cause)


def statement_key(origin: str, public: bytes) -> VerifierKey:
    """Return a statement key of a log; its name says which log it is for."""
    return VerifierKey(name=f"{origin}/statement", type=KeyType.NOTE, public=public)


def from_posix(time_s: int) -> datetime:
    """Return the instant of a POSIX second; all later ones become the end of the year 9999."""
    return datetime.fromtimestamp(min(time_s, _LAST_S), UTC)


def time_bound(cosigned_at: Iterable[datetime]) -> datetime | None:
    """Return the time before which, by `SKEW`, nothing is filed any more after a head was cosigned at these times.

    It is the middle one: neither a slow nor a fast clock of a few decides.
    """
    times = sorted(cosigned_at)
    return times[len(times) // 2] if times else None


def _examine_all(
    entries: Sequence[LogEntry], keys: Mapping[bytes, VerifierKey]
) -> Iterator[ExaminedEntry]:
    """Examine entries on all cores: a signature is verified without Python's lock, which another thread then has."""
    share = -(-len(entries) // (cpu_count() or 1)) or 1
    shares = [entries[start : start + share] for start in range(0, len(entries), share)]
    with ThreadPoolExecutor(len(shares) or 1) as pool:
        examined_shares = pool.map(
            lambda some: [examine_entry(entry, keys) for entry in some], shares
        )
        return chain.from_iterable(list(examined_shares))


def _rotate_keys(
    origin: str, keys: dict[bytes, VerifierKey], statement: Statement
) -> dict[bytes, VerifierKey]:
    """Return the statement keys after a rotation."""
    introduced = statement_key(origin, bytes.fromhex(str(statement.content["introduces"])))
    keys[introduced.key_hash] = introduced
    retired = statement.content.get("retires")
    if isinstance(retired, str):
        keys.pop(statement_key(origin, bytes.fromhex(retired)).key_hash, None)
    return keys


def _items(statement: Statement, name: str) -> list[object]:
    """Return a field of the content as a list; empty where it is none."""
    items = statement.content.get(name)
    return list(items) if isinstance(items, list) else []
