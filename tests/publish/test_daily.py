"""The daily report: figures that chain, words in three languages, and nothing from outside."""

import csv
import io
import json
import re
import subprocess
import sys
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import cast

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from groundtruce.cli.pipeline import compute_view
from groundtruce.language.words import Words
from groundtruce.model.code import Language, Verdict
from groundtruce.model.problem import GroundtruceError
from groundtruce.model.table import INCIDENTS
from groundtruce.publish.daily import DailyReport, daily_report
from groundtruce.publish.exports import write_report_csv, write_report_geojson, write_report_json
from groundtruce.publish.page import render_report_page
from groundtruce.publish.pdf import render_pdf
from groundtruce.view.view import View

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "syria-2016"
TERMS = EXAMPLE.parents[1] / "agreements" / "syria-2016-02"
DAY = date(2016, 3, 4)
QUIET_DAY = date(2016, 3, 5)


@pytest.fixture(scope="module")
def view() -> View:
    """Everything computed from the worked example."""
    made, _ = compute_view(
        [EXAMPLE / "reports.csv"],
        TERMS / "agreement.yaml",
        [EXAMPLE / "counts.csv"],
        None,
        lambda step: None,
    )
    return made


@pytest.fixture(scope="module")
def report(view: View) -> DailyReport:
    """The report of 4 March 2016."""
    return daily_report(view, DAY)


def test_figures_chain_from_day_to_day(view: View) -> None:
    """What a report says of the day before is what that day's report says of itself."""
    day = date(2016, 2, 28)
    before = daily_report(view, day).day.today
    while day < date(2016, 3, 31):
        day += timedelta(days=1)
        report = daily_report(view, day)
        assert report.day.previous == before
        assert (
            sum(report.day.today.verdicts.values())
            == report.day.today.incidents
            == len(report.entries)
        )
        before = report.day.today


def test_the_short_day_of_the_clock_change_is_whole(view: View) -> None:
    """25 March 2016 had 23 hours in Damascus; its incidents are on that day and on no other."""
    report = daily_report(view, date(2016, 3, 25))
    assert report.day.today.incidents > 0
    spans = {entry.occurred_to - entry.occurred_from for entry in report.entries}
    assert max(spans) == timedelta(hours=23)


def test_the_bulletins_stand_beside_the_mechanisms_own(report: DailyReport) -> None:
    """The figures of 4 March are those published; the other guarantor's silence is told."""
    told = {(one.source, one.measure): one.count for one in report.day.bulletins}
    assert told["Russian Centre for Reconciliation", "violations"] == 27
    assert told["Syrian Network for Human Rights", "violations"] == 37
    assert report.day.silent_guarantors == ("United States",)


def test_a_day_without_incidents_is_no_report(view: View) -> None:
    """Silence of the sources is not calm."""
    with pytest.raises(GroundtruceError, match="2017"):
        daily_report(view, date(2017, 1, 1))


