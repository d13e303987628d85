"""Reasons as text: closed codes whose values come back as they were."""

import re
from datetime import UTC, datetime

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from groundtruce.compliance.reason_code import (
    ONE_REASON,
    ReadingOutcome,
    Reason,
    ReasonCode,
    join_reason_columns,
    join_reasons,
    parse_readings,
    parse_reasons,
    reason_column,
    reason_literal,
    write_readings,
)

VALUES = st.none() | st.text(alphabet="ab|\\()=/[] é", min_size=1, max_size=8)
REASONS = st.builds(Reason, st.sampled_from(ReasonCode), VALUES)


@given(st.lists(REASONS, max_size=4))
def test_reasons_come_back(reasons: list[Reason]) -> None:
    """Whatever their values hold; each has the form that a filter takes."""
    assert parse_reasons(join_reasons(reasons)) == tuple(reasons)
    assert all(re.fullmatch(ONE_REASON, str(reason)) for reason in reasons)


@given(VALUES)
def test_a_column_is_written_as_a_reason_is(value: str | None) -> None:
    """Where there is no value there is no reason."""
    written = pl.select(reason_column(ReasonCode.BY, pl.lit(value, pl.String))).item()
    assert written == (None if value is None else str(Reason(ReasonCode.BY, value)))


def test_reasons_of_columns_are_listed_once_and_in_order() -> None:
    """Nulls are left out."""
    texts = [reason_literal(ReasonCode.LATE, "2 d"), pl.lit(None, pl.String)]
    texts += [reason_literal(ReasonCode.BY, "a|b"), reason_literal(ReasonCode.LATE, "2 d")]
    assert pl.select(join_reason_columns(texts)).item() == "late(2 d)|by(a\\|b)"


def test_readings_come_back() -> None:
    """With the outcome, and the due time where there is one."""
    readings = (
        ReadingOutcome("signature", "breach"),
        ReadingOutcome("press", "pending", datetime(2020, 1, 2, 3, tzinfo=UTC)),
    )
    assert parse_readings(write_readings(readings)) == readings
