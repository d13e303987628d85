"""The pages with the keyboard alone: in order, in sight, by single keys, and without these where they are unwanted."""

from playwright.sync_api import Page, expect
from tests.web.browser.conftest import Visit

_STOPS = 60


def focused(page: Page) -> str:
    """Return what has the focus, as a reader hears it."""
    return str(
        page.evaluate(
            "document.activeElement.getAttribute('aria-label') || document.activeElement.innerText || ''"
        )
    ).strip()


def ready(page: Page) -> None:
    """Wait until keys are listened to."""
    page.locator("html[data-keys=ready]").wait_for(state="attached")


def test_the_first_stop_leads_past_the_head(visit: Visit) -> None:
    """One key and Enter, and the reader is in the content."""
    page = visit("/incidents").page
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_what_has_the_focus_is_in_sight(visit: Visit) -> None:
    """Each stop is on the screen, is marked, and is as large as a finger needs or stands in a line of text."""
    page = visit("/incidents").page
    for _ in range(_STOPS):
        page.keyboard.press("Tab")
        box, outline = page.evaluate(
            """() => {
              const one = document.activeElement, box = one.getBoundingClientRect();
              return [[box.top, box.bottom, innerHeight], getComputedStyle(one).outlineStyle];
            }"""
        )
        told = page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        assert outline != "none", told
        assert box[1] > 0, focused(page)
        assert box[0] < box[2], focused(page)


def test_a_walk_without_a_mouse(visit: Visit) -> None:
    """From the situation to an incident, its report, and the entry of the record."""
    page = visit("/").page
    ready(page)
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url("**/incidents")
    ready(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("tr[aria-current]")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/incidents/I-*")
    link = page.get_by_role("link", name="Entry").first
    for _ in range(2 * _STOPS):
        page.keyboard.press("Tab")
        if "Entry" in focused(page):
            break
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/record/*/*")


def test_a_search_begins_with_one_key(visit: Visit) -> None:
    """What is typed then is text: keys do nothing inside a field."""
    page = visit("/").page
    ready(page)
    page.keyboard.press("/")
    page.keyboard.type("gi Aleppo")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=gi+Aleppo")


def test_days_follow_each_other(visit: Visit) -> None:
    """The brackets lead to the day before and after."""
    page = visit("/daily/2016-03-04").page
    ready(page)
    page.keyboard.press("]")
    page.wait_for_url("**/daily/2016-03-05")
    ready(page)
    page.keyboard.press("[")
    page.wait_for_url("**/daily/2016-03-04")


def test_keys_are_told_and_can_be_switched_off(visit: Visit) -> None:
    """A question mark shows them; without them, nothing happens by accident (WCAG 2.1.4)."""
    page = visit("/").page
    ready(page)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Next row of a list")
    dialog.get_by_label("Use single keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    assert page.url.endswith("/")
