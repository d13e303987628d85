"""Whether all is well, and the figures: for who runs the server."""

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from groundtruce.web.state.app_state import AppState, app_state_of

__all__ = ["router"]

router = APIRouter()


async def _health(request: Request) -> Response:
    content, status = await run_in_threadpool(_state, app_state_of(request))
    return JSONResponse(content, status, {"Cache-Control": "no-store"})


def _state(core: AppState) -> tuple[dict[str, object], int]:
    """Return what stands; 503 as long as there is no view to serve."""
    view_info = core.views.read(core.place.database)
    problem = core.former.problem
    if view_info is None:
        return {"status": "preparing", "problem": problem and problem.problem.code}, 503
    return {
        "status": "ok" if problem is None else "behind",
        "problem": problem and problem.problem.code,
        "view": view_info.view,
        "record_state": view_info.state_digest,
    }, 200


async def _metrics(request: Request) -> Response:
    text = app_state_of(request).watch.text()
    return Response(text, 200, media_type="text/plain; version=0.0.4; charset=utf-8")


router.add_route("/health", _health, methods=["GET"], include_in_schema=False)
router.add_route("/metrics", _metrics, methods=["GET"], include_in_schema=False)
