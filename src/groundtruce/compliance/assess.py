"""Assessment: every incident against every clause that covers acts, with the reasons of each verdict.

* `not_determinable` is the default: a verdict stands only if it holds over the stated precision.
* Outside the scope is `no_breach` with the reason; exempt needs to be known, an unknown target is not exempt.
* The party question is answered once for each distinct pair of names; the rest is vectorised.
  Cost grows with incidents times clauses.
"""

from dataclasses import dataclass

import polars as pl

from groundtruce.agreement.terms import Agreement, Clause, ClauseKind, Protected, Standing
from groundtruce.compliance.reason import Missing, ReasonCode, reason, reason_of
from groundtruce.compliance.standing import Register, Side
from groundtruce.model.code import Verdict
from groundtruce.model.instant import INSTANT
from groundtruce.model.place import EARTH_RADIUS_M
from groundtruce.model.table import ASSESSMENTS, INCIDENTS
from groundtruce.model.vocabulary import VocabularyName, covers, vocabulary

__all__ = ["assess", "assessed_clauses", "overall"]

_DEGREE_M = EARTH_RADIUS_M * 3.141592653589793 / 180
_ASSESSED = (ClauseKind.PROHIBITION, ClauseKind.ACCESS)
_SIDES: dict[str, pl.DataType | type[pl.DataType]] = {
    "actor": pl.String,
    "involved": pl.String,
    "by": pl.String,
    "by_standing": pl.String,
    "on": pl.String,
    "on_standing": pl.String,
    "undirected": pl.Boolean,
    "bound_from": INSTANT,
}


@dataclass(frozen=True, slots=True)
class _Rule:
    """One line of a decision: the first rule whose condition is true decides."""

    when: pl.Expr
    verdict: Verdict
    reasons: pl.Expr


def assessed_clauses(agreement: Agreement) -> tuple[Clause, ...]:
    """Return the clauses that are assessed incident by incident."""
    return tuple(clause for clause in agreement.clauses if clause.kind in _ASSESSED)


def assess(incidents: pl.DataFrame, agreement: Agreement) -> pl.DataFrame:
    """Return the assessment table: incidents x assessed clauses, ordered by incident and clause."""
    facts = _facts(incidents, agreement)
    parts = [
        _against(facts, clause, agreement).with_columns(order=pl.lit(number))
        for number, clause in enumerate(assessed_clauses(agreement))
    ]
    if not parts:
        return pl.DataFrame(schema=ASSESSMENTS.schema)
    return pl.concat(parts).sort("incident_id", "order").select(ASSESSMENTS.names)


def overall(assessments: pl.DataFrame) -> pl.DataFrame:
    """Return one verdict for each incident: the first in the order of `Verdict` that any clause gives."""
    rank = pl.col("verdict").replace_strict(
        {verdict.value: number for number, verdict in enumerate(Verdict)}, return_dtype=pl.Int8
    )
    return (
        assessments.with_columns(rank=rank)
        .sort("incident_id", "rank", maintain_order=True)
        .group_by("incident_id", maintain_order=True)
        .agg(pl.col("verdict", "clause_id", "reasons").first())
    )


def _facts(incidents: pl.DataFrame, agreement: Agreement) -> pl.DataFrame:
    """Add what every clause asks: `when`, `where` and the standing of both sides."""
    register = Register(agreement)
    pairs = incidents.select("actor", "involved").unique(maintain_order=True)
    rows = [_pair(register, actor, involved) for actor, involved in pairs.iter_rows()]
    sides = pl.DataFrame(rows, schema=_SIDES, orient="row")
    return (
        incidents.select(INCIDENTS.names)
        .join(sides, on=["actor", "involved"], how="left", nulls_equal=True)
        .with_columns(_when(agreement), _where(agreement))
    )


def _pair(register: Register, actor: str | None, involved: str | None) -> tuple[object, ...]:
    sides = register.sides(actor, involved)
    if sides.undirected:
        one, two = _undirected(sides.undirected)
        froms = [side.bound_from for side in sides.undirected if side.bound_from]
        return (
            actor,
            involved,
            one.label,
            one.standing.value,
            two.label,
            two.standing.value,
            True,
            max(froms, default=None),
        )
    by, on = sides.actor, sides.target
    return (
        actor,
        involved,
        by.label if by else None,
        by.standing.value if by else None,
        on.label if on else None,
        on.standing.value if on else None,
        False,
        by.bound_from if by else None,
    )


def _undirected(sides: tuple[Side, ...]) -> tuple[Side, Side]:
    """Reduce three or more camps to two: the exempt, outside or unclear ones decide before the bound."""
    order = [Standing.EXEMPT, Standing.UNCLEAR, Standing.OUTSIDE, Standing.BOUND]
    ranked = sorted(sides, key=lambda side: (order.index(side.standing), side.label))
    rest = [side for side in ranked if side.standing is not Standing.EXEMPT]
    if ranked[0].standing is Standing.EXEMPT and len(rest) > 1:
        # a fight of three camps is exempt only if no two of the others can have fought each other
        mixed = Side(
            label=", ".join(side.label for side in ranked),
            standing=Standing.UNCLEAR,
            bound_from=None,
        )
        return mixed, rest[0]
    return ranked[0], ranked[1]


