"""A PostgreSQL server of its own, in a temporary folder, for tests and benchmarks: no port, no service, no trace.

    python -m tools.postgres      start one, print its address, stop it at the end of input

* It listens at a socket in its folder only, and ends with the process that started it, even if that is killed.
* PostgreSQL refuses to run as root; root runs it as the user `postgres`.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

__all__ = ["Server", "binaries", "server"]

_PLACES = "/usr/lib/postgresql"
_USER = "postgres"
_WAIT_S = 300.0
_QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off")
"""For tests: nothing of it has to outlive the machine."""


class Server:
    """A running server; each database that it makes is empty."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of its socket."""
        self._folder = folder
        self._numbers = count()

    def address(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgresql://{_USER}@/{database}?host={self._folder}"

    def database(self) -> str:
        """Make a database and return its address."""
        name = f"view_{next(self._numbers)}"
        self.ask("postgres", f"CREATE DATABASE {name}")
        return self.address(name)

    def drop(self, address: str) -> None:
        """Remove a database with whatever is connected to it."""
        name = address.rpartition("/view_")[2].partition("?")[0]
        self.ask("postgres", f"DROP DATABASE view_{name} WITH (FORCE)")

    def ask(self, database: str, sql: str) -> None:
        """Run a statement by itself."""
        import psycopg

        with psycopg.connect(self.address(database), autocommit=True) as connection:
            connection.execute(sql.encode())


def binaries() -> Path | None:
    """Return where the programs of the newest PostgreSQL of Debian lie, or None."""
    found = sorted(Path(_PLACES).glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def server(settings: Sequence[str] = _QUICK) -> Iterator[Server]:
    """Start a server and stop it at the end; raises RuntimeError where there is none."""
    programs = binaries()
    if programs is None:
        raise RuntimeError(f"no PostgreSQL below {_PLACES}")
    folder = Path(tempfile.mkdtemp(prefix="groundtruce-postgres-"))
    as_user: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, _USER, _USER)
        as_user = ["--reuid", _USER, "--regid", _USER, "--init-groups"]
    data = folder / "data"
    given = [part for one in settings for part in ("-c", one)]
    try:
        make: list[Path | str] = [
            programs / "initdb",
            "-D",
            data,
            "-U",
            _USER,
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        subprocess.run(
            ["setpriv", *as_user, *make, "--locale", "C.UTF-8", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        serve: list[Path | str] = [
            programs / "postgres",
            "-D",
            data,
            "-k",
            folder,
            "-c",
            "listen_addresses=",
        ]
        with (folder / "log").open("wb") as log:
            running = subprocess.Popen(
                ["setpriv", *as_user, "--pdeathsig", "INT", *serve, *given],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
            )
        try:
            yield _ready(Server(folder), running)
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(_WAIT_S)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ready(started: Server, running: "subprocess.Popen[bytes]") -> Server:
    """Wait until it answers."""
    import psycopg

    until = time.monotonic() + _WAIT_S
    while True:
        try:
            started.ask("postgres", "SELECT 1")
            return started
        except psycopg.OperationalError:
            if running.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)


if __name__ == "__main__":
    with server(()) as one:
        print(one.database(), flush=True)
        sys.stdin.read()
