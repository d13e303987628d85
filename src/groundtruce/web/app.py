"""The app: routers of data and of pages, the files of the record, and the guard around all of it.

* This is the one place that puts the parts together; everything that they share comes from a `Place`.
* Data come first: `/incidents/{id}.json` is more special than `/incidents/{id}`.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from groundtruce.federation.server import record_routes
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.version import __version__
from groundtruce.web.api import (
    agreement,
    compliance,
    incidents,
    record,
    reports,
    search,
    situation,
)
from groundtruce.web.export import feed
from groundtruce.web.http import health, static
from groundtruce.web.http.error import answer_problem, wants_page
from groundtruce.web.http.guard import Guard, Secure
from groundtruce.web.http.observer import Observer
from groundtruce.web.pages.routers import ROUTERS
from groundtruce.web.state.app_state import AppState
from groundtruce.web.state.follower import Follower
from groundtruce.web.state.settings import Settings

__all__ = ["create_app"]

_DATA: tuple[APIRouter, ...] = (
    incidents.router,
    reports.router,
    compliance.router,
    situation.router,
    search.router,
    agreement.router,
    record.router,
    feed.router,
)
"""The queries as data."""

_DESCRIPTION = (
    "The view of a record state as data: the same queries, filters and words as the pages. "
    "Reading only; nothing can be written here."
)


def create_app(place: Settings, *, follow: bool = False, quiet: bool = False) -> FastAPI:
    """Return the app of a place; `follow` keeps the database up with the record, `quiet` logs nothing."""
    core = AppState.of(place, quiet=quiet)
    app = FastAPI(
        title="Groundtruce",
        version=__version__,
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(core, follow=follow, quiet=quiet),
    )
    app.state.core = core
    for router in (health.router, *_DATA, *ROUTERS, static.router):
        app.include_router(router)
    if place.node is not None:
        app.router.routes.extend(record_routes(place.node.public, place.cosign))
    app.add_exception_handler(HTTPException, _not_found)
    app.add_middleware(Guard, limits=place.limits)
    app.add_middleware(Observer, watch=core.watch, quiet=quiet)
    app.add_middleware(Secure)
    return app


def _lifespan(
    core: AppState, *, follow: bool, quiet: bool
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        node = core.place.node
        follower = Follower(core, node, quiet=quiet) if follow and node is not None else None
        if follower is not None:
            follower.start()
        yield
        if follower is not None:
            follower.stop()

    return lifespan


async def _not_found(request: Request, error: Exception) -> Response:
    """Answer where no route leads, in the words of the catalogue."""
    assert isinstance(error, HTTPException)
    path = request.url.path[:200]
    if error.status_code == Problem.WEB_METHOD.http_status:
        fault = GroundtruceError(Problem.WEB_METHOD, method=request.method[:20], path=path)
    else:
        fault = GroundtruceError(Problem.WEB_MISSING, path=path)
    answer = answer_problem(fault, request.scope, page=wants_page(request.scope))
    answer.headers.update(error.headers or {})
    return answer
