"""Following the record: a thread that sees new heads of the node's logs and brings the database up to them.

* It looks at the checkpoint files, which a log renames into place when its statements are durable.
* The first view is written whole, later ones as a change; readers see the old view until the new one is there.
* What goes wrong is said once and tried again at the next head: the view that stands goes on being served.
"""

import os
from secrets import token_hex
from threading import Event, Thread
from time import perf_counter

from groundtruce.database.change import apply
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.history import keep_state
from groundtruce.node.node import Node
from groundtruce.node.recall import current_state, recalled
from groundtruce.record.state import RecordState
from groundtruce.view.view import View
from groundtruce.web.core import Core
from groundtruce.web.observe import log, where
from groundtruce.web.standing import standing_of

__all__ = ["Follower"]

_LOOK_S = 0.1


class Follower:
    """One thread for one app; `stop` ends it after the change that it is at."""

    def __init__(self, core: Core, node: Node, *, quiet: bool = False) -> None:
        """Follow the logs of a node."""
        self._core, self._node = core, node
        self._log = log(quiet=quiet)
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="follow", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self, patience_s: float = 5.0) -> None:
        """Look no more."""
        self._stopping.set()
        self._thread.join(patience_s)

    def _run(self) -> None:
        seen: tuple[object, ...] | None = None
        while not self._stopping.is_set():
            now = _marks(self._node)
            if now != seen:
                seen = now
                self._look()
            self._stopping.wait(_LOOK_S)

    def _look(self) -> None:
        core = self._core
        try:
            state = current_state(self._node)
            standing = standing_of(core.place.database)
            if standing is None or standing.state_digest != state.digest:
                self._take(state)
            core.former.problem = None
        except GroundtruceError as error:
            core.former.problem = error
            self._log.warning("view_not_computed", problem=error.problem.code)
        except Exception as error:  # noqa: BLE001 - the entry point of this thread
            reference = token_hex(6)
            core.former.problem = GroundtruceError(Problem.WEB_FAULT, reference=reference)
            self._log.error("view_not_computed", reference=reference, **where(error))

    def _take(self, state: RecordState) -> None:
        core, began = self._core, perf_counter()
        view = recalled(self._node, state)
        computed = perf_counter()
        apply(core.place.database, view)
        keep_state(self._node, state)
        seconds = perf_counter() - began
        core.watch.changes.inc()
        core.watch.change_seconds.set(seconds)
        self._told(view, seconds, computed - began)

    def _told(self, view: View, seconds: float, computing: float) -> None:
        rows = self._core.watch.view_rows
        rows.labels("report").set(view.reports.height)
        rows.labels("incident").set(view.incidents.height)
        self._log.info(
            "view_changed",
            view=view.digest[:12],
            reports=view.reports.height,
            incidents=view.incidents.height,
            seconds=round(seconds, 3),
            computing_seconds=round(computing, 3),
        )


def _marks(node: Node) -> tuple[object, ...]:
    paths = [node.public / "checkpoint"]
    paths += (node.mirror_path(member) / "checkpoint" for member in node.others)
    marks: list[object] = []
    for path in paths:
        try:
            found = os.stat(path)  # noqa: PTH116 - ten times a second
        except OSError:
            marks.append(None)
        else:
            marks.append((found.st_mtime_ns, found.st_size, found.st_ino))
    return tuple(marks)
