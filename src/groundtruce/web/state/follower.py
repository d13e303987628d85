"""Following the record: a thread that sees new heads of the node's logs and brings the database up to them.

* It looks at the checkpoint files, which a log renames into place when its statements are durable.
* The first view is written whole, later ones as a change; readers see the old view until the new one is there.
* Where a replay takes its time, reports that arrive are placed provisionally at once, and the replay follows when
  no more come, or after a while.
* What goes wrong is said once and tried again at the next head: the view that stands goes on being served.
* A replay that fails is tried again after a while, whether or not anything arrives.
"""

import os
from collections.abc import Callable
from concurrent.futures import Future
from secrets import token_hex
from threading import Event, Thread
from time import perf_counter
from typing import NamedTuple

from groundtruce.database.load.provisional import admit_arrivals
from groundtruce.database.load.update import apply
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.history import keep_state
from groundtruce.node.node import Node
from groundtruce.node.replay import arrivals_of, current_state, replay_linked_view
from groundtruce.record.log.state import RecordState
from groundtruce.view.live import LiveView
from groundtruce.view.view import View
from groundtruce.web.state.app_state import AppState
from groundtruce.web.state.history import copy_problem
from groundtruce.web.state.metrics import locate_error, make_logger

__all__ = ["Follower"]

_LOOK_S = 0.1
_SLOW_S = 1.0
"""Where a change takes longer than this, arrivals are shown provisionally before it."""
_MANY = 100_000
"""With more reports than this a view is made ready for arrivals before the first one comes."""
_QUIET_S, _PATIENCE_S = 5.0, 120.0
"""A replay follows when nothing has arrived for so long, and after the second time at the latest.

One that failed is tried again after the second time.
"""


class _Replay(NamedTuple):
    """A view with its record state, alive where arrivals are to be placed in it, and how long it took."""

    view: View
    live: LiveView | None
    state: RecordState
    seconds: float


