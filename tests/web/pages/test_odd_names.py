"""Names and identifiers of whatever form sources give them: each can be reached, chosen, counted and taken along."""

import re
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient
from tests.database.views import view_of
from tests.web.conftest import place_of, reader

from groundtruce.database.backend.dialect import DIALECTS, SQLITE
from groundtruce.database.backend.open import open_database
from groundtruce.database.load.fill import fill
from groundtruce.intake.read import read_reports

HTML = {"accept": "text/html"}
_IDS = ("A/1", "B#2 x?", "تقرير 3", "D%q", "E.v1", "F+6", 'G"7"')
_SOURCES = ("SOHR", "Src|Pipe", "الرصد", "S  4", "unknown", "S,6", "x" * 450)
_ACTORS = ("Free Army, Other", "unknown", "Free  Army", "A|B", "", "Y" * 390, "Z" * 410)


@pytest.fixture(scope="module", params=DIALECTS, ids=[dialect.name for dialect in DIALECTS])
def client(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """A reader of a view whose every name is odd, in each database."""
    path = tmp_path_factory.mktemp("odd") / "reports.csv"
    _write(path)
    if request.param is SQLITE:
        url = f"sqlite:///{path.with_name('view.sqlite')}"
    else:
        url = request.getfixturevalue("postgres").database()
    with closing(open_database(url)) as database:
        fill(database, view_of(read_reports([path]).in_order()))
        with reader(place_of(database)) as one:
            yield one


def _write(path: Path) -> None:
    lines = ["report_id,source,occurred_from,occurred_to,lat,lon,kind,actor,involved"]
    for day, (name, source, actor) in enumerate(zip(_IDS, _SOURCES, _ACTORS, strict=True), 1):
        cells = [name, source, f"2016-03-0{day}T10:00:00Z", f"2016-03-0{day}T11:00:00Z"]
        cells += ["36", f"4{day}", "fire.shelling", actor, "IS"]
        lines.append(",".join('"{}"'.format(cell.replace('"', '""')) for cell in cells))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("name", _IDS)
def test_every_report_is_reached(client: TestClient, name: str) -> None:
    """By its identifier, percent-encoded, as a page in any language and as data."""
    spelt = f"/reports/{quote(name, safe='')}"
    assert client.get(spelt, headers=HTML).status_code == 200
    assert client.get(f"{spelt}?lang=fr", headers=HTML).headers["content-language"] == "fr"
    assert client.get(f"{spelt}.json").json()["report"]["report_id"] == name


def test_pages_lead_to_every_report(client: TestClient) -> None:
    """The links of the list open what they name."""
    page = client.get("/reports", headers=HTML).text
    links = {unescape(one) for one in re.findall(r'href="(/reports/[^"]*)"', page)}
    assert len(links) == len(_IDS)
    for link in links:
        assert client.get(link, headers=HTML).status_code == 200, link


def test_lists_go_on_from_any_identifier(client: TestClient) -> None:
    """Page by page each report comes once."""
    after, seen = None, []
    while True:
        query = {"limit": "1"} | ({"after": after} if after else {})
        page = client.get("/reports.json", params=query).json()
        seen += [row["report_id"] for row in page["rows"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(seen) == sorted(_IDS)


@pytest.mark.parametrize(("key", "names"), [("source", _SOURCES), ("actor", _ACTORS)])
def test_what_is_counted_is_what_is_sent(
    client: TestClient, key: str, names: tuple[str, ...]
) -> None:
    """A name chooses as many on the list, in the head of a table and in its rows, and at least one."""
    for name in names:
        if not 0 < len(name) <= 400:
            continue
        total = client.get("/incidents.json", params={key: name}).json()["total"]
        lines = client.get("/incidents.csv", params={key: name}).text.splitlines()
        rows = [line for line in lines if not line.startswith("#")][1:]
        assert total == len(rows) > 0, name
        assert f"# rows: {total}" in lines


def test_every_choice_that_is_offered_chooses_as_many_as_it_says(client: TestClient) -> None:
    """The facets of the page lead to lists of so many; a name that no address takes is not offered."""
    page = client.get("/incidents", headers=HTML)
    assert page.status_code == 200
    found = re.findall(
        r'<a href="(/incidents\?(?:actor|source)=[^"]*)".*?<span class="n">(\d+)</span>', page.text
    )
    assert len(found) >= 10
    for address, count in found:
        answer = client.get(unescape(address).replace("/incidents?", "/incidents.json?"))
        assert answer.json()["total"] == int(count), address


def test_a_page_bears_as_many_values_as_an_address(client: TestClient) -> None:
    query = "&".join(f"source=s{number}" for number in range(100))
    assert client.get(f"/incidents?{query}", headers=HTML).status_code == 200
