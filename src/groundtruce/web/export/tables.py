"""Whole tables: every row that the filters of an address choose, streamed, as CSV, GeoJSON and Parquet.

* Memory does not grow with the rows, and a stream sees one view from its first row to its last.
* So many are sent at a time and no more: each keeps a thread and a reader of the database.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import Column
from groundtruce.web.export.provenance import Provenance
from groundtruce.web.export.rows import Row, csv_parts, geojson_parts, parquet_parts
from groundtruce.web.http.context import Context
from groundtruce.web.http.error import refusal
from groundtruce.web.http.openapi import described
from groundtruce.web.http.routing import asked, is_still, register, tagged
from groundtruce.web.state.app_state import Core, core_of
from groundtruce.web.state.cache import matches

__all__ = ["Whole", "offer"]

_ATTEMPTS = 4
_CSV = "text/csv; charset=utf-8"
_GEOJSON = "application/geo+json"
_PARQUET = "application/vnd.apache.parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A table that can be had whole; `key` names its rows, and `placed` says whether they have coordinates."""

    name: str
    what: str
    """What the rows are, for the description."""
    columns: Sequence[Column]
    key: str
    count: Callable[[Context], int]
    rows: Callable[[Context], Iterator[Row]]
    placed: bool = False

    def forms(
        self,
    ) -> Iterator[tuple[str, str, Callable[[Iterator[Row], Provenance], Iterator[bytes]]]]:
        """Yield each form as its ending, its media type and what makes it of rows."""
        columns, key = self.columns, self.key
        yield ".csv", _CSV, lambda rows, told: csv_parts(columns, rows, told)
        yield ".parquet", _PARQUET, lambda rows, told: parquet_parts(columns, rows, told)
        if self.placed:
            yield ".geojson", _GEOJSON, lambda rows, told: geojson_parts(columns, rows, told, key)


def offer(
    router: APIRouter, path: str, whole: Whole, takes: Collection[str], tags: Sequence[str]
) -> None:
    """Register every form of a table below a path, with the same filters as its page."""
    for ending, media_type, form in whole.forms():
        _offer(router, f"{path}{ending}", whole, (media_type, form), takes, tags)


def _offer(
    router: APIRouter,
    path: str,
    whole: Whole,
    form: tuple[str, Callable[[Iterator[Row], Provenance], Iterator[bytes]]],
    takes: Collection[str],
    tags: Sequence[str],
) -> None:
    taken = frozenset(takes)

    async def answer(request: Request) -> Response:
        return await run_in_threadpool(_answer, request, whole, form, taken)

    answer.__name__ = f"{whole.name}_{path.rpartition('.')[2]}"
    answer.__doc__ = f"{whole.what}, every row that the filters choose.\n\nProvenance comes first."
    register(router, path, answer, described(path, answer, None, takes, tags, form[0]))


def _answer(
    request: Request,
    whole: Whole,
    form: tuple[str, Callable[[Iterator[Row], Provenance], Iterator[bytes]]],
    takes: frozenset[str],
) -> Response:
    core = core_of(request)
    media_type, parts = form
    try:
        for _ in range(_ATTEMPTS):
            at = asked(core, request, takes, html=False)
            name = tagged(core, at)
            headers = _headers(name, at, whole, request.url.path)
            if matches(request.headers.get("if-none-match"), name):
                return Response(status_code=304, headers=headers)
            if request.method == "HEAD":
                return StreamingResponse(iter(()), 200, headers, media_type)  # of no known length
            if not core.exports.acquire(blocking=False):
                raise GroundtruceError(Problem.WEB_BUSY)
            try:
                provenance = Provenance.of(at, whole.count(at))
                rows = whole.rows(at)
                begun = _begun(rows)
                if is_still(at):
                    return _Stream(core, rows, parts(begun, provenance), headers, media_type)
            except BaseException:
                core.exports.release()
                raise
            core.exports.release()
        raise GroundtruceError(Problem.WEB_PREPARING, what=Phrase("A new view"))
    except GroundtruceError as error:
        return refusal(error, request.scope, page=False)


def _begun(rows: Iterator[Row]) -> Iterator[Row]:
    """Take the first row, so that the snapshot stands."""
    first = next(rows, None)
    return iter(()) if first is None else chain((first,), rows)


def _headers(name: str, at: Context, whole: Whole, path: str) -> dict[str, str]:
    ending = path.rpartition(".")[2]
    return {
        "ETag": name,
        "Cache-Control": "no-cache",
        "Groundtruce-View": at.standing.view,
        "Content-Disposition": f'attachment; filename="{whole.name}-{at.standing.view[:12]}.{ending}"',
    }


class _Stream(StreamingResponse):
    """A table on its way; its place among the exports is free again when it ends, however it ends."""

    def __init__(
        self,
        core: Core,
        rows: Iterator[Row],
        parts: Iterator[bytes],
        headers: dict[str, str],
        media_type: str,
    ) -> None:
        super().__init__(parts, 200, headers, media_type)
        self._core, self._rows, self._parts = core, rows, parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._core.exports.release()
            for one in (self._parts, self._rows):
                close = getattr(one, "close", None)
                if close is not None:
                    await run_in_threadpool(close)
