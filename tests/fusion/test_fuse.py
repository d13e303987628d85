"""Fusion: one incident out of many reports, the same whatever the order, never by force."""

from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import examples

from groundtruce.fusion.clustering.probability import pair_probability
from groundtruce.fusion.fuse import fuse
from groundtruce.fusion.matching.candidates import CROWD
from groundtruce.fusion.method import FusionMethod

Reports = Callable[..., pl.DataFrame]
METHOD = FusionMethod()


def groups(reports: pl.DataFrame) -> set[frozenset[str]]:
    """Return which reports stand together."""
    links = fuse(reports, METHOD).links
    return {frozenset(ids) for ids in links.group_by("incident_id").agg("report_id")["report_id"]}


def test_two_sources_on_one_event_make_one_incident(reports: Reports) -> None:
    """Same day, place, kind and actor: one incident with two independent sources."""
    fused = fuse(
        reports(
            {
                "source": "A",
                "actor": "X",
                "killed_low": "1",
                "killed_best": "2",
                "killed_high": "3",
            },
            {"source": "B", "actor": "X", "kind": "fire.mortar", "killed_best": "3"},
        ),
        METHOD,
    )
    (incident,) = fused.incidents.to_dicts()
    assert incident["n_reports"] == incident["n_independent"] == 2
    assert incident["kind"] == "fire.mortar"
    assert (incident["killed_low"], incident["killed_high"]) == (1, 3)
    assert incident["contradictions"] is None
    assert incident["actor_probability"] == 1


def test_disagreeing_casualties_stay_a_range_and_are_named(reports: Reports) -> None:
    """Figures that exclude each other are both kept."""
    fused = fuse(
        reports(
            {"source": "A", "actor": "X", "location_radius_m": "500", "killed_best": "2"},
            {"source": "B", "actor": "X", "location_radius_m": "500", "killed_best": "9"},
        ),
        METHOD,
    )
    (incident,) = fused.incidents.to_dicts()
    assert (incident["killed_low"], incident["killed_high"]) == (2, 9)
    assert incident["contradictions"] == "killed"


def test_copies_are_not_corroboration(reports: Reports) -> None:
    """Sources of one group count once."""
    fused = fuse(
        reports(
            {"source": "A", "source_group": "agency", "actor": "X"},
            {"source": "B", "source_group": "agency", "actor": "X"},
        ),
        METHOD,
    )
    assert fused.incidents["n_independent"].to_list() == [1]


@pytest.mark.parametrize(
    "other",
    [
        {"lat": "35.0"},
        {"occurred_from": "2016-03-06T00:00:00Z", "occurred_to": "2016-03-07T00:00:00Z"},
        {"kind": "access.convoy_refused"},
        {"source": "A"},
    ],
    ids=["elsewhere", "later", "another kind", "same source"],
)
def test_what_differs_beyond_its_precision_stays_apart(
    reports: Reports, other: dict[str, str]
) -> None:
    """Conservative linking: a clear difference keeps two incidents."""
    found = groups(reports({"source": "A", "actor": "X"}, {"source": "B", "actor": "X", **other}))
    assert len(found) == 2


def test_another_accused_makes_a_link_less_probable(reports: Reports) -> None:
    """Sources that accuse two parties may tell of one event, and are less surely one."""
    pairs = [
        fuse(reports({"source": "A", "actor": "X"}, {"source": "B", "actor": actor}), METHOD)
        for actor in ("X", "Y")
    ]
    same, other = (pair_probability(one.linked.edges).max() for one in pairs)
    assert other < same - 0.1


def test_a_coarse_place_among_many_is_no_sure_link(reports: Reports) -> None:
    """A report of a whole province among eight incidents of the day is linked to one with little probability."""
    many = [{"source": "A", "lat": f"{36 + step / 20}", "actor": "X"} for step in range(8)]
    vague = {"source": "B", "location_radius_m": "80000", "actor": "X", "report_id": "vague"}
    fused = fuse(reports(*many, vague), METHOD)
    (link,) = fused.links.filter(pl.col("report_id") == "vague").to_dicts()
    alone = fused.links.filter(pl.col("incident_id") == link["incident_id"]).height == 1
    assert alone or link["probability"] < 0.3