class Follower:
    """One thread for one app; `stop` ends it after the change that it is at."""

    def __init__(
        self,
        core: AppState,
        node: Node,
        *,
        quiet: bool = False,
        slow_s: float = _SLOW_S,
        quiet_s: float = _QUIET_S,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        """Follow the logs of a node; a change that takes `slow_s` is slow, and `quiet_s` without arrivals is quiet.

        `patience_s` is how long a replay waits at most for quiet, and after one that failed.
        """
        self._slow_s, self._quiet_s, self._patience_s = slow_s, quiet_s, patience_s
        self._core, self._node = core, node
        self._log = make_logger(quiet=quiet)
        self._live: LiveView | None = None
        self._shown: RecordState | None = None
        """What the live view holds, provisional arrivals included."""
        self._due: float | None = None
        self._since: float | None = None
        self._replaying: Future[_Replay] | None = None
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
                self._safely(self._look)
            if self._replaying is not None:
                if self._replaying.done() and self._tried(self._settle):
                    self._safely(self._look)
            elif self._due is not None and perf_counter() >= self._due:
                self._due = self._since = None
                self._tried(self._begin)
            self._stopping.wait(_LOOK_S)

    def _tried(self, step: Callable[[], None]) -> bool:
        """Take a step of a replay; where it fails the replay is due again later."""
        went_well = self._safely(step)
        if not went_well:
            self._due = perf_counter() + self._patience_s
        return went_well

    def _safely(self, step: Callable[[], None]) -> bool:
        """Take a step; return whether it went well, and else keep why not."""
        core = self._core
        try:
            step()
            core.former.problem = None
        except GroundtruceError as error:
            core.former.problem = copy_problem(error)
            self._log.warning("view_not_computed", problem=error.problem.code)
        except Exception as error:  # noqa: BLE001 - the entry point of this thread
            reference = token_hex(6)
            core.former.problem = GroundtruceError(Problem.WEB_FAULT, reference=reference)
            self._log.error("view_not_computed", reference=reference, **locate_error(error))
        else:
            return True
        return False

    def _look(self) -> None:
        """Bring the database up to the record: with the arrivals alone where that is enough, else by a replay."""
        state = current_state(self._node)
        view_info = self._core.views.read(self._core.place.database)
        if view_info is not None and view_info.state_digest == state.digest:
            if self._live is None and view_info.reports >= _MANY:
                self._come_alive(self._replay(state, alive=True))
            return
        shown = self._shown is not None and self._shown.digest == state.digest
        if not shown and not self._placed(state):
            self._take(state)

    def _placed(self, state: RecordState) -> bool:
        """Show provisionally what arrived, if nothing but reports did; the replay is due a little later."""
        if self._live is None or self._shown is None:
            return False
        began = perf_counter()
        arrivals = arrivals_of(self._node, self._shown, state)
        if arrivals is None or self._live.knows(arrivals[0]):
            return False
        reports, entries = arrivals
        if reports.height:
            try:
                arrived = self._live.arrive(reports, entries)
            except ValueError:
                return False
            admit_arrivals(self._core.place.database, arrived, reports.height)
            self._log.info(
                "reports_placed", reports=reports.height, seconds=round(perf_counter() - began, 3)
            )
        now = perf_counter()
        self._since = now if self._since is None else self._since
        self._due = min(now + self._quiet_s, self._since + self._patience_s)
        self._shown = state
        return True

    def _begin(self) -> None:
        """Begin to replay what was placed provisionally; what arrives meanwhile is placed as before."""
        state, replaying = current_state(self._node), Future[_Replay]()

        def replay() -> None:
            try:
                replaying.set_result(self._replay(state, alive=True))
            except BaseException as error:  # noqa: BLE001 - raised again where the result is asked for
                replaying.set_exception(error)

        self._replaying = replaying
        # a daemon: a server that is told to stop does not wait for it
        Thread(target=replay, name="replay", daemon=True).start()

    def _settle(self) -> None:
        """Write what was replayed; what arrived since is not in it yet."""
        replaying, self._replaying = self._replaying, None
        if replaying is not None:
            self._write(replaying.result())

    def _take(self, state: RecordState) -> None:
        self._write(self._replay(state, alive=False))

    def _replay(self, state: RecordState, *, alive: bool) -> _Replay:
        began = perf_counter()
        replayed = replay_linked_view(self._node, state)
        seconds = perf_counter() - began
        alive = alive or seconds > self._slow_s
        return _Replay(replayed.view, LiveView(replayed) if alive else None, state, seconds)

    def _write(self, replay: _Replay) -> None:
        """Replace the view in the database by a replayed one."""
        core, began = self._core, perf_counter()
        self._live = self._shown = self._due = self._since = self._replaying = None
        apply(core.place.database, replay.view)
        keep_state(self._node, replay.state)
        seconds = replay.seconds + perf_counter() - began
        core.watch.changes.inc()
        core.watch.change_seconds.set(seconds)
        self._told(replay.view, seconds, replay.seconds)
        self._come_alive(replay)

    def _come_alive(self, replay: _Replay) -> None:
        """Place later arrivals in the view of a replay, where it was made ready for that."""
        if replay.live is not None:
            self._live, self._shown = replay.live, replay.state
            self._log.info("view_ready_for_arrivals", reports=replay.view.reports.height)

    def _told(self, view: View, seconds: float, computing: float) -> None:
        """Count and log a change of the view."""
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
    """Return what changes when a checkpoint of this node or of another is written."""
    paths = [node.public / "checkpoint"]
    paths += (node.mirror_path(member) / "checkpoint" for member in node.others)
    marks: list[object] = []
    for path in paths:
        try:
            status = os.stat(path)  # noqa: PTH116 - ten times a second
        except OSError:
            marks.append(None)
        else:
            marks.append((status.st_mtime_ns, status.st_size, status.st_ino))
    return tuple(marks)
