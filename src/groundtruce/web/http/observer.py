"""The observer around an app: it counts, times and logs each request, and turns a fault into an answer.

* A line says which kind of address was asked for, never the address itself: filters hold names and positions.
* Of a client only its network is logged, so that neighbours look alike.
* A fault has a reference, which the reader is given.
* A reader who leaves is no fault; an error of the system before the answer began is one.
"""

from contextlib import suppress
from ipaddress import ip_network
from secrets import token_hex
from time import perf_counter

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.web.http.error import answer_problem, wants_page
from groundtruce.web.state.metrics import Watch, locate_error, make_logger

__all__ = ["Observer", "ReaderGoneError"]

_OTHER = "other"
_GONE = 499
"""The status of a request whose reader left before the answer began."""


class ReaderGoneError(OSError):
    """Nothing can be sent: who asked is gone. An OSError, as servers raise and Starlette expects."""


class Observer:
    """An ASGI application around another: counts, times and logs, and turns a fault into an answer."""

    def __init__(self, app: ASGIApp, watch: Watch, *, quiet: bool = False) -> None:
        """Observe an app."""
        self._app, self._watch = app, watch
        self._log = make_logger(quiet=quiet)

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
                    answer = answer_problem(fault, scope, page=wants_page(scope))
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
        self._log.error("request_failed", reference=reference, **locate_error(error))
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
