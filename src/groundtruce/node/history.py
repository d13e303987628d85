"""Record states that a node knows of: the present one, those that reports rest on, and those that were kept here.

* A notification names the digest of the state that its files were computed from; which heads that were follows from
  its own place in its log and from what that log had seen of the others until then.
* A state that was kept is a file of a few lines in `private/state`; the record itself is never written.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from groundtruce.model.problem import GroundtruceError
from groundtruce.node.node import Node
from groundtruce.node.replay import current_state
from groundtruce.record.log.read import ReadLog
from groundtruce.record.log.state import RecordState
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Statement, parse_statement
from groundtruce.record.tlog.checkpoint import Head

__all__ = ["KnownState", "keep_state", "list_known_states"]

_MOST_READ = 200_000
"""Statements of a log that are looked through for notifications: the last ones."""

_MOST_KEPT = 200
"""Kept states that are listed: the last ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownState:
    """A record state, and what was published of it, if anything."""

    state: RecordState
    subjects: tuple[str, ...] = ()


def keep_state(node: Node, state: RecordState) -> None:
    """Keep a state, so that it can be asked for later."""
    path = _folder(node) / f"{state.digest}.txt"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        node.disk.write(path, bytes(state))


def list_known_states(node: Node) -> tuple[KnownState, ...]:
    """Return the states, the present one first, then the published and the kept, the latest of them first."""
    states: dict[str, KnownState] = {}
    present = current_state(node)
    for known in (KnownState(state=present), *_list_published(node, present), *_list_kept(node)):
        former = states.get(known.state.digest)
        subjects = (*(former.subjects if former else ()), *known.subjects)
        states[known.state.digest] = KnownState(state=known.state, subjects=subjects)
    return tuple(states.values())


def _list_published(node: Node, present: RecordState) -> list[KnownState]:
    """Return the states that notifications in any log name."""
    states: list[KnownState] = []
    for head in present.heads:
        log = node.read(node.register.of_origin(head.origin))
        states += _list_published_in(_Log(head, log), tuple(sorted(node.register.members)))
    return states


@dataclass(frozen=True, slots=True)
class _Log:
    """A log by its head: two of the same head hold the same."""

    head: Head
    log: ReadLog

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Log) and self.head == other.head

    def __hash__(self) -> int:
        return hash(self.head)


@lru_cache(maxsize=32)
def _list_published_in(log: _Log, origins: tuple[str, ...]) -> tuple[KnownState, ...]:
    """Return the states that notifications of one log name, the latest first."""
    seen: dict[str, Head] = {}
    states = []
    start = max(0, log.head.size - _MOST_READ)
    for entry in log.log.entries(start, log.head.size):
        if not isinstance(entry.body, bytes):
            continue
        statement = parse_statement(entry.body)
        seen |= {
            seen_head.origin: seen_head
            for seen_head in statement.seen
            if seen_head.origin in origins
        }
        if statement.kind is StatementKind.NOTIFICATION:
            states += list(_states_of_notification(statement, entry.index, log, seen))
    return tuple(reversed(states))


def _states_of_notification(
    statement: Statement, index: int, log: _Log, seen: dict[str, Head]
) -> Iterator[KnownState]:
    """Yield the state that a notification names, where its heads follow from what is here."""
    digest = statement.content.get("record_state")
    if not isinstance(digest, str) or index == 0:
        return
    own = Head(origin=log.head.origin, size=index, root=log.log.tree.root_at(index))
    others = [head for origin, head in seen.items() if origin != own.origin]
    for state in (RecordState.of([own, *others]), RecordState.of(others)):
        if state.digest == digest:
            yield KnownState(state=state, subjects=(str(statement.content.get("subject", "")),))
            return


def _list_kept(node: Node) -> Iterator[KnownState]:
    """Yield the states that were kept here, the latest first."""
    files = sorted(_folder(node).glob("*.txt"), key=lambda path: -path.stat().st_mtime_ns)
    for path in files[:_MOST_KEPT]:
        try:
            state = RecordState.parse(path.read_bytes())
        except GroundtruceError:
            continue
        yield KnownState(state=state)


def _folder(node: Node) -> Path:
    return node.path / "private" / "state"
