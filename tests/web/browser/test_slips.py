"""What goes wrong in a browser is told, and what stands beside a list or a map keeps up with it."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from tests.web.browser.conftest import Visit

_KEYS = "html[data-keys=ready]"
_BOX = "36.8,36,37.4,36.5"
_MAP_READY = "#atlas[data-ready=true]"


def asked(address: str) -> dict[str, list[str]]:
    """Return the query of an address."""
    return parse_qs(urlsplit(address).query)


def languages(page: Page) -> list[str]:
    """Return where the other languages are."""
    return [str(one.get_attribute("href")) for one in page.locator(".languages a").all()]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("statement.json", b"zz{"),
        ("paper.pdf", b"%PDF-1.7"),
        ("large.json", b"{" + b" " * (1 << 20)),
    ],
)
def test_a_wrong_file_takes_the_verdict_back(
    visit: Visit, tmp_path: Path, name: str, content: bytes
) -> None:
    """An entry is verified from the start; what is dropped then is no reason to go on saying so."""
    page = visit("/record").page
    page.locator("main a[href*='/record/']").first.click()
    page.locator("main table a").first.click()
    page.locator("[data-verify][data-ready=holds]").wait_for()
    (tmp_path / name).write_bytes(content)
    page.set_input_files("#files", tmp_path / name)
    page.locator("[data-verify][data-ready=fails]").wait_for()
    expect(page.locator("[data-part=good]")).to_be_hidden()
    told = page.locator("[data-part=bad]:not([hidden]), [data-part=strange]:not([hidden])")
    expect(told).to_have_count(1)


def test_a_statement_alone_asks_for_its_proof(visit: Visit, tmp_path: Path) -> None:
    page = visit("/record/verify").page
    page.locator("[data-verify]").wait_for()
    (tmp_path / "statement.json").write_bytes(b"{}")
    page.set_input_files("#files", tmp_path / "statement.json")
    expect(page.locator("[data-part=lone]")).to_be_visible()


def test_a_refusal_is_shown_whole(visit: Visit) -> None:
    """A value that no key takes leads to the page that says so, as without scripts."""
    page = visit("/incidents").page
    page.locator(_KEYS).wait_for(state="attached")
    page.locator("#f-killed").fill("99999999999")
    page.get_by_role("button", name="Narrow").click()
    expect(page.locator("main")).to_contain_text("killed__gte")
    assert asked(page.url)["killed__gte"] == ["99999999999"]


def test_languages_follow_a_list_that_was_narrowed(visit: Visit) -> None:
    """The other languages show the same incidents, and what was typed but not asked for is gone."""
    page = visit("/incidents").page
    page.locator(_KEYS).wait_for(state="attached")
    page.locator("#f-q").fill("Homs")
    page.locator(".facets a", has_text="Breach").first.click()
    page.wait_for_url("**verdict=breach**")
    expect(page.locator("#f-q")).to_have_value("")
    assert all(asked(one)["verdict"] == ["breach"] for one in languages(page))
    assert {asked(one)["lang"][0] for one in languages(page)} == {"fr", "ar"}


def test_a_box_is_where_a_map_begins(visit: Visit) -> None:
    """Its list is of what is in sight, and all of it is all of it."""
    page = visit(f"/map?bbox={_BOX}").page
    page.locator(_MAP_READY).wait_for(state="attached")
    sum_ = page.locator(".sum")
    few = sum_.inner_text()
    page.get_by_role("button", name="All of it").click()
    expect(sum_).not_to_have_text(few)
    assert "bbox" not in asked(page.url)
    assert not any("bbox" in one for one in languages(page))


def test_what_cannot_be_fetched_is_not_accused(visit: Visit) -> None:
    """Without a network nothing is said to hold, and nothing to fail."""
    page = visit("/incidents?order=most_reported").page
    page.locator("[data-row] a").first.click()
    page.locator(_KEYS).wait_for(state="attached")
    page.locator("[data-check-all]").click()
    page.locator("[data-outcome][data-state=good]").wait_for()
    page.context.set_offline(True)
    page.locator("[data-check-all]").click()
    page.locator("[data-outcome][data-state=none]").wait_for()
    marks = page.locator("[data-checked]").all_inner_texts()
    assert marks
    assert all("not checked" in one for one in marks)


def test_single_keys_are_where_they_lie_on_an_arabic_keyboard(visit: Visit) -> None:
    page = visit("/incidents?lang=ar").page
    page.locator(_KEYS).wait_for(state="attached")
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', "
        "{key: 'ت', code: 'KeyJ', bubbles: true}))"
    )
    expect(page.locator("[data-row][aria-current=true]")).to_have_count(1)


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("width", [320, 390])
def test_an_open_menu_fits_a_telephone(visit: Visit, width: int, language: str) -> None:
    page = visit("/incidents", language=language, width=width).page
    for menu in page.locator(".menu > summary").all():
        if menu.is_visible():
            menu.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_page_for_good_names_its_state(visit: Visit) -> None:
    """What is cited is a page of one record state, and each former state leads to itself."""
    page = visit("/incidents?order=most_reported").page
    page.locator("[data-row] a").first.click()
    page.locator(_KEYS).wait_for(state="attached")
    link = page.get_by_role("link", name="This page as it is now, for good").first
    assert asked(str(link.get_attribute("href")))["as_of"]
