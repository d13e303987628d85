"""HTTP by the letter: methods, caches, encodings, and addresses that mean no harm and do none."""

import pytest
from starlette.testclient import TestClient
from tests.web.conftest import place_of, reader

from groundtruce.database.backend.protocol import Database

HTML = {"accept": "text/html"}


@pytest.mark.parametrize("path", ["/incidents", "/incidents.json", "/", "/static/x/site.css"])
@pytest.mark.parametrize("method", ["POST", "OPTIONS", "DELETE"])
def test_what_may_be_asked_is_said(client: TestClient, path: str, method: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert {one.strip() for one in answer.headers["allow"].split(",")} == {"GET", "HEAD"}


@pytest.mark.parametrize("path", ["/incidents.json", "/incidents", "/static/x/site.css"])
def test_what_an_answer_varies_with_is_said_in_each(client: TestClient, path: str) -> None:
    """A cache that learns from a 304 must not give packed bytes to all."""
    first = client.get(path, headers=HTML)
    again = client.get(path, headers={**HTML, "If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["vary"] == first.headers["vary"]
    assert "Accept-Encoding" in first.headers["vary"]


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip", True), ("br, GZIP;q=0.5", True), ("gzip;q=0, identity", False), ("identity", False)],
)
@pytest.mark.parametrize("path", ["/incidents", "/ground/x/0/0/0.mvt"])
def test_packed_is_what_is_taken_so(
    client: TestClient, path: str, accepted: str, *, packed: bool
) -> None:
    answer = client.get(path, headers={**HTML, "Accept-Encoding": accepted})
    assert ("content-encoding" in answer.headers) is packed


def test_any_tag_is_held_only_of_what_is_there(client: TestClient) -> None:
    any_tag = {**HTML, "If-None-Match": "*"}
    assert client.get("/incidents", headers=any_tag).status_code == 304
    assert client.get("/incidents/I-zzzzzzzzzzzz", headers=any_tag).status_code == 404


def test_the_length_of_a_table_is_not_known_before_it_is_sent(client: TestClient) -> None:
    answer = client.head("/incidents.csv")
    assert answer.status_code == 200
    assert "content-length" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_figures_name_the_kind_of_address(client: TestClient, method: str) -> None:
    """As its route does, and never as it was asked for."""
    client.request(method, "/incidents/I-zzzzzzzzzzzz", headers=HTML)
    client.request(method, "/incidents/I-zzzzzzzzzzzz.json")
    told = client.get("/metrics").text
    assert f'method="{method}",route="/incidents/{{incident_id}}"' in told
    assert f'method="{method}",route="/incidents/{{incident_id}}.json"' in told
    assert "zzzz" not in told


def test_files_of_the_record_are_not_sent_twice(client: TestClient) -> None:
    first = client.get("/checkpoint")
    again = client.get("/checkpoint", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/2000000000/0/0.mvt",
        f"/tiles/{'9' * 5000}/0/0.mvt",
        "/tiles/17/0/0.mvt",
        "/ground/x/9999999/0/0.mvt",
        f"/ground/x/0/0/{'1' * 5000}.mvt",
        "/daily/0001-01-01",
        "/daily/0001-01-01.json",
        "/daily/9999-12-31",
        "/daily/20160304",
        "/reports/%00",
        "/incidents/%00",
        "/incidents/%00.json",
        "/agreement/%1f",
    ],
)
def test_what_cannot_be_there_is_not_found(example_database: Database, path: str) -> None:
    """In each database, and without a fault: a square is looked for only on a grid that is there."""
    with reader(place_of(example_database)) as client:
        assert client.get(path, headers=HTML).status_code == 404
