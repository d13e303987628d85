"""Serving: how long answers take that are made anew, and a minute of mixed pages at 200 requests a second.

    python -m benchmarks.serving DATABASE      measure a database that is there, as sqlite:///view.sqlite

* Made anew: each address once, one after the other, so that nothing was kept; the time is that of the server with the
  transport on one machine. The limits are ours.
* The minute: addresses are drawn by Zipf's law from five hundred, as readers come back to what is talked about; how
  many were made anew is told. Slow and greedy clients are there all the while.
"""

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from socket import create_server
from time import monotonic, perf_counter, sleep

from tools.postgres import binaries, server

from benchmarks.load import RISE_S, Asked, Outcome, load
from benchmarks.view import synthetic_view
from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.codec import format_id
from groundtruce.database.load.fill import fill
from groundtruce.web.app import create_app
from groundtruce.web.http.server import serve_until_stopped
from groundtruce.web.state.settings import Limits, Settings

__all__ = [
    "COLUMNS",
    "KINDS",
    "LIMITS_MS",
    "Addresses",
    "serving",
    "time_answers",
    "wait_for_answers",
]

COLUMNS = ("job", "database", "incidents", "p50, ms", "p95, ms", "limit")
LIMITS_MS = {100_000: 100, 1_000_000: 250}

_SEED = 20_160_304
_ONCE = 60
"""Addresses of each kind that are asked once."""
_POPULAR = 500
_PER_SECOND = 200
_SECONDS = 60
_READY_S = 120.0

_FILTERS = (
    "kind=fire",
    "kind=fire.shelling",
    "kind=civilians",
    "verdict=breach",
    "verdict=not_determinable",
    "actor=russian_federation",
    "killed__gte=3",
    "corroborated=yes",
    "q=town+7",
    "bbox=36,33,37,34",
    "placed=yes&kind=fire",
    "contradiction=any",
)
_MIX = {
    "list": 25,
    "facet": 10,
    "incident": 25,
    "matrix": 5,
    "tile": 20,
    "situation": 10,
    "data": 5,
}
"""Shares of a hundred requests."""
KINDS = tuple(_MIX)
"""The kinds of addresses."""


