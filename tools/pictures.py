"""Takes the pictures that the README and the docs show, from the pages of `groundtruce demo`.

Usage: `.venv/bin/python tools/pictures.py` after `make demo`; needs Debian's Chromium (`tools/setup.sh dev`).
"""

from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
OUT, PICTURES = ROOT / "out", ROOT / "docs" / "pictures"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def main() -> None:
    """Photograph the top of the page in English and Arabic, and the map."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for language in ("en", "ar"):
            page = browser.new_page(viewport={"width": 900, "height": 860})
            page.goto((OUT / f"daily-2016-03-04.{language}.html").as_uri())
            page.screenshot(path=PICTURES / f"daily-{language}.png")
            page.locator(".canvas").screenshot(path=PICTURES / f"map-{language}.png")
        browser.close()


if __name__ == "__main__":
    main()
