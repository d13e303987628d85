"""The map in a browser: map, period and list narrow each other, by mouse and by keyboard, and without scripts too."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.effort import LONGEST_WAIT_MS
from tests.web.browser.conftest import Visit, weighed
from tools.chromium import PROGRAM

_COUNT = re.compile(r"\d+")


def ready(page: Page) -> None:
    """Wait until the live map has drawn."""
    page.locator("#atlas[data-ready]").wait_for(state="attached")


def shown(page: Page, days: str) -> None:
    """Wait until the map shows a period, as `2016-03-04/2016-03-10`."""
    page.locator(f'#atlas[data-shown="{days}"]').wait_for(state="attached")
    page.locator("#map-list:not([aria-busy])").wait_for(state="attached")


def count(page: Page) -> int:
    """Return how many incidents the list says are in sight."""
    found = _COUNT.search(page.locator(".sum").inner_text())
    assert found is not None
    return int(found[0])


def query(page: Page) -> dict[str, list[str]]:
    """Return the state that the address names."""
    return parse_qs(urlsplit(page.url).query)


def test_map_becomes_ready_without_a_complaint(visit: Visit) -> None:
    """The live map takes the place of the still one; nothing is blocked, missing or thrown."""
    sight = visit("/map")
    ready(sight.page)
    expect(sight.page.locator("#still-map")).to_be_hidden()
    expect(sight.page.locator("#live-map canvas")).to_be_visible()
    assert sight.complaints == []


def test_nothing_comes_from_elsewhere(visit: Visit, site: str) -> None:
    """Every request of the map goes to the server of the page."""
    sight = visit("/accessibility")
    asked: list[str] = []
    sight.page.on("request", lambda request: asked.append(request.url))
    sight.page.goto(f"{site}/map")
    ready(sight.page)
    assert any("/tiles/" in one for one in asked)
    assert [one for one in asked if not one.startswith((site, "blob:", "data:"))] == []


def test_brushing_narrows_list_and_map(visit: Visit) -> None:
    """A period taken with the slider stands in the address, and list and map show it alone."""
    sight = visit("/map")
    ready(sight.page)
    whole = count(sight.page)
    slider = sight.page.get_by_role("slider", name="From day")
    slider.focus()
    for _ in range(5):
        sight.page.keyboard.press("ArrowRight")
    shown(sight.page, "2016-02-06/2016-03-31")
    sight.page.get_by_role("slider", name="To day").focus()
    sight.page.keyboard.press("Home")
    shown(sight.page, "2016-02-01/2016-02-01")
    assert query(sight.page) == {"day__gte": ["2016-02-01"], "day__lte": ["2016-02-01"]}
    assert 0 < count(sight.page) < whole
    sight.page.get_by_role("button", name="Whole time").click()
    shown(sight.page, "2016-02-01/2016-03-31")
    assert (count(sight.page), query(sight.page)) == (whole, {})
    assert sight.complaints == []


def test_dragging_over_the_drawing_takes_its_days(visit: Visit) -> None:
    """What is dragged over becomes the period."""
    sight = visit("/map")
    ready(sight.page)
    chart = sight.page.locator('[data-role="chart"]')
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    sight.page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    sight.page.mouse.down()
    sight.page.mouse.move(box["x"] + box["width"] * 0.75, middle, steps=4)
    sight.page.mouse.up()
    shown(sight.page, "2016-03-02/2016-03-17")


def test_keys_move_the_period_and_can_be_switched_off(visit: Visit) -> None:
    """`]` and `[` move a period as wide as it is; who switched single keys off is left alone."""
    sight = visit("/map?day__gte=2016-03-04&day__lte=2016-03-06")
    ready(sight.page)
    sight.page.keyboard.press("]")
    shown(sight.page, "2016-03-05/2016-03-07")
    sight.page.keyboard.press("[")
    shown(sight.page, "2016-03-04/2016-03-06")
    sight.page.evaluate("localStorage.setItem('groundtruce.keys.off', 'yes')")
    sight.page.keyboard.press("]")
    sight.page.evaluate("localStorage.removeItem('groundtruce.keys.off')")
    sight.page.keyboard.press("]")
    shown(sight.page, "2016-03-05/2016-03-07")


def test_play_runs_to_the_end_and_pauses(visit: Visit) -> None:
    """The space bar plays; at the last day it stops by itself."""
    sight = visit("/map?day__gte=2016-03-29&day__lte=2016-03-29")
    ready(sight.page)
    play = sight.page.get_by_role("button", name="Play")
    sight.page.locator("#main").focus()
    sight.page.keyboard.press("Space")
    expect(play).to_have_attribute("aria-pressed", "true")
    shown(sight.page, "2016-03-31/2016-03-31")
    expect(play).to_have_attribute("aria-pressed", "false")


def test_an_incident_is_picked_by_keyboard(visit: Visit) -> None:
    """Enter on a row looks at the incident: the claim appears, the address names it, the focus stays."""
    sight = visit("/map")
    ready(sight.page)
    row = sight.page.locator(".spots a").nth(2)
    incident = row.get_attribute("data-incident")
    row.focus()
    sight.page.keyboard.press("Enter")
    expect(sight.page.locator(f'[data-picked="{incident}"]')).to_be_visible()
    assert query(sight.page) == {"sel": [incident]}
    expect(sight.page.locator(f'.spots [data-incident="{incident}"]')).to_be_focused()
    sight.page.get_by_role("link", name="Look away").click()
    expect(sight.page.locator("[data-picked]")).to_have_count(0)
    assert query(sight.page) == {}


def test_moving_the_map_narrows_the_list(visit: Visit) -> None:
    """The buttons move the map without dragging, and the list shows what is in sight."""
    sight = visit("/map")
    ready(sight.page)
    whole = count(sight.page)
    for name in ("Closer", "Closer", "West"):
        sight.page.get_by_role("button", name=name, exact=True).click()
    expect(sight.page.locator(".sum")).not_to_contain_text(str(whole))
    assert 0 < count(sight.page) < whole
    assert re.search(r"#\d+(\.\d+)?/\d", sight.page.url)
    sight.page.get_by_role("button", name="All of it").click()
    expect(sight.page.locator(".sum")).to_contain_text(str(whole))


def test_an_address_is_a_state(visit: Visit) -> None:
    """Filters, period, incident and part of the map come back from the address alone."""
    first = visit("/map?verdict=breach&day__gte=2016-03-01&day__lte=2016-03-10")
    ready(first.page)
    first.page.locator(".spots a").first.click()
    expect(first.page.locator("[data-picked]")).to_be_visible()
    address = first.page.url
    again = visit(address[address.index("/map") :])
    ready(again.page)
    assert again.page.url == address
    assert count(again.page) == count(first.page) == 2
    expect(again.page.locator("[data-picked]")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_nothing_keeps_people_out(visit: Visit, language: str, colours: str) -> None:
    """axe finds nothing against WCAG 2.2 AA on the live map, in either direction and both colour schemes."""
    sight = visit("/map", language=language, colours=colours)
    ready(sight.page)
    sight.page.locator(".spots a").first.click()
    expect(sight.page.locator("[data-picked]")).to_be_visible()
    assert sight.barriers() == []
    assert sight.complaints == []


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_page_stands_without_scripts(visit: Visit, language: str) -> None:
    """A still map with names, the drawing of the period with its figures, a form and the list."""
    sight = visit("/map?verdict=breach", language=language, scripts=False)
    page = sight.page
    expect(page.locator("#still-map svg").first).to_be_visible()
    expect(page.locator("#still-map .names text").first).to_be_visible()
    expect(page.locator(".bars svg rect").first).to_be_visible()
    assert page.locator(".spots li").count() == count(page)
    expect(page.locator("#map-tools")).to_be_hidden()
    page.locator('input[name="day__gte"]').fill("2016-03-01")
    page.locator(".period form button").click()
    assert query(page)["day__gte"] == ["2016-03-01"]
    assert query(page)["verdict"] == ["breach"]
    page.locator(".spots a").first.click()
    expect(page.locator("[data-picked]")).to_be_visible()


def test_the_page_fits_a_telephone(visit: Visit) -> None:
    """At 320 pixels nothing is wider than the screen."""
    sight = visit("/map", width=320)
    ready(sight.page)
    assert sight.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_still_map_is_light(visit: Visit, site: str) -> None:
    """Without the live map, the page and all that it loads is under 50 kB as it is sent."""
    sight = visit(None, scripts=False)
    with weighed(sight.page) as sizes:
        sight.page.goto(f"{site}/map", wait_until="networkidle")
    assert 0 < sum(sizes) <= 50_000


def test_without_webgl_the_still_map_stays(chromium: Browser, site: str) -> None:
    """A browser that cannot draw the live map keeps the still one, the period and the list."""
    weak = chromium.browser_type.launch(
        executable_path=PROGRAM,
        args=["--no-sandbox", "--disable-gpu", "--disable-3d-apis"],
        timeout=LONGEST_WAIT_MS,
    )
    page = weak.new_page()
    page.set_default_timeout(LONGEST_WAIT_MS)
    page.goto(f"{site}/map")
    page.locator("#atlas[data-failed]").wait_for(state="attached")
    expect(page.locator("#still-map")).to_be_visible()
    expect(page.locator("#map-tools")).to_be_hidden()
    page.get_by_role("button", name="Later").click()
    expect(page.locator(".sum")).not_to_contain_text("598")
    assert query(page)["day__gte"] == ["2016-02-01"]
    weak.close()


def test_a_reader_who_saves_data_is_asked_first(chromium: Browser, site: str) -> None:
    """The library is loaded when the reader says so."""
    context = chromium.new_context(extra_http_headers={"Save-Data": "on"})
    context.set_default_timeout(LONGEST_WAIT_MS)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/map", wait_until="networkidle")
    assert not any("maplibre" in one for one in asked)
    page.get_by_role("button", name="Load the live map").click()
    ready(page)
    context.close()
