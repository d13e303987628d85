"""Feeds: the days on record, well-formed whatever a source wrote, with identifiers that are such."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import polars as pl
import pytest
from starlette.testclient import TestClient
from tests.database.views import view_of
from tests.web.conftest import place_of, reader

from groundtruce.database.backend.open import open_database
from groundtruce.database.load.fill import fill

_SPACE = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def uncounted(reports: Callable[..., pl.DataFrame], tmp_path: Path) -> Iterator[TestClient]:
    """A reader of two incidents, where nobody published a count and a name has signs that XML may not hold."""
    told = reports(
        {"place_name": "Plac\ufffee \uffff𝔄"},
        {
            "kind": "fire.airstrike",
            "occurred_from": "2016-04-09T10:00:00Z",
            "occurred_to": "2016-04-09T11:00:00Z",
        },
    )
    with closing(open_database(f"sqlite:///{tmp_path / 'view.sqlite'}")) as database:
        fill(database, view_of(told))
        with reader(place_of(database)) as one:
            yield one


def feed(client: TestClient, address: str) -> Element:
    """Return a feed."""
    answer = client.get(address)
    assert answer.status_code == 200
    return fromstring(answer.content)


def days(client: TestClient) -> list[str]:
    """Return the days of the feed of daily reports, in its order."""
    found = feed(client, "/daily.atom").findall(f"{_SPACE}entry/{_SPACE}id")
    return [str(one.text).rpartition("/")[2] for one in found]


def test_the_days_are_those_of_the_page(client: TestClient) -> None:
    """Every day on record is there, the newest first, as on the page."""
    page = re.findall(r'href="/daily/([0-9-]{10})', client.get("/daily").text)
    assert days(client) == list(dict.fromkeys(sorted(page, reverse=True)))[:50]


def test_days_need_no_count(uncounted: TestClient) -> None:
    """A day has a report whether or not a party published a bulletin for it."""
    assert days(uncounted) == ["2016-04-09", "2016-03-04"]


def test_signs_that_xml_may_not_hold_are_left_out(uncounted: TestClient) -> None:
    """A feed is well-formed, and all other signs of a name are there."""
    titles = feed(uncounted, "/incidents.atom").findall(f"{_SPACE}entry/{_SPACE}title")
    assert any("Place 𝔄" in str(one.text) for one in titles)


def test_the_identifier_of_a_feed_is_one(uncounted: TestClient) -> None:
    """It and the links hold no sign that an address may not hold."""
    found = feed(uncounted, "/incidents.atom?source=A%20%26%20B%7CC&q=%D8%AD")
    name = found.findtext(f"{_SPACE}id")
    assert name == ("tag:groundtruce.org,2026:feed/incidents?source=A%20%26%20B%7CC&q=%D8%AD")
    links = [one.attrib["href"] for one in found.findall(f"{_SPACE}link")]
    assert all(re.fullmatch(r"[!-{}~]+", one) for one in links)
