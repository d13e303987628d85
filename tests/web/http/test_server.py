"""A real server on real sockets: slow and greedy clients disturb nobody, and a stop lets requests finish."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection, socket
from threading import Thread
from time import monotonic, sleep

import httpx2
import polars as pl
import pytest
from tests.peers import free_ports

from groundtruce.database.backend.protocol import Database
from groundtruce.node.node import Node

_PROGRAM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from groundtruce.database.backend.open import open_database
from groundtruce.node.node import open_node
from groundtruce.record.log.durable import Disk
from groundtruce.web.app import create_app
from groundtruce.web.http.server import listen
from groundtruce.web.state.settings import Limits, Place

node, url, port, limits = sys.argv[1:]
limits = Limits(**eval(limits))
place = Place(
    database=open_database(url),
    clock=lambda: datetime.now(UTC),
    node=open_node(Path(node), Disk()),
    limits=limits,
)
listen(create_app(place), "127.0.0.1", int(port), limits)
"""


@contextmanager
def running(
    node: Node, url: str, log: Path, **limits: float
) -> Iterator[tuple[str, int, subprocess.Popen[bytes]]]:
    """Serve with these limits as a process of its own; yields its address, port and process."""
    (port,) = free_ports(1)
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(node.path), url, str(port), repr(limits)],
            stdout=stream,
            stderr=stream,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        until = monotonic() + 30
        while monotonic() < until and process.poll() is None:
            try:
                if httpx2.get(f"{address}/health", trust_env=False).status_code == 200:
                    break
            except httpx2.TransportError:
                sleep(0.05)
        else:
            raise AssertionError(log.read_text())
        yield address, port, process
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def url(example_sqlite: Database, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the example's view, for another process."""
    found = example_sqlite.rows("SELECT file FROM pragma_database_list WHERE name = 'main'")
    return f"sqlite:///{found[0]['file']}"


def _is_closed(connection: socket) -> bool:
    """Return whether the other side has closed a connection."""
    connection.settimeout(0.05)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


@dataclass(frozen=True, slots=True)
class Server:
    """A server with narrow limits."""

    address: str
    port: int
    log: Path

    def connect(self) -> socket:
        """Open a connection."""
        return create_connection(("127.0.0.1", self.port), timeout=5)

    def answers(self, path: str = "/health") -> bool:
        """Return whether a reader at another address is answered."""
        elsewhere = httpx2.HTTPTransport(local_address="127.0.0.2")
        with httpx2.Client(transport=elsewhere, trust_env=False, timeout=5) as other:
            return other.get(f"{self.address}{path}").status_code == 200


@pytest.fixture(scope="module")
def narrow(
    example_node: Node, url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One server for the tests that only disturb it."""
    log = tmp_path_factory.mktemp("log") / "log"
    limits = {"head_seconds": 1.5, "connections_per_client": 60, "body_bytes": 10_000}
    with running(example_node, url, log, **limits) as (address, port, _):
        yield Server(address, port, log)


def test_heads_that_come_slowly_disturb_nobody(narrow: Server) -> None:
    """Connections that send a byte now and then are closed by the deadline; others are answered all the while."""
    slow = [narrow.connect() for _ in range(50)]
    began = monotonic()
    while monotonic() - began < 2.5:
        for connection in slow:
            with suppress(OSError):
                connection.send(b"G")
        asked = monotonic()
        assert narrow.answers("/incidents.json?limit=5")
        assert monotonic() - asked < 3
        sleep(0.1)
    assert all(map(_is_closed, slow))
    for connection in slow:
        connection.close()


def test_a_client_has_only_so_many_connections(narrow: Server) -> None:
    """More are closed at once; another client is answered."""
    many = [narrow.connect() for _ in range(100)]
    sleep(0.3)
    assert sum(map(_is_closed, many)) >= 40
    assert narrow.answers()
    for connection in many:
        connection.close()


@pytest.mark.parametrize("path", ["/add-checkpoint", "/", "/incidents.json", "/checkpoint"])
def test_a_body_without_end_disturbs_nobody(narrow: Server, path: str) -> None:
    """Whatever is asked for, the connection is closed before much of it was taken."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    part = b"3e8\r\n" + b"x" * 1000 + b"\r\n"
    with narrow.connect() as connection:
        connection.sendall(head.encode())
        sent = 0
        with suppress(OSError):
            while sent < 50_000_000:
                connection.sendall(part)
                sent += len(part)
    assert sent < 20_000_000
    assert narrow.answers()


def test_a_body_that_is_announced_too_long_is_refused(narrow: Server) -> None:
    """Before any of it comes."""
    with narrow.connect() as connection:
        connection.sendall(
            b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


def test_a_long_head_is_refused(narrow: Server) -> None:
    """A head has a length that it may have, in all."""
    with narrow.connect() as connection, suppress(ConnectionResetError):
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 70_000)
        assert connection.recv(100).startswith(b"HTTP/1.1 4")
    assert narrow.answers()


def test_a_line_of_the_log_names_nobody(narrow: Server) -> None:
    """Every line is JSON; no word of a search, no position and no address of a reader is in it."""
    for path in ("/incidents.json?q=Darayya&bbox=36,33,37,34", "/nowhere/Darayya"):
        httpx2.get(f"{narrow.address}{path}", trust_env=False)
    until = monotonic() + 5
    while "/incidents.json" not in narrow.log.read_text() and monotonic() < until:
        sleep(0.02)
    text = narrow.log.read_text()
    told = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    routes = {line["route"] for line in told if line["event"] == "request_answered"}
    assert routes >= {"/incidents.json", "other"}
    for secret in ("Darayya", "36,33", "127.0.0.1", "127.0.0.2"):
        assert secret not in text


def test_a_stop_lets_what_was_begun_finish(example_node: Node, url: str, tmp_path: Path) -> None:
    """A table that is on its way when SIGTERM comes arrives whole, and the process ends."""
    with running(example_node, url, tmp_path / "log") as (address, _, process):
        content = b""

        def read() -> None:
            nonlocal content
            with httpx2.stream("GET", f"{address}/assessments.csv", trust_env=False) as answer:
                for part in answer.iter_bytes(1000):
                    content += part
                    sleep(0.002)

        thread = Thread(target=read)
        thread.start()
        while not content:
            sleep(0.01)
        process.send_signal(signal.SIGTERM)
        thread.join(30)
        assert process.wait(timeout=30) == 0
    rows = int(content.partition(b"\n")[0].removeprefix(b"# rows: "))
    table = b"\n".join(line for line in content.split(b"\n") if not line.startswith(b"#"))
    assert pl.read_csv(table).height == rows
