"""Load: requests at a steady rate from many clients, whatever the answers take, and clients that behave badly.

* Requests are sent when they are due and not when there is room, so that a slow answer delays nobody else's request;
  the time of an answer runs from the moment at which its request was due.
* Each client has an address of its own, 127.0.0.2 and on, as the limits for clients are meant.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import sqrt
from time import perf_counter

__all__ = ["RISE_S", "Asked", "Outcome", "load"]

RISE_S = 20
"""Seconds in which the rate rises from nothing, as readers come."""

_CLIENTS = 16
_PATIENCE_S = 30.0
_SLOW = 50
_SLOW_HOST, _GREEDY_HOST = "127.0.0.200", "127.0.0.201"
_PART = b"2000\r\n" + b"x" * 0x2000 + b"\r\n"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its kind and its address."""

    kind: str
    path: str


@dataclass(slots=True)
class Outcome:
    """What came of a load."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    addresses: set[str] = field(default_factory=set)
    bytes: int = 0
    slow_closed: int = 0
    greedy_bytes: int = 0

    @property
    def answers(self) -> int:
        """How many requests were answered."""
        return sum(map(len, self.seconds.values()))


async def load(
    port: int, requests: Sequence[Asked], per_second: float, *, disturbed: bool
) -> Outcome:
    """Send requests at a rate; `disturbed` lets slow and greedy clients do their worst beside."""
    outcome = Outcome()
    clients = [_Client(port, f"127.0.0.{2 + number}", outcome) for number in range(_CLIENTS)]
    bad = [asyncio.create_task(_slow(port, outcome)) for _ in range(_SLOW)] if disturbed else []
    bad += [asyncio.create_task(_greedy(port, outcome)) for _ in range(2)] if disturbed else []
    began = perf_counter()
    tasks = []
    for number, asked in enumerate(requests):
        due = began + _due(number, per_second)
        await asyncio.sleep(max(0.0, due - perf_counter()))
        tasks.append(asyncio.create_task(clients[number % _CLIENTS].ask(asked, due)))
    await asyncio.gather(*tasks)
    for task in bad:
        task.cancel()
    await asyncio.gather(*bad, return_exceptions=True)
    for client in clients:
        client.close()
    return outcome


def _due(number: int, per_second: float) -> float:
    """Return when a request is due: the rate rises evenly to what it stays at."""
    rising = per_second * RISE_S / 2
    if number < rising:
        return sqrt(2 * number * RISE_S / per_second)
    return RISE_S + (number - rising) / per_second


_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Client:
    """One client with as many connections as it has requests at a time, kept open."""

    def __init__(self, port: int, host: str, outcome: Outcome) -> None:
        self._port, self._host, self._outcome = port, host, outcome
        self._idle: list[_Streams] = []

    async def ask(self, asked: Asked, due: float) -> None:
        """Send a request and read its answer."""
        outcome = self._outcome
        try:
            status, length = await asyncio.wait_for(self._answer(asked.path), _PATIENCE_S)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            outcome.failures[f"{asked.kind}: {type(error).__name__}"] += 1
            return
        if status != 200:
            outcome.failures[f"{asked.kind}: {status}"] += 1
            return
        outcome.seconds.setdefault(asked.kind, []).append(perf_counter() - due)
        outcome.addresses.add(asked.path)
        outcome.bytes += length

    async def _answer(self, path: str) -> tuple[int, int]:
        """Return status and length; a connection that was closed while it lay idle is replaced once."""
        while self._idle:
            streams = self._idle.pop()
            with suppress(OSError, asyncio.IncompleteReadError):
                return await self._on(streams, path)
            streams[1].close()
        return await self._on(
            await asyncio.open_connection("127.0.0.1", self._port, local_addr=(self._host, 0)), path
        )

    async def _on(self, streams: _Streams, path: str) -> tuple[int, int]:
        reader, writer = streams
        writer.write(f"GET {path} HTTP/1.1\r\nHost: load\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        given = {
            name.lower(): value.strip() for name, _, value in (one.partition(b":") for one in lines)
        }
        length = int(given[b"content-length"])
        await reader.readexactly(length)
        if given.get(b"connection") == b"close":
            writer.close()
        else:
            self._idle.append(streams)
        return int(lines[0].split(b" ")[1]), length

    def close(self) -> None:
        """Let go of the connections."""
        for _, writer in self._idle:
            writer.close()


async def _slow(port: int, outcome: Outcome) -> None:
    """Send a head byte by byte, and begin again when the server has enough of it."""
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, local_addr=(_SLOW_HOST, 0)
            )
            writer.write(b"GET /incidents HTTP/1.1\r\nX-Slow: ")
            while not reader.at_eof():
                writer.write(b"a")
                with suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1), 1.0)
            outcome.slow_closed += 1
            writer.close()
        await asyncio.sleep(random.random())


async def _greedy(port: int, outcome: Outcome) -> None:
    """Send bodies that never end."""
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, local_addr=(_GREEDY_HOST, 0)
            )
            writer.write(
                b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            while not reader.at_eof():
                writer.write(_PART)
                outcome.greedy_bytes += len(_PART)
                await writer.drain()
                await asyncio.sleep(0.01)
            writer.close()
        await asyncio.sleep(0.1)
