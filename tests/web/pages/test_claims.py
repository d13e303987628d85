"""What pages say of an incident and of what was chosen: as strong as the sources, whole, and safe."""

from dataclasses import replace

import pytest

from groundtruce.database.backend.protocol import Database
from groundtruce.database.filters.filters import Filters
from groundtruce.database.query.incident import Incident, Order, list_incidents
from groundtruce.database.query.report import read_reports_of
from groundtruce.language.words import Words
from groundtruce.model.code import Language
from groundtruce.view.view import View
from groundtruce.web.http.url import LIST, Address
from groundtruce.web.wording.field_reports import report_fields
from groundtruce.web.wording.phrase import chips, claim, filter_sentence


@pytest.fixture
def words(example_view: View) -> Words:
    """English, for the example."""
    return Words(Language.ENGLISH, example_view.agreement)


@pytest.fixture
def incident(example_sqlite: Database) -> Incident:
    """The incident with most reports."""
    return list_incidents(example_sqlite, Filters(), Order.MOST_REPORTED, None, 1).rows[0]


def test_one_source_reports_and_two_agree(words: Words, incident: Incident) -> None:
    """The words follow the number of independent sources, and nothing is said to have happened."""
    one = claim(words, replace(incident, n_independent=1))
    two = claim(words, replace(incident, n_independent=2))
    assert one.startswith("One source, or sources that copy it, reports:")
    assert two.startswith("Independent sources report consistently:")


def test_an_author_is_alleged_or_open(words: Words, incident: Incident) -> None:
    """Who is named by a source is accused; where none is named, nobody is."""
    assert "that is an allegation" in claim(words, replace(incident, actor="Russian Federation"))
    open_author = claim(words, replace(incident, actor=None, involved=("IS", "SDF")))
    assert "No source says who did it; involved were" in open_author


def test_an_unknown_number_is_not_zero(words: Words, incident: Incident) -> None:
    """No figure is said to be no figure."""
    silent = claim(words, replace(incident, killed_low=None, killed_high=None))
    none = claim(words, replace(incident, killed_low=0, killed_high=0))
    assert "No source says how many were killed." in silent
    assert "Killed, by the figures of the sources" in none


def test_names_from_outside_are_text(words: Words, incident: Incident) -> None:
    """What a source calls a place is shown, and never run."""
    told = claim(words, replace(incident, place_name="<script>alert(1)</script>"))
    assert "&lt;script&gt;" in told
    assert "<script>" not in told


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "All incidents on record."),
        (
            "kind=fire.mortar&kind=fire.shelling&verdict=breach",
            "Incidents of which this holds: what happened is <bdi>Mortar fire</bdi> or <bdi>Shelling</bdi> "
            "and the verdict is <bdi>Breach</bdi>.",
        ),
        (
            "day__gte=2016-03-04&day__lte=2016-03-04",
            "Incidents of which this holds: it was on <bdi>4 March 2016</bdi>.",
        ),
        (
            "weapon=unknown",
            "Incidents of which this holds: the weapon is <bdi>not known</bdi>.",
        ),
    ],
)
def test_filters_read_as_one_sentence(words: Words, query: str, sentence: str) -> None:
    """Values of one key widen, keys narrow."""
    address = Address.read("/incidents", query, LIST)
    assert filter_sentence(words, address.filters) == sentence


def test_each_chip_takes_one_value_back(words: Words) -> None:
    """Language and order stay, the page begins anew."""
    query = "kind=fire.mortar&kind=fire.shelling&order=oldest&after=7&lang=en"
    address = Address.read("/incidents", query, LIST)
    assert [(one.text, one.without) for one in chips(words, address)] == [
        ("What happened: Mortar fire", "/incidents?kind=fire.shelling&order=oldest&lang=en"),
        ("What happened: Shelling", "/incidents?kind=fire.mortar&order=oldest&lang=en"),
    ]


def test_fields_name_who_said_what_and_who_was_silent(
    words: Words, incident: Incident, example_sqlite: Database
) -> None:
    """Each value stands with its sources; those that say nothing are counted."""
    reports = read_reports_of(example_sqlite, [incident.incident_id])
    for told in report_fields(words, incident, reports):
        sources = [source for one in told.said for source in one.sources]
        assert set(sources) <= {report.source for report in reports}
        assert told.silent <= len(reports)
        assert bool(told.said) is (told.silent < len(reports))


def test_coordinates_without_a_name_are_a_place(
    words: Words, incident: Incident, example_sqlite: Database
) -> None:
    """Who gives coordinates said where it was; who gives neither these nor a name is silent."""
    given = read_reports_of(example_sqlite, [incident.incident_id])[0]
    unnamed = replace(given, place_name=None, lat=36.2, lon=-37.1, location_radius_m=1000.0)
    nowhere = replace(unnamed, lat=None, lon=None, location_radius_m=None)
    known = replace(incident, place_name=None, lat=36.2, lon=-37.1, location_radius_m=None)
    told = report_fields(words, known, [unnamed, nowhere])
    (where,) = (one for one in told if one.name == "Where")
    point = '<bdi class="id" dir="ltr">36.2000, -37.1000</bdi>'
    assert where.fused == point
    assert [one.text for one in where.said] == [f"{point} (<bdi>± 1 km</bdi>)"]
    assert where.silent == 1
