"""Translation of a raw foreign table into a raw report (or count) table, as a mapping file says.

Everything is vectorised: a rule becomes one expression over the whole table.
"""

from dataclasses import dataclass

import polars as pl

from groundtruce.intake.mapping import (
    ColumnRule,
    Mapping,
    Record,
    RowCondition,
    TimeRule,
    TimeZoneRule,
    split_columns,
)
from groundtruce.model.instant import INSTANT
from groundtruce.model.problem import Problem
from groundtruce.model.table import COUNTS
from groundtruce.model.text_form import BAR, escape_column
from groundtruce.model.validation import ROW, Reject

__all__ = ["Translated", "translate"]

_UNIT_OFFSET = {"minute": "1m", "hour": "1h", "day": "1d", "month": "1mo", "year": "1y"}
_UNIT_PRECISION = {
    "minute": "minute",
    "hour": "hour",
    "day": "day",
    "month": "month",
    "year": "year",
}
_EASTMOST_HOURS, _WESTMOST_HOURS = 14, 12
"""A day begins first at UTC+14 and ends last at UTC-12."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """`rows`: raw rows of our table with `_row`; `rejects`: values that the mapping does not know."""

    rows: pl.DataFrame
    rejects: tuple[Reject, ...]


def translate(mapping: Mapping, raw: pl.DataFrame) -> Translated:
    """Apply a mapping to a raw table that has all the columns that the mapping reads."""
    absent = [name for name in mapping.read.optional if name not in raw.columns]
    raw = raw.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
    cells = pl.col(pl.String).str.strip_chars()
    frame = raw.with_columns(cells.replace({"": None, **dict.fromkeys(mapping.read.nothing)}))
    unknown = _unknown_values(mapping, frame)
    bad_rows = {reject.row for reject in unknown}
    good = frame.filter(~pl.col(ROW).is_in(list(bad_rows))) if bad_rows else frame
    parts = [_record(mapping, record, good) for record in mapping.records]
    return Translated(rows=pl.concat(parts, how="diagonal"), rejects=tuple(unknown))


def _record(mapping: Mapping, record: Record, frame: pl.DataFrame) -> pl.DataFrame:
    rows = frame if record.when is None else frame.filter(_holds(record.when))
    if record.each is not None:
        each = record.each
        rows = (
            rows.filter(pl.col(each.column).is_not_null())
            .with_columns(pl.col(each.column).str.split(each.separator).alias("_part"))
            .explode("_part")
            .with_columns(
                pl.col("_part").str.strip_chars().str.extract_groups(each.pattern).alias("_groups")
            )
            .unnest("_groups")
        )
    rows = _with_times(mapping, record, rows)
    fields = [_expression(rule).alias(name) for name, rule in record.fields.items()]
    kept = [pl.col(name) for name in rows.columns if name.startswith("=")]
    made = rows.select(ROW, *kept, *fields)
    return made.rename({name: name[1:] for name in made.columns if name.startswith("=")})


def _holds(condition: RowCondition) -> pl.Expr:
    cell = pl.col(condition.column).fill_null("")
    holds = pl.lit(value=True)
    if condition.among is not None:
        holds &= cell.is_in(list(condition.among))
    if condition.not_among is not None:
        holds &= ~cell.is_in(list(condition.not_among))
    return holds


def _expression(rule: ColumnRule) -> pl.Expr:
    expression = _origin(rule)
    if rule.pattern is not None:
        expression = expression.str.extract(rule.pattern, 1)
    if rule.codes is not None:
        folded = {_fold(key): value for key, value in rule.codes.items()}
        default = expression if rule.keep_otherwise else pl.lit(rule.otherwise, pl.String)
        key = expression.str.strip_chars().str.to_lowercase()
        expression = (
            pl.when(expression.is_null())
            .then(pl.lit(rule.otherwise if rule.column is None else None, pl.String))
            .otherwise(key.replace_strict(folded, default=default, return_dtype=pl.String))
        )
    if rule.scale is not None:
        expression = (expression.cast(pl.Float64, strict=False) * rule.scale).cast(pl.String)
    if rule.separator is not None:
        members = escape_column(pl.element().str.strip_chars())
        expression = expression.str.split(rule.separator).list.eval(members).list.join(BAR)
    if rule.only_if is not None:
        expression = pl.when(_holds(rule.only_if)).then(expression)
    return expression


def _origin(rule: ColumnRule) -> pl.Expr:
    if rule.column is not None:
        return pl.col(rule.column)
    if rule.value is not None:
        return pl.lit(rule.value)
    if rule.text is not None:
        return _fill_template(rule.text)
    if rule.first is not None:
        return pl.coalesce([_expression(inner) for inner in rule.first])
    assert rule.join is not None
    parts = [_expression(inner).replace("", None) for inner in rule.join]
    return pl.concat_str(parts, separator=BAR, ignore_nulls=True).replace("", None)


def _fill_template(text: str) -> pl.Expr:
    """Fill the braces of a text; null where any of its columns is empty."""
    template = text
    for name in (names := split_columns(text)):
        template = template.replace("{" + name + "}", "{}", 1)
    return pl.format(template, *(pl.col(name) for name in names)) if names else pl.lit(text)


def _fold(text: str) -> str:
    return text.strip().lower()


def _unknown_values(mapping: Mapping, frame: pl.DataFrame) -> list[Reject]:
    """Return a reject for each row with a value that a code list without `otherwise` does not know."""
    rejects: dict[int, Reject] = {}
    for rule in _list_code_rules(mapping):
        assert rule.codes is not None
        assert rule.column is not None
        if rule.column not in frame.columns:
            continue
        known = [_fold(key) for key in rule.codes]
        key = pl.col(rule.column).str.strip_chars().str.to_lowercase()
        applies = _holds(rule.only_if) if rule.only_if is not None else pl.lit(value=True)
        unknown = frame.filter(pl.col(rule.column).is_not_null() & ~key.is_in(known) & applies)
        for row, value in unknown.select(ROW, rule.column).iter_rows():
            rejects.setdefault(
                row,
                Reject(
                    row=row,
                    field=rule.column,
                    value=str(value)[:200],
                    problem=Problem.ROW_UNMAPPED,
                    details={"mapping": mapping.mapping.id},
                ),
            )
    return list(rejects.values())


def _list_code_rules(mapping: Mapping) -> list[ColumnRule]:
    pending = [rule for record in mapping.records for rule in record.fields.values()]
    pending += [
        time.precision for record in mapping.records for time in record.time if time.precision
    ]
    rules: list[ColumnRule] = []
    while pending:
        rule = pending.pop()
        pending += [*(rule.first or ()), *(rule.join or ())]
        open_ended = rule.otherwise is not None or rule.keep_otherwise
        if rule.codes is not None and rule.column is not None and not open_ended:
            rules.append(rule)
    return rules


def _with_times(mapping: Mapping, record: Record, rows: pl.DataFrame) -> pl.DataFrame:
    """Add the columns of the time, marked with `=`: the first rule that can be read decides."""
    start_name, end_name = (
        ("period_from", "period_to")
        if mapping.table is COUNTS
        else ("occurred_from", "occurred_to")
    )
    starts, ends, precisions = [], [], []
    taken = pl.lit(value=False)
    work = rows
    for index, rule in enumerate(record.time):
        work = _interval(work, rule, rule.zone or mapping.zone, f"_{index}")
        start, end = pl.col(f"_{index}_start"), pl.col(f"_{index}_end")
        has_time = start.is_not_null() | end.is_not_null()
        if rule.only_if is not None:
            has_time &= _holds(rule.only_if)
        use = has_time & ~taken
        starts.append(pl.when(use).then(start))
        ends.append(pl.when(use).then(end))
        named = (
            _expression(rule.precision) if rule.precision else pl.lit(_UNIT_PRECISION[rule.unit])
        )
        precisions.append(pl.when(use).then(named))
        taken = taken | has_time
    columns = []
    if record.time:
        columns += [
            pl.coalesce(starts).alias("=" + start_name),
            pl.coalesce(ends).alias("=" + end_name),
        ]
        if mapping.table is not COUNTS:
            columns.append(pl.coalesce(precisions).alias("=time_precision"))
    if record.reported_at is not None:
        rule = record.reported_at
        work = _interval(work, rule, rule.zone or mapping.zone, "_reported")
        columns.append(pl.col("_reported_end").alias("=reported_at"))
    return work.with_columns(columns)


def _interval(
    rows: pl.DataFrame, rule: TimeRule, zone: str | TimeZoneRule, name: str
) -> pl.DataFrame:
    """Add `{name}_start` and `{name}_end`, instants, for what the rule's texts span."""
    step = _UNIT_OFFSET[rule.unit]
    start = _local(rule.start, rule).dt.truncate(step) if rule.start else None
    if start is not None and rule.starts_before_days:
        start = start.dt.offset_by(f"-{rule.starts_before_days}d")
    last = rule.end or rule.start
    assert last is not None
    end = _local(last, rule).dt.truncate(step)
    if rule.end is not None and rule.start is not None:
        end = pl.coalesce(end, _local(rule.start, rule).dt.truncate(step))
    nothing = pl.lit(None, pl.Datetime("us"))
    rows = rows.with_columns(
        (start if start is not None else nothing).alias("_local_start"),
        end.dt.offset_by(step).alias("_local_end"),
    )
    return rows.with_columns(
        _instant("_local_start", zone, rows, -_EASTMOST_HOURS).alias(f"{name}_start"),
        _instant("_local_end", zone, rows, _WESTMOST_HOURS).alias(f"{name}_end"),
    ).drop("_local_start", "_local_end")