class _Reader(HTMLParser):
    """Collects what a page loads, its headings, and whether its elements close."""

    VOID = frozenset({"meta", "link", "br", "img", "hr", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.headings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        if tag in ("script", "link", "img", "iframe"):
            self.loads.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


@pytest.mark.parametrize("language", list(Language))
def test_a_page_is_well_formed_and_loads_nothing(report: DailyReport, language: Language) -> None:
    """One file without script or outside address, with its language, direction and one h1."""
    page = render_report_page(report, language)
    reader = _Reader()
    reader.feed(page)
    assert reader.open == []
    assert reader.loads == []
    assert reader.headings.count("h1") == 1
    assert f'<html lang="{language.value}" dir="{language.direction}">' in page
    assert not re.search(r"(src|url)\s*[=(]\s*['\"]?https?:", page)
    assert len(page.encode()) < 120_000


@pytest.mark.parametrize("language", [Language.FRENCH, Language.ARABIC])
def test_no_english_sentence_is_left(report: DailyReport, language: Language) -> None:
    """Every sentence of the interface is translated; the sources' own words may be English."""
    page = render_report_page(report, language)
    for sentence in (
        "incidents were told",
        "Not determinable",
        "against the day before",
        "Told by",
    ):
        assert sentence not in page


def test_the_catalogues_are_complete() -> None:
    """Each sentence of code and templates has a translation in each language."""
    tool = ROOT / "tools" / "messages.py"
    run = subprocess.run(
        [sys.executable, tool, "--check"], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("language", list(Language))
def test_a_pdf_is_the_same_bytes_twice(view: View, language: Language) -> None:
    """The same page gives the same PDF; it is tagged, in its language, with its own fonts.

    The page is that of a day with few incidents: each part of it is there, the list of incidents is short.
    """
    page = render_report_page(daily_report(view, QUIET_DAY), language)
    first = render_pdf(page)
    assert first == render_pdf(page)
    reader = PdfReader(io.BytesIO(first))
    root = cast("DictionaryObject", reader.trailer["/Root"])
    assert "/StructTreeRoot" in root
    assert str(root["/Lang"]) == language.value
    assert "/CreationDate" not in (reader.metadata or {})
    assert {name for name in _fonts(reader) if not name.startswith("Noto-Sans")} == set()


def _fonts(reader: PdfReader) -> set[str]:
    """Return the names of the fonts of all pages, without the mark of a subset."""
    fonts = set()
    for page in reader.pages:
        resources = cast("dict[str, dict[str, DictionaryObject]]", page["/Resources"])
        for font in resources["/Font"].values():
            described = cast("DictionaryObject", font.get_object())
            fonts.add(str(described["/BaseFont"]).partition("+")[2])
    return fonts


def test_text_from_sources_is_escaped(view: View) -> None:
    """A place name cannot become markup."""
    import polars as pl

    hostile = view.incidents.with_columns(place_name=pl.lit("<script>alert(1)</script>"))
    attacked = view.with_tables({INCIDENTS: hostile})
    for language in Language:
        page = render_report_page(daily_report(attacked, DAY), language)
        assert "<script>" not in page
        assert "&lt;script&gt;" in page


def test_the_exports_say_the_same(report: DailyReport) -> None:
    """CSV, GeoJSON and JSON hold the incidents of the page."""
    rows = list(csv.DictReader(io.StringIO(write_report_csv(report).decode())))
    whole = json.loads(write_report_json(report))
    features = json.loads(write_report_geojson(report))["features"]
    ids = [entry.incident_id for entry in report.entries]
    assert [row["incident_id"] for row in rows] == ids
    assert [one["incident_id"] for one in whole["incidents"]] == ids
    assert [one["id"] for one in features] == [
        entry.incident_id for entry in report.entries if entry.place is not None
    ]
    assert whole["today"]["breach"] == report.day.today.verdicts[Verdict.BREACH]
    assert all(len(one["assessments"]) == len(report.day.clauses) for one in whole["incidents"])
    for feature in features:
        lon, lat = feature["geometry"]["coordinates"]
        assert -180 <= lon <= 180
        assert -90 <= lat <= 90


@pytest.mark.parametrize("language", list(Language))
def test_no_clause_is_left_out(report: DailyReport, language: Language) -> None:
    """What is not assessed stands in the page and in the data, each with its reason."""
    words = Words(language, report.agreement)
    page = render_report_page(report, language)
    whole = json.loads(write_report_json(report))
    told = {one["clause_id"] for one in whole["clauses"]}
    assert told.isdisjoint(one["clause_id"] for one in whole["clauses_not_assessed"])
    told |= {one["clause_id"] for one in whole["clauses_not_assessed"]}
    assert told == {clause.id for clause in report.agreement.clauses}
    for clause in report.agreement.clauses:
        assert clause.title[language] in page
        if clause.act is None:
            assert words.not_assessed(clause) in page
