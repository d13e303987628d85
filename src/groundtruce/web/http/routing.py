"""How an address becomes an answer: a page or data, from a handler that is given a `Context`.

* A handler runs in a thread, reads from the database that it is given, and may be run again: when the view changed
  under it, its answer is thrown away and made anew, so that no answer mixes two views.
* Who has the answer already is told so before anything is asked of the database but which view it holds.
* Few answers are made at a time, each once, however many ask for it; what is kept never waits for what is made.

    @page(router, "/incidents", LIST)
    def incidents(context: Context) -> str: ...

    @data(router, "/incidents.json", IncidentPage, LIST)
    def incidents_json(context: Context) -> IncidentPage: ...
"""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from anyio import to_thread
from fastapi import APIRouter
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from groundtruce.language.words import Words
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.web.http.context import Context
from groundtruce.web.http.error import answer_problem
from groundtruce.web.http.language import negotiate_language
from groundtruce.web.http.openapi import Description, describe_query
from groundtruce.web.http.redirect import Moved
from groundtruce.web.http.url import Address
from groundtruce.web.state.app_state import AppState, app_state_of
from groundtruce.web.state.cache import make_tag, matches_tag, pack_answer, program_edition

__all__ = [
    "data",
    "is_current",
    "make_endpoint",
    "page",
    "raw",
    "read_request",
    "register",
    "tag_answer",
]

_ATTEMPTS = 4
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_JSON = "application/json"
_HTML = "text/html; charset=utf-8"


class _Few(Convertor[int]):
    """A whole number of few digits in a path; what is called `int` takes any number of them."""

    regex = "[0-9]{1,7}"

    def convert(self, value: str) -> int:
        """Return the number."""
        return int(value)

    def to_string(self, value: int) -> str:
        """Return the digits."""
        return str(value)


register_url_convertor("few", _Few())

Model = TypeVar("Model", bound=BaseModel)
PageHandler = Callable[..., str]
Make = Callable[[Context, Mapping[str, str]], tuple[bytes, str]]
"""From a context and the values of the path to a body and its media type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Query:
    """What an endpoint needs to know of itself."""

    make: Make
    takes: frozenset[str]
    html: bool
    spoken: bool


def page(
    router: APIRouter, path: str, takes: Collection[str] = ()
) -> Callable[[PageHandler], PageHandler]:
    """Register the handler of an HTML page; values of the path are its further arguments, texts all."""

    def bound(handler: PageHandler) -> PageHandler:
        def make(context: Context, values: Mapping[str, str]) -> tuple[bytes, str]:
            return handler(context, **values).encode(), _HTML

        register(router, path, make_endpoint(make, takes, html=True))
        return handler

    return bound


def data(
    router: APIRouter,
    path: str,
    model: type[Model],
    takes: Collection[str] = (),
    *,
    media_type: str = _JSON,
    tags: Sequence[str] = (),
) -> Callable[[Callable[..., Model]], Callable[..., Model]]:
    """Register a query whose answer is a typed document; its docstring is its description in the OpenAPI document."""

    def bound(handler: Callable[..., Model]) -> Callable[..., Model]:
        def make(context: Context, values: Mapping[str, str]) -> tuple[bytes, str]:
            return handler(context, **values).model_dump_json(by_alias=True).encode(), media_type

        answer = make_endpoint(make, takes, html=False)
        register(
            router, path, answer, describe_query(path, handler, model, takes, tags, media_type)
        )
        return handler

    return bound


def raw(
    router: APIRouter,
    path: str,
    media_type: str,
    takes: Collection[str] = (),
    *,
    spoken: bool = False,
) -> Callable[[Callable[..., bytes]], Callable[..., bytes]]:
    """Register the handler of bytes that belong to a page: a tile, a picture, a feed; `spoken` if it has a language."""

    def bound(handler: Callable[..., bytes]) -> Callable[..., bytes]:
        def make(context: Context, values: Mapping[str, str]) -> tuple[bytes, str]:
            return handler(context, **values), media_type

        register(router, path, make_endpoint(make, takes, html=False, spoken=spoken))
        return handler

    return bound


def make_endpoint(
    make: Make, takes: Collection[str], *, html: bool, spoken: bool = False
) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint that answers with what `make` makes; a page is `html`, and always `spoken`."""
    query = _Query(make=make, takes=frozenset(takes), html=html, spoken=html or spoken)

    async def answer(request: Request) -> Response:
        core = app_state_of(request)
        kept = await run_in_threadpool(_answer, core, request, query, may_make=False)
        if kept is not None:
            return kept
        made = await to_thread.run_sync(partial(_answer, core, request, query), limiter=core.makers)
        assert made is not None
        return made

    return answer


