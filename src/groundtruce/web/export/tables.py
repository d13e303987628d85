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
from groundtruce.web.export.rows import Row, write_csv, write_geojson, write_parquet
from groundtruce.web.http.context import Context
from groundtruce.web.http.error import answer_problem
from groundtruce.web.http.openapi import describe_query
from groundtruce.web.http.routing import is_current, read_request, register, tag_answer
from groundtruce.web.state.app_state import AppState, app_state_of
from groundtruce.web.state.cache import matches_tag

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
        yield ".csv", _CSV, lambda rows, provenance: write_csv(columns, rows, provenance)
        yield (
            ".parquet",
            _PARQUET,
            lambda rows, provenance: write_parquet(columns, rows, provenance),
        )
        if self.placed:
            yield (
                ".geojson",
                _GEOJSON,
                lambda rows, provenance: write_geojson(columns, rows, provenance, key),
            )


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
    """Register the route of a table in one form."""
    taken = frozenset(takes)

    async def answer(request: Request) -> Response:
        return await run_in_threadpool(_answer, request, whole, form, taken)

    answer.__name__ = f"{whole.name}_{path.rpartition('.')[2]}"
    answer.__doc__ = f"{whole.what}, every row that the filters choose.\n\nProvenance comes first."
    register(router, path, answer, describe_query(path, answer, None, takes, tags, form[0]))


def _answer(
    request: Request,
    whole: Whole,
    form: tuple[str, Callable[[Iterator[Row], Provenance], Iterator[bytes]]],
    takes: frozenset[str],
) -> Response:
    core = app_state_of(request)
    media_type, parts = form
    try:
        for _ in range(_ATTEMPTS):
            context = read_request(core, request, takes, html=False)
            name = tag_answer(core, context)
            headers = _headers(name, context, whole, request.url.path)
            if matches_tag(request.headers.get("if-none-match"), name):
                return Response(status_code=304, headers=headers)
            if request.method == "HEAD":
                return StreamingResponse(iter(()), 200, headers, media_type)  # of no known length
            if not core.exports.acquire(blocking=False):
                raise GroundtruceError(Problem.WEB_BUSY)
            try:
                provenance = Provenance.of(context, whole.count(context))
                rows = whole.rows(context)
                begun = _take_first(rows)
                if is_current(core, context):
                    return _Stream(core, rows, parts(begun, provenance), headers, media_type)
            except BaseException:
                core.exports.release()
                raise
            core.exports.release()
        raise GroundtruceError(Problem.WEB_PREPARING, what=Phrase("A new view"))
    except GroundtruceError as error:
        return answer_problem(error, request.scope, page=False)


def _take_first(rows: Iterator[Row]) -> Iterator[Row]:
    """Take the first row, so that the snapshot is fixed."""
    first = next(rows, None)
    return iter(()) if first is None else chain((first,), rows)


def _headers(name: str, context: Context, whole: Whole, path: str) -> dict[str, str]:
    """Return the headers of a table, which name the view that its rows come from."""
    ending = path.rpartition(".")[2]
    return {
        "ETag": name,
        "Cache-Control": "no-cache",
        "Groundtruce-View": context.view_info.view,
        "Content-Disposition": f'attachment; filename="{whole.name}-{context.view_info.view[:12]}.{ending}"',
    }


class _Stream(StreamingResponse):
    """A table on its way; its place among the exports is free again when it ends, however it ends."""

    def __init__(
        self,
        core: AppState,
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
            for iterator in (self._parts, self._rows):
                close = getattr(iterator, "close", None)
                if close is not None:
                    await run_in_threadpool(close)
