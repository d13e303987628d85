"""Live fusion: a report that arrives is placed at once, by what the batch would see of it."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from benchmarks.fusion.generator import Regime, generate
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import examples
from tests.fusion.worlds import ROW, table

from groundtruce.fusion.clustering.group import Groups
from groundtruce.fusion.clustering.independence import exclude_copies
from groundtruce.fusion.clustering.probability import link_probability
from groundtruce.fusion.features.encode import encode
from groundtruce.fusion.fuse import Linked, link
from groundtruce.fusion.incremental import live as live_module
from groundtruce.fusion.incremental.insert import CELL_CROWD
from groundtruce.fusion.incremental.live import Live, Placed
from groundtruce.fusion.matching.candidates import find_candidates
from groundtruce.fusion.matching.score import FLOOR, Neighbourhood, Scale
from groundtruce.fusion.matching.source_bias import correct_bias
from groundtruce.fusion.method import FusionMethod

METHOD = FusionMethod()
HOW = METHOD.clustering


def plainly(reports: pl.DataFrame, linked: Linked, arrived: pl.DataFrame) -> Placed:
    """Place one report by the sweep and the scores of the batch, and the formula of a move."""
    every = pl.concat([reports, arrived])
    encoded = correct_bias(encode(every, linked.model.common), linked.model.habits)
    place = np.empty(every.height, np.int64)
    place[encoded.row] = np.arange(every.height)
    moved, new = place[linked.reports.row], int(place[-1])
    original = np.arange(every.height)
    original[moved] = moved[linked.original]
    near = find_candidates(exclude_copies(encoded, original))
    pairs = np.concatenate(
        [np.zeros((2, 0), np.int32), *(some.copy() for part in near for some in part.pairs())],
        axis=1,
    )
    pairs = pairs[:, (pairs == new).any(axis=0)]
    other = np.where(pairs[0] == new, pairs[1], pairs[0])
    degree = np.zeros(every.height, np.int64)
    degree[moved] = linked.around.degree
    degree[new] = (encoded.source[other] != encoded.source[new]).sum()
    around = Neighbourhood(degree=degree, sample=pairs[:, :0])
    scale = Scale.of(encoded, around, linked.model)
    edges = scale.score(pairs)
    kept = edges.ratio + edges.prior >= FLOOR
    standing = np.full(every.height, -1)
    standing[moved] = linked.groups.group
    counted = linked.groups.group[linked.original == np.arange(reports.height)]
    once = scale.once
    found = []
    for group in sorted(set(standing[other[kept]].tolist())):
        own = kept & (standing[other] == group)
        many = int((counted == group).sum())
        members = np.nonzero((standing == group) & (original == np.arange(every.height)))[0]
        if once[new] >= 0 and (once[members] == once[new]).any():
            continue
        mean = (edges.ratio[own].sum() + HOW.missing * (many - own.sum())) / many
        joint = mean * many**HOW.growth_moving + edges.prior[own].mean()
        found.append((-float(joint), group, many))
    found.sort()
    best = -found[0][0] if found else -np.inf
    if best <= HOW.stop + 1e-9:
        return Placed(reports.height, 1, -np.inf, best, len(other), linked.model.mean_size)
    second = -found[1][0] if len(found) > 1 else -np.inf
    return Placed(found[0][1], found[0][2] + 1, best, second, len(other), linked.model.mean_size)


def alike(ours: Placed, plain: Placed) -> None:
    """Fail unless both place a report alike, with equal evidence."""
    assert ours.neighbours == plain.neighbours
    assert (ours.group, ours.size) == (plain.group, plain.size)
    assert (ours.stay, ours.leave) == pytest.approx((plain.stay, plain.leave), abs=1e-5)


@examples(10)
@given(
    rows=st.lists(ROW, min_size=4, max_size=40),
    text=st.booleans(),
    late=st.integers(1, 3),
)
def test_a_report_is_placed_by_what_the_batch_sees(
    rows: list[dict[str, object]], text: bool, late: int
) -> None:
    """Small worlds with poles, the antimeridian and every precision."""
    reports = table(rows, text=text)
    known = reports[:-late]
    linked = link(known, METHOD)
    for at in range(late):
        arrived = reports[known.height + at :][:1]
        live = Live(known, linked, METHOD)
        alike(live.insert(live.read(arrived)), plainly(known, linked, arrived))


@pytest.mark.parametrize("text", [False, True], ids=["plain", "text"])
def test_compiled_insertion_places_as_the_batch_sees(text: bool) -> None:
    """A sparse world that is large enough for the compiled form, in which no cell is crowded."""
    reports = generate(8_000, Regime.SPARSE, seed=21, text=text).reports
    known, arrived = reports[:-12], reports[-12:]
    linked = link(known, METHOD)
    for at in range(arrived.height):
        live = Live(known, linked, METHOD)
        read = live.read(arrived)
        alike(live.insert(read, at), plainly(known, linked, arrived[at : at + 1]))


def test_probability_is_that_of_a_link() -> None:
    """In company and alone."""
    groups = Groups(
        group=np.array([0, 0, 0, 3]),
        stay=np.array([2.0, 1.0, 0.5, -np.inf]),
        leave=np.array([-np.inf, -1.0, 0.0, -2.0]),
    )
    expected = link_probability(groups, 1.7)
    for at, size in ((0, 3), (1, 3), (2, 3), (3, 1)):
        placed = Placed(0, size, float(groups.stay[at]), float(groups.leave[at]), 9, 1.7)
        assert placed.probability == pytest.approx(float(expected[at]))


def world(count: int = 300) -> tuple[pl.DataFrame, Linked, Live]:
    """Return a small fused set, live."""
    reports = generate(count, Regime.SPREAD, seed=8).reports
    linked = link(reports, METHOD)
    return reports, linked, Live(reports, linked, METHOD)


def told(row: pl.DataFrame, **fields: Sequence[object]) -> pl.DataFrame:
    """Return one row as often as there are values of the fields."""
    many = len(next(iter(fields.values())))
    return pl.concat([row] * many).with_columns(
        **{name: pl.Series(values, dtype=row.schema[name]) for name, values in fields.items()}
    )


def test_what_was_inserted_is_seen_and_what_stands_stays() -> None:
    """Reports of a place of their own find each other; the linked set is as it was."""
    reports, linked, live = world()
    before = linked.groups.group.copy()
    far = reports.filter(pl.col("location_radius_m") == 500, pl.col("actor").is_not_null())[:1]
    far = far.with_columns(lat=pl.lit(-50.0), lon=pl.lit(-70.0))
    read = live.read(told(far, report_id=["N1", "N2"], source=["monitor-one", "party-south"]))
    first, second = live.insert(read, 0), live.insert(read, 1)
    assert (first.group, first.size) == (reports.height, 1)
    assert (second.group, second.size) == (reports.height, 2)
    assert len(live) == reports.height + 2
    assert (linked.groups.group == before).all()


def test_new_names_renumber_and_outdate_what_was_read() -> None:
    """A source, a party and a kind that never occurred take their places, and nothing is mistaken."""
    reports, linked, live = world()
    read = live.read(told(reports[:1], report_id=["N0"]))
    new = told(
        reports[5:6], report_id=["N1"], source=["a newcomer"], actor=["A side"], kind=["fire"]
    )
    fresh = live.read(new)
    with pytest.raises(ValueError, match="renumbered"):
        live.insert(read)
    alike(live.insert(fresh), plainly(reports, linked, new))


def test_vectors_longer_than_any_are_refused() -> None:
    """What would change how all others are encoded cannot be placed among them."""
    _, _, live = world()
    arrived = generate(300, Regime.SPREAD, seed=8, text=True).reports[:1]
    with pytest.raises(ValueError, match="repair"):
        live.read(arrived)


def test_room_is_made_as_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Far more insertions than there was room for are placed as where there was room from the start."""
    reports, linked, roomy = world()
    monkeypatch.setattr(live_module, "_ROOM", 4)
    cramped = Live(reports, linked, METHOD)
    rest = generate(400, Regime.SPREAD, seed=9).reports
    first, second = (
        [live.insert(read, at) for at in range(rest.height)]
        for live, read in ((roomy, roomy.read(rest)), (cramped, cramped.read(rest)))
    )
    assert first == second
    assert len(cramped) == reports.height + rest.height


def test_a_crowd_is_cut_off() -> None:
    """Thousands of reports of one place and day: a further one is compared with a bounded number."""
    base = generate(50, Regime.SPREAD, seed=1).reports[:1]
    count = 3_000
    crowd = told(
        base,
        report_id=[f"C{number}" for number in range(count)],
        source=[f"S{number % 40}" for number in range(count)],
    )
    live = Live(crowd, link(crowd, METHOD), METHOD)
    read = live.read(told(base, report_id=["N1", "N2"], source=["S0", "S1"]))
    assert live.insert(read, 0).neighbours <= CELL_CROWD
    assert live.insert(read, 1).neighbours <= CELL_CROWD + 1


def test_nothing_is_a_beginning() -> None:
    """A set without reports takes in the first ones."""
    reports = generate(40, Regime.SPREAD, seed=1).reports
    live = Live(reports[:0], link(reports[:0], METHOD), METHOD)
    read = live.read(reports)
    placed = [live.insert(read, at) for at in range(reports.height)]
    assert placed[0].size == 1
    assert any(one.size > 1 for one in placed)
