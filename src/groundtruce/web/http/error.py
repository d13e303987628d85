"""What went wrong, told to a program as `application/problem+json` (RFC 9457) and to a person as a page.

* Both say the same words, those of the catalogue; the page says them in the reader's language.
* A problem of the catalogue is expected; anything else is a fault, told by a reference and nothing more.
"""

from functools import cache
from http import HTTPStatus

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from groundtruce.language.words import translations
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.web.http.context import Context
from groundtruce.web.http.language import negotiate_language
from groundtruce.web.http.url import write_url

__all__ = ["MEDIA_TYPE", "ProblemReport", "answer_problem", "describe_problem", "wants_page"]

MEDIA_TYPE = "application/problem+json"
_DATA = (".json", ".csv", ".geojson", ".parquet", ".atom", ".mvt")
_TYPE = "tag:groundtruce.org,2026:problem/"
_RETRY = {Problem.WEB_PREPARING: "5", Problem.WEB_BUSY: "60", Problem.WEB_TOO_MANY: "5"}


class ProblemReport(BaseModel):
    """What went wrong, and what to do next (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(
        description="names the problem for good", examples=[f"{_TYPE}query.bad_value"]
    )
    title: str = Field(description="the phrase of the status")
    status: int = Field(description="the status of HTTP")
    code: str = Field(description="the code of the catalogue, as on the command line")
    detail: str = Field(description="what happened, in a sentence")
    advice: str = Field(description="what to do next")
    instance: str = Field(description="the path that was asked for")


def describe_problem(error: GroundtruceError, path: str) -> ProblemReport:
    """Return a problem as a document."""
    status = HTTPStatus(error.problem.http_status)
    return ProblemReport(
        type=f"{_TYPE}{error.problem.code}",
        title=status.phrase,
        status=status,
        code=error.problem.code,
        detail=error.sentence,
        advice=error.advice,
        instance=path,
    )


def answer_problem(error: GroundtruceError, scope: Scope, *, page: bool) -> Response:
    """Return the answer that tells of a problem, as a page or as a document."""
    status = error.problem.http_status
    headers = {"Cache-Control": "no-store"}
    if error.problem in _RETRY:
        headers["Retry-After"] = str(error.details.get("seconds", _RETRY[error.problem]))
    if not page:
        content = describe_problem(error, scope["path"]).model_dump_json().encode()
        return Response(content, status, headers, MEDIA_TYPE)
    request = Request(scope)
    asked = request.query_params.get("lang")
    language = negotiate_language(asked, request.headers.get("accept-language"))
    sentence, advice = error.render(translations(language).gettext, _set_apart)
    html = (
        _environment()
        .get_template("problem.html")
        .render(
            language=language,
            say=translations(language).gettext,
            style=Context.static("site.css"),
            status=status,
            sentence=sentence,
            advice=advice,
            code=error.problem.code,
            home=write_url("/", [("lang", language.value)] if asked else []),
            wait=_RETRY[error.problem] if error.problem is Problem.WEB_PREPARING else None,
        )
    )
    headers |= {"Content-Language": language.value, "Vary": "Accept-Language"}
    return HTMLResponse(html, status, headers)


def _set_apart(value: object) -> str:
    """Return a value from outside with its direction kept to itself."""
    return f"\N{FIRST STRONG ISOLATE}{value}\N{POP DIRECTIONAL ISOLATE}"


@cache
def _environment() -> Environment:
    """Return the template of a page that stands by itself: a problem may be that nothing else is there."""
    return Environment(
        loader=PackageLoader("groundtruce.web"), autoescape=True, undefined=StrictUndefined
    )


def wants_page(scope: Scope) -> bool:
    """Return whether who asks for an address that leads nowhere is a browser."""
    if scope["path"].endswith(_DATA):
        return False
    accepted = Request(scope).headers.get("accept", "")
    return "text/html" in accepted