def _when(agreement: Agreement) -> pl.Expr:
    start, end = pl.col("occurred_from"), pl.col("occurred_to")
    in_force = pl.lit(agreement.in_force_at)
    inside, after = start >= in_force, pl.lit(value=False)
    if agreement.ends_at is not None:
        ends = pl.lit(agreement.ends_at)
        inside, after = inside & (end <= ends), start >= ends
    return (
        pl.when(end <= in_force)
        .then(pl.lit("before"))
        .when(after)
        .then(pl.lit("after"))
        .when(inside)
        .then(pl.lit("in"))
        .otherwise(pl.lit("open"))
        .alias("when")
    )


def _where(agreement: Agreement) -> pl.Expr:
    """Compare the disc with the area: wholly inside, wholly outside, or open."""
    area = agreement.area
    lat, lon = pl.col("lat"), pl.col("lon")
    north = pl.col("location_radius_m").fill_null(0.0) / _DEGREE_M
    east = north / lat.radians().cos().clip(0.01, 1.0)
    outside = (
        (lon + east < area.west)
        | (lon - east > area.east)
        | (lat + north < area.south)
        | (lat - north > area.north)
    )
    inside = (
        (lon - east >= area.west)
        & (lon + east <= area.east)
        & (lat - north >= area.south)
        & (lat + north <= area.north)
    )
    return (
        pl.when(lat.is_null())
        .then(pl.lit("missing"))
        .when(outside)
        .then(pl.lit("out"))
        .when(inside)
        .then(pl.lit("in"))
        .otherwise(pl.lit("open"))
        .alias("where")
    )


def _against(facts: pl.DataFrame, clause: Clause, agreement: Agreement) -> pl.DataFrame:
    rules = [*_scope(clause), *_open(clause), *_party_rules(clause), *_judged(clause)]
    verdict, reasons = pl.lit(None, pl.String), pl.lit(None, pl.String)
    for rule in reversed(rules):
        applies = rule.when.fill_null(value=False)
        verdict = pl.when(applies).then(pl.lit(rule.verdict.value)).otherwise(verdict)
        reasons = pl.when(applies).then(rule.reasons).otherwise(reasons)
    return facts.select(
        "incident_id",
        clause_id=pl.lit(clause.id),
        verdict=verdict,
        reasons=reasons,
        agreement_version=pl.lit(agreement.label),
    )


def _no_breach(when: pl.Expr, reasons: pl.Expr) -> _Rule:
    return _Rule(when, Verdict.NO_BREACH, reasons)


def _scope(clause: Clause) -> list[_Rule]:
    """Outside the scope whatever else is known: another act, before, after, elsewhere."""
    return [
        _no_breach(~_covered(clause), reason_of(ReasonCode.ACT_NOT_COVERED, _act_value(clause))),
        _no_breach(pl.col("when") == "before", pl.lit(reason(ReasonCode.BEFORE_START))),
        _no_breach(pl.col("when") == "after", pl.lit(reason(ReasonCode.AFTER_END))),
        _no_breach(pl.col("where") == "out", pl.lit(reason(ReasonCode.OUTSIDE_AREA))),
    ]


def _kinds(clause: Clause) -> tuple[list[str], list[str]]:
    """Return the kinds that the clause covers, and the less precise ones that may be covered."""
    assert clause.act is not None
    codes = list(vocabulary(VocabularyName.KIND))
    covered = [code for code in codes if any(covers(kind, code) for kind in clause.act.kinds)]
    vague = [
        code
        for code in codes
        if code not in covered and any(covers(code, kind) for kind in clause.act.kinds)
    ]
    return covered, vague


def _civilian(clause: Clause) -> pl.Expr:
    """Return true where the target, or the kind itself, is a civilian one; null where unknown."""
    assert clause.act is not None
    targets = [
        code
        for code in vocabulary(VocabularyName.TARGET)
        if any(covers(target, code) for target in clause.act.targets)
    ]
    by_kind = pl.col("kind").str.starts_with("civilians")
    by_target = pl.col("target").is_in(targets)
    return (
        pl.when(by_kind)
        .then(pl.lit(value=True))
        .when(pl.col("target") == "mixed")
        .then(None)
        .otherwise(by_target)
    )


def _covered(clause: Clause) -> pl.Expr:
    assert clause.act is not None
    covered, vague = _kinds(clause)
    by_kind = pl.col("kind").is_in([*covered, *vague])
    if clause.act.against is Protected.CIVILIANS:
        return by_kind & _civilian(clause).fill_null(value=True)
    return by_kind


def _act_value(clause: Clause) -> pl.Expr:
    assert clause.act is not None
    covered, vague = _kinds(clause)
    by_kind = pl.col("kind").is_in([*covered, *vague])
    if clause.act.against is Protected.CIVILIANS:
        return pl.when(by_kind).then(pl.col("target")).otherwise(pl.col("kind"))
    return pl.col("kind")


