"""The map: how fast tiles are made, and how soon a browser without a graphics card has drawn them.

* Tiles are asked of the running server, each address once, so that none was kept; the limits are ours.
* The first idle of a map is set beside that of the same page with no incident on it, in the same run: what is above
  that is what incidents cost.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from time import perf_counter, sleep

import numpy as np
import uvicorn
from playwright.sync_api import Browser, sync_playwright
from tools.chromium import started
from tools.postgres import binaries, server

from benchmarks.view import synthetic_view
from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.columns import Columns, read_columns
from groundtruce.database.load.fill import fill
from groundtruce.view.view import View
from groundtruce.web.app import create_app
from groundtruce.web.state.settings import Limits, Settings

__all__ = ["COLUMNS", "IDLE_LIMIT_S", "mapping"]

COLUMNS = ("job", "database", "incidents", "ours", "beside")
IDLE_LIMIT_S = 4.0

_TILE_LIMIT_MS = {100_000: 100, 1_000_000: 250}
_TILES = 400
_IDLES = 5
_SEED = 20_160_227
_FILTERS = (
    "",
    "kind=fire",
    "verdict=breach",
    "source=synthetic+source+3",
    "actor=russian_federation",
    "killed__gte=3",
    "corroborated=yes&kind=civilians",
    "q=town+7",
)
"""A map without filters, and with each sort of them; every request has a period of its own besides."""

_NOBODY = "incident=I-aaaaaaaaaaaa"


def mapping(folder: Path, sizes: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table, each as it is measured."""
    for size in sizes:
        view = synthetic_view(size, _SEED)
        with closing(open_database(f"sqlite:///{folder / str(size)}.sqlite")) as database:
            fill(database, view)
            yield from _measured(database, "SQLite", size)
        if binaries() is not None:
            yield from _on_postgres(view, size)


def _on_postgres(view: View, size: int) -> Iterator[tuple[str, ...]]:
    with server() as running, closing(open_database(running.database())) as database:
        fill(database, view)
        with _serving(database) as port:
            yield _tiles(port, read_columns(database), "PostgreSQL", size)


def _measured(database: Database, name: str, size: int) -> Iterator[tuple[str, ...]]:
    with _serving(database) as port:
        yield _tiles(port, read_columns(database), name, size)
        with sync_playwright() as playwright:
            browser = started(playwright)
            address = f"http://127.0.0.1:{port}/map"
            _idle(browser, f"{address}?{_NOBODY}")  # the ground and the fonts are warm from here on
            empty = [_idle(browser, f"{address}?{_NOBODY}") for _ in range(_IDLES)]
            full = [_idle(browser, address) for _ in range(_IDLES)]
            steps = _steps(browser, address)
            browser.close()
    yield (
        "first idle of the map, median",
        name,
        f"{size:,}",
        f"{np.median(full):.2f} s (limit {IDLE_LIMIT_S:.0f})",
        f"{np.median(empty):.2f} s, an empty map",
    )
    yield "a step of the period, median", name, f"{size:,}", f"{np.median(steps):.2f} s", "–"


def _tiles(port: int, held: Columns, name: str, size: int) -> tuple[str, ...]:
    chance = random.Random(_SEED)
    connection = HTTPConnection("127.0.0.1", port)
    _asked(connection, "/tiles/0/0/0.mvt")  # what follows a change of the view once
    took = [_asked(connection, _address(chance, held)) for _ in range(_TILES)]
    connection.close()
    p50, p95 = np.quantile(took, (0.5, 0.95)) * 1000
    limit = _TILE_LIMIT_MS.get(size)
    return (
        f"{_TILES} tiles, median and p95",
        name,
        f"{size:,}",
        f"{p50:.0f} ms, {p95:.0f} ms",
        f"limit {limit} ms" if limit else "–",
    )


def _address(chance: random.Random, held: Columns) -> str:
    """Return a tile around some incident, with a filter and a period."""
    row = chance.randrange(held.rows)
    zoom = chance.randint(3, 13)
    side = 1 << zoom
    sine = np.sin(np.radians(held.lat[row]))
    column = int((held.lon[row] / 360 + 0.5) * side)
    line = int((0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)) * side)
    days = f"day__gte=2016-0{chance.randint(3, 9)}-{chance.randint(10, 28)}"
    query = "&".join(filter(None, (chance.choice(_FILTERS), chance.choice(("", days)))))
    return f"/tiles/{zoom}/{column}/{line}.mvt?{query}"


def _asked(connection: HTTPConnection, address: str) -> float:
    begin = perf_counter()
    connection.request("GET", address, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {address}")
    return perf_counter() - begin


def _idle(browser: Browser, address: str) -> float:
    """Return the seconds from the address to a map that has drawn everything, with nothing cached."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    begin = perf_counter()
    page.goto(address, wait_until="commit")
    page.locator("#atlas[data-ready]").wait_for(state="attached", timeout=120_000)
    took = perf_counter() - begin
    context.close()
    return took


def _steps(browser: Browser, address: str) -> list[float]:
    """Return the seconds from a step of the period to the map that shows it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{address}?day__gte=2016-05-02&day__lte=2016-05-08")
    page.locator("#atlas[data-ready]").wait_for(state="attached", timeout=120_000)
    took = []
    for _ in range(10):
        before = page.locator("#atlas").get_attribute("data-shown") or ""
        begin = perf_counter()
        page.keyboard.press("]")
        changed = f'#atlas[data-shown]:not([data-shown="{before}"])'
        page.locator(changed).wait_for(state="attached", timeout=120_000)
        took.append(perf_counter() - begin)
    context.close()
    return took


@contextmanager
def _serving(database: Database) -> Iterator[int]:
    place = Settings(
        database=database,
        clock=lambda: datetime.now(UTC),
        limits=Limits(requests_per_second=1e6, burst=1e6),
    )
    config = uvicorn.Config(
        create_app(place, quiet=True), host="127.0.0.1", port=0, log_level="error"
    )
    running = uvicorn.Server(config)
    thread = Thread(target=running.run)
    thread.start()
    while not running.started:
        sleep(0.01)
    yield int(running.servers[0].sockets[0].getsockname()[1])
    running.should_exit = True
    thread.join()
