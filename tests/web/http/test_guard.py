"""The guard: limits for each client, and secure headers on every answer."""

import asyncio
from collections.abc import Sequence

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send
from tests.web.conftest import waited

from groundtruce.web.http.guard import SECURE_HEADERS, Buckets, Guard, Secure, identify_client
from groundtruce.web.state.settings import Limits


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the whole body and say how long it is."""
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    await PlainTextResponse(str(length))(scope, receive, send)


def _ask(
    guard: Guard | Secure,
    path: str = "/x",
    *,
    client: str = "192.0.2.1",
    body: Sequence[bytes | float] = (b"",),
    headers: Sequence[tuple[bytes, bytes]] = (),
    query: bytes = b"",
) -> tuple[int, dict[str, str], bytes]:
    """Send a request; a number in the body is a pause in seconds."""

    async def ask() -> tuple[int, dict[str, str], bytes]:
        left, sent = list(body), list[Message]()

        async def receive() -> Message:
            while left and isinstance(left[0], float):
                await asyncio.sleep(left.pop(0))  # type: ignore[arg-type]
            part = left.pop(0) if left else b""
            return {"type": "http.request", "body": part, "more_body": bool(left)}

        async def send(message: Message) -> None:
            sent.append(message)

        scope: Scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query,
            "headers": list(headers),
            "client": (client, 1),
        }
        await guard(scope, receive, send)
        content = b"".join(message.get("body", b"") for message in sent[1:])
        given = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], given, content

    return waited(ask())


def test_a_client_that_asks_too_much_waits_and_others_do_not() -> None:
    """The burst is answered, then the rate; the refusal says when to come again."""
    clock = Clock()
    guard = Guard(_app, Limits(requests_per_second=2, burst=3), clock)
    assert [_ask(guard)[0] for _ in range(4)] == [200, 200, 200, 429]
    status, headers, _ = _ask(guard)
    assert (status, headers["retry-after"]) == (429, "1")
    assert _ask(guard, client="192.0.2.2")[0] == 200
    clock.now += 0.5
    assert [_ask(guard)[0] for _ in range(2)] == [200, 429]


def test_a_file_of_the_record_costs_little() -> None:
    """Others copy a log of thousands of files; that is what it is there for."""
    guard = Guard(_app, Limits(requests_per_second=1, burst=1), Clock())
    assert {_ask(guard, "/tile/entries/000")[0] for _ in range(49)} == {200}
    assert {_ask(guard, "/tile/entries/000")[0] for _ in range(3)} >= {429}


def test_a_network_of_ipv6_is_one_client() -> None:
    """A host may choose among 2 to the 64 addresses."""
    guard = Guard(_app, Limits(requests_per_second=1, burst=1), Clock())
    assert _ask(guard, client="2001:db8::1")[0] == 200
    assert _ask(guard, client="2001:db8::ffff")[0] == 429
    assert _ask(guard, client="2001:db8:0:1::1")[0] == 200


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_what_a_client_is(host: str, client: str) -> None:
    """An address of IPv4, however it is written, or a network of IPv6."""
    assert identify_client({"client": (host, 1)}) == client


def test_only_so_many_clients_are_remembered() -> None:
    """Who asks from ever new addresses does not fill the memory."""
    buckets = Buckets(1.0, 1.0, Clock(), clients=10)
    assert not any(buckets.wait(f"192.0.2.{number}", 1.0) for number in range(50))
    assert len(buckets) == 10


def test_a_long_body_is_refused_by_its_length() -> None:
    """Nothing of it is read, and the connection is closed."""
    guard = Guard(_app, Limits(body_bytes=10))
    status, headers, _ = _ask(guard, headers=[(b"content-length", b"11")])
    assert (status, headers["connection"]) == (413, "close")


def test_a_long_body_without_a_length_is_refused_where_it_is_too_long() -> None:
    """As it comes in parts, no more of it is kept than the limit."""
    guard = Guard(_app, Limits(body_bytes=10))
    assert _ask(guard, body=[b"12345", b"67890"])[::2] == (200, b"10")
    assert _ask(guard, body=[b"12345", b"67890", b"1"])[0] == 413


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    """The deadline is for the whole body: a byte now and then does not move it."""
    guard = Guard(_app, Limits(body_seconds=0.2))
    drip: list[bytes | float] = [part for _ in range(20) for part in (b"x", 0.05)]
    assert _ask(guard, body=drip)[0] == 408


def test_a_long_address_is_refused() -> None:
    """Before it is taken apart."""
    guard = Guard(_app, Limits(target_bytes=100))
    assert _ask(guard, query=b"q=" + b"a" * 100)[0] == 400


def test_an_answer_that_is_not_read_is_given_up() -> None:
    """A reader who stops reading does not keep the server waiting."""

    async def never(message: Message) -> None:
        await asyncio.Event().wait()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    guard = Guard(_app, Limits(send_seconds=0.1))
    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [],
    }
    with pytest.raises(OSError, match="not read"):
        waited(guard(scope, receive, never))


def test_every_answer_has_secure_headers() -> None:
    """Refusals too."""
    secured = Secure(Guard(_app, Limits(requests_per_second=1, burst=1), Clock()))
    for expected in (200, 429):
        status, headers, _ = _ask(secured)
        assert status == expected
        for name, value in SECURE_HEADERS:
            assert headers[name.decode()] == value.decode()
    assert not any(b"unsafe" in value for _, value in SECURE_HEADERS)
