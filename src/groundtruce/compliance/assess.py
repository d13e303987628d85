"""Assessment: every incident against every clause that covers acts, with the reasons of each verdict.

* `not_determinable` is the default: a verdict stands only if it holds over the stated precision, and under every
  reading of the start and of the clause.
* `decide_incidents` is the kernel: one small number for each incident and rule. `assess` adds the reasons and the
  probability of breach, as the table that people read; no incident and no clause is ever left out of it.
* Cost grows with incidents times clauses.
"""

from collections.abc import Sequence

import polars as pl

from groundtruce.agreement.condition import Atom
from groundtruce.agreement.document import hash_terms
from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.questions.answers import Facts
from groundtruce.compliance.reason_code import ReasonCode, readings_column, reason_column
from groundtruce.compliance.reasons import breach_probability, explain_verdict
from groundtruce.compliance.rule import Rule, derive_rules, select_assessed_clauses
from groundtruce.compliance.verdict import VERDICTS, decide
from groundtruce.model.code import Verdict
from groundtruce.model.table import ASSESSMENTS, INCIDENTS

__all__ = [
    "answer_atoms",
    "assess",
    "assess_facts",
    "atom_columns",
    "decide_incidents",
    "label_terms",
    "pick_overall",
    "select_assessed_clauses",
]

_NAMES = {number: verdict.value for number, verdict in enumerate(VERDICTS)}


def label_terms(agreement: Agreement) -> str:
    """Return what an assessment names: the agreement, its version, and the beginning of the hash of its terms."""
    return f"{agreement.label}@{hash_terms(agreement)[:12]}"


def atom_columns(rules: Sequence[Rule]) -> dict[Atom, str]:
    """Return a column name for each atom of the rules."""
    atoms = dict.fromkeys(atom for rule in rules for atom in rule.atoms)
    return {atom: f"atom_{number}" for number, atom in enumerate(atoms)}


def answer_atoms(facts: Facts, rules: Sequence[Rule]) -> pl.DataFrame:
    """Return the answers of all incidents to all atoms: Boolean columns named by `atom_columns`."""
    columns = atom_columns(rules)
    return pl.DataFrame({name: facts.answer(atom).value for atom, name in columns.items()})


def decide_incidents(incidents: pl.DataFrame, agreement: Agreement) -> pl.DataFrame:
    """Return incidents x rules as the place of each verdict in `VERDICTS` (UInt8), columns `rule_0` and so on."""
    rules = derive_rules(agreement)
    return _decide_rules(answer_atoms(Facts(incidents, agreement), rules), rules)


def _decide_rules(atom_answers: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Decide each rule from the answers to its atoms."""
    columns = atom_columns(rules)
    return atom_answers.select(
        decide(rule, lambda atom: pl.col(columns[atom])).alias(f"rule_{number}")
        for number, rule in enumerate(rules)
    )


def assess(incidents: pl.DataFrame, agreement: Agreement) -> pl.DataFrame:
    """Return the assessment table: incidents x assessed clauses, ordered by incident and clause."""
    return assess_facts(Facts(incidents.select(INCIDENTS.names), agreement), agreement)


def assess_facts(facts: Facts, agreement: Agreement) -> pl.DataFrame:
    """Return the same of incidents whose facts are at hand."""
    rules = derive_rules(agreement)
    if not rules:
        return pl.DataFrame(schema=ASSESSMENTS.schema)
    atom_answers = answer_atoms(facts, rules)
    shares = {
        f"share_{name}": share()
        for atom, name in atom_columns(rules).items()
        if (share := facts.answer(atom).share) is not None
    }
    context = pl.concat(
        [facts.context, atom_answers, pl.DataFrame(shares), _decide_rules(atom_answers, rules)],
        how="horizontal",
    )
    version = label_terms(agreement)
    parts = [
        _clause_rows(context, facts, rules, clause.id).with_columns(
            clause_id=pl.lit(clause.id),
            agreement_version=pl.lit(version),
            order=pl.lit(number),
        )
        for number, clause in enumerate(select_assessed_clauses(agreement))
    ]
    return pl.concat(parts).sort("incident_id", "order").select(ASSESSMENTS.names)


def pick_overall(assessments: pl.DataFrame) -> pl.DataFrame:
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


def _clause_rows(
    context: pl.DataFrame, facts: Facts, rules: Sequence[Rule], clause_id: str
) -> pl.DataFrame:
    """Return the rows of one clause: the verdict of its rule, or what its readings have in common."""
    columns = atom_columns(rules)

    def value(atom: Atom) -> pl.Expr:
        return pl.col(columns[atom])

    def share(atom: Atom) -> pl.Expr:
        name = f"share_{columns[atom]}"
        return pl.col(name) if name in context.columns else pl.lit(None, pl.Float64)

    readings = [
        (f"rule_{number}", rule) for number, rule in enumerate(rules) if rule.clause.id == clause_id
    ]
    first, rule = readings[0]
    same = pl.all_horizontal([pl.col(first) == pl.col(name) for name, _ in readings])
    same_verdict = context.filter(same) if len(readings) > 1 else context
    parts = []
    for code, verdict in enumerate(VERDICTS):
        chosen = same_verdict.filter(pl.col(first) == code)
        reasons = explain_verdict(
            rule,
            verdict,
            value,
            lambda atom: facts.answer(atom).no,
            lambda atom: facts.answer(atom).unknown,
        )
        chance = breach_probability(rule, value, share)
        if verdict is not Verdict.NOT_DETERMINABLE:
            chance = pl.lit(None, pl.Float64)
        parts.append(_rows(chosen, verdict, reasons, chance))
    if len(readings) > 1:
        rivals = _rivals([rule for _, rule in readings], [_verdict(name) for name, _ in readings])
        nothing = pl.lit(None, pl.Float64)
        parts.append(_rows(context.filter(~same), Verdict.NOT_DETERMINABLE, rivals, nothing))
    return pl.concat(parts)


def _rows(
    chosen: pl.DataFrame, verdict: Verdict, reasons: pl.Expr, chance: pl.Expr
) -> pl.DataFrame:
    """Return rows of the table that share a verdict."""
    return chosen.select(
        "incident_id",
        verdict=pl.lit(verdict.value),
        reasons=reasons,
        breach_probability=chance,
    )


def _verdict(column: str) -> pl.Expr:
    """Return the verdicts of a rule by name."""
    return pl.col(column).replace_strict(_NAMES, return_dtype=pl.String)


def _rivals(rules: Sequence[Rule], verdicts: Sequence[pl.Expr]) -> pl.Expr:
    """Return what each reading comes to: `rival_start(signature: breach / resolution: no_breach)`."""
    by_start = len({rule.start for rule in rules}) > 1
    code = ReasonCode.RIVAL_START if by_start else ReasonCode.RIVAL_READING
    names = [" ".join(filter(None, (rule.start, rule.reading))) for rule in rules]
    return reason_column(code, readings_column(list(zip(names, verdicts, strict=True))))
