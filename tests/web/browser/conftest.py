"""The example of Syria on a port of this machine, and Debian's Chromium to look at it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Literal

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)
from tests.effort import LONGEST_WAIT_MS, wait_until
from tools.chromium import PROGRAM, started

from groundtruce.web.app import create_app
from groundtruce.web.state.settings import Settings

_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],  # what passes is counted, but not described element by element
}


@dataclass(slots=True)
class Sight:
    """A page that is looked at, and what the browser complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def barriers(self) -> list[str]:
        """Return what axe finds against WCAG 2.2 AA: rule and element."""
        found = Axe().run(self.page, options=_RULES).response["violations"]
        return [
            f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in found
            for node in one["nodes"]
        ]


Visit = Callable[..., Sight]


@contextmanager
def serving(place: Settings) -> Iterator[str]:
    """Serve a place on a free port while the block lasts; the value is its address."""
    config = uvicorn.Config(
        create_app(place, quiet=True), host="127.0.0.1", port=0, log_level="error"
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started, "uvicorn to start")
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def site(example_place: Settings) -> Iterator[str]:
    """The address of the example."""
    with serving(example_place) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's browser."""
    if not PROGRAM.exists():
        pytest.skip("needs Debian's chromium (tools/setup.sh dev)")
    expect.set_options(timeout=LONGEST_WAIT_MS)
    with sync_playwright() as playwright:
        browser = started(playwright)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, site: str) -> Iterator[Visit]:
    """Return what opens a page of the example: `visit("/map", language="ar", scripts=False)`."""
    contexts: list[BrowserContext] = []

    def look(
        path: str | None,
        *,
        language: str = "en",
        scripts: bool = True,
        width: int = 1280,
        colours: Literal["light", "dark", "forced"] = "light",
    ) -> Sight:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            locale=language,
            java_script_enabled=scripts,
            reduced_motion="reduce",
            color_scheme="dark" if colours == "dark" else "light",
            forced_colors="active" if colours == "forced" else "none",
        )
        context.set_default_timeout(LONGEST_WAIT_MS)
        contexts.append(context)
        sight = Sight(context.new_page())

        def noted(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                sight.complaints.append(message.text)

        sight.page.on("console", noted)
        sight.page.on("pageerror", lambda error: sight.complaints.append(str(error)))
        if path is not None:
            sight.page.goto(f"{site}{path}")
        return sight

    yield look
    for context in contexts:
        context.close()


@contextmanager
def weighed(page: Page) -> Iterator[list[int]]:
    """Collect the bytes of each answer that arrives while the block lasts, as they were sent."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    found: list[int] = []
    session.on("Network.loadingFinished", lambda told: found.append(int(told["encodedDataLength"])))
    yield found
    session.detach()
