"""Assessment of synthetic incidents against a synthetic agreement of many clauses and zones, and against json-logic.

The peer visits each row with one rule of JSON for each clause, over the same answers; it is measured on a sample of
rows and extrapolated, since it takes hours for all.
"""

from collections.abc import Iterator
from time import perf_counter

import numpy as np
import polars as pl
from json_logic import jsonLogic

from benchmarks.synthetic import synthetic_incidents
from groundtruce.agreement.condition import All, AnyOf, Atom, Condition, Constant, Not
from groundtruce.agreement.document import parse_agreement
from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.assess import answer_atoms, assess, atom_columns, decide_incidents
from groundtruce.compliance.questions.answers import Facts
from groundtruce.compliance.rule import derive_rules

__all__ = ["COLUMNS", "assessing", "synthetic_agreement"]

COLUMNS = ("job", "incidents", "clauses", "zones", "ours, s", "peer, s", "ratio", "verdicts/s")
_ZONES = 22
_SAMPLE = 200
_KINDS = ("fire", "fire.airstrike", "fire.mortar", "manoeuvre", "civilians", "access")


def synthetic_agreement(clauses: int, seed: int = 7) -> Agreement:
    """Return an agreement of so many clauses over 22 twelve-sided zones; nobody ever signed it."""
    chance = np.random.default_rng(seed)
    text = "{en: synthetic, fr: synthétique, ar: اصطناعي}"
    lines = [
        "groundtruce_agreement: 2",
        "agreement:",
        "  id: synthetic",
        "  version: 1",
        f"  title: {text}",
        "  sources: [{id: generator, title: a generator, role: authentic}]",
        "time: {zone: Asia/Damascus, in_force: [{at: 2016-02-27T00:00:00, cite: a generator}]}",
        "facts:",
        f"  calibre: {{question: {text}, unit: mm}}",
        f"  ordered: {{question: {text}}}",
        "places:",
    ]
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    for number in range(_ZONES):
        west, south = chance.uniform(37, 41.7), chance.uniform(33.3, 36.3)
        outline = [
            f"[{west + 0.3 * np.cos(angle):.4f}, {south + 0.3 * np.sin(angle):.4f}]"
            for angle in angles
        ]
        lines.append(
            f"  zone_{number}: {{name: {text}, cite: a generator, polygon: [{', '.join(outline)}]}}"
        )
    lines.append("parties:")
    lines += [
        f"  - {{id: side_{side}, name: {text}, names: [side {side}], side: {side}, standing: bound, "
        f"accepted_at: 2016-02-26T00:00:00, cite: a generator}}"
        for side in ("one", "two")
    ]
    lines.append("clauses:")
    for number in range(clauses):
        kinds = ", ".join(sorted(set(chance.choice(_KINDS, 2))))
        near, other = number % _ZONES, int(chance.integers(_ZONES))
        extra = ("", "    if: ordered or calibre >= 100 mm\n", "    if: not ordered\n")[number % 3]
        against = ("parties", "anyone")[number % 2]
        lines.append(
            f"  - id: S{number}\n    kind: prohibition\n    cite: a generator\n    title: {text}\n"
            f"    text: {text}\n    where: in(zone_{near}, zone_{other})\n{extra}"
            f"    act: {{kinds: [{kinds}], against: {against}}}"
        )
    return parse_agreement("synthetic", "\n".join(lines).encode())


def assessing(sizes: tuple[int, ...], clause_counts: tuple[int, ...]) -> Iterator[tuple[str, ...]]:
    """Yield rows: growth with incidents, the peer, growth with clauses, and the table with reasons."""
    least = min(clause_counts)
    agreement = synthetic_agreement(least)
    for size in sizes:
        incidents = synthetic_incidents(size, seed=3)
        ours = _seconds(incidents, agreement)
        peer = _peer(incidents, agreement) if size == sizes[-1] else None
        yield _row("verdicts; peer: json-logic" if peer else "verdicts", size, least, ours, peer)
    some = synthetic_incidents(min(sizes[-1], 100_000), seed=3)
    for count in clause_counts:
        ours = _seconds(some, synthetic_agreement(count))
        yield _row("verdicts", some.height, count, ours, None)
    some = some.head(10_000)
    started = perf_counter()
    assess(some, agreement)
    ours = perf_counter() - started
    yield _row("verdicts, reasons, probability", some.height, least, ours, None)


def _seconds(incidents: pl.DataFrame, agreement: Agreement) -> float:
    started = perf_counter()
    decide_incidents(incidents, agreement)
    return perf_counter() - started


def _peer(incidents: pl.DataFrame, agreement: Agreement) -> float:
    """Return the seconds that the peer would take for all rows; it is given the answers for nothing."""
    rules = derive_rules(agreement)
    columns = atom_columns(rules)
    sample = incidents.head(_SAMPLE)
    rows = answer_atoms(Facts(sample, agreement), rules).fill_null(value=False).to_dicts()
    written = [
        (
            _json_logic(rule.in_scope, columns),
            _json_logic(rule.is_bound, columns),
            _json_logic(rule.is_exempt, columns),
            _json_logic(rule.is_excepted, columns),
        )
        for rule in rules
    ]
    started = perf_counter()
    for row in rows:
        for scope, bound, exempt, excepted in written:
            jsonLogic({"and": [scope, bound, {"!": exempt}, {"!": excepted}]}, row)
    return (perf_counter() - started) / sample.height * incidents.height


def _json_logic(condition: Condition, columns: dict[Atom, str]) -> object:
    match condition:
        case Atom():
            return {"var": columns[condition]}
        case Constant(value):
            return value
        case Not(part):
            return {"!": [_json_logic(part, columns)]}
        case All(parts):
            return {"and": [_json_logic(part, columns) for part in parts]}
        case AnyOf(parts):
            return {"or": [_json_logic(part, columns) for part in parts]}


def _row(
    job: str, incidents: int, clauses: int, ours: float, peer: float | None
) -> tuple[str, ...]:
    return (
        job,
        f"{incidents:,}",
        f"{clauses:,}",
        f"{_ZONES}",
        f"{ours:.2f}",
        f"{peer:,.0f}" if peer else "",
        f"{peer / ours:,.0f}" if peer else "",
        f"{incidents * clauses / ours:,.0f}",
    )