def test_reports_without_place_or_with_a_year_are_incidents_of_their_own(reports: Reports) -> None:
    """What is too vague to link is kept, not dropped."""
    found = groups(
        reports(
            {"source": "A", "lat": None, "lon": None},
            {"source": "B", "occurred_to": "2017-03-04T00:00:00Z"},
            {"source": "C"},
        )
    )
    assert len(found) == 3


@pytest.mark.parametrize("lon", ["179.999", "-179.999"])
def test_the_antimeridian_and_the_pole_are_no_edges(reports: Reports, lon: str) -> None:
    """Two points a few hundred metres apart link across the antimeridian and near the pole."""
    for lat in ("0.5", "89.99"):
        found = groups(
            reports(
                {"source": "A", "lat": lat, "lon": lon, "actor": "X"},
                {"source": "B", "lat": lat, "lon": "-179.9995", "actor": "X"},
            )
        )
        assert len(found) == 1


def test_contradicting_actors_are_listed_with_a_share(reports: Reports) -> None:
    """Where most agree, the dissenting name stays visible."""
    rows = [
        {"source": name, "actor": actor, "killed_best": "17", "location_radius_m": "500"}
        for name, actor in (("A", "X"), ("B", "X"), ("C", "Y"))
    ]
    fused = fuse(reports(*rows), METHOD)
    merged = fused.incidents.filter(pl.col("n_reports") == 3)
    if merged.height:
        assert merged["contradictions"].to_list() == ["actor"]
        assert merged["actor_probability"].to_list() == [pytest.approx(2 / 3, abs=1e-3)]
    else:
        assert fused.incidents["n_reports"].sort().to_list() == [1, 2]


_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "source": st.sampled_from("ABCD"),
            "lat": st.sampled_from(["36.20", "36.21", "36.25", "36.5"]),
            "location_radius_m": st.sampled_from(["500", "3000", "25000", "90000"]),
            "kind": st.sampled_from(["fire", "fire.shelling", "fire.mortar", "civilians.attack"]),
            "actor": st.sampled_from([None, "X", "Y"]),
            "killed_best": st.sampled_from([None, "0", "3"]),
        }
    ),
    min_size=1,
    max_size=12,
)


@examples(15)
@given(rows=_ROWS, seed=st.randoms(use_true_random=False))
def test_order_never_matters_and_every_report_is_linked_once(
    reports: Reports, rows: list[dict[str, str | None]], seed: object
) -> None:
    """Any permutation gives equal tables; links and incidents agree with each other."""
    table = reports(*rows)
    first = fuse(table, METHOD)
    shuffled = table.sample(fraction=1, shuffle=True, seed=seed.randint(0, 2**31))  # type: ignore[attr-defined]
    second = fuse(shuffled, METHOD)
    assert first.links.equals(second.links)
    assert first.incidents.equals(second.incidents)
    assert sorted(first.links["report_id"]) == sorted(table["report_id"])
    assert first.incidents["n_reports"].sum() == table.height
    assert first.links["probability"].is_between(0, 1).all()
    for ids in first.incidents["report_ids"].str.split("|"):
        chosen = table.filter(pl.col("report_id").is_in(ids.to_list()))
        assert chosen["source"].n_unique() == chosen.height


def test_a_crowd_at_one_point_and_minute_stays_bounded(reports: Reports) -> None:
    """Twenty thousand reports of one point: the pairs grow with the reports, not with their square."""
    base = reports({"source": "A"})
    count = 20_000
    crowd = pl.concat([base] * count).with_columns(
        report_id=pl.Series([f"R{n:05}" for n in range(count)]),
        source=pl.Series([f"S{n % 50}" for n in range(count)]),
    )
    fused = fuse(crowd, METHOD)
    assert len(fused.linked.edges) <= count * CROWD
    assert fused.links.height == count