def serving(folder: Path, sizes: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table for synthetic views in both databases."""
    for size in sizes:
        view = synthetic_view(size, _SEED)
        url = f"sqlite:///{folder / f'serving-{size}.sqlite'}"
        with closing(open_database(url)) as database:
            fill(database, view)
        yield from measured(url)
        if binaries() is None:
            continue
        with server() as running:
            url = running.database()
            with closing(open_database(url)) as database:
                fill(database, view)
            yield from measured(url)


def measured(url: str) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table for one database."""
    with closing(open_database(url)) as database:
        addresses = Addresses(database)
        name = "SQLite" if url.startswith("sqlite") else "PostgreSQL"
    size = addresses.incidents
    limit = next((ms for most, ms in LIMITS_MS.items() if size <= most), 0)
    told = (name, f"{size:,}")
    with _running(url) as port:
        for kind in KINDS:
            seconds = time_answers(port, [addresses.fresh(kind) for _ in range(_ONCE)])
            yield (f"{kind}, made anew", *told, *_told(seconds), f"{limit} ms")
        requests = addresses.popular(_PER_SECOND * (_SECONDS + RISE_S // 2))
        outcome = asyncio.run(load(port, requests, _PER_SECOND, disturbed=True))
        for kind, seconds in outcome.seconds.items():
            yield (f"{kind}, at 200 a second", *told, *_told(seconds), "")
        yield (_summary(outcome, len(requests)), *told, "", "", "no failure")


class Addresses:
    """Addresses of each kind, drawn by a seed, over what a database holds."""

    def __init__(self, database: Database) -> None:
        self._chance = random.Random(_SEED)
        rows = database.rows("SELECT number FROM incident ORDER BY number")
        self._numbers = [row["number"] for row in rows]
        days = database.rows("SELECT MIN(first_day) AS low, MAX(last_day) AS high FROM incident")[0]
        self._first = datetime.fromisoformat(days["low"]).replace(tzinfo=UTC)
        self._span = (datetime.fromisoformat(days["high"]).replace(tzinfo=UTC) - self._first).days
        self.incidents = len(rows)

    def fresh(self, kind: str) -> str:
        """Return an address of a kind."""
        chance = self._chance
        match kind:
            case "situation":
                return f"/daily/{self._day()}"
            case "incident":
                return f"/incidents/{format_id(chance.choice(self._numbers))}"
            case "facet":
                return f"/facets.json?{self._filters()}"
            case "matrix":
                return f"/compliance?{self._filters()}"
            case "data":
                return f"/incidents.json?{self._filters()}&limit={chance.randint(20, 200)}"
            case "tile":
                zoom = chance.randint(4, 9)
                x, y = _tile(chance.uniform(35.8, 41), chance.uniform(32.5, 37), zoom)
                return f"/tiles/{zoom}/{x}/{y}.mvt?{self._filters()}"
            case _:
                order = chance.choice(("newest", "oldest", "deadliest", "most_reported"))
                return f"/incidents?{self._filters()}&order={order}"

    def popular(self, count: int) -> list[Asked]:
        """Return requests for popular addresses, the first of them the most popular, kinds mixed."""
        chance = self._chance
        kinds = chance.choices(list(_MIX), list(_MIX.values()), k=_POPULAR)
        pool = [Asked("situation", "/")]
        pool += [Asked(kind, self.fresh(kind)) for kind in kinds]
        weights = [1 / rank for rank in range(1, len(pool) + 1)]
        return chance.choices(pool, weights, k=count)

    def _filters(self) -> str:
        return f"{self._chance.choice(_FILTERS)}&day__gte={self._day()}"

    def _day(self) -> str:
        ordinal = self._first.toordinal() + self._chance.randint(1, max(1, self._span - 1))
        return datetime.fromordinal(ordinal).date().isoformat()


def _tile(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    from math import asinh, pi, radians, tan

    side = 1 << zoom
    return int((lon + 180) / 360 * side), int((1 - asinh(tan(radians(lat))) / pi) / 2 * side)


def time_answers(port: int, paths: Sequence[str]) -> list[float]:
    """Return the seconds of each answer, asked one after the other; the first of a kind warms up and is left out."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    found = []
    for path in paths:
        began = perf_counter()
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        content = answer.read()
        found.append(perf_counter() - began)
        if answer.status not in (200, 404):
            raise RuntimeError(f"{path}: {answer.status} {content[:200]!r}")
    connection.close()
    return found[1:]


def _told(seconds: Sequence[float]) -> tuple[str, str]:
    ordered = sorted(seconds)
    return tuple(f"{1000 * ordered[int(share * len(ordered))]:.0f}" for share in (0.5, 0.95))  # type: ignore[return-value]


def _summary(outcome: Outcome, asked: int) -> str:
    failed = sum(outcome.failures.values())
    worst = ", ".join(f"{what} {n}" for what, n in outcome.failures.most_common(3))
    return (
        f"{asked:,} requests in {RISE_S} s of rise and {_SECONDS} s at {_PER_SECOND} a second: "
        f"{outcome.answers:,} answered, {failed} failed{worst and ': '}{worst}; "
        f"{len(outcome.addresses):,} addresses; {outcome.slow_closed} slow heads closed, "
        f"{outcome.greedy_bytes / 1e6:.0f} MB of endless bodies sent"
    )


@contextmanager
def _running(url: str) -> Iterator[int]:
    """Serve a database as a process of its own; yields the port."""
    with create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "benchmarks.serving", url, "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_for_answers(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def wait_for_answers(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return once a server answers; raises RuntimeError where its process ends or two minutes pass."""
    until = monotonic() + _READY_S
    while True:
        with suppress(ConnectionError, RuntimeError):
            if time_answers(port, ["/health", "/"]):
                return
        if monotonic() > until or process.poll() is not None:
            raise RuntimeError(f"nothing answers on port {port}")
        sleep(0.2)


def _serve(url: str, port: int) -> None:
    limits = Limits()
    place = Settings(database=open_database(url), clock=lambda: datetime.now(UTC), limits=limits)
    serve_until_stopped(create_app(place), "127.0.0.1", port, limits)


def main() -> None:
    """Serve a database, or measure it."""
    if "--port" in sys.argv:
        _serve(sys.argv[1], int(sys.argv[3]))
    else:
        for row in measured(sys.argv[1]):
            print("\t".join(row), flush=True)


if __name__ == "__main__":
    main()
