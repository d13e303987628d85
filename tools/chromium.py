"""Debian's Chromium, drawing without a graphics card: how tests, pictures and benchmarks start it."""

from pathlib import Path

from playwright.sync_api import Browser, Playwright

__all__ = ["PROGRAM", "started"]

PROGRAM = Path("/usr/bin/chromium")
_WAIT_MS = 300_000.0
_FLAGS = (
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)


def started(playwright: Playwright) -> Browser:
    """Start it; raises playwright's error where it is not installed (`tools/setup.sh dev` does that)."""
    return playwright.chromium.launch(executable_path=PROGRAM, args=list(_FLAGS), timeout=_WAIT_MS)
