"""Listening: uvicorn with the limits that it does not have itself, stopped so that requests finish.

* The head of a request has a deadline from the opening of the connection or its first byte: who sends a byte a
  second holds a connection for some seconds, and no more of them than one client may have.
* On SIGTERM nothing new is accepted, what was begun is finished, and what takes too long is cut off.
"""

import asyncio
import signal
from collections import Counter

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from groundtruce.web.http.guard import identify_client
from groundtruce.web.state.settings import Limits

__all__ = ["serve_until_stopped"]

_KEEP_ALIVE_S = 15


def serve_until_stopped(app: FastAPI, host: str, port: int, limits: Limits) -> None:
    """Answer until SIGTERM or SIGINT stops the process; returns when the answers in progress are finished."""
    # uvicorn raises the signal again when it has stopped; by then there is nothing left to be ended
    for stop_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop_signal, lambda number, frame: None)
    _server(app, host, port, limits).run()


def _server(app: FastAPI, host: str, port: int, limits: Limits) -> uvicorn.Server:
    """Return a server that limits the connections of a client and the time that a head may take."""
    open_by_client: Counter[str] = Counter()

    class Patient(H11Protocol):
        """A connection that is closed where a head does not come, or where its client has too many."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self.counted = identify_client({"client": self.client})
            self.deadline: asyncio.TimerHandle | None = None
            open_by_client[self.counted] += 1
            if open_by_client[self.counted] > limits.connections_per_client:
                transport.abort()
            else:
                self._wait_for_head()

        def connection_lost(self, exc: Exception | None) -> None:
            open_by_client[self.counted] -= 1
            if open_by_client[self.counted] <= 0:
                del open_by_client[self.counted]
            self._head_is_here()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            before = self.cycle
            if self.deadline is None and self._is_idle():
                self._wait_for_head()
            super().data_received(data)
            if self.cycle is not before:
                self._head_is_here()

        def _is_idle(self) -> bool:
            cycle: RequestResponseCycle | None = self.cycle
            return cycle is None or cycle.response_complete

        def _wait_for_head(self) -> None:
            self.deadline = self.loop.call_later(limits.head_seconds, self._give_up)

        def _head_is_here(self) -> None:
            if self.deadline is not None:
                self.deadline.cancel()
                self.deadline = None

        def _give_up(self) -> None:
            self.deadline = None
            if self._is_idle() and not self.transport.is_closing():
                self.transport.abort()

    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=Patient,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=True,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=limits.stop_seconds,
        limit_concurrency=limits.connections,
        h11_max_incomplete_event_size=limits.head_bytes,
    )
    return uvicorn.Server(config)
