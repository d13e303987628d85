"""The tour of a minister, an analyst and a journalist: four questions about 4 March 2016, answered on the pages."""

from playwright.sync_api import expect
from tests.web.browser.conftest import Visit


def test_the_tour(visit: Visit) -> None:
    """Who broke what, and how do you know; which bulletin agrees; what is open, and why; is it on record so."""
    sight = visit("/")
    page = sight.page
    page.get_by_role("link", name="Daily reports").click()
    page.get_by_role("link", name="Friday 4 March 2016").click()

    # Who broke what? What is on record does not bear a breach; that is said, and not rounded.
    expect(page.locator(".lead")).to_contain_text("22 incidents were told of this day.")
    expect(page.locator(".figures .breach .big")).to_have_text("0")
    expect(page.locator(".figures .not_determinable .big")).to_have_text("13")

    # Which bulletin agrees?
    violations = page.locator("section[aria-labelledby=bulletins] tr", has_text="violations")
    russian = violations.filter(has_text="Russian Centre for Reconciliation")
    expect(russian).to_contain_text("27")
    expect(russian).to_contain_text("differs")
    expect(page.locator("section[aria-labelledby=bulletins]")).to_contain_text("United States")

    # What is not determinable, and why?
    gaps = page.locator("section[aria-labelledby=open] table").first
    expect(gaps).to_contain_text("the sources do not say which side attacked")

    # How do you know? The one incident of the day whose author is named.
    page.locator("section[aria-labelledby=open] tr", has_text="Dikmetas").get_by_role(
        "link"
    ).click()
    expect(page.locator("h1")).to_contain_text("Shelling")
    expect(page.locator(".lead")).to_contain_text("It is said to be the work of Türkiye")
    verdict = page.locator("article.not_determinable").first
    verdict.locator("summary").click()
    expect(verdict.locator(".tree")).to_contain_text("not known")

    # Is this page what the record says?
    page.get_by_role("button", name="Check this page against the record").click()
    page.locator("[data-outcome][data-state=good]").wait_for()
    page.get_by_role("link", name="Entry").first.click()
    page.locator("[data-verify][data-ready=holds]").wait_for()
    expect(page.locator("[data-step=cosigned]")).to_contain_text("Neighbour, Guarantor")
    assert sight.complaints == []
