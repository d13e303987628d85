"""The files of `web/static`: `/static/EDITION/NAME` never changes; under another edition they are asked for each time.

* The edition stands before the path, so that a script finds its neighbours by relative names.
"""

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
    return FileResponse(
        path,
        media_type=media_type,
        headers={"Cache-Control": _FOREVER if named else "no-cache"},
    )


router.add_route("/static/{edition}/{path:path}", _file, methods=["GET"], include_in_schema=False)
