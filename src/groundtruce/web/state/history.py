"""Views of former record states: a database file for each, made once when it is first asked for, a bounded number.

* Only states that the node knows of can be asked for, so that nobody makes it compute what they please.
* One is computed at a time; who asks meanwhile is told to come again.
* The database of the present state is shown as that state only while it holds nothing provisional.
* One that fails is logged and told to who asks, and tried again a minute later at the earliest.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from secrets import token_hex
from threading import Lock, Thread
from time import monotonic
from typing import NamedTuple

from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.protocol import Database
from groundtruce.database.load.fill import fill
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.history import KnownState, list_known_states
from groundtruce.node.node import Node
from groundtruce.node.replay import replay_view
from groundtruce.record.log.state import RecordState
from groundtruce.web.state.metrics import Watch, locate_error, make_logger
from groundtruce.web.state.settings import Settings
from groundtruce.web.state.view_info import KnownViews, read_view_info

__all__ = ["Former", "copy_problem", "former_view_path"]

_PATIENCE_S = 6.0
"""A small view is computed while its reader waits; a larger one is announced."""
_BACKOFF_S = 60.0
"""A view that could not be computed is not tried again before."""


class _Failure(NamedTuple):
    """Why a view could not be computed, and until when that is the answer without another attempt."""

    error: GroundtruceError
    until: float


class Former:
    """The views of former states, in addition to the present one. Threads share it."""

    def __init__(
        self,
        place: Settings,
        watch: Watch | None = None,
        views: KnownViews | None = None,
        *,
        quiet: bool = False,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Open nothing yet; `clock` gives seconds that never go back."""
        self._place, self._watch, self._clock = place, watch or Watch(), clock
        self._views = views or KnownViews()
        self._log = make_logger(quiet=quiet)
        self._lock = Lock()
        self._open: dict[str, Database] = {}
        self._retired: list[Database] = []
        self._making: dict[str, Thread] = {}
        self._failed: dict[str, _Failure] = {}
        self.problem: GroundtruceError | None = None
        """Why the present view could not be computed, where it could not."""

    def states(self) -> Sequence[KnownState]:
        """Return the states that can be asked for, the latest first."""
        node = self._place.node
        return list_known_states(node) if node is not None else ()

    def why_empty(self) -> GroundtruceError:
        """Return why there is no view yet."""
        problem = self.problem
        if problem is not None:
            return copy_problem(problem)
        return GroundtruceError(Problem.WEB_PREPARING, what=Phrase("The first view"))

    def database(self, digest: str) -> Database:
        """Return the database of a state by the beginning of its digest; raises GroundtruceError."""
        place = self._place
        view_info = self._views.read(place.database)
        if view_info is not None and (view_info.state_digest or "").startswith(digest):
            if view_info.provisional == 0:
                return place.database
            if place.node is not None and view_info.state is not None:
                return self._made(place.node, view_info.state)
        matches = [state for state in self.states() if state.state.digest.startswith(digest)]
        if len(matches) != 1 or place.node is None:
            raise GroundtruceError(Problem.WEB_STATE, digest=digest)
        return self._made(place.node, matches[0].state)

    def _made(self, node: Node, state: RecordState) -> Database:
        """Return the view of a state, computed in a thread if not open; raises GroundtruceError until it is ready."""
        name = state.digest
        with self._lock:
            if name in self._open:
                self._open[name] = self._open.pop(name)
                return self._open[name]
            self._tell_failure(name)
            if name not in self._making:
                if self._making:
                    raise _preparing_problem(state)
                self._making[name] = Thread(
                    target=self._make, args=(node, state), name="former", daemon=True
                )
                self._making[name].start()
            thread = self._making[name]
        thread.join(_PATIENCE_S)
        with self._lock:
            if name in self._open:
                return self._open[name]
            self._tell_failure(name)
        raise _preparing_problem(state)

    def _tell_failure(self, name: str) -> None:
        """Raise why a view could not be computed, until it may be tried again."""
        failure = self._failed.get(name)
        if failure is None:
            return
        if self._clock() < failure.until:
            raise copy_problem(failure.error)
        del self._failed[name]

    def _make(self, node: Node, state: RecordState) -> None:
        """Compute the view of a state, or note why that failed."""
        try:
            database = _compute_former(node, state)
            with self._lock:
                self._open[state.digest] = database
            self._forget(former_view_path(node, state))
        except Exception as error:  # noqa: BLE001 - the entry point of this thread
            fault = self._told(error)
            with self._lock:
                self._failed[state.digest] = _Failure(fault, self._clock() + _BACKOFF_S)
        finally:
            with self._lock:
                self._making.pop(state.digest, None)

    def _told(self, error: Exception) -> GroundtruceError:
        """Log a failure, count it where it is a fault, and return the problem that readers see."""
        if isinstance(error, GroundtruceError):
            code = error.problem.code
            self._log.warning("former_view_not_computed", problem=code, **locate_error(error))
            return copy_problem(error)
        reference = token_hex(6)
        self._watch.faults.inc()
        self._log.error("former_view_not_computed", reference=reference, **locate_error(error))
        return GroundtruceError(Problem.WEB_FAULT, reference=reference)

    def _forget(self, path: Path) -> None:
        """Let go of the views that were not asked for longest; one that may still be read closes a step later."""
        limit = self._place.limits.former_views
        with self._lock:
            while len(self._open) > limit:
                for database in self._retired:
                    database.close()
                self._retired = [self._open.pop(next(iter(self._open)))]
            kept = {f"{digest}.sqlite" for digest in self._open}
        files = sorted(
            path.parent.glob("*.sqlite"), key=lambda view_file: -view_file.stat().st_mtime_ns
        )
        for file in files[limit:]:
            if file.name not in kept:
                _remove(file)


def copy_problem(error: GroundtruceError) -> GroundtruceError:
    """Return a problem to be raised once: one that is raised again and again holds the frames of every time."""
    return GroundtruceError(error.problem, **error.details)


def former_view_path(node: Node, state: RecordState) -> Path:
    """Return where the view of a former state is stored."""
    return node.view.with_name("former") / f"{state.digest}.sqlite"


def _compute_former(node: Node, state: RecordState) -> Database:
    """Return the database of a state, filled if it was not."""
    path = former_view_path(node, state)
    database = open_database(f"sqlite:///{path}")
    try:
        view_info = read_view_info(database)
        if view_info is None or view_info.state_digest != state.digest:
            path.parent.mkdir(parents=True, exist_ok=True)
            fill(database, replay_view(node, state))
        os.utime(path)
    except BaseException:
        database.close()
        raise
    return database


def _remove(path: Path) -> None:
    """Remove a database with the files that SQLite keeps next to it."""
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _preparing_problem(state: RecordState) -> GroundtruceError:
    what = Phrase("The view of the record state {digest}", digest=state.digest[:12])
    return GroundtruceError(Problem.WEB_PREPARING, what=what)
