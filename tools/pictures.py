"""Takes the pictures that the README and the docs show, from the worked example as it is served.

Usage: `make screenshots`, after `make demo`; needs Debian's Chromium (`tools/setup.sh dev`).
"""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from time import sleep

import uvicorn
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from tools.chromium import started

from groundtruce.database.backend.open import open_database
from groundtruce.database.load.fill import fill
from groundtruce.node.node import open_node
from groundtruce.node.replay import current_state, replay_view
from groundtruce.record.log.durable import Disk
from groundtruce.web.app import create_app
from groundtruce.web.state.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
OUT, PICTURES = ROOT / "out", ROOT / "docs" / "pictures"
NODE = OUT / "record" / "secretariat"
COLOURS = 160
"""Enough for a page without photographs; a picture takes half the room."""

KEYS = "html[data-keys=ready]"
SCREENS = {
    "situation": ("/", KEYS),
    "map": ("/map", "[data-ready=true]"),
    "incidents": ("/incidents?day__gte=2016-03-04&day__lte=2016-03-04", KEYS),
    "compliance": ("/compliance", KEYS),
    "bulletins": ("/bulletins", KEYS),
    "daily": ("/daily/2016-03-04", KEYS),
    "agreement": ("/agreement/A3", KEYS),
    "record": ("/record", KEYS),
}
"""A picture by its name: where it is taken, and what shows that the page is ready."""


def main() -> int:
    """Photograph each screen in English and Arabic, an incident that is checked, and the report as a file."""
    if not NODE.is_dir():
        sys.stderr.write("There is no worked example in out/ yet. Run `make demo` first.\n")
        return 2
    PICTURES.mkdir(exist_ok=True)
    with served() as address, sync_playwright() as playwright:
        browser = started(playwright)
        for language in ("en", "ar"):
            for name, (path, ready) in SCREENS.items():
                page = opened(browser, address + path, language)
                page.locator(ready).first.wait_for(state="attached")
                keep(page.screenshot(), f"screen-{name}-{language}")
                page.close()
        checked(browser, address)
        files(browser)
        browser.close()
    return 0


@contextmanager
def served() -> Iterator[str]:
    """Serve the worked example while the block lasts."""
    node = open_node(NODE, Disk())
    with (
        TemporaryDirectory() as folder,
        closing(open_database(f"sqlite:///{folder}/view.sqlite")) as database,
    ):
        fill(database, replay_view(node, current_state(node)))
        place = Settings(database=database, clock=lambda: datetime.now(UTC), node=node)
        app = create_app(place, quiet=True)
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error")
        running = uvicorn.Server(config)
        thread = Thread(target=running.run)
        thread.start()
        while not running.started:
            sleep(0.01)
        yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
        running.should_exit = True
        thread.join()


def opened(browser: Browser, url: str, language: str) -> Page:
    """Open an address in a window of its own."""
    page = browser.new_page(
        viewport={"width": 1120, "height": 780}, locale=language, reduced_motion="reduce"
    )
    page.goto(url)
    return page


def checked(browser: Browser, address: str) -> None:
    """Photograph an incident, and what the browser finds when it compares it with the record."""
    page = opened(browser, f"{address}/incidents?order=most_reported", "en")
    page.locator("[data-row] a").first.click()
    page.locator(KEYS).wait_for(state="attached")
    keep(page.screenshot(), "screen-incident-en")
    page.locator("[data-check-all]").click()
    page.locator("[data-outcome][data-state]").wait_for()
    keep(page.locator("section[aria-labelledby=proof]").screenshot(), "screen-checked-en")
    page.locator(".reports a[href*='/record/']").first.click()
    page.locator("[data-verify][data-ready=holds]").wait_for()
    keep(page.locator("[data-verify]").screenshot(), "screen-proof-en")
    page.close()


def files(browser: Browser) -> None:
    """Photograph the report as a file, and its map."""
    for language in ("en", "ar"):
        page = browser.new_page(viewport={"width": 900, "height": 860})
        page.goto((OUT / f"daily-2016-03-04.{language}.html").as_uri())
        keep(page.screenshot(), f"daily-{language}")
        keep(page.locator(".canvas").screenshot(), f"map-{language}")
        page.close()


def keep(content: bytes, name: str) -> None:
    """Write a picture with few colours."""
    with Image.open(BytesIO(content)) as picture:
        few = picture.convert("RGB").quantize(
            COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
        )
        few.save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    raise SystemExit(main())
