"""The app as a reader meets it: tags, forms, refusals, the files of the record, and nothing written."""

import gzip
import json
from threading import Thread

import pytest
from fastapi import APIRouter
from starlette.testclient import TestClient
from tests.web.conftest import files_below, place_of, reader

from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.protocol import Database
from groundtruce.node.node import Node
from groundtruce.web.app import create_app
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import page
from groundtruce.web.http.url import LIST
from groundtruce.web.state.settings import Limits, Settings

_LISTS = ("/incidents", "/reports")


def test_who_has_an_answer_is_sent_nothing(client: TestClient) -> None:
    """The tag is that of the view and the address; another address has another."""
    first = client.get("/incidents.json?kind=fire")
    again = client.get(
        "/incidents.json?kind=fire", headers={"If-None-Match": first.headers["etag"]}
    )
    other = client.get(
        "/incidents.json?kind=civilians", headers={"If-None-Match": first.headers["etag"]}
    )
    assert (first.status_code, again.status_code, other.status_code) == (200, 304, 200)
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"] != other.headers["etag"]


def test_equal_states_have_equal_tags(client: TestClient) -> None:
    """However the address was written."""
    one = client.get("/incidents.json?kind=fire&weapon=mortar&order=oldest")
    other = client.get("/incidents.json?order=oldest&weapon=mortar&q=&kind=fire")
    assert one.headers["etag"] == other.headers["etag"]


@pytest.mark.parametrize("ending", [".json", ".csv", ".parquet", ".geojson"])
@pytest.mark.parametrize("path", _LISTS)
def test_every_form_has_the_same_rows(client: TestClient, path: str, ending: str) -> None:
    """One query, four forms."""
    query = "?kind=fire.airstrike&day__lte=2016-03-10"
    counted = client.get(f"{path}.json{query}").json()["total"]
    answer = client.get(f"{path}{ending}{query}")
    if ending == ".csv":
        rows = int(answer.text.partition("\n")[0].removeprefix("# rows: "))
    elif ending == ".geojson":
        rows = len(answer.json()["features"])
    elif ending == ".parquet":
        import polars as pl

        rows = pl.read_parquet(answer.content).height
    else:
        rows = answer.json()["total"]
    assert rows == counted > 0


def test_pages_of_a_list_hold_every_row_once(client: TestClient) -> None:
    """`next` leads on, and null is the end."""
    found: list[str] = []
    after = ""
    while True:
        content = client.get(f"/incidents.json?limit=100{after}").json()
        found += [row["incident_id"] for row in content["rows"]]
        if content["next"] is None:
            break
        after = f"&after={content['next']}"
    assert len(found) == len(set(found)) == content["total"]


def test_an_unknown_key_is_refused_in_the_words_of_the_catalogue(client: TestClient) -> None:
    """A program is told; what it meant to narrow is not silently widened."""
    answer = client.get("/incidents.csv?kinds=fire")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    content = answer.json()
    assert content["code"] == "query.unknown_key"
    assert content["type"].endswith(":problem/query.unknown_key")
    assert "kinds" in content["detail"]
    assert content["instance"] == "/incidents.csv"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_person_is_told_on_a_page(client: TestClient, language: str) -> None:
    """In their language, with what to do next."""
    headers = {"Accept": "text/html", "Accept-Language": language}
    answer = client.get("/nowhere", headers=headers)
    assert answer.status_code == 404
    assert answer.headers["content-language"] == language
    assert f'lang="{language}"' in answer.text
    assert "/nowhere" in answer.text


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/incidents/I-aaaaaaaaaaaa.json", 404, "web.unknown"),
        ("/incidents/%00.json", 404, "web.missing"),
        ("/reports/none.json", 404, "web.unknown"),
        ("/agreement/none.json", 404, "web.unknown"),
        ("/daily/2016-3-4.json", 404, "web.unknown"),
        ("/daily/1999-01-01.json", 404, "web.unknown"),
        ("/incidents.json?after=1~I-aaaaaaaaaaa1", 400, "query.bad_value"),
        ("/incidents.json?as_of=0123456789", 404, "web.state"),
        ("/nowhere.json", 404, "web.missing"),
    ],
)
def test_what_is_not_there_is_said(client: TestClient, path: str, status: int, code: str) -> None:
    """Every refusal is one of the catalogue."""
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_nothing_can_be_written(client: TestClient, example_node: Node) -> None:
    """No method but those that read is answered, and reading leaves the record as it was."""
    before = files_below(example_node.public)
    for path in ("/incidents.json", "/", "/checkpoint", "/add-checkpoint", "/static/x/site.css"):
        for method in ("PUT", "PATCH", "DELETE", "POST"):
            assert client.request(method, path).status_code in (404, 405)
    for path in ("/incidents.csv", "/record.json", "/record/states.json", "/health"):
        assert client.get(path).status_code == 200
    assert files_below(example_node.public) == before


@pytest.mark.parametrize("path", ["/incidents.json", "/incidents.csv", "/checkpoint", "/nowhere"])
def test_head_is_get_without_the_body(client: TestClient, path: str) -> None:
    """Status and type are those of GET."""
    asked, got = client.head(path), client.get(path)
    assert asked.status_code == got.status_code
    assert asked.headers["content-type"] == got.headers["content-type"]
    assert asked.headers["content-security-policy"] == got.headers["content-security-policy"]
    assert asked.content == b""


