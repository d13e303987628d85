"""Live fusion: whatever arrives when, a repair gives what the batch gives on all."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from benchmarks.fusion.generator import Regime, generate
from hypothesis import given, settings
from hypothesis import strategies as st

from groundtruce.fusion.decision import Decision
from groundtruce.fusion.edge import Edges
from groundtruce.fusion.fuse import Linked, link, tables
from groundtruce.fusion.live import repaired
from groundtruce.fusion.method import FusionMethod
from groundtruce.fusion.sweep import CROWD
from groundtruce.model.table import REPORTS

METHOD = FusionMethod()
START = datetime(2016, 3, 1, tzinfo=UTC)
LENGTHS_MIN = {"minute": 1, "hour": 60, "day": 1_440, "week": 10_080, "month": 43_200}
PLACES = [
    (36.2, 37.1),
    (36.21, 37.1),
    (36.25, 37.2),
    (36.6, 37.0),
    (89.99, 10.0),
    (89.98, -170.0),
    (-89.97, 95.0),
    (0.5, 179.99),
    (0.5, -179.99),
    (0.52, 179.8),
]

ROW = st.fixed_dictionaries(
    {
        "source": st.sampled_from("ABCDE"),
        "hour": st.integers(-30, 100),
        "precision": st.sampled_from([*LENGTHS_MIN, "open", "hour", "day"]),
        "place": st.sampled_from([None, *range(len(PLACES)), *[0, 1, 2] * 4]),
        "location_radius_m": st.sampled_from([50.0, 500.0, 5_000.0, 25_000.0, 80_000.0, 2e5]),
        "kind": st.sampled_from(["fire", "fire.shelling", "fire.mortar", "civilians.attack"]),
        "weapon": st.sampled_from([None, "mortar", "artillery"]),
        "actor": st.sampled_from([None, "X", "Y", "z"]),
        "involved": st.sampled_from([None, "X|Y", "Y"]),
        "killed_best": st.sampled_from([None, 0, 3]),
        "text": st.sampled_from([None, "shells hit the market square", "a convoy was refused"]),
    }
)
"""One report of a small and crowded world, at places that are edges of maps, too."""


def table(rows: Sequence[dict[str, object]], *, text: bool) -> pl.DataFrame:
    """Return the rows as a report table."""
    made: list[dict[str, object]] = []
    for number, row in enumerate(rows):
        said = {name: value for name, value in row.items() if name in REPORTS.names}
        begin = START + timedelta(hours=int(str(row["hour"])))
        length = LENGTHS_MIN.get(str(row["precision"]))
        end = None if length is None else begin + timedelta(minutes=length)
        lat, lon = (None, None) if row["place"] is None else PLACES[int(str(row["place"]))]
        made.append(
            {
                **said,
                "report_id": f"R{number * 7_919 % 1_000:03}",
                "occurred_from": begin,
                "occurred_to": end,
                "lat": lat,
                "lon": lon,
                "text": row["text"] if text else None,
            }
        )
    return pl.DataFrame(made, schema=REPORTS.schema)


def edge_set(edges: Edges) -> set[tuple[int, int, float, float]]:
    """Return the edges whatever their order."""
    values = (*edges.ends.tolist(), edges.ratio.tolist(), edges.prior.tolist())
    return set(zip(*values, strict=True))


def same(found: Linked, batch: Linked) -> None:
    """Fail unless both say the same of the same reports."""
    assert found.reports.report_id.equals(batch.reports.report_id)
    assert found.around.degree.tolist() == batch.around.degree.tolist()
    assert edge_set(found.edges) == edge_set(batch.edges)
    assert found.decided.unit.tolist() == batch.decided.unit.tolist()
    assert found.part.tolist() == batch.part.tolist()
    assert found.groups.group.tolist() == batch.groups.group.tolist()
    assert found.groups.stay.tolist() == batch.groups.stay.tolist()
    assert found.groups.leave.tolist() == batch.groups.leave.tolist()


def arriving(
    reports: pl.DataFrame,
    shares: Sequence[int],
    steps: Sequence[Sequence[Decision]],
) -> None:
    """Let shares of the reports arrive in turn, and compare each repair with the batch."""
    table, rest = reports[: shares[0]], reports[shares[0] :]
    linked = link(table, METHOD, steps[0])
    for share, decisions in zip(shares[1:], steps[1:], strict=True):
        done = repaired(table, linked, rest[:share], METHOD, decisions)
        table, linked, rest = done.reports, done.linked, rest[share:]
        batch = link(table, replace(METHOD, model=linked.model), decisions)
        same(linked, batch)
        for ours, theirs in zip(tables(table, linked), tables(table, batch), strict=True):
            assert ours.equals(theirs)


IDS = st.lists(st.integers(0, 30).map(lambda n: f"R{n * 7_919 % 1_000:03}"), max_size=4)
DECISIONS = st.lists(
    st.builds(
        lambda together, one, two: Decision(
            together=together, reports=tuple(one), against=() if together else tuple(two)
        ),
        st.booleans(),
        IDS,
        IDS,
    ),
    max_size=3,
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(ROW, min_size=4, max_size=45),
    text=st.booleans(),
    cuts=st.lists(st.floats(0, 1), min_size=1, max_size=3),
    steps=st.lists(DECISIONS, min_size=4, max_size=4),
)
def test_repairs_in_any_order_equal_the_batch(
    always_repaired: None,
    rows: list[dict[str, object]],
    text: bool,
    cuts: list[float],
    steps: list[list[Decision]],
) -> None:
    """Small worlds, split anywhere, with decisions that change between the arrivals."""
    reports = table(rows, text=text)
    bounds = sorted({0, reports.height, *(round(cut * reports.height) for cut in cuts)})
    shares = [high - low for low, high in pairwise(bounds)]
    arriving(reports, shares, steps[: len(shares)])


@pytest.fixture(scope="module")
def always_repaired() -> Iterator[None]:
    """Repair even where the batch would be quicker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("groundtruce.fusion.live._WORTH_IT", 100.0)
        yield


@pytest.mark.parametrize("regime", list(Regime))
@pytest.mark.parametrize("text", [False, True], ids=["plain", "text"])
def test_repairs_of_larger_worlds_equal_the_batch(regime: Regime, text: bool) -> None:
    """Thousands of reports, of which one, a few and many arrive, anywhere."""
    reports = generate(2_000, regime, seed=11, text=text).reports
    arriving(reports, [1_700, 1, 20, 279], [()] * 4)


def test_a_crowd_is_repaired_as_the_batch_would_see_it() -> None:
    """Where cells are cut off, an arrival moves what others see."""
    drawn = np.random.default_rng(3)
    count = 3 * CROWD
    base = table(
        [
            {
                "source": "ABCDE"[int(drawn.integers(5))],
                "hour": int(drawn.integers(0, 20)),
                "precision": ["hour", "day"][int(drawn.integers(2))],
                "place": 0,
                "location_radius_m": float(drawn.choice([500.0, 5_000.0])),
                "kind": "fire.shelling",
                "text": None,
            }
            for _ in range(count)
        ],
        text=False,
    ).with_columns(report_id=pl.Series([f"R{n * 7_919 % 100_000:05}" for n in range(count)]))
    arriving(base, [count - 30, 1, 29], [()] * 3)
