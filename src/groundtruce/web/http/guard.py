"""The guard before the app: limits on every request, and secure headers on every answer.

* It reads nothing but the head before it decides; a refusal costs next to nothing.
* A client is an address of IPv4 or a /64 network of IPv6; it is kept in memory alone, and never logged.
* A body has a limit and a deadline, an answer that is not read has a deadline: nobody waits for the slowest.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from time import monotonic

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from groundtruce.federation.server import SERVED
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.web.http.error import answer_problem, wants_page
from groundtruce.web.state.settings import Limits

__all__ = ["SECURE_HEADERS", "Buckets", "Guard", "Secure", "identify_client"]

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

SECURE_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
"""No script but our own files, no style in the page, no frame, nothing from elsewhere."""

_FILE_COST = 0.02
_CLIENTS = 50_000
_UNLIMITED = ("/health",)


@dataclass(slots=True)
class _Bucket:
    """What a client may still ask for, and when that was reckoned."""

    left: float
    at: float


class Buckets:
    """How much each client may still ask for; those not heard of longest are forgotten. One thread uses it."""

    def __init__(
        self,
        per_second: float,
        burst: float,
        clock: Callable[[], float],
        clients: int = _CLIENTS,
    ) -> None:
        """Begin with nobody known."""
        self._per_second, self._burst, self._clock = per_second, burst, clock
        self._clients = clients
        self._found: OrderedDict[str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._found)

    def wait(self, client: str, cost: float) -> float:
        """Take from what a client may ask for; return the seconds to wait, 0 where it was enough."""
        now = self._clock()
        bucket = self._found.pop(client, None) or _Bucket(self._burst, now)
        self._found[client] = bucket
        if len(self._found) > self._clients:
            self._found.popitem(last=False)
        bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._per_second)
        bucket.at = now
        if bucket.left < cost:
            return (cost - bucket.left) / self._per_second
        bucket.left -= cost
        return 0.0


class Guard:
    """An ASGI application around another."""

    def __init__(
        self, app: ASGIApp, limits: Limits, clock: Callable[[], float] = monotonic
    ) -> None:
        """Guard an app within limits."""
        self._app, self._limits = app, limits
        self._buckets = Buckets(limits.requests_per_second, limits.burst, clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        flow = _Flow(scope, receive, send, self._limits)
        error = self._refused(scope)
        if error is None:
            try:
                await self._app(scope, flow.receive, flow.send)
                return
            except _BrokenError as broken:
                error = broken.error
        if not flow.started:
            answer = answer_problem(error, scope, page=wants_page(scope))
            await answer(scope, receive, flow.send)

    def _refused(self, scope: Scope) -> GroundtruceError | None:
        limits = self._limits
        target = len(scope.get("raw_path") or b"") + len(scope["query_string"])
        if target > limits.target_bytes:
            return GroundtruceError(
                Problem.QUERY_BAD_VALUE,
                key=Phrase("The address"),
                value=Phrase("{count} bytes long", count=target),
                expected=Phrase(
                    "at most {limit}; whole tables take the same filters",
                    limit=limits.target_bytes,
                ),
            )
        length = _declared_length(scope)
        if length > limits.body_bytes:
            return GroundtruceError(Problem.WEB_TOO_LARGE, limit=limits.body_bytes)
        path: str = scope["path"]
        if path in _UNLIMITED:
            return None
        is_file = path[1:].partition("/")[0] in SERVED
        wait = self._buckets.wait(identify_client(scope), _FILE_COST if is_file else 1.0)
        if wait > 0:
            return GroundtruceError(Problem.WEB_TOO_MANY, seconds=int(wait) + 1)
        return None


class Secure:
    """An ASGI application around another: every answer has the secure headers, a fault's too."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with what the app answers, and the headers."""

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                missing = [(name, value) for name, value in SECURE_HEADERS if name not in given]
                message = {**message, "headers": [*message["headers"], *missing]}
            await send(message)

        await self._app(scope, receive, secured)


class _BrokenError(Exception):
    """A request that did not keep to the limits while it was read."""

    def __init__(self, error: GroundtruceError) -> None:
        super().__init__(error.sentence)
        self.error = error


class _Flow:
    """What goes in and out of one request, within its limits."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, limits: Limits) -> None:
        self._receive, self._send, self._limits = receive, send, limits
        self._read = 0
        self._has_body = _has_body(scope)
        self._ended = False
        self._until = monotonic() + limits.body_seconds
        self.started = False

    async def receive(self) -> Message:
        """Return the next part of the body; raises where it is too long, or too late."""
        if self._ended:
            return await self._receive()
        limits = self._limits
        try:
            message = await asyncio.wait_for(self._receive(), max(0.001, self._until - monotonic()))
        except TimeoutError:
            seconds = f"{limits.body_seconds:g}"
            raise _BrokenError(GroundtruceError(Problem.WEB_SLOW, seconds=seconds)) from None
        self._read += len(message.get("body", b""))
        if self._read > limits.body_bytes:
            raise _BrokenError(GroundtruceError(Problem.WEB_TOO_LARGE, limit=limits.body_bytes))
        self._ended = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Pass on a part of the answer; raises OSError where nobody reads it."""
        if message["type"] == "http.response.start":
            self.started = True
            if self._has_body and not self._ended:
                # what is left of the body is not waited for
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        try:
            await asyncio.wait_for(self._send(message), self._limits.send_seconds)
        except TimeoutError:
            raise OSError("the answer is not read") from None


def identify_client(scope: Scope) -> str:
    """Return what stands for a client: its address, or the /64 network that a host of IPv6 can choose from."""
    host = (scope.get("client") or ("", 0))[0]
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Address(int(address) >> 64 << 64))
    return host


def _has_body(scope: Scope) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0
