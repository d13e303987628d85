"""Validation: each bad value is named with its problem, and the rest goes on."""

from collections.abc import Mapping

import polars as pl
import pytest

from groundtruce.model.problem import Problem
from groundtruce.model.table import REPORTS
from groundtruce.model.validation import ROW, Validated, validate

GOOD = {
    "report_id": "R1",
    "source": "monitor",
    "occurred_from": "2016-03-04T00:00:00+02:00",
    "occurred_to": "2016-03-05T00:00:00+02:00",
    "lat": "36.2",
    "lon": "37.1",
    "kind": "fire.mortar",
}


def check(*rows: Mapping[str, str | None]) -> Validated:
    """Validate rows that differ from a good one."""
    raw = pl.DataFrame(
        [{**GOOD, **row} for row in rows], schema=dict.fromkeys(REPORTS.names, pl.String)
    )
    return validate(REPORTS, raw.with_row_index(ROW, offset=2))


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [
        ({"source": ""}, "source", Problem.ROW_REQUIRED),
        ({"report_id": "a|b"}, "report_id", Problem.ROW_IDENTIFIER),
        ({"kind": None}, "kind", Problem.ROW_REQUIRED),
        ({"kind": "bombing"}, "kind", Problem.ROW_CODE),
        ({"weapon": "catapult"}, "weapon", Problem.ROW_CODE),
        ({"occurred_from": "4 March"}, "occurred_from", Problem.ROW_TIME),
        ({"occurred_from": "2016-03-04T00:00:00"}, "occurred_from", Problem.ROW_TIME_OFFSET),
        ({"occurred_from": None, "occurred_to": None}, "occurred_from", Problem.ROW_TIME_MISSING),
        (
            {"occurred_from": "1970-01-01T00:00:00Z", "occurred_to": None},
            "occurred_from",
            Problem.ROW_TIME_IMPLAUSIBLE,
        ),
        ({"occurred_to": "2016-03-03T00:00:00+02:00"}, "occurred_to", Problem.ROW_END_BEFORE_START),
        ({"reported_at": "2016-03-01T00:00:00Z"}, "reported_at", Problem.ROW_REPORTED_BEFORE),
        ({"lat": "north"}, "lat", Problem.ROW_NUMBER),
        ({"lat": "1e308"}, "lat", Problem.ROW_OUT_OF_RANGE),
        ({"lon": "4239"}, "lon", Problem.ROW_OUT_OF_RANGE),
        ({"lon": "nan"}, "lon", Problem.ROW_NUMBER),
        ({"lon": None}, "lon", Problem.ROW_COORDINATES_HALF),
        ({"lon": "36.2"}, "lon", Problem.ROW_COORDINATES_COPIED),
        ({"location_radius_m": "-1"}, "location_radius_m", Problem.ROW_OUT_OF_RANGE),
        ({"killed_best": "2.5"}, "killed_best", Problem.ROW_WHOLE_NUMBER),
        ({"killed_low": "-1"}, "killed_low", Problem.ROW_OUT_OF_RANGE),
        ({"killed_low": "5", "killed_high": "3"}, "killed_best", Problem.ROW_RANGE_ORDER),
        ({"language": "english!"}, "language", Problem.ROW_LANGUAGE),
        ({"text": "x" * 100_001}, "text", Problem.ROW_CELL_TOO_LONG),
    ],
)
def test_a_bad_value_rejects_its_row(
    change: dict[str, str | None], field: str, problem: Problem
) -> None:
    """The reject names field and problem; its sentences can be made; the good row stays."""
    found = check({"report_id": "good"}, {"report_id": "bad", **change})
    assert found.rows["report_id"].to_list() == ["good"]
    (reject,) = found.rejects
    assert (reject.row, reject.field, reject.problem) == (3, field, problem)
    assert problem.sentence(reject.details)
    assert problem.advice(reject.details)


def test_a_row_is_rejected_once_and_names_its_other_troubles() -> None:
    """The first problem decides; the others are not lost."""
    (reject,) = check({"lat": "x", "kind": "y"}).rejects
    assert reject.field == "lat"
    assert reject.also == ("kind",)


def test_of_equal_identifiers_one_stays_whatever_the_order() -> None:
    """Which row stays depends on its content, not on its place."""
    first, second = {"place_name": "A"}, {"place_name": "B"}
    for rows in ((first, second), (second, first)):
        found = check(*rows)
        assert found.rows["place_name"].to_list() == ["A"]
        assert [reject.problem for reject in found.rejects] == [Problem.ROW_DUPLICATE_ID]


def test_unknown_columns_are_carried_along() -> None:
    """What the table does not know it keeps."""
    raw = pl.DataFrame([{**GOOD, "colour": "blue"}]).with_row_index(ROW, offset=2)
    assert validate(REPORTS, raw).rows["colour"].to_list() == ["blue"]


def test_every_problem_can_be_told() -> None:
    """Codes are unique, and no sentence is empty."""
    codes = [problem.code for problem in Problem]
    assert len(codes) == len(set(codes))
    assert all(problem.value.sentence and problem.value.advice for problem in Problem)
