"""The files of `web/static`: `/static/EDITION/NAME` never changes; under another edition they are asked for each time.

* The edition stands before the path, so that a script finds its neighbours by relative names.
* What is text is sent compressed, and compressed once.
"""

import gzip
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from groundtruce.web.tag import edition

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

_PACKED = frozenset((".css", ".js", ".mjs", ".json", ".geojson", ".svg", ".txt"))


def _folder() -> Path:
    return Path(str(files("groundtruce.web"))) / "static"


async def _file(request: Request) -> Response:
    parts = str(request.path_params["path"]).split("/")
    if any(part in ("", "..") or part.startswith(".") for part in parts):
        raise HTTPException(404)
    path = _folder().joinpath(*parts)
    media_type = _TYPES.get(path.suffix)
    if media_type is None or not path.is_file():
        raise HTTPException(404)
    named = request.path_params["edition"] == edition()
    headers = {"Cache-Control": _FOREVER if named else "no-cache"}
    if path.suffix in _PACKED:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            content = _compressed(path, path.stat().st_mtime_ns)
            return Response(content, headers=headers, media_type=media_type)
    return FileResponse(path, media_type=media_type, headers=headers)


@lru_cache(maxsize=64)
def _compressed(path: Path, _changed_ns: int) -> bytes:
    return gzip.compress(path.read_bytes(), mtime=0)


router.add_route("/static/{edition}/{path:path}", _file, methods=["GET"], include_in_schema=False)
