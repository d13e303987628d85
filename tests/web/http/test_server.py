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

import httpx2
import polars as pl
import pytest
from tests.effort import LONGEST_WAIT_S, pause, wait_until
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
from groundtruce.web.http.server import serve_until_stopped
from groundtruce.web.state.settings import Limits, Settings

node, url, port, limits = sys.argv[1:]
limits = Limits(**eval(limits))
place = Settings(
    database=open_database(url),
    clock=lambda: datetime.now(UTC),
    node=open_node(Path(node), Disk()),
    limits=limits,
)
serve_until_stopped(create_app(place), "127.0.0.1", int(port), limits)
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
        wait_until(lambda: _is_well(address, process, log), f"{address} to answer")
        yield address, port, process
    finally:
        process.terminate()
        process.wait(timeout=LONGEST_WAIT_S)


def _is_well(address: str, process: subprocess.Popen[bytes], log: Path) -> bool:
    """Return whether a process answers; that it ended is a failure."""
    assert process.poll() is None, log.read_text()
    with suppress(httpx2.TransportError):
        answer = httpx2.get(f"{address}/health", timeout=LONGEST_WAIT_S, trust_env=False)
        return answer.status_code == 200
    return False


@pytest.fixture(scope="module")
def url(example_sqlite: Database, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the example's view, for another process."""
    found = example_sqlite.rows("SELECT file FROM pragma_database_list WHERE name = 'main'")
    return f"sqlite:///{found[0]['file']}"


def _is_closed(connection: socket) -> bool:
    """Return whether the other side has closed a connection."""
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
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
        return create_connection(("127.0.0.1", self.port), timeout=LONGEST_WAIT_S)

    def answers(self, path: str = "/health") -> bool:
        """Return whether a reader at another address is answered, who asks again where a head came too slowly."""
        elsewhere = httpx2.HTTPTransport(local_address="127.0.0.2")
        with (
            httpx2.Client(transport=elsewhere, trust_env=False, timeout=LONGEST_WAIT_S) as other,
            suppress(httpx2.TransportError),
        ):
            return other.get(f"{self.address}{path}").status_code == 200
        return False

    def goes_on(self, path: str = "/health") -> None:
        """Wait until a reader at another address is answered."""
        wait_until(lambda: self.answers(path), f"an answer of {path} to another client")


@pytest.fixture(scope="module")
def narrow(
    example_node: Node, url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One server for the tests that only disturb it; it waits longer than any of them for a head."""
    log = tmp_path_factory.mktemp("log") / "log"
    limits = {
        "head_seconds": 2 * LONGEST_WAIT_S,
        "connections_per_client": 60,
        "body_bytes": 10_000,
    }
    with running(example_node, url, log, **limits) as (address, port, _):
        yield Server(address, port, log)


def test_heads_that_come_slowly_disturb_nobody(
    example_node: Node, url: str, tmp_path: Path
) -> None:
    """Connections that send a byte now and then are closed by the deadline; others are answered all the while."""
    log = tmp_path / "log"
    with running(example_node, url, log, head_seconds=1.5) as (address, port, _):
        server = Server(address, port, log)
        slow = [server.connect() for _ in range(50)]

        def all_are_closed() -> bool:
            for connection in slow:
                with suppress(OSError):
                    connection.send(b"G")
            server.goes_on("/incidents.json?limit=5")
            return all(map(_is_closed, slow))

        wait_until(all_are_closed, "the server to close connections whose heads do not come")
        for connection in slow:
            connection.close()


def test_a_client_has_only_so_many_connections(narrow: Server) -> None:
    """More are closed at once, long before the deadline of their heads; another client is answered."""
    many = [narrow.connect() for _ in range(100)]
    wait_until(lambda: sum(map(_is_closed, many)) >= 40, "the server to close 40 of 100")
    narrow.goes_on()
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
    narrow.goes_on()


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
    narrow.goes_on()


def test_a_line_of_the_log_names_nobody(narrow: Server) -> None:
    """Every line is JSON; no word of a search, no position and no address of a reader is in it."""
    for path in ("/incidents.json?q=Darayya&bbox=36,33,37,34", "/nowhere/Darayya"):
        httpx2.get(f"{narrow.address}{path}", timeout=LONGEST_WAIT_S, trust_env=False)
    wait_until(lambda: '"other"' in narrow.log.read_text(), "both answers to be in the log")
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
            table = f"{address}/assessments.csv"
            with httpx2.stream("GET", table, timeout=LONGEST_WAIT_S, trust_env=False) as answer:
                for part in answer.iter_bytes(1000):
                    content += part
                    pause(0.002)

        thread = Thread(target=read)
        thread.start()
        wait_until(lambda: content, "the first part of the table")
        process.send_signal(signal.SIGTERM)
        thread.join(LONGEST_WAIT_S)
        assert process.wait(timeout=LONGEST_WAIT_S) == 0
    rows = int(content.partition(b"\n")[0].removeprefix(b"# rows: "))
    table = b"\n".join(line for line in content.split(b"\n") if not line.startswith(b"#"))
    assert pl.read_csv(table).height == rows
