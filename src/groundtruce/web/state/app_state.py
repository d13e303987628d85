"""What all requests of one app share: its place, the answers that are kept, the views of former states, the figures."""

import os
from dataclasses import dataclass, field
from threading import BoundedSemaphore

from anyio import CapacityLimiter
from starlette.requests import Request

from groundtruce.database.backend.protocol import Database
from groundtruce.web.state.cache import Keeper
from groundtruce.web.state.history import Former
from groundtruce.web.state.metrics import Watch
from groundtruce.web.state.settings import Settings
from groundtruce.web.state.view_info import KnownViews

__all__ = ["AppState", "app_state_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppState:
    """The state of an app; threads share it."""

    place: Settings
    watch: Watch
    former: Former
    views: KnownViews
    keeper: Keeper
    exports: BoundedSemaphore = field(repr=False)
    makers: CapacityLimiter = field(repr=False)

    @classmethod
    def of(cls, place: Settings, *, quiet: bool = False) -> "AppState":
        """Return the core of a new app; `quiet` logs nothing."""
        limits, watch, views = place.limits, Watch(), KnownViews()
        return cls(
            place=place,
            watch=watch,
            former=Former(place, watch, views, quiet=quiet),
            views=views,
            keeper=Keeper(limits.kept_bytes),
            exports=BoundedSemaphore(limits.exports),
            makers=CapacityLimiter(limits.makers),
        )

    def database(self, as_of: str | None) -> Database:
        """Return the database of a record state; raises GroundtruceError `web.state` or `web.preparing`."""
        return self.place.database if as_of is None else self.former.database(as_of)

    def mark(self) -> str:
        """Return what changes when cosignatures or copies arrive, which the foot of every page shows."""
        node = self.place.node
        if node is None:
            return ""
        public = str(node.public)
        paths = [f"{public}/checkpoint"]
        paths += (f"{node.mirror_path(member)}/checkpoint" for member in node.others)
        return " ".join(map(_stamp_file, [*paths, f"{public}/misbehaviour"]))


def app_state_of(request: Request) -> AppState:
    """Return the core of the app that answers a request."""
    core = request.app.state.core
    assert isinstance(core, AppState)
    return core


def _stamp_file(path: str) -> str:
    """Return what changes when a file is written; `-` where there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - ten times a request
    except OSError:
        return "-"
    return f"{status.st_mtime_ns}.{status.st_size}"
