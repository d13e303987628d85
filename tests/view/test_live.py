"""Reports that just arrived, in the view at once: where they stand, and what is said of their incidents."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from benchmarks.fusion.generator import Regime, generate
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.effort import examples

from groundtruce.agreement.document import parse_agreement
from groundtruce.compliance.assess import assess
from groundtruce.fusion.clustering.independence import ALIKE, Accounts
from groundtruce.fusion.features.encode import encode
from groundtruce.fusion.fuse import link, weigh_links
from groundtruce.fusion.matching.model import FusionModel
from groundtruce.fusion.merging.incident import consolidate
from groundtruce.fusion.method import FusionMethod
from groundtruce.view.live import LiveView
from groundtruce.view.project.reports import ENTRIES
from groundtruce.view.view import Inputs, LinkedView, Terms, compute

AGREEMENT = Path(__file__).resolve().parents[2] / "agreements" / "syria-2016-02" / "agreement.yaml"
NO_ENTRIES = pl.DataFrame(schema=ENTRIES)


_WORDS = [
    first + last
    for first in ("sha", "kor", "mel", "tib")
    for last in ("ran", "dul", "fez", "pim", "gos")
]


def wordings(incidents: NDArray[np.int64]) -> list[str | None]:
    """Return what reports of these incidents say: the same word for word, half of it in other words, or nothing."""
    chance = np.random.default_rng(5)
    of_incident = {int(number): chance.choice(_WORDS, 16) for number in np.unique(incidents)}
    texts: list[str | None] = []
    for number in incidents.tolist():
        own = np.where(chance.random(16) < 0.5, of_incident[number], chance.choice(_WORDS, 16))
        texts.append((" ".join(of_incident[number]), " ".join(own), None)[chance.integers(3)])
    return texts


@cache
def world() -> pl.DataFrame:
    """Synthetic reports of a front, some of each incident word for word the same across sources."""
    made = generate(600, Regime.FRONT, seed=5, text=False)
    texts = pl.Series(wordings(made.truth), dtype=pl.String)
    return made.reports.with_columns(text=texts).sort("report_id")


@cache
def copying_sources() -> tuple[tuple[str, str], ...]:
    """Return pairs of sources of which reports agree in every field."""
    encoded = encode(world())
    fields = Accounts.of(encoded).fields.with_columns(
        source=np.array(encoded.source_names)[encoded.source]
    )
    pairs = fields.join(fields, on=ALIKE).filter(pl.col("source") < pl.col("source_right"))
    return tuple(pairs.select("source", "source_right").unique().sort(pl.all()).iter_rows())


@cache
def terms() -> Terms:
    content = AGREEMENT.read_bytes()
    return Terms(parse_agreement("the agreement", content), content)


def replayed(reports: pl.DataFrame) -> LinkedView:
    """Return what a replay of these reports would give."""
    return compute(Inputs(reports=reports, terms=terms()))


def recount(reports: pl.DataFrame, links: pl.DataFrame, model: FusionModel) -> pl.DataFrame:
    """Return the incidents that the batch makes of reports in the groups of these links."""
    linked = link(reports, replace(FusionMethod(), model=model))
    row = linked.reports.row
    links = links.sort("report_id")
    number = links["incident_id"].rank("dense").to_numpy().astype(np.int64)
    probability = links["probability"].to_numpy()
    voice, _ = weigh_links(
        reports, replace(linked, groups=replace(linked.groups, group=number[row]))
    )
    return consolidate(
        reports[row].with_columns(
            group=pl.Series(number[row]),
            voice=pl.Series(voice),
            probability=pl.Series(probability[row]),
        )
    )


@examples(4)
@given(st.integers(0, 2**16), st.integers(1, 40), st.integers(0, 9))
def test_live_and_replayed_incidents_count_the_same_voices(
    seed: int, number: int, copying: int
) -> None:
    """Whatever came, independent sources and corroboration are those that the batch finds in the same groups."""
    shuffled = world().sample(fraction=1.0, shuffle=True, seed=seed)
    come, stood = shuffled[:number], shuffled[number:].sort("report_id")
    before = replayed(stood)
    model = replace(before.linked.model, copying=copying_sources()[:copying])
    live = LiveView(replace(before, linked=replace(before.linked, model=model)))
    arrived = live.arrive(come, NO_ENTRIES).view
    touched = arrived.links["report_id"].implode()
    links = pl.concat(
        [before.view.links.filter(~pl.col("report_id").is_in(touched)), arrived.links]
    )
    counted = ["incident_id", "n_reports", "n_independent", "corroboration_probability"]
    batch = recount(shuffled.sort("report_id"), links, model).select(counted)
    shown = arrived.incidents.select(counted)
    assert shown.equals(batch.join(shown.select("incident_id"), on="incident_id").sort(pl.all()))


def test_the_worlds_of_these_tests_have_copies() -> None:
    """There are reports that agree in every field, and more voices where neither these nor texts are known."""
    assert len(copying_sources()) > 3
    spoken = replayed(world()).view.incidents["n_independent"].sum()
    silent = world().with_columns(text=pl.lit(None, pl.String))
    assert spoken < replayed(silent).view.incidents["n_independent"].sum()


def test_a_text_word_for_word_raises_no_corroboration() -> None:
    """A second outlet that posts a text of the incident is no second voice: live as after a replay."""
    first = world()[:1].with_columns(
        report_id=pl.lit("ZZ-A"),
        text=pl.lit("Shells hit the market square at dusk and killed three people."),
    )
    other = next(name for name in world()["source"].unique().sort() if name != first["source"][0])
    second = first.with_columns(report_id=pl.lit("ZZ-B"), source=pl.lit(other))
    stood = pl.concat([world()[1:], first]).sort("report_id")
    counted = []
    for view in (
        LiveView(replayed(stood)).arrive(second, NO_ENTRIES).view,
        replayed(pl.concat([stood, second]).sort("report_id")).view,
    ):
        links = dict(view.links.select("report_id", "incident_id").iter_rows())
        assert links["ZZ-A"] == links["ZZ-B"]
        incident = view.incidents.filter(pl.col("incident_id") == links["ZZ-B"])
        counted.append((incident["n_reports"].item(), incident["n_independent"].item()))
    assert counted[0] == counted[1]
    assert counted[0][1] < counted[0][0]


@examples(6)
@given(st.integers(0, 2**16), st.integers(1, 9), st.integers(1, 3))
def test_an_incident_is_told_from_all_of_its_reports(seed: int, number: int, steps: int) -> None:
    """Those that stood and those that came, in however many steps; each report stands in one incident."""
    shuffled = world().sample(fraction=1.0, shuffle=True, seed=seed)
    come, stood = shuffled[: number * steps], shuffled[number * steps :].sort("report_id")
    before = replayed(stood)
    live = LiveView(before)
    links = dict(before.view.links.select("report_id", "incident_id").iter_rows())
    for step in range(steps):
        some = come[step * number : (step + 1) * number]
        arrived = live.arrive(some, NO_ENTRIES)
        named = set(arrived.view.incidents["incident_id"])
        for report_id in arrived.view.links["report_id"]:
            if report_id in links:
                assert links[report_id] in set(arrived.former)
        links |= dict(arrived.view.links.select("report_id", "incident_id").iter_rows())
        assert set(some["report_id"]) <= set(arrived.view.links["report_id"])
        # nothing but the touched incidents names one that went
        assert not (set(arrived.former) - named) & set(links.values())
        told = arrived.view.incidents.select("incident_id", pl.col("report_ids").str.split("|"))
        for incident_id, ids in told.iter_rows():
            assert sorted(ids) == sorted(
                one for one, where in links.items() if where == incident_id
            )
        assert arrived.view.assessments.equals(assess(arrived.view.incidents, terms().agreement))
        assert set(arrived.view.reports["report_id"]) == set(arrived.view.links["report_id"])


def test_most_reports_stand_where_a_replay_puts_them() -> None:
    """Of ten that came, some seven stand with the same others as after a replay, which sees all together."""
    come, stood = (
        world()[::12],
        world().filter(~pl.col("report_id").is_in(world()[::12]["report_id"].implode())),
    )
    before = replayed(stood)
    settled = replayed(world()).view.links
    with_whom = dict(
        settled.join(settled, on="incident_id")
        .group_by("report_id")
        .agg("report_id_right")
        .iter_rows()
    )
    same = 0
    for one in come.iter_slices(1):
        fresh = LiveView(before).arrive(one, NO_ENTRIES).view
        others = set(fresh.links["report_id"]) & set(stood["report_id"])
        same += others == set(with_whom[one["report_id"][0]]) & set(stood["report_id"])
    assert same >= 0.7 * come.height


def test_a_report_that_is_here_is_known() -> None:
    """What becomes of two that say it is for a replay to tell."""
    come, stood = world()[:3], world()[3:]
    live = LiveView(replayed(stood))
    assert not live.knows(come)
    assert live.knows(stood[5:6])
    live.arrive(come, NO_ENTRIES)
    assert live.knows(come[1:2])


def test_a_copy_raises_no_corroboration() -> None:
    """Of two sources that copy each other, one voice speaks."""
    base = {
        "report_id": "r1",
        "source": "one",
        "occurred_from": datetime(2016, 3, 4, 10, tzinfo=UTC),
        "occurred_to": datetime(2016, 3, 4, 11, tzinfo=UTC),
        "lat": 36.2,
        "lon": 37.1,
        "location_radius_m": 500.0,
        "kind": "fire.mortar",
    }
    rows = pl.DataFrame([base | {"report_id": "r1"}, base | {"report_id": "r2", "source": "two"}])
    told = world().clear()
    reports = pl.concat([told, rows], how="diagonal_relaxed").select(told.columns)
    stood = replayed(reports[:1])
    for copying, voices in (((), 2), ((("one", "two"),), 1)):
        model = replace(stood.linked.model, copying=copying)
        linked = replace(stood.linked, model=model)
        arrived = LiveView(replace(stood, linked=linked)).arrive(reports[1:], NO_ENTRIES)
        (incident,) = arrived.view.incidents.iter_rows(named=True)
        assert (incident["n_reports"], incident["n_independent"]) == (2, voices)


@pytest.mark.parametrize("vectors", [9])
def test_longer_vectors_are_left_to_a_replay(vectors: int) -> None:
    """They change how all others are read."""
    live = LiveView(replayed(world()[3:]))
    odd = world()[:1].with_columns(text_vector=pl.Series([[1.0] * vectors]))
    with pytest.raises(ValueError, match="repair"):
        live.arrive(odd, NO_ENTRIES)
