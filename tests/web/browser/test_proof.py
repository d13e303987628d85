"""A proof is checked in the page, by the browser alone, and as strictly as the command line does."""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from tests.peers import answer
from tests.web.browser.conftest import Visit

from groundtruce.model.problem import GroundtruceError
from groundtruce.node.checking.proof import verify_file
from groundtruce.node.node import Node

READY = "[data-verify][data-ready={}]"
FILES = ("statement.tlog-proof", "statement.json")


@pytest.fixture(scope="module")
def proof(example_node: Node, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `groundtruce record prove` writes of a report."""
    folder = tmp_path_factory.mktemp("proof") / "out"
    places = example_node.read(example_node.own).entries(100, 101)
    body = next(place.body for place in places)
    assert isinstance(body, bytes)
    from groundtruce.record.tlog.leaf import statement_id

    answer("record", "prove", example_node.path, statement_id(body).hex(), "--out", folder)
    return folder


def dropped(page: Page, *files: Path) -> None:
    """Give files to the page as a reader would."""
    page.locator("[data-verify]").wait_for()
    page.set_input_files("#files", files)


def test_a_real_proof_holds(visit: Visit, proof: Path) -> None:
    """Each step is marked, the cosigners are named, and the statement can be read."""
    sight = visit("/record/verify")
    dropped(sight.page, *(proof / name for name in FILES))
    sight.page.locator(READY.format("holds")).wait_for()
    steps = sight.page.locator("[data-step]:not([hidden])")
    assert [one.get_attribute("data-state") for one in steps.all()] == ["good"] * 7
    expect(sight.page.locator("[data-step=cosigned]")).to_contain_text("Neighbour, Guarantor")
    expect(sight.page.locator("[data-part=said]")).to_contain_text("place_name")
    assert sight.complaints == []


def test_nothing_is_sent_while_it_is_checked(visit: Visit, proof: Path) -> None:
    """The files do not leave the browser, and no server is asked."""
    page = visit("/record/verify").page
    page.locator("[data-verify]").wait_for()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    dropped(page, *(proof / name for name in FILES))
    page.locator(READY.format("holds")).wait_for()
    assert asked == []


@pytest.mark.parametrize(
    ("name", "mark", "step"),
    [
        ("statement.tlog-proof", b"index 100\n", "inclusion"),
        ("statement.tlog-proof", b"extra ", "inclusion"),
        ("statement.json", b'"kind":"', "statement"),
    ],
)
def test_one_changed_byte_is_found(
    visit: Visit, proof: Path, tmp_path: Path, name: str, mark: bytes, step: str
) -> None:
    """Whatever was changed, the step that it breaks is named."""
    content = bytearray((proof / name).read_bytes())
    at = content.index(mark) + len(mark)
    content[at] = ord("B") if content[at] == ord("A") else ord("A")
    changed = tmp_path / name
    changed.write_bytes(content)
    page = visit("/record/verify").page
    dropped(page, *(changed if one == name else proof / one for one in FILES))
    page.locator(READY.format("fails")).wait_for()
    expect(page.locator(f"[data-step={step}]")).to_have_attribute("data-state", "bad")
    expect(page.locator("[data-part=bad]")).to_be_visible()


def test_the_page_is_as_strict_as_the_command(visit: Visit, proof: Path) -> None:
    """Of every changed byte of a proof both say the same."""
    whole, statement = ((proof / name).read_bytes() for name in FILES)
    mechanism = (proof / "mechanism.yaml").read_bytes()
    changed = []
    for at in range(0, len(whole), 13):
        one = bytearray(whole)
        one[at] ^= 1 + at % 127
        changed.append(bytes(one))
    ours = [_holds(one, statement, mechanism) for one in (whole, *changed)]
    page = visit("/record/verify").page
    page.locator("[data-verify]").wait_for()
    theirs = page.evaluate(
        """async ([address, policy, statement, proofs]) => {
          const { verify } = await import(address);
          const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
          const found = [];
          for (const one of proofs) {
            found.push((await verify({ proof: bytes(one), statement: bytes(statement), policy })).holds);
          }
          return found;
        }""",
        [
            page.locator("script[src$='verify.js']").evaluate(
                "one => one.src.replace('verify.js', 'proof.js')"
            ),
            (proof / "policy").read_text("utf-8"),
            b64encode(statement).decode(),
            [b64encode(one).decode() for one in (whole, *changed)],
        ],
    )
    assert theirs == ours
    assert ours[0] is True
    assert ours.count(False) > 50


def _holds(proof: bytes, statement: bytes, mechanism: bytes) -> bool:
    try:
        verify_file("a proof", proof, statement, mechanism)
    except GroundtruceError:
        return False
    return True


def test_a_proof_is_worth_the_keys_that_the_reader_trusts(visit: Visit, proof: Path) -> None:
    """With a quorum of witnesses that did not cosign, the same proof does not hold."""
    page = visit("/record/verify").page
    dropped(page, *(proof / name for name in FILES))
    page.locator(READY.format("holds")).wait_for()
    policy = page.locator("#policy").input_value()
    only = [line for line in policy.split("\n") if line.startswith(("log", "witness Secretariat"))]
    page.locator("details summary", has_text="keys that you trust").click()
    page.locator("#policy").fill("\n".join([*only, "quorum Secretariat", ""]))
    page.locator(READY.format("fails")).wait_for()
    expect(page.locator("[data-step=cosigned]")).to_have_attribute("data-state", "bad")


def test_an_entry_is_checked_as_it_is_opened(visit: Visit, screens: Mapping[str, str]) -> None:
    """The page of an entry fetches its own proof, and says that it holds."""
    sight = visit(screens["entry"])
    sight.page.locator(READY.format("holds")).wait_for()
    assert sight.complaints == []


def test_a_page_says_what_the_record_says(visit: Visit, screens: Mapping[str, str]) -> None:
    """Every report of an incident is compared with its entry, field by field."""
    page = visit(screens["incident"]).page
    page.get_by_role("button", name="Check this page against the record").click()
    page.locator("[data-outcome][data-state=good]").wait_for()
    told = page.locator("[data-checked]").all_inner_texts()
    assert len(told) > 2
    assert all("cosigned by Neighbour, Guarantor" in one for one in told)


def test_a_page_that_says_something_else_is_found_out(
    visit: Visit, site: str, screens: Mapping[str, str]
) -> None:
    """A server that shows another author than the record has is told of."""
    page = visit(None).page

    def lie(route: Route) -> None:
        honest = route.fetch()
        route.fulfill(
            response=honest,
            body=honest.text().replace('data-value="Russian Federation"', 'data-value="Nobody"', 1),
        )

    page.route(f"**{screens['incident']}", lie)
    page.goto(site + screens["incident"])
    page.get_by_role("button", name="Check this page against the record").click()
    page.locator("[data-outcome][data-state=bad]").wait_for()
    expect(page.locator(".warn[data-field=actor]")).to_have_count(1)