def test_answers_travel_packed_where_that_is_taken(client: TestClient) -> None:
    """And as they are where it is not."""
    with client.stream("GET", "/facets.json", headers={"Accept-Encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
    plain = client.get("/facets.json", headers={"Accept-Encoding": "identity"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(packed) == plain.content
    assert len(packed) < len(plain.content) / 2


def test_files_of_the_record_are_served_beside_the_pages(
    client: TestClient, example_node: Node
) -> None:
    """Whole or in part, and tiles for good."""
    checkpoint = client.get("/checkpoint")
    assert checkpoint.content == (example_node.public / "checkpoint").read_bytes()
    tile = next(iter((example_node.public / "tile").rglob("*.p/*")))
    path = f"/{tile.relative_to(example_node.public)}"
    part = client.get(path, headers={"Range": "bytes=3-9"})
    assert (part.status_code, part.content) == (206, tile.read_bytes()[3:10])
    assert "immutable" in part.headers["cache-control"]
    assert client.get("/../private/heads.sqlite").status_code == 404


def test_before_there_is_a_view_everything_says_so(example_node: Node) -> None:
    """The record is served all the same."""
    place = place_of(open_database("sqlite:///not-there.sqlite"), example_node)
    with reader(place) as one:
        assert one.get("/checkpoint").status_code == 200
        assert one.get("/health").status_code == 503
        answer = one.get("/incidents.json")
        assert (answer.status_code, answer.json()["code"]) == (503, "web.preparing")
        assert answer.headers["retry-after"]


def test_a_fault_is_told_by_a_reference(example_place: Settings) -> None:
    """And by nothing else: no trace, no value."""
    router = APIRouter()

    @page(router, "/broken")
    def broken(context: Context) -> str:
        raise RuntimeError("a secret value")

    app = create_app(example_place, quiet=True)
    app.include_router(router)
    answer = TestClient(app, raise_server_exceptions=False).get("/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "web.fault")
    assert "secret" not in answer.text
    assert answer.headers["content-security-policy"]


def test_a_page_goes_on_without_a_key_that_it_does_not_take(example_place: Settings) -> None:
    """With a notice in the reader's language, which is part of the page's tag."""
    router = APIRouter()

    @page(router, "/noticed", LIST)
    def noticed(context: Context) -> str:
        return "; ".join(context.notices)

    app = create_app(example_place, quiet=True)
    app.include_router(router)
    one = TestClient(app)
    plain, told = one.get("/noticed?kind=fire"), one.get("/noticed?kind=fire&sort=up")
    assert plain.text == ""
    assert "“sort”" in told.text
    assert plain.headers["etag"] != told.headers["etag"]


def test_only_so_many_tables_are_sent_at_a_time(
    example_sqlite: Database, example_node: Node
) -> None:
    """One more is told to come again; when they have ended there is room."""
    limits = Limits(exports=1, requests_per_second=1e6, burst=1e6)
    one = reader(place_of(example_sqlite, example_node, limits))
    core = one.app.state.core  # type: ignore[attr-defined]
    with core.exports:
        refused = one.get("/incidents.csv")
        assert (refused.status_code, refused.json()["code"]) == (503, "web.busy")
    for _ in range(3):
        assert one.get("/incidents.csv").status_code == 200
        assert one.get("/incidents.csv?q=%00").status_code == 400


def test_readers_at_the_same_time_get_the_same(client: TestClient) -> None:
    """Threads share what is kept."""
    found: set[bytes] = set()
    threads = [
        Thread(target=lambda: found.add(client.get("/facets.json?kind=fire").content))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1


def test_feeds_are_atom(client: TestClient) -> None:
    """Each entry has a permanent id, a title in the language, and a link to its page."""
    from xml.etree.ElementTree import fromstring

    space = "{http://www.w3.org/2005/Atom}"
    for path, least in (("/incidents.atom?kind=fire&lang=fr", 50), ("/daily.atom?lang=fr", 1)):
        answer = client.get(path)
        assert answer.headers["content-type"].startswith("application/atom+xml")
        feed = fromstring(answer.content)
        entries = feed.findall(f"{space}entry")
        assert len(entries) >= least
        assert len({entry.findtext(f"{space}id") for entry in entries}) == len(entries)
        for entry in entries:
            link = entry.find(f"{space}link")
            assert link is not None
            assert link.attrib["href"].endswith("lang=fr")
            assert entry.findtext(f"{space}updated", "").endswith("Z")


def test_figures_are_there_for_prometheus(client: TestClient) -> None:
    """By kind of address, not by address."""
    client.get("/incidents.json?q=Aleppo")
    text = client.get("/metrics").text
    assert 'groundtruce_requests_total{method="GET",route="/incidents.json",status="200"}' in text
    assert "Aleppo" not in text


def test_what_is_described_is_what_is_answered(client: TestClient) -> None:
    """The incident of the list and of its own address are one."""
    row = client.get("/incidents.json?limit=1").json()["rows"][0]
    own = client.get(f"/incidents/{row['incident_id']}.json").json()
    assert own["incident"] == row
    assert len(own["reports"]) == row["n_reports"]
    assert json.dumps(own["basis"]["view"])
