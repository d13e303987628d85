"""Observing: who left is no fault, an error of the system is one, and what is logged of it holds no value."""

import json
from collections.abc import Callable

import pytest
from fastapi import APIRouter
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tests.web.conftest import waited

from groundtruce.web.app import create_app
from groundtruce.web.http.context import Context
from groundtruce.web.http.observer import Observer
from groundtruce.web.http.routing import page
from groundtruce.web.state.metrics import Watch
from groundtruce.web.state.settings import Settings

SCOPE = {
    "type": "http",
    "method": "GET",
    "path": "/here.json",
    "query_string": b"",
    "headers": [],
    "client": ("192.0.2.7", 50_000),
}


def answered(app: ASGIApp, send: Callable[[Message], None]) -> Watch:
    """Let an app answer under observation; return the figures."""
    watch = Watch()

    async def receive() -> Message:
        return {"type": "http.request"}

    async def sending(message: Message) -> None:
        send(message)

    waited(Observer(app, watch)(SCOPE, receive, sending))
    return watch


def faults(watch: Watch) -> float | None:
    """Return how many faults were counted."""
    return watch.registry.get_sample_value("groundtruce_faults_total")


def requests(watch: Watch, status: int) -> float | None:
    """Return how many requests were answered with a status."""
    labels = {"route": "other", "method": "GET", "status": str(status)}
    return watch.registry.get_sample_value("groundtruce_requests_total", labels)


async def denied(scope: Scope, receive: Receive, send: Send) -> None:
    """Fail before anything is sent."""
    raise PermissionError(13, "a secret value")


async def broken_off(scope: Scope, receive: Receive, send: Send) -> None:
    """Begin, and find that nobody reads."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise OSError("the answer is not read")


async def left(scope: Scope, receive: Receive, send: Send) -> None:
    """Find that who asked is gone while the request is read."""
    raise ClientDisconnect


def test_an_error_of_the_system_is_a_fault(capsys: pytest.CaptureFixture[str]) -> None:
    """It is told by a reference, counted and logged."""
    sent: list[Message] = []
    watch = answered(denied, sent.append)
    assert sent[0]["status"] == 500
    told = json.loads(sent[1]["body"])
    assert told["code"] == "web.fault"
    assert (faults(watch), requests(watch, 500)) == (1, 1)
    fault, _ = map(json.loads, capsys.readouterr().err.splitlines())
    assert (fault["event"], fault["error"]) == ("request_failed", "PermissionError")
    assert fault["reference"] in told["advice"]
    assert "secret" not in json.dumps([fault, told])


def test_a_reader_who_left_is_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    """Before the answer, while it is sent, or after it was begun."""

    def gone(message: Message) -> None:
        raise ConnectionResetError

    def heard(message: Message) -> None:
        assert message["status"] == 200

    for app, send, status in (
        (left, gone, 499),
        (PlainTextResponse("here"), gone, 200),
        (broken_off, heard, 200),
    ):
        watch = answered(app, send)
        assert (faults(watch), requests(watch, status)) == (0, 1)
    logged = map(json.loads, capsys.readouterr().err.splitlines())
    assert {one["event"] for one in logged} == {"request_answered"}


def test_a_reader_who_left_before_a_fault_was_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The fault is counted all the same, and the server goes on."""

    def gone(message: Message) -> None:
        raise ConnectionResetError

    assert faults(answered(denied, gone)) == 1


def test_a_page_that_may_not_read_tells_a_fault(example_place: Settings) -> None:
    """With the headers that every answer has."""
    router = APIRouter()

    @page(router, "/denied")
    def refused(context: Context) -> str:
        raise PermissionError(13, "a secret value")

    app = create_app(example_place, quiet=True)
    app.include_router(router)
    with TestClient(app, raise_server_exceptions=False) as one:
        answer = one.get("/denied")
        assert (answer.status_code, answer.json()["code"]) == (500, "web.fault")
        assert "secret" not in answer.text
        assert answer.headers["content-security-policy"]
        assert "groundtruce_faults_total 1.0" in one.get("/metrics").text
