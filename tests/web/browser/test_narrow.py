"""The list of incidents: narrowed and put in order with scripts and without, always as the address says."""

from playwright.sync_api import expect
from tests.web.browser.conftest import Visit


def test_a_facet_narrows_without_leaving_the_place(visit: Visit) -> None:
    """The address follows, the focus stays, the page is not loaded anew, and nothing is complained of."""
    sight = visit("/incidents")
    page = sight.page
    loads: list[str] = []
    page.on("request", lambda one: loads.append(one.resource_type))
    page.locator(".facets a", has_text="Breach").first.click()
    page.wait_for_url("**/incidents?verdict=breach")
    expect(page.locator("#list .lead")).to_contain_text("the verdict is Breach")
    assert "breach" in page.evaluate("document.activeElement.outerHTML")
    assert "fetch" in loads
    assert "document" not in loads
    page.go_back()
    expect(page.locator("#list .lead")).to_contain_text("All incidents on record")
    assert sight.complaints == []


def test_the_same_without_scripts(visit: Visit) -> None:
    """Links and forms do it."""
    page = visit("/incidents", scripts=False).page
    page.locator(".facets a", has_text="Breach").first.click()
    expect(page.locator("#list .lead")).to_contain_text("the verdict is Breach")
    page.get_by_label("From day").fill("2016-03-01")
    page.get_by_role("button", name="Narrow").click()
    assert page.url.endswith("/incidents?verdict=breach&day__gte=2016-03-01") or (
        "verdict=breach" in page.url and "day__gte=2016-03-01" in page.url
    )
    expect(page.locator(".chips li")).to_have_count(3)
    page.locator(".chips a").first.click()
    expect(page.locator(".chips li")).to_have_count(2)


def test_columns_that_are_not_wanted_stay_away(visit: Visit) -> None:
    """A column is hidden on this device, on the next page as well."""
    page = visit("/incidents").page
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("Killed", exact=True).uncheck()
    expect(page.get_by_role("columnheader", name="Killed")).to_be_hidden()
    page.locator("a[rel=next]").click()
    page.wait_for_url("**after=**")
    expect(page.get_by_role("columnheader", name="Killed")).to_be_hidden()


def test_an_unknown_key_is_a_notice_and_no_error(visit: Visit) -> None:
    """What the reader looks at is not lost for a key that nobody knows."""
    page = visit("/incidents?colour=red&verdict=breach").page
    expect(page.locator(".notice")).to_contain_text("colour")
    expect(page.locator("#list .lead")).to_contain_text("the verdict is Breach")