def _open(clause: Clause) -> list[_Rule]:
    """Time or place leave the scope itself open; so nothing further can be said."""
    missing_time = pl.col("occurred_from").is_null()
    time_reason = (
        pl.when(missing_time)
        .then(pl.lit(reason(ReasonCode.MISSING, Missing.TIME)))
        .otherwise(pl.lit(reason(ReasonCode.UNCERTAIN_TIME)))
    )
    place_reason = (
        pl.when(pl.col("where") == "missing")
        .then(pl.lit(reason(ReasonCode.MISSING, Missing.PLACE)))
        .otherwise(pl.lit(reason(ReasonCode.UNCERTAIN_PLACE)))
    )
    covered, vague = _kinds(clause)
    rules = [
        _Rule(pl.col("when") == "open", Verdict.NOT_DETERMINABLE, time_reason),
        _Rule(pl.col("where") != "in", Verdict.NOT_DETERMINABLE, place_reason),
    ]
    if vague:
        rules.append(
            _Rule(
                pl.col("kind").is_in(vague) & ~pl.col("kind").is_in(covered),
                Verdict.NOT_DETERMINABLE,
                reason_of(ReasonCode.IMPRECISE_KIND, pl.col("kind")),
            )
        )
    return rules


def _is(side: str, standing: Standing) -> pl.Expr:
    return pl.col(f"{side}_standing") == standing.value


def _party_rules(clause: Clause) -> list[_Rule]:
    """Who is exempt or not bound, as far as it is known."""
    assert clause.act is not None
    undirected = pl.col("undirected")
    rules = []
    if clause.act.against is Protected.PARTIES:
        rules.append(
            _Rule(
                _is("on", Standing.EXEMPT),
                Verdict.EXEMPT,
                reason_of(ReasonCode.EXEMPT_TARGET, pl.col("on")),
            )
        )
    directed = pl.lit(value=True) if clause.act.against is Protected.PARTIES else ~undirected
    rules.append(
        _Rule(
            _is("by", Standing.EXEMPT) & directed,
            Verdict.EXEMPT,
            reason_of(ReasonCode.EXEMPT_ACTOR, pl.col("by")),
        )
    )
    late = (pl.col("occurred_to") <= pl.col("bound_from")) & _is("by", Standing.BOUND)
    rules.append(
        _no_breach(
            (_is("by", Standing.OUTSIDE) & directed) | late,
            reason_of(ReasonCode.NOT_BOUND, pl.col("by")),
        )
    )
    if clause.act.against is Protected.PARTIES:
        rules.append(
            _no_breach(_is("on", Standing.OUTSIDE), reason_of(ReasonCode.NOT_BOUND, pl.col("on")))
        )
    return rules


def _judged(clause: Clause) -> list[_Rule]:
    """What is missing makes it not determinable; what is left is a breach."""
    assert clause.act is not None
    between = clause.act.against is Protected.PARTIES
    undirected = pl.col("undirected")
    gaps = [
        pl.when(pl.col("by").is_null()).then(pl.lit(reason(ReasonCode.MISSING, Missing.ACTOR))),
        pl.when(_is("by", Standing.UNCLEAR)).then(
            reason_of(ReasonCode.UNCLEAR_STANDING, pl.col("by"))
        ),
    ]
    if between:
        gaps += [
            pl.when(pl.col("on").is_null()).then(
                pl.lit(reason(ReasonCode.MISSING, Missing.TARGET))
            ),
            pl.when(_is("on", Standing.UNCLEAR)).then(
                reason_of(ReasonCode.UNCLEAR_STANDING, pl.col("on"))
            ),
        ]
    else:
        gaps.append(pl.when(undirected).then(pl.lit(reason(ReasonCode.AUTHOR_UNDETERMINED))))
    if clause.act.against is Protected.CIVILIANS:
        gaps += [
            pl.when(_civilian(clause).is_null() & (pl.col("target") == "mixed")).then(
                pl.lit(reason(ReasonCode.MIXED_TARGET))
            ),
            pl.when(_civilian(clause).is_null() & pl.col("target").is_null()).then(
                pl.lit(reason(ReasonCode.MISSING, Missing.TARGET_KIND))
            ),
        ]
    gap = pl.concat_str(gaps, separator="|", ignore_nulls=True)
    breach = pl.when(undirected).then(
        pl.concat_str(
            pl.lit(reason(ReasonCode.AUTHOR_UNDETERMINED)),
            reason_of(ReasonCode.BY, pl.col("by") + ", " + pl.col("on")),
            separator="|",
        )
    )
    named = reason_of(ReasonCode.BY, pl.col("by"))
    if between:
        against = reason_of(ReasonCode.AGAINST, pl.col("on"))
    elif clause.act.against is Protected.CIVILIANS:
        against = reason_of(ReasonCode.AGAINST, pl.coalesce("target", pl.lit("civilian")))
    else:
        against = pl.lit(None, pl.String)
    directed = pl.concat_str(named, against, separator="|", ignore_nulls=True)
    return [
        _Rule(gap != "", Verdict.NOT_DETERMINABLE, gap),
        _Rule(pl.lit(value=True), Verdict.BREACH, breach.otherwise(directed)),
    ]
