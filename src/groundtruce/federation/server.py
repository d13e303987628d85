"""What a node answers to others: the files of its log and mirrors, and requests to cosign.

* Files below the public folder are served as they are; tiles and bundles never change and say so to caches.
* `POST /add-checkpoint` is `c2sp.org/tlog-witness`; every refusal has the status of the catalogue.
* Bodies are bounded before they are read; nothing else is written by anyone who asks.
"""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from groundtruce.model.problem import GroundtruceError
from groundtruce.record.peers.witness import BODY_LIMIT, AddCheckpoint, WitnessConflict
from groundtruce.record.tlog.note import SignatureLine

__all__ = ["SERVED", "Cosign", "record_routes"]

Cosign = Callable[[AddCheckpoint], list[SignatureLine]]

_SIZE_TYPE = "text/x.tlog.size"
_FOREVER = "public, max-age=31536000, immutable"
_SECONDS = "public, max-age=5"
SERVED = ("checkpoint", "tile", "body", "object", "anchor", "mirror", "misbehaviour")
"""The names at the top of the public folder: no page may be called so."""

_TOO_LARGE = 413


def record_routes(public: Path, cosign: Cosign | None) -> list[Route]:
    """Return the routes of a node, to be served with those of its pages.

    `cosign` answers a request or raises GroundtruceError; without it there is no witness to ask.
    """
    files = _file_handler(public)
    at_top = [Route(f"/{name}", files, name=name) for name in SERVED]
    below = [Route(f"/{name}/{{path:path}}", files, name=name) for name in SERVED]
    return [*([_cosign_route(cosign)] if cosign else []), *at_top, *below]


def _cosign_route(cosign: Cosign) -> Route:
    """Return the route of `add-checkpoint` (`c2sp.org/tlog-witness`)."""

    async def add_checkpoint(request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > BODY_LIMIT:
                return PlainTextResponse("The request is too long.\n", _TOO_LARGE)
        try:
            lines = await run_in_threadpool(lambda: cosign(AddCheckpoint.parse(body)))
        except GroundtruceError as error:
            return _refusal_response(error)
        return Response(b"".join(map(bytes, lines)), media_type="text/plain; charset=utf-8")

    return Route("/add-checkpoint", add_checkpoint, methods=["POST"])


def _file_handler(public: Path) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers with a public file, or that it has not changed (RFC 9110, 13.1.2)."""

    async def file(request: Request) -> Response:
        path = request.scope["path"].removeprefix("/")
        file_path = _public_file(public, path)
        if file_path is None:
            return PlainTextResponse("There is no such file.\n", 404)
        fixed = "/tile/" in f"/{path}" or "/object/" in f"/{path}"
        answer = FileResponse(
            file_path,
            stat_result=file_path.stat(),
            media_type="text/plain; charset=utf-8"
            if file_path.name == "checkpoint"
            else "application/octet-stream",
            headers={
                "Cache-Control": _FOREVER if fixed else _SECONDS,
                "X-Content-Type-Options": "nosniff",
            },
        )
        tags = request.headers.get("if-none-match", "").split(",")
        if answer.headers["etag"] in (tag.strip().removeprefix("W/") for tag in tags):
            return Response(status_code=304, headers=_without_body(answer.headers))
        return answer

    return file


def _without_body(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of a file for one who holds it already."""
    return {name: value for name, value in headers.items() if not name.startswith("content-")}


def _refusal_response(error: GroundtruceError) -> Response:
    """Return the answer to a request that was not cosigned: the size of a conflict, or a sentence."""
    if isinstance(error, WitnessConflict):
        status = error.problem.http_status
        return Response(f"{error.size}\n", status, headers={"Content-Type": _SIZE_TYPE})
    return PlainTextResponse(f"{error.sentence}\n", error.problem.http_status)


def _public_file(public: Path, path: str) -> Path | None:
    """Return a file that may be served: below the public folder, under a known name, not hidden."""
    parts = path.split("/")
    if parts[0] not in SERVED or any(part in {"", ".."} or part.startswith(".") for part in parts):
        return None
    file_path = public.joinpath(*parts)
    try:
        return file_path if file_path.is_file() else None
    except OSError:
        # a name that no file system takes
        return None
