"""Where pages lead: nowhere that is not there, in one language, and every number to what it counts."""

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.testclient import TestClient

from groundtruce.database.backend.protocol import Database
from groundtruce.model.code import Language, Verdict
from groundtruce.node.node import Node
from groundtruce.node.replay import current_state

HTML = {"accept": "text/html"}
_EACH = 2
"""Addresses of one kind that are followed from each page."""


class Links(HTMLParser):
    """Collects what a page leads to."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an address, or the name of a place on the page."""
        told = dict(attrs)
        self.ids.add(told.get("id") or "")
        address = told.get("href") if tag in ("a", "link") else told.get("src")
        if address:
            self.found.append(address)


def kind(address: str) -> str:
    """Return what kind of address it is: identifiers, days and values left out."""
    parts = urlsplit(address)
    path = re.sub(r"I-[a-z2-7]{12}|\d{4}-\d\d-\d\d|[0-9a-f]{12,}|\b\d+\b", "*", parts.path)
    path = re.sub(r"^/reports/[^.]+", "/reports/*", path)
    return f"{path}?{','.join(sorted({key for key, _ in parse_qsl(parts.query)}))}"


def followed(page: Links) -> Iterator[str]:
    """Yield some addresses of each kind."""
    seen: dict[str, int] = {}
    for address in dict.fromkeys(page.found):
        if address.startswith("/") and seen.setdefault(kind(address), 0) < _EACH:
            seen[kind(address)] += 1
            yield address


def test_no_link_leads_nowhere(client: TestClient, screens: Mapping[str, str]) -> None:
    """What a page leads to is there, on the page itself as well."""
    known: dict[str, int] = {}
    wrong = []
    for name, path in screens.items():
        page = Links(client.get(path, headers=HTML).text)
        for address in followed(page):
            if address not in known:
                known[address] = client.get(address, headers=HTML).status_code
            if known[address] != 200:
                wrong.append((name, address, known[address]))
        wrong += [
            (name, address, 0)
            for address in page.found
            if address.startswith("#") and address[1:] not in page.ids
        ]
    assert wrong == []
    assert len(known) > 100


def test_a_language_that_was_chosen_goes_along(
    client: TestClient, screens: Mapping[str, str]
) -> None:
    """Every link inside the site keeps it; data and files have none."""
    for path in screens.values():
        page = Links(client.get(path, params={"lang": "ar"}, headers=HTML).text)
        lost = [
            address
            for address in page.found
            if address.startswith("/")
            and "lang=" not in address
            and not re.match(
                r"/(static|openapi)|.*\.(csv|json|geojson|parquet|yaml|atom|mvt)", address
            )
            and not re.match(r"/record/[0-9a-f]+/\d+/", address)
        ]
        assert lost == []


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_figure_leads_to_what_it_counts(
    client: TestClient, example_sqlite: Database, verdict: Verdict
) -> None:
    """The number of a day's verdict is the number of the incidents that it leads to."""
    text = client.get("/daily/2016-03-04", headers=HTML).text
    box = re.search(rf'<div class="{verdict.value}">.*?class="big">(.*?)</span>', text, re.DOTALL)
    assert box is not None
    link = re.search(r'href="([^"]+)">(\d+)', box[1])
    if link is None:
        assert box[1].strip() == "0"
        return
    counted = client.get(link[1].replace("&amp;", "&"), headers=HTML).text
    assert f"<strong>{link[2]} incidents.</strong>" in counted


def test_an_incident_that_moved_is_explained(
    client: TestClient, screens: Mapping[str, str]
) -> None:
    """Who asked for a former identifier is told what became of it."""
    page = client.get(screens["incident"], params={"was": "I-aaaaaaaaaaaa"}, headers=HTML).text
    assert "You asked for" in page
    assert "I-aaaaaaaaaaaa" in page


def test_a_former_state_says_so(client: TestClient, example_node: Node) -> None:
    """A page of another record state names it and leads to the present one; links keep to the state."""
    digest = current_state(example_node).digest
    page = client.get("/", params={"as_of": digest[:12]}, headers=HTML).text
    assert "You see the record as it was" in page
    links = [one for one in Links(page).found if one.startswith("/incidents")]
    assert links
    assert all(f"as_of={digest[:12]}" in one for one in links)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/incidents/I-aaaaaaaaaaaa", 404),
        ("/daily/2016-02-31", 404),
        ("/incidents?day__gte=x", 400),
    ],
)
def test_an_error_is_a_page_in_the_language(
    client: TestClient, path: str, status: int, language: Language
) -> None:
    """It says what happened and what to do, and leads back."""
    answer = client.get(path, headers={**HTML, "accept-language": language.value})
    assert answer.status_code == status
    assert f'<html lang="{language.value}" dir="{language.direction}">' in answer.text
    assert ("Check" in answer.text or "Look" in answer.text or "Give" in answer.text) is (
        language is Language.ENGLISH
    )
    assert 'href="/"' in answer.text


def test_the_list_of_data_is_that_of_the_server(client: TestClient) -> None:
    """The page about data names every path of the OpenAPI document, and no other."""
    told = set()
    page = client.get("/api", headers=HTML).text
    for path, forms in re.findall(r'dir="ltr">(/[^<]*)</bdi></td><td>(.*?)</td>', page):
        told |= {f"{path}.{one}" for one in re.findall(r'">\.(\w+)<', forms)}
    paths = client.get("/openapi.json").json()["paths"]
    offered = {re.sub(r"{(?!day)\w+}", "{id}", path) for path in paths}
    beside = {"/incidents.atom", "/daily.atom", "/agreement.yaml"}
    assert told == (offered | beside) - {"/health", "/metrics", "/agreement/{id}.json"}
