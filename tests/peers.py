"""Nodes that know each other, web servers around them, and small report tables, for tests of the federation."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import SystemRandom
from secrets import token_bytes
from socket import create_server, socket
from threading import Thread
from typing import Any

import httpx2
import uvicorn
import yaml
from starlette.applications import Starlette
from tests.conftest import EXAMPLE, ROOT
from tests.effort import LONGEST_WAIT_S, wait_until
from typer.testing import CliRunner, Result

from groundtruce.agreement.mechanism import DelegationRole
from groundtruce.cli.app import app
from groundtruce.cli.node import connect_peers
from groundtruce.federation.server import Cosign, record_routes
from groundtruce.node.authoring.recording import Authoring
from groundtruce.node.key import make_card
from groundtruce.node.node import Node, make_node, open_node
from groundtruce.record.log.durable import Disk
from groundtruce.record.statement.statement import Statement, parse_statement

AGREEMENT = EXAMPLE.parents[1] / "agreements" / "syria-2016-02" / "agreement.yaml"

COLUMNS = (
    "report_id",
    "source",
    "occurred_from",
    "occurred_to",
    "lat",
    "lon",
    "location_radius_m",
    "kind",
    "actor",
    "killed_best",
    "text",
)


def run(*arguments: object) -> Result:
    """Run the command line; a traceback is a failure of the test."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def answer(*arguments: object, status: int = 0) -> Any:
    """Run the command line and return what it prints as JSON."""
    result = run(*arguments, "--json")
    assert result.exit_code == status, result.output
    return json.loads(result.stdout)


class Desk:
    """A process that runs one command line after another: to start Python takes longer than most commands."""

    def __init__(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def begin(self, *arguments: object) -> None:
        """Begin a command line; `end` waits for it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(list(map(str, arguments))) + "\n")
        self._process.stdin.flush()

    def end(self) -> int:
        """Return the exit status of the command line that was begun."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the process ended while it ran a command line"
        done: dict[str, Any] = json.loads(line)
        assert done["status"] in {0, 1}, done["output"]
        return int(done["status"])

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=LONGEST_WAIT_S)


def _work() -> None:
    """Run the command lines that come, each a JSON array, and tell how they end."""
    for line in sys.stdin:
        done = run(*json.loads(line))
        print(json.dumps({"status": done.exit_code, "output": done.output}), flush=True)  # noqa: T201 - it answers


def report(number: int, **fields: object) -> dict[str, object]:
    """Return one row of a report table: each number has a place of its own, about a kilometre from the next."""
    return {
        "report_id": f"R{number}",
        "source": "observer",
        "occurred_from": f"2016-03-04T{number % 24:02d}:00:00Z",
        "occurred_to": f"2016-03-04T{number % 24:02d}:30:00Z",
        "lat": f"{32 + number / 100:.2f}",
        "lon": "37.1",
        "location_radius_m": "1000.0",
        "kind": "fire.shelling",
        **fields,
    }


def table(path: Path, *rows: Mapping[str, object]) -> Path:
    """Write a report table."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def make_authoring() -> Authoring:
    """Return an authoring with a clock that stands still and randomness that is fit for keys."""
    from datetime import UTC, datetime

    return Authoring(now=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC), random=token_bytes)


def statements(node: Node) -> list[Statement]:
    """Return the statements of a node's own log."""
    entries = node.read(node.own).entries()
    return [parse_statement(entry.body) for entry in entries if isinstance(entry.body, bytes)]


def mechanism(nodes: Sequence[Node], addresses: Mapping[str, str], at_least: int) -> bytes:
    """Return the mechanism document of nodes; `addresses` are by name, folders beside each other else."""
    cards = [
        make_card(
            node.keys,
            node.delegation,
            DelegationRole.MONITOR,
            addresses.get(node.delegation, f"../{node.path.name}/public"),
        )
        for node in nodes
    ]
    document = {
        "mechanism": "Test of several delegations",
        "version": "1",
        "delegations": [one.model_dump(mode="json", exclude_none=True) for one in cards],
        "quorum": {"at_least": at_least, "of": [node.delegation for node in nodes]},
    }
    return yaml.safe_dump(document, sort_keys=False, width=2**31).encode()


