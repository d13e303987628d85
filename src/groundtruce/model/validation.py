"""Vectorised validation: a raw table becomes typed good rows and rejects that say why.

* Nothing is guessed: a value that cannot be read rejects its row, with field, value and problem.
* A row is rejected once, for its first problem in the order of the columns; further ones are named.
* The outcome does not depend on the order of rows: of rows with one identifier the first by content stays.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from dataclasses import field as defaulting
from functools import partial

import polars as pl

from groundtruce.model.instant import (
    EARLIEST,
    INSTANT,
    LATEST,
    format_instant,
    has_no_offset,
    parse_column,
)
from groundtruce.model.problem import Problem
from groundtruce.model.table import COUNTS, INCIDENTS, REPORTS, Column, Content, Table
from groundtruce.model.vocabulary import load_vocabulary

__all__ = ["CELL_LIMIT", "ROW", "Reject", "Validated", "validate"]

ROW = "_row"
"""Column of a raw table that holds the record's number in its file; the header is record 1."""

CELL_LIMIT = 100_000
"""Characters; the longest report texts of the field are far shorter, a longer cell is a lost quote."""

_LANGUAGE_TAG = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"
_NO_IDENTIFIER = r"[|\x00-\x1f\x7f]"
_UNREADABLE = {
    Content.TEXT: Problem.ROW_ENCODING,
    Content.CODE: Problem.ROW_ENCODING,
    Content.IDENTIFIER: Problem.ROW_ENCODING,
    Content.LANGUAGE: Problem.ROW_ENCODING,
    Content.INSTANT: Problem.ROW_TIME,
    Content.NUMBER: Problem.ROW_NUMBER,
    Content.WHOLE_NUMBER: Problem.ROW_WHOLE_NUMBER,
}
"""What a cell is that holds a list, bytes or another thing that its column cannot."""

