"""The benchmark of fusion: methods answer, results are kept, targets are compared, tables are written into a page."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks.fusion.answer import Answer, Outcome, outcome
from benchmarks.fusion.case import Case, Method, World, cases
from benchmarks.fusion.command import commanded
from benchmarks.fusion.generator import Generated, Regime, generate
from benchmarks.fusion.kept import Kept
from benchmarks.fusion.meltt_peer import meltt
from benchmarks.fusion.ours import all_labels, ours
from benchmarks.fusion.result import Fused, Results, Rows
from benchmarks.fusion.shown import BEGIN, END, into, markdown, sources, tables
from benchmarks.fusion.splink_peer import single_best_links, splink
from benchmarks.fusion.target import TARGETS, Target

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "fusion-benchmark.md"
WORLD = World(regime=Regime.FRONT, text=False, count=10_000)
CASE = Case(method=Method.OURS, world=WORLD)
OUTCOME = Outcome(
    precision=0.9,
    recall=0.8,
    f1=0.85,
    b3=0.9,
    count_error=0.02,
    seconds=2.0,
    memory_gb=1.0,
    count_low=-0.01,
    count_high=0.04,
)


def scored(answer: Answer, made: Generated) -> Outcome:
    """Return the figures of an answer, which must be about every report."""
    assert answer.group.shape == made.truth.shape
    return outcome(answer, made)


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.filterwarnings("ignore")
def test_splink_answers_for_five_hundred_reports(text: bool) -> None:
    """The peer runs as configured, with and without text, and finds some of the incidents."""
    made = generate(500, Regime.SPREAD, seed=3, text=text)
    found = scored(splink(made), made)
    assert 0.2 < found.f1 < 1
    assert found.pairs_error is not None
    assert found.links_error is None


def test_single_best_links_join_one_report_a_source_from_the_best_pair_down() -> None:
    """The better of two reports of one source is taken, the other stays alone."""
    source = np.array([1, 2, 2, 3])
    ends = np.array([[0, 0, 2, 1], [1, 2, 3, 3]], np.int32)
    found = dict(single_best_links(source, ends, np.array([0.96, 0.94, 0.92, 0.6])))
    assert len(set(found[0.97].tolist())) == 4
    assert len(set(found[0.95].tolist())) == 3
    best = found[0.02]
    assert best[0] == best[1] != best[2] == best[3]


def test_ours_and_the_rule_answer() -> None:
    """Ours says how sure it is, the rule of MELTT does not; ours is better by far."""
    made = generate(2_000, Regime.SPREAD, seed=3)
    found, told, rule = (scored(method(made), made) for method in (ours, all_labels, meltt))
    assert found.f1 > rule.f1 + 0.2
    assert abs(found.f1 - told.f1) < 0.1
    assert found.corroborated is not None
    assert found.covers is not None
    assert rule.covers is None


def test_the_command_is_measured_from_its_start_to_its_end(tmp_path: Path) -> None:
    """It must succeed; its time has the start of Python in it, its memory the libraries."""
    found = commanded(replace(WORLD, count=500), tmp_path / "world")
    assert found.seconds > 0
    assert found.limit > 0
    assert 0.05 < found.memory_gb < 4


def test_a_case_travels_as_json_and_each_is_run_once() -> None:
    """What another process is given is the case itself."""
    every = list(cases(quick=False))
    assert len(set(every)) == len(every)
    assert [Case.from_json(case.as_json()) for case in every] == every


def test_a_result_is_kept_for_the_sources_it_was_measured_with(tmp_path: Path) -> None:
    """The same digest finds it again, another does not, and a fresh start forgets it."""
    path = tmp_path / "bench" / "fusion.jsonl"
    Kept(path, "one").put(CASE.as_json(), asdict(OUTCOME))
    assert Kept(path, "one").get(CASE.as_json()) == asdict(OUTCOME)
    assert Kept(path, "two").get(CASE.as_json()) is None
    assert Kept(path, "one", fresh=True).get(CASE.as_json()) is None


def test_several_seeds_give_a_mean() -> None:
    """Runs that differ in their seed alone are one row."""
    other = replace(CASE, world=replace(WORLD, seed=12))
    results = Results(outcomes={CASE: OUTCOME, other: replace(OUTCOME, f1=0.75)}, fused={})
    (kind,) = results.kinds(sources=12)
    assert results.mean(kind, "f1") == pytest.approx(0.8)
    assert results.mean(kind, "pairs_error") is None
    assert results.of(Method.OURS, "f1", regime=Regime.SPREAD, text=False) is None


def test_figures_of_the_largest_size_are_found_by_the_name_of_their_column() -> None:
    """What is measured apart is printed rows, of which a target reads the last."""
    rows = Rows(
        columns=("reports", "regime", "s"),
        rows=(("1,000", "spread", "1"), ("10,000", "spread", "2.5"), ("10,000", "front", "3,000")),
    )
    assert list(rows.last("s")) == [2.5, 3_000]
    assert Rows.from_json(json.loads(json.dumps(asdict(rows)))) == rows


@pytest.mark.parametrize(("reached", "distance"), [(0.8, 0.05), (0.9, 0), (0.97, 0.02)])
def test_the_distance_of_a_target_is_how_far_outside_its_bounds_it_is(
    reached: float, distance: float
) -> None:
    """Too little and too much both miss."""
    target = Target(name="", where="", reached=lambda _: None, least=0.85, most=0.95)
    assert target.distance(reached) == pytest.approx(distance)


def test_tables_are_written_between_the_marks_of_a_page(tmp_path: Path) -> None:
    """What stands around them stays; writing twice changes nothing."""
    fused = {
        replace(WORLD, count=count): Fused(seconds=s, memory_gb=1.0, limit=0.1, megabytes=1.0)
        for count, s in ((10_000, 1.0), (100_000, 10.0))
    }
    shown = list(tables(Results(outcomes={CASE: OUTCOME}, fused=fused)))
    assert "| 1.00 |" in markdown(shown)
    assert "+2.0% [-1.0%, +4.0%] | 1 of 1" in markdown(shown)
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nwhat was found before\n{END}\nafter\n")
    into(page, shown)
    once = page.read_text()
    into(page, shown)
    assert page.read_text() == once
    assert once.startswith("before\n")
    assert once.endswith("after\n")
    assert "what was found before" not in once
    page.write_text("no marks\n")
    with pytest.raises(ValueError, match="has no"):
        into(page, shown)


def test_every_target_has_a_goal() -> None:
    """A target without a bound could not be missed."""
    assert all(target.least is not None or target.most is not None for target in TARGETS)
    assert len({target.name for target in TARGETS}) == len(TARGETS)


def test_the_page_has_the_sources_as_the_generator_has_them() -> None:
    """The table of the documentation follows from the code."""
    assert "\n".join(markdown([sources()]).splitlines()[2:]) in PAGE.read_text("utf-8")