def make_nodes(
    folder: Path, *names: str, at_least: int, addresses: Mapping[str, str] | None = None
) -> list[Node]:
    """Make nodes that know each other."""
    alone = [
        make_node(folder / name, name, DelegationRole.MONITOR, Disk(), token_bytes)
        for name in names
    ]
    document = mechanism(alone, addresses or {}, at_least)
    for node in alone:
        (node.path / "mechanism.yaml").write_bytes(document)
    return [open_node(node.path, Disk()) for node in alone]


def free_ports(count: int) -> list[int]:
    """Return ports below those that the system gives away by itself, so that they stay free until they are used."""
    found = set[int]()
    while len(found) < count:
        port = SystemRandom().randrange(20_000, 32_000)
        with socket() as one:
            if one.connect_ex(("127.0.0.1", port)):
                found.add(port)
    return sorted(found)


def node_app(public: Path, cosign: Cosign) -> Starlette:
    """Return the routes of a node as an application of their own."""
    return Starlette(routes=record_routes(public, cosign))


@contextmanager
def served(application: Starlette) -> Iterator[str]:
    """Serve an application with uvicorn on a free port of this machine; yields its address."""
    listening = create_server(("127.0.0.1", 0))
    config = uvicorn.Config(application, log_level="critical", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        wait_until(lambda: server.started, "uvicorn to start")
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@dataclass
class Front:
    """A web server in front of a node: it shows the folder that it is told to, and answers requests as it is told.

    `witness` is the address that requests to cosign are passed on to, or the status with which they are refused.
    """

    public: Path
    witness: str | int
    address: str = ""

    @contextmanager
    def listening(self) -> Iterator["Front"]:
        """Answer on a free port of this machine."""
        front = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = front.public / self.path.lstrip("/")
                found = path.read_bytes() if path.is_file() else None
                self._say(404 if found is None else 200, found or b"")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if isinstance(front.witness, int):
                    self._say(front.witness, b"We do not cosign.\n")
                    return
                passed = httpx2.post(
                    f"{front.witness}{self.path}",
                    content=body,
                    timeout=LONGEST_WAIT_S,
                    trust_env=False,
                )
                self._say(passed.status_code, passed.content, passed.headers["content-type"])

            def _say(self, status: int, content: bytes, kind: str = "text/plain") -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            self.address = f"http://127.0.0.1:{server.server_port}"
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()


class Serving:
    """A node that answers as a process of its own: `groundtruce serve`, or, without pages, its record alone."""

    def __init__(self, node: Path, port: int, log: Path, *, pages: bool) -> None:
        """Start it; `answers` waits until it does."""
        self.address, self.log = f"http://127.0.0.1:{port}", log
        command = (
            ["groundtruce", "serve", node, "--listen", f"127.0.0.1:{port}"]
            if pages
            else [__name__, node, port]
        )
        with log.open("ab") as stream:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *map(str, command)], stdout=stream, stderr=stream, cwd=ROOT
            )

    def answers(self) -> None:
        """Return when it serves its checkpoint."""
        wait_until(self._answers_now, f"{self.address} to answer; its log is {self.log}")

    def _answers_now(self) -> bool:
        assert self._process.poll() is None, self.log.read_text()
        with suppress(httpx2.TransportError):
            answer = httpx2.get(
                f"{self.address}/checkpoint", timeout=LONGEST_WAIT_S, trust_env=False
            )
            return answer.status_code == 200
        return False

    def stop(self) -> None:
        """End the process, and only this one."""
        self._process.terminate()
        self._process.wait(timeout=LONGEST_WAIT_S)


def _serve_record(path: Path, port: int) -> None:
    """Serve the record of a node and cosign what was audited."""
    node = open_node(path, Disk())
    with connect_peers(node) as dealings:
        uvicorn.run(node_app(node.public, dealings.answer), port=port, log_level="warning")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _serve_record(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        _work()