def register(
    router: APIRouter,
    path: str,
    answer: Callable[[Request], Awaitable[Response]],
    query: Description | None = None,
) -> None:
    """Register an endpoint, described or not; HEAD goes along, GET without the body."""
    router.add_api_route(path, answer, methods=["GET", "HEAD"], include_in_schema=False)
    if query is None:
        return
    # never reached: it stands for the description alone
    router.add_api_route(
        path,
        answer,
        methods=["GET"],
        name=query.name,
        operation_id=query.operation_id,
        summary=query.summary,
        description=query.text,
        tags=list(query.tags),
        response_model=query.model,
        responses=query.responses,
        openapi_extra={"parameters": list(query.parameters)},
    )


def _answer(
    core: AppState, request: Request, query: _Query, *, may_make: bool = True
) -> Response | None:
    """Return the answer; None where it has to be made and may not be."""
    try:
        for _ in range(_ATTEMPTS):
            context = read_request(core, request, query.takes, html=query.html)
            name = tag_answer(core, context, spoken=query.spoken)
            headers = _headers(name, context, spoken=query.spoken)
            if matches_tag(request.headers.get("if-none-match"), name):
                return Response(status_code=304, headers=headers)
            kept = core.keeper.get(name)
            if kept is not None:
                return kept.answer(request.headers, headers)
            if not may_make:
                return None
            with core.keeper.make_once(name):
                made = core.keeper.get(name) or pack_answer(
                    *query.make(context, dict(request.path_params))
                )
                if is_current(core, context):
                    core.keeper.keep(name, made)
                    return made.answer(request.headers, headers)
        raise GroundtruceError(Problem.WEB_PREPARING, what=Phrase("A new view"))
    except Moved as moved:
        return RedirectResponse(moved.path, moved.status, {"Cache-Control": "no-cache"})
    except GroundtruceError as error:
        return answer_problem(error, request.scope, page=query.html)


def read_request(core: AppState, request: Request, takes: frozenset[str], *, html: bool) -> Context:
    """Return what a request asks for, of the view that stands now; raises GroundtruceError."""
    path, query = request.scope["path"], request.scope["query_string"].decode("utf-8", "replace")
    if _CONTROL.search(path):
        raise GroundtruceError(Problem.WEB_MISSING, path=_CONTROL.sub("�", path)[:200])
    address = Address.read(path, query, takes)
    if not html:
        address.demand_known()
    as_of = address.values.get("as_of")
    database = core.database(as_of)
    view_info = core.views.read(database)
    if view_info is None:
        raise core.former.why_empty()
    if as_of is not None and (
        view_info.provisional or not (view_info.state_digest or "").startswith(as_of)
    ):  # the view changed since it was chosen
        raise GroundtruceError(Problem.WEB_PREPARING, what=Phrase("A former view"))
    headers = request.headers
    language = negotiate_language(address.values.get("lang"), headers.get("accept-language"))
    words = view_info.words(language)
    return Context(
        place=core.place,
        address=address,
        language=language,
        words=words,
        database=database,
        view_info=view_info,
        notices=_notices(address, words),
        saves_data=headers.get("save-data", "").lower() == "on",
    )


def tag_answer(core: AppState, context: Context, *, spoken: bool = False) -> str:
    """Return the tag of an answer; data are the same in every language."""
    heeded = (context.language.value, str(context.saves_data), *context.notices) if spoken else ()
    return make_tag(
        program_edition(), context.view_info.view, context.address.url, core.mark(), *heeded
    )


def is_current(core: AppState, context: Context) -> bool:
    """Return whether the view is the one that an answer was begun with."""
    now = core.views.read(context.database)
    return now is not None and now.view == context.view_info.view


def _notices(address: Address, words: Words) -> tuple[str, ...]:
    return tuple(
        words.say(
            "The address asks for “{key}”, which this page does not know; it was left aside."
        ).format(key=key[:60])
        for key in address.unknown[:3]
    )


def _headers(name: str, context: Context, *, spoken: bool) -> dict[str, str]:
    headers = {
        "ETag": name,
        "Cache-Control": "no-cache",
        "Groundtruce-View": context.view_info.view,
        "Vary": "Accept-Encoding",
    }
    if spoken:
        headers["Content-Language"] = context.language.value
        headers["Vary"] += ", Accept-Language, Save-Data"
    return headers
