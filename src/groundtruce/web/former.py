"""Views of former record states: a database file for each, made once when it is first asked for, a bounded number.

* Only states that the node knows of can be asked for, so that nobody makes it compute what they please.
* One is computed at a time; who asks meanwhile is told to come again.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from threading import Lock, Thread

from groundtruce.database.engine import Database, open_database
from groundtruce.database.fill import fill
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.history import KnownState, known_states
from groundtruce.node.node import Node
from groundtruce.node.recall import recalled
from groundtruce.record.state import RecordState
from groundtruce.web.place import Place
from groundtruce.web.standing import standing_of

__all__ = ["Former", "former_path"]

_PATIENCE_S = 6.0
"""A small view is computed while its reader waits; a larger one is announced."""


class Former:
    """The views of former states beside the present one. Threads share it."""

    def __init__(self, place: Place) -> None:
        """Open nothing yet."""
        self._place = place
        self._lock = Lock()
        self._open: dict[str, Database] = {}
        self._retired: list[Database] = []
        self._making: dict[str, Thread] = {}
        self._failed: dict[str, GroundtruceError] = {}
        self.problem: GroundtruceError | None = None
        """Why the present view could not be computed, where it could not."""

    def states(self) -> Sequence[KnownState]:
        """Return the states that can be asked for, the latest first."""
        node = self._place.node
        return known_states(node) if node is not None else ()

    def why_empty(self) -> GroundtruceError:
        """Return why there is no view yet."""
        return self.problem or GroundtruceError(Problem.WEB_PREPARING, what="The first view")

    def database(self, digest: str) -> Database:
        """Return the database of a state by the beginning of its digest; raises GroundtruceError."""
        place = self._place
        standing = standing_of(place.database)
        if standing is not None and (standing.state_digest or "").startswith(digest):
            return place.database
        found = [one for one in self.states() if one.state.digest.startswith(digest)]
        if len(found) != 1 or place.node is None:
            raise GroundtruceError(Problem.WEB_STATE, digest=digest)
        return self._made(place.node, found[0].state)

    def _made(self, node: Node, state: RecordState) -> Database:
        name = state.digest
        with self._lock:
            if name in self._open:
                self._open[name] = self._open.pop(name)
                return self._open[name]
            if name in self._failed:
                raise self._failed[name]
            if name not in self._making:
                if self._making:
                    raise _preparing(state)
                self._making[name] = Thread(
                    target=self._make, args=(node, state), name="former", daemon=True
                )
                self._making[name].start()
            thread = self._making[name]
        thread.join(_PATIENCE_S)
        with self._lock:
            if name in self._open:
                return self._open[name]
            if name in self._failed:
                raise self._failed[name]
        raise _preparing(state)

    def _make(self, node: Node, state: RecordState) -> None:
        path = former_path(node, state)
        try:
            database = open_database(f"sqlite:///{path}")
            standing = standing_of(database)
            if standing is None or standing.state_digest != state.digest:
                path.parent.mkdir(parents=True, exist_ok=True)
                fill(database, recalled(node, state))
            os.utime(path)
            with self._lock:
                self._open[state.digest] = database
        except GroundtruceError as error:
            with self._lock:
                self._failed[state.digest] = error
        finally:
            with self._lock:
                self._making.pop(state.digest, None)
            self._forget(path)

    def _forget(self, path: Path) -> None:
        """Let go of the views that were not asked for longest; one that may still be read closes a step later."""
        limit = self._place.limits.former_views
        with self._lock:
            while len(self._open) > limit:
                for one in self._retired:
                    one.close()
                self._retired = [self._open.pop(next(iter(self._open)))]
            kept = {f"{digest}.sqlite" for digest in self._open}
        files = sorted(path.parent.glob("*.sqlite"), key=lambda one: -one.stat().st_mtime_ns)
        for file in files[limit:]:
            if file.name not in kept:
                _remove(file)


def former_path(node: Node, state: RecordState) -> Path:
    """Return where the view of a former state lies."""
    return node.view.with_name("former") / f"{state.digest}.sqlite"


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _preparing(state: RecordState) -> GroundtruceError:
    what = f"The view of the record state {state.digest[:12]}"
    return GroundtruceError(Problem.WEB_PREPARING, what=what)