def _local(text: str, rule: TimeRule) -> pl.Expr:
    filled = _fill_template(text)
    return pl.coalesce(
        [filled.str.to_datetime(shape, strict=False, time_unit="us") for shape in rule.formats]
    )


def _instant(
    name: str, zone: str | TimeZoneRule, rows: pl.DataFrame, anywhere_hours: int
) -> pl.Expr:
    local = pl.col(name)
    anywhere = local.dt.offset_by(f"{anywhere_hours}h").dt.replace_time_zone("UTC")
    if isinstance(zone, str):
        return anywhere if zone == "anywhere" else _in_zone(local, zone)
    folded = {_fold(key): value for key, value in zone.zones.items()}
    present = set(rows[zone.column].str.strip_chars().str.to_lowercase().unique().drop_nulls())
    key = pl.col(zone.column).str.strip_chars().str.to_lowercase()
    fallback = anywhere if zone.otherwise == "anywhere" else _in_zone(local, zone.otherwise)
    expression = fallback
    for value in sorted(present & set(folded)):
        expression = (
            pl.when(key == value).then(_in_zone(local, folded[value])).otherwise(expression)
        )
    return expression


def _in_zone(local: pl.Expr, zone: str) -> pl.Expr:
    """Return the instants of local times; a time that a clock change skips moves on by an hour."""
    exact = local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    skipped = local.dt.offset_by("1h").dt.replace_time_zone(
        zone, ambiguous="earliest", non_existent="null"
    )
    return exact.fill_null(skipped).dt.convert_time_zone("UTC").cast(INSTANT)
