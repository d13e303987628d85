"""What an operator sees: figures for Prometheus, one line of JSON for each request, and whether all is well.

* A line says which kind of address was asked for, never the address itself: filters hold names and positions.
* Of a client only its network is logged, so that neighbours look alike.
* A fault has a reference, which the reader is told, and says where in the program it arose, not with which values.
* A reader who leaves is no fault; an error of the system before the answer began is one.
"""

import sys
import traceback
from contextlib import suppress
from ipaddress import ip_network
from secrets import token_hex
from time import perf_counter
from typing import Any, cast

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import EventDict, FilteringBoundLogger

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.web.http.error import refusal, wants_page

__all__ = ["Observer", "ReaderGoneError", "Watch", "log", "where"]

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_OTHER = "other"
_GONE = 499
"""The status of a request whose reader left before the answer began."""


def log(*, quiet: bool = False) -> FilteringBoundLogger:
    """Return the logger of the server: JSON lines on standard error, or nowhere."""
    logger = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[
            *([_dropped] if quiet else []),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    return cast(FilteringBoundLogger, logger)


def _dropped(logger: object, method: str, event: EventDict) -> EventDict:
    raise structlog.DropEvent


class Watch:
    """The figures of one app, in a registry of its own."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "groundtruce_requests",
            "Requests that were answered",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "groundtruce_request_seconds",
            "Time from a request's head to the end of its answer",
            ["route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "groundtruce_requests_in_flight", "Requests being answered", registry=self.registry
        )
        self.faults = Counter(
            "groundtruce_faults", "Faults of the server itself", registry=self.registry
        )
        self.changes = Counter(
            "groundtruce_view_changes", "Changes of the view", registry=self.registry
        )
        self.change_seconds = Gauge(
            "groundtruce_view_change_seconds",
            "Time from a new head of the record to the view of it, the last time",
            registry=self.registry,
        )
        self.view_rows = Gauge(
            "groundtruce_view_rows", "Rows of the view", ["table"], registry=self.registry
        )

    def text(self) -> bytes:
        """Return the figures as Prometheus reads them."""
        return generate_latest(self.registry)


class ReaderGoneError(OSError):
    """Nothing can be sent: who asked is gone. An OSError, as servers raise and Starlette expects."""


class Observer:
    """An ASGI application around another: counts, times and logs, and turns a fault into an answer."""

    def __init__(self, app: ASGIApp, watch: Watch, *, quiet: bool = False) -> None:
        """Observe an app."""
        self._app, self._watch = app, watch
        self._log = log(quiet=quiet)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request and say how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        watch, began, status, sent = self._watch, perf_counter(), 0, 0

        async def seen(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                sent += len(message.get("body", b""))
            try:
                await send(message)
            except OSError as error:
                raise ReaderGoneError from error

        watch.in_flight.inc()
        try:
            await self._app(scope, receive, seen)
        except Exception as error:  # noqa: BLE001 - the entry point of every request
            if _reader_left(error, begun=status != 0):
                # no fault of ours, and nothing can be answered
                status = status or _GONE
            else:
                fault = self._fault(error)
                if status == 0:
                    answer = refusal(fault, scope, page=wants_page(scope))
                    with suppress(ReaderGoneError):
                        await answer(scope, receive, seen)
        finally:
            watch.in_flight.dec()
            seconds, route = perf_counter() - began, _route(scope)
            watch.requests.labels(route, _method(scope), str(status)).inc()
            watch.seconds.labels(route).observe(seconds)
            self._log.info(
                "request_answered",
                route=route,
                method=_method(scope),
                status=status,
                milliseconds=round(1000 * seconds, 1),
                bytes=sent,
                network=_network(scope),
            )

    def _fault(self, error: Exception) -> GroundtruceError:
        """Count and log a fault; return what its reader is told."""
        reference = token_hex(6)
        self._watch.faults.inc()
        self._log.error("request_failed", reference=reference, **where(error))
        return GroundtruceError(Problem.WEB_FAULT, reference=reference)


def _reader_left(error: Exception, *, begun: bool) -> bool:
    """Return whether an error says that who asked is gone, or does not read what was begun."""
    gone = isinstance(error, ReaderGoneError | ClientDisconnect)
    return gone or (begun and isinstance(error, OSError))


def _route(scope: Scope) -> str:
    """Return the kind of address: the template of its route, or the first step of a path that leads somewhere."""
    template = getattr(scope.get("route"), "path", None)
    if template is None and "endpoint" in scope:
        template = "/" + str(scope["path"])[1:].partition("/")[0]
    return str(template or _OTHER)


def _method(scope: Scope) -> str:
    method = str(scope["method"])
    return method if method in ("GET", "HEAD", "POST") else _OTHER


def _network(scope: Scope) -> str:
    host = (scope.get("client") or ("", 0))[0]
    try:
        return str(ip_network(f"{host}/{48 if ':' in host else 16}", strict=False))
    except ValueError:
        return ""


def where(error: BaseException) -> dict[str, Any]:
    """Return where an error arose: types, files and lines, no values."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return {
        "error": type(error).__name__,
        "frames": [
            f"{frame.filename.rpartition('groundtruce/')[2]}:{frame.lineno}" for frame in frames
        ],
    }
