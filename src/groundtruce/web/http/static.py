"""The files of `web/static`: `/static/EDITION/NAME` never changes; under another edition they are asked for each time.

* The edition stands before the path, so that a script finds its neighbours by relative names.
* Text is packed once and kept; only files of known types are served.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from groundtruce.web.state.cache import Kept, make_tag, matches_tag, pack_answer, program_edition

__all__ = ["router"]

router = APIRouter()

_FOREVER = "public, max-age=31536000, immutable"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".geojson": "application/geo+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}
_PACKED_ALREADY = (".png", ".woff2")


def _folder() -> Path:
    return Path(str(files("groundtruce.web"))) / "static"


@cache
def _names() -> frozenset[str]:
    """Return the files that there are: nothing else is looked for."""
    top = _folder()
    return frozenset(
        str(path.relative_to(top))
        for path in top.rglob("*")
        if path.is_file() and path.suffix in _TYPES and not path.name.startswith(".")
    )


@cache
def _read(name: str) -> Kept:
    path = _folder() / name
    content = path.read_bytes()
    media_type = _TYPES[path.suffix]
    if path.suffix in _PACKED_ALREADY:
        return Kept(body=content, packed=None, media_type=media_type)
    return pack_answer(content, media_type)


async def _file(request: Request) -> Response:
    name = str(request.path_params["path"])
    if name not in _names():
        raise HTTPException(404)
    kept = await run_in_threadpool(_read, name)
    is_fixed = request.path_params["edition"] == program_edition()
    named = make_tag(program_edition(), name)
    headers = {
        "Cache-Control": _FOREVER if is_fixed else "no-cache",
        "ETag": named,
        "Vary": "Accept-Encoding",
    }
    if matches_tag(request.headers.get("if-none-match"), named):
        return Response(status_code=304, headers=headers)
    return kept.answer(request.headers, headers)


router.add_route("/static/{edition}/{path:path}", _file, methods=["GET"], include_in_schema=False)