_LIMITS = {
    "limit": f"{CELL_LIMIT:,}",
    "first": format_instant(EARLIEST)[:10],
    "last": format_instant(LATEST)[:10],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """Why a row cannot be used: `row` is its record number, `also` names other fields in trouble."""

    row: int
    field: str
    value: str | None
    problem: Problem
    details: dict[str, object] = defaulting(default_factory=dict)
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated:
    """`rows`: typed good rows with the column `_row`; `rejects`: one for each other row."""

    rows: pl.DataFrame
    rejects: tuple[Reject, ...]


@dataclass(frozen=True, slots=True)
class _Finding:
    problem: Problem
    field: str
    bad: pl.Series
    details: dict[str, object] = defaulting(default_factory=dict)


def validate(table: Table, raw: pl.DataFrame) -> Validated:
    """Check and convert a raw table that has all required columns and the column `_row`.

    Strings are converted to the content of their column; typed columns (from Parquet) are cast.
    Columns unknown to the table are carried along as they are.
    """
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        converted = list(pool.map(partial(_column, raw), table.columns))
    typed = [series for series, _ in converted]
    findings = [finding for _, of_column in converted for finding in of_column]
    extra = [raw[name] for name in raw.columns if name not in table.schema]
    rows = pl.DataFrame([*typed, *extra])
    findings += _across(table, rows)
    bad = _any(findings, rows.height)
    good = rows.filter(~bad) if bad.any() else rows
    repeated = _find_repeated(table, good)
    rejects = _rejects(findings, raw, bad)
    if repeated is not None:
        rejects += [
            Reject(row=row, field=table.key, value=value, problem=Problem.ROW_DUPLICATE_ID)
            for row, value in good.filter(repeated).select(ROW, table.key).iter_rows()
        ]
        good = good.filter(~repeated)
    return Validated(rows=good, rejects=tuple(sorted(rejects, key=lambda reject: reject.row)))


def _column(raw: pl.DataFrame, column: Column) -> tuple[pl.Series, list[_Finding]]:
    """Return one typed column and what is wrong with it; columns are converted side by side."""
    if column.name in raw.columns:
        return _convert(column, raw[column.name])
    return pl.Series(column.name, [None], column.content.dtype).new_from_index(0, raw.height), []


def _any(findings: Sequence[_Finding], height: int) -> pl.Series:
    bad = pl.Series([False]).new_from_index(0, height)
    for finding in findings:
        bad |= finding.bad
    return bad


def _find_repeated(table: Table, rows: pl.DataFrame) -> pl.Series | None:
    """Mark all but the first by content of the rows that share an identifier; None where unique."""
    if table.key not in (REPORTS.key, INCIDENTS.key, COUNTS.key) or _unique(rows[table.key]):
        return None
    names = [name for name in rows.columns if name != ROW]
    order = pl.struct(pl.col(name).cast(pl.String) for name in sorted(names))
    return rows.select(order.rank("ordinal").over(table.key).gt(1).alias("repeated")).to_series()


def _unique(keys: pl.Series) -> bool:
    """Tell whether no key stands twice; in sorted keys equal ones are neighbours."""
    if keys.is_sorted():
        return not (keys == keys.shift()).any()
    return keys.n_unique() == len(keys)


def _rejects(findings: Sequence[_Finding], raw: pl.DataFrame, bad: pl.Series) -> list[Reject]:
    if not bad.any():
        return []
    first: dict[int, tuple[_Finding, list[str]]] = {}
    for finding in findings:
        for index in finding.bad.arg_true().to_list():
            known = first.setdefault(index, (finding, []))
            if known[0] is not finding and finding.field not in (known[0].field, *known[1]):
                known[1].append(finding.field)
    numbers = raw[ROW]
    return [
        Reject(
            row=numbers[index],
            field=finding.field,
            value=_show_value(raw, finding.field, index),
            problem=finding.problem,
            details={**_LIMITS, **finding.details},
            also=tuple(also),
        )
        for index, (finding, also) in first.items()
    ]


def _show_value(raw: pl.DataFrame, name: str, index: int) -> str | None:
    if name not in raw.columns:
        return None
    value = raw[name][index]
    return None if value is None else str(value)[:200]


def _convert(column: Column, raw: pl.Series) -> tuple[pl.Series, list[_Finding]]:
    """Return the typed series and what is wrong with its cells."""
    if _is_foreign(column, raw.dtype):
        nothing = pl.Series(column.name, [None], column.content.dtype)
        bad = _some(_UNREADABLE[column.content], column, raw.is_not_null())
        return nothing.new_from_index(0, len(raw)), bad
    if column.content is Content.INSTANT:
        series, findings = _instants(column, raw)
    elif column.content in (Content.NUMBER, Content.WHOLE_NUMBER):
        series, findings = _numbers(column, raw)
    else:
        series, findings = _texts(column, raw)
    if column.required and series.null_count():
        unread = findings[0].bad if findings else pl.Series([False]).new_from_index(0, len(raw))
        empty = series.is_null() & ~unread
        if empty.any():
            findings.append(_Finding(Problem.ROW_REQUIRED, column.name, empty))
    return series, findings


def _is_foreign(column: Column, dtype: pl.DataType) -> bool:
    """Tell whether a typed cell cannot be what the column holds, as a date that would pass for a number."""
    if dtype.is_nested() or dtype in (pl.Binary, pl.Object, pl.Time, pl.Duration):
        return True
    numeric = column.content in (Content.NUMBER, Content.WHOLE_NUMBER)
    return numeric and (dtype.is_temporal() or dtype == pl.Boolean)


_FEW = 1_000
"""Distinct texts; up to here looking at each once is quicker than looking at every row."""


def _texts(column: Column, raw: pl.Series) -> tuple[pl.Series, list[_Finding]]:
    series = raw.cast(pl.String)
    if column.content in (Content.CODE, Content.LANGUAGE):
        distinct = series.unique()
        if len(distinct) <= _FEW:
            cleaned, findings = _check_texts(column, distinct)
            if not findings and cleaned.equals(distinct, null_equal=True):
                return series, []
    return _check_texts(column, series)


def _check_texts(column: Column, series: pl.Series) -> tuple[pl.Series, list[_Finding]]:
    if (series.str.len_bytes() != series.str.strip_chars().str.len_bytes()).any():
        series = series.str.strip_chars()
    if (series == "").any():
        series = series.replace("", None)
    findings: list[_Finding] = []
    if int(series.str.len_bytes().max() or 0) > CELL_LIMIT:  # type: ignore[arg-type]  # an int here
        long = (series.str.len_chars() > CELL_LIMIT).fill_null(value=False)
        findings += _some(Problem.ROW_CELL_TOO_LONG, column, long)
    if column.vocabulary is not None:
        codes = list(load_vocabulary(column.vocabulary))
        bad = series.is_not_null() & ~series.is_in(codes).fill_null(value=False)
        findings += _some(Problem.ROW_CODE, column, bad, {"vocabulary": column.vocabulary.value})
    if column.content is Content.IDENTIFIER:
        bad = series.str.contains(_NO_IDENTIFIER).fill_null(value=False)
        findings += _some(Problem.ROW_IDENTIFIER, column, bad)
    if column.content is Content.LANGUAGE:
        bad = ~series.str.contains(_LANGUAGE_TAG).fill_null(value=True)
        findings += _some(Problem.ROW_LANGUAGE, column, bad)
    return series.alias(column.name), findings


def _instants(column: Column, raw: pl.Series) -> tuple[pl.Series, list[_Finding]]:
    findings: list[_Finding] = []
    if raw.dtype == pl.String:
        texts = raw if not (raw == "").any() else raw.replace("", None)
        series = parse_column(texts)
        unread = series.is_null() & texts.is_not_null()
        if unread.any():
            naive = unread & has_no_offset(texts)
            findings += _some(Problem.ROW_TIME, column, unread & ~naive)
            findings += _some(Problem.ROW_TIME_OFFSET, column, naive)
    elif isinstance(raw.dtype, pl.Datetime) and raw.dtype.time_zone is not None:
        series = raw.dt.convert_time_zone("UTC").cast(INSTANT)
    else:
        series = pl.Series(column.name, [None], INSTANT).new_from_index(0, len(raw))
        dated = raw.dtype in (pl.Date, pl.Datetime) or isinstance(raw.dtype, pl.Datetime)
        problem = Problem.ROW_TIME_OFFSET if dated else Problem.ROW_TIME
        findings += _some(problem, column, raw.is_not_null())
    odd = ((series < EARLIEST) | (series > LATEST)).fill_null(value=False)
    findings += _some(Problem.ROW_TIME_IMPLAUSIBLE, column, odd)
    return series.alias(column.name), findings


def _numbers(column: Column, raw: pl.Series) -> tuple[pl.Series, list[_Finding]]:
    source, numbers = raw, raw.cast(pl.Float64, strict=False)
    if raw.dtype == pl.String and numbers.null_count() > raw.null_count():
        source = raw.str.strip_chars().replace("", None)
        numbers = source.cast(pl.Float64, strict=False)
    finite = numbers.is_finite().fill_null(value=False)
    unread = source.is_not_null() & ~finite
    if raw.dtype.is_float():
        unread &= ~raw.is_nan().fill_null(value=False)
        numbers = numbers.fill_nan(None)
    findings: list[_Finding] = []
    whole = column.content is Content.WHOLE_NUMBER
    if whole:
        unread |= (numbers != numbers.floor()).fill_null(value=False)
    problem = Problem.ROW_WHOLE_NUMBER if whole else Problem.ROW_NUMBER
    findings += _some(problem, column, unread)
    outside = ((numbers < column.low) | (numbers > column.high)).fill_null(value=False) & ~unread
    limits: dict[str, object] = {"low": f"{column.low:,.0f}", "high": f"{column.high:,.0f}"}
    findings += _some(Problem.ROW_OUT_OF_RANGE, column, outside, limits)
    series = numbers.cast(pl.Int64, strict=False) if whole else numbers
    return series.alias(column.name), findings


def _some(
    problem: Problem, column: Column, bad: pl.Series, details: dict[str, object] | None = None
) -> list[_Finding]:
    return [_Finding(problem, column.name, bad, details or {})] if bad.any() else []


def _across(table: Table, rows: pl.DataFrame) -> list[_Finding]:
    """Return what is wrong between the fields of a row."""
    checks: list[tuple[Problem, str, pl.Expr]] = []
    start, end = (
        ("period_from", "period_to") if table is COUNTS else ("occurred_from", "occurred_to")
    )
    if start in table.schema:
        checks.append((Problem.ROW_END_BEFORE_START, end, pl.col(start) >= pl.col(end)))
    if "lat" in table.schema:
        lat, lon = pl.col("lat"), pl.col("lon")
        checks += [
            (Problem.ROW_COORDINATES_HALF, "lon", lat.is_not_null() & lon.is_null()),
            (Problem.ROW_COORDINATES_HALF, "lat", lat.is_null() & lon.is_not_null()),
            (Problem.ROW_COORDINATES_COPIED, "lon", lat == lon),
        ]
    for act in ("killed", "injured"):
        if f"{act}_low" in table.schema:
            low, best, high = (pl.col(f"{act}_{bound}") for bound in ("low", "best", "high"))
            checks.append(
                (
                    Problem.ROW_RANGE_ORDER,
                    f"{act}_best",
                    (low > best) | (best > high) | (low > high),
                )
            )
    if table is REPORTS:
        unknown = pl.col("occurred_from").is_null() & pl.col("occurred_to").is_null()
        checks += [
            (Problem.ROW_TIME_MISSING, "occurred_from", unknown),
            (
                Problem.ROW_REPORTED_BEFORE,
                "reported_at",
                pl.col("reported_at") < pl.col("occurred_from"),
            ),
        ]
    if not checks:
        return []
    seen = rows.select(
        expression.any().alias(str(index)) for index, (_, _, expression) in enumerate(checks)
    ).row(0)
    return [
        _Finding(problem, name, rows.select(expression.fill_null(value=False)).to_series())
        for (problem, name, expression), any_bad in zip(checks, seen, strict=True)
        if any_bad
    ]
