"""A day counted from rows: to which day an incident belongs, and figures beside a count in plain Python."""

from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import ROOT

from groundtruce.agreement.document import parse_agreement
from groundtruce.compliance.summary import ClauseVerdicts, list_clause_verdicts, summarise_verdicts
from groundtruce.day.bulletins import BulletinPart, bulletins_of
from groundtruce.day.dating import FIRST_DAY, LAST_DAY, local_days, to_day_number
from groundtruce.day.day import Gap, count_day
from groundtruce.day.rows import Count, DayRows, IncidentRows
from groundtruce.model.code import VERDICTS
from groundtruce.model.coded import Coded

Value = TypeVar("Value")

_DAY = date(2016, 3, 20)
_DOCUMENT = (ROOT / "agreements" / "syria-2016-02" / "agreement.yaml").read_bytes()
_AGREEMENT = parse_agreement("agreement.yaml", _DOCUMENT)

_Incident = tuple[int | None, int | None, str | None, int | None]
"""First and last day before `_DAY`, verdict, and killed."""

_INCIDENTS = st.lists(
    st.tuples(
        st.none() | st.integers(-2, 30),
        st.none() | st.integers(-2, 30),
        st.none() | st.sampled_from(VERDICTS[:-1]),
        st.none() | st.integers(0, 9),
    ),
    max_size=40,
)


def _code(column: list[Value | None]) -> Coded[Value]:
    values = [None, *{value for value in column if value is not None}]
    return Coded(np.array([values.index(value) for value in column], np.uint16), tuple(values))


def _rows(incidents: list[_Incident], counts: tuple[Count, ...] = ()) -> DayRows:
    nothing: list[str | None] = [None] * len(incidents)
    unjudged: list[ClauseVerdicts | None] = [None] * len(incidents)
    number = to_day_number(_DAY)
    killed = np.array([-1 if one[3] is None else one[3] for one in incidents], np.int32)
    return DayRows(
        day=_DAY,
        first=date(2016, 1, 1),
        incidents=IncidentRows(
            first_day=np.array(
                [FIRST_DAY if one[0] is None else number - one[0] for one in incidents], np.int32
            ),
            last_day=np.array(
                [LAST_DAY if one[1] is None else number - one[1] for one in incidents], np.int32
            ),
            verdict=_code([one[2] for one in incidents]),
            kind=_code(nothing),
            actor=_code(nothing),
            clauses=_code(unjudged),
            reasons=_code(
                [
                    ("missing(a)", "missing(b)") if one[2] == "not_determinable" else None
                    for one in incidents
                ]
            ),
            killed_low=killed,
            killed_high=np.where(killed < 0, killed, killed + 1),
            injured_low=np.full(len(incidents), -1, np.int32),
            injured_high=np.full(len(incidents), -1, np.int32),
        ),
        counts=counts,
        filed=(),
    )


@given(_INCIDENTS)
def test_figures_are_those_of_a_plain_count(incidents: list[_Incident]) -> None:
    """Incidents, verdicts, killed, what is undated and the gaps, counted one incident at a time."""
    day = count_day(_rows(incidents), _AGREEMENT)
    for figures, back in ((day.today, 0), (day.previous, 1)):
        dated = [one for one in incidents if one[0] == one[1] == back]
        killed = [one[3] for one in dated if one[3] is not None]
        assert figures.day == _DAY - timedelta(days=back)
        assert figures.incidents == len(dated)
        assert figures.verdicts == {
            verdict: sum((one[2] or "none") == verdict for one in dated) for verdict in VERDICTS
        }
        assert figures.killed.unstated == len(dated) - len(killed)
        assert figures.killed.figures == (
            (sum(killed), sum(killed) + len(killed)) if killed else None
        )
        assert figures.injured.figures is None
    touching = [
        one
        for one in incidents
        if (one[0] is None or one[0] >= 0) and (one[1] is None or one[1] <= 0)
    ]
    assert day.undated == len(touching) - day.today.incidents
    open_ones = day.today.verdicts["not_determinable"]
    assert day.gaps == tuple(
        Gap(reason=f"missing({name})", incidents=open_ones) for name in "ab" if open_ones
    )


def test_an_incident_at_midnight_has_one_day() -> None:
    """An empty interval belongs to the day that it begins; one that ends at midnight to the day before."""
    midnight = datetime(2016, 3, 4, 22, tzinfo=UTC)  # 00:00 on 5 March in Damascus
    spans = [
        (midnight, midnight),
        (midnight - timedelta(hours=24), midnight),
        (midnight - timedelta(hours=1), midnight + timedelta(hours=1)),
        (None, midnight),
    ]
    frame = pl.DataFrame(
        spans, schema=dict.fromkeys(("occurred_from", "occurred_to"), pl.Datetime("us", "UTC")),
        orient="row",
    )  # fmt: skip
    dated = frame.select(**local_days("Asia/Damascus"))
    assert dated.rows() == [
        (date(2016, 3, 5), date(2016, 3, 5)),
        (date(2016, 3, 4), date(2016, 3, 4)),
        (date(2016, 3, 4), date(2016, 3, 5)),
        (None, date(2016, 3, 4)),
    ]


def test_parts_of_a_count_are_never_added_to_it() -> None:
    """A total keeps its figure; parts of the same source and measure are listed with it, others are not."""

    def count(name: str, figure: int, region: str | None, source: str = "centre") -> Count:
        return Count(
            count_id=name, source=source, source_kind=None, on_behalf_of=None, measure="violations",
            count=figure, day=_DAY, period_from=None, period_to=None, region=region,
            attributed_to=None, remark=None, reference=None, licence=None,
        )  # fmt: skip

    counts = (count("C3", 2, "Idlib"), count("C1", 9, None), count("C2", 4, "Aleppo"))
    (bulletin,) = bulletins_of((*counts, count("C4", 7, "Aleppo", "other")))
    assert bulletin.count == 9
    assert bulletin.parts == (
        BulletinPart(attributed_to=None, region="Aleppo", count=4),
        BulletinPart(attributed_to=None, region="Idlib", count=2),
    )


def test_assessments_come_to_one_verdict_with_its_reasons() -> None:
    """The first verdict in rank holds; reasons are those of open clauses, and only where the incident is open."""
    rows = [
        ("I-1", "A3", "exempt", None),
        ("I-1", "A5", "not_determinable", "missing(b)|missing(a)"),
        ("I-1", "A7", "not_determinable", "missing(a)"),
        ("I-2", "A3", "breach", None),
        ("I-2", "A5", "not_determinable", "missing(a)"),
    ]
    assessments = pl.DataFrame(
        rows, schema=("incident_id", "clause_id", "verdict", "reasons"), orient="row"
    )
    assert summarise_verdicts(assessments).sort("incident_id").rows() == [
        ("I-1", "not_determinable", ["missing(a)", "missing(b)"]),
        ("I-2", "breach", None),
    ]
    assert dict(list_clause_verdicts(assessments).iter_rows()) == {
        "I-1": [["A3", "exempt"], ["A5", "not_determinable"], ["A7", "not_determinable"]],
        "I-2": [["A3", "breach"], ["A5", "not_determinable"]],
    }
