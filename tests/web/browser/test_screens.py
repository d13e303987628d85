"""Every screen in English and Arabic: accessible, light, without complaint, and whole without scripts."""

from collections.abc import Mapping
from typing import Literal

import pytest
from tests.web.browser.conftest import Visit, weighed

LANGUAGES = ("en", "ar")
LIMIT_BYTES = 50_000
NAMES = (
    "situation",
    "map",
    "incidents",
    "incidents narrowed",
    "incident",
    "reports",
    "report",
    "compliance",
    "bulletins",
    "days",
    "day",
    "agreement",
    "clause",
    "record",
    "log",
    "entry",
    "verify",
    "search",
    "methods",
    "glossary",
    "api",
    "accessibility",
)


def test_every_screen_is_tested(screens: Mapping[str, str]) -> None:
    """A screen of the list is one of the site."""
    assert tuple(screens) == NAMES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_screen_is_accessible_and_light(
    visit: Visit, site: str, screens: Mapping[str, str], name: str, language: str
) -> None:
    """No rule of WCAG 2.2 AA is broken, the browser complains of nothing, and it weighs little."""
    sight = visit(None, language=language)
    asked: list[str] = []
    sight.page.on("request", lambda request: asked.append(request.url))
    with weighed(sight.page) as sizes:
        sight.page.goto(f"{site}{screens[name]}", wait_until="networkidle")
    assert (sight.barriers(), sight.complaints) == ([], [])
    assert [url for url in asked if not url.startswith((f"{site}/", "blob:", "data:"))] == []
    if name != "map":
        assert sum(sizes) <= LIMIT_BYTES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_screen_is_whole_without_scripts(
    visit: Visit, screens: Mapping[str, str], name: str, language: str
) -> None:
    """What a reader comes for is in the page itself; one heading, and the direction of the language."""
    page = visit(screens[name], language=language, scripts=False).page
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("dir") == {"en": "ltr", "ar": "rtl"}[language]
    assert len(page.locator("main").inner_text()) > 200
    assert page.locator("footer").get_by_role("link").count() >= 5


@pytest.mark.parametrize("name", NAMES)
def test_a_screen_reflows_at_320_pixels(
    visit: Visit, screens: Mapping[str, str], name: str
) -> None:
    """Nothing but a table, a map or code asks for scrolling sideways."""
    page = visit(screens[name], width=320).page
    whole, seen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert whole <= seen


@pytest.mark.parametrize("colours", ["dark", "forced"])
@pytest.mark.parametrize(
    "name", ["situation", "incidents", "incident", "compliance", "day", "entry"]
)
def test_a_screen_is_legible_in_other_colours(
    visit: Visit, screens: Mapping[str, str], name: str, colours: Literal["dark", "forced"]
) -> None:
    """Contrast holds in the dark and in the colours that a reader forces."""
    assert visit(screens[name], colours=colours).barriers() == []
