"""Conditions and rules as answer-set programs: an oracle that shares no code with the engines."""

from collections.abc import Mapping, Sequence

import clingo

from groundtruce.agreement.condition import All, AnyOf, Atom, Condition, Constant, Not
from groundtruce.compliance.rule import Rule

VERDICTS = """
no_breach(R) :- no(scope,R).
no_breach(R) :- no(bound,R), not yes(exempt,R).
exempt(R) :- yes(exempt,R), not no_breach(R).
exempt(R) :- yes(scope,R), yes(bound,R), no(exempt,R), yes(excepted,R).
breach(R) :- yes(scope,R), yes(bound,R), no(exempt,R), no(excepted,R).
not_determinable(R) :- row(R), not no_breach(R), not exempt(R), not breach(R).
"""
"""The order of decision, as `docs/reference/agreement.md` states it."""


def program(condition: Condition, names: Mapping[Atom, str], root: str) -> str:
    """Return rules that derive `yes(root, Row)` and `no(root, Row)` from those of the atoms."""
    rules: list[str] = []

    def rule(part: Condition, name: str) -> str:
        def child(inner: Condition, number: int) -> str:
            return rule(inner, f"{name}_{number}")

        text = ""
        match part:
            case Atom():
                atom = names[part]
                text = f"yes({name},R) :- yes({atom},R). no({name},R) :- no({atom},R)."
            case Constant(value):
                text = f"{'yes' if value else 'no'}({name},R) :- row(R)."
            case Not(inner):
                below = child(inner, 0)
                text = f"yes({name},R) :- no({below},R). no({name},R) :- yes({below},R)."
            case All(parts) | AnyOf(parts):
                one, every = ("no", "yes") if isinstance(part, All) else ("yes", "no")
                below_all = [child(inner, number) for number, inner in enumerate(parts)]
                text = f"{every}({name},R) :- {', '.join(f'{every}({b},R)' for b in below_all)}. "
                text += " ".join(f"{one}({name},R) :- {one}({b},R)." for b in below_all)
        rules.append(text)
        return name

    rule(condition, root)
    return "\n".join(rules)


def facts_of(rows: Sequence[Sequence[bool | None]], names: Sequence[str]) -> str:
    """Return the answers of rows as facts; an unknown one is not there."""
    lines = []
    for number, row in enumerate(rows):
        lines.append(f"row({number}).")
        lines += [
            f"{'yes' if value else 'no'}({name},{number})."
            for name, value in zip(names, row, strict=True)
            if value is not None
        ]
    return "\n".join(lines)


def solved(text: str) -> list[clingo.Symbol]:
    """Return the atoms of the one answer set of a program."""
    control = clingo.Control(["--warn=none"])
    control.add("base", [], text)
    control.ground([("base", [])])
    with control.solve(yield_=True) as handle:
        (model,) = handle
        return list(model.symbols(atoms=True))


def verdicts_of(rule: Rule, rows: Sequence[Sequence[bool | None]]) -> list[str]:
    """Return what clingo derives for the answers to `rule.atoms` in each row."""
    names = {atom: f"a{number}" for number, atom in enumerate(rule.atoms)}
    parts = {
        "scope": rule.in_scope,
        "bound": rule.is_bound,
        "exempt": rule.is_exempt,
        "excepted": rule.is_excepted,
    }
    text = "\n".join(program(condition, names, root) for root, condition in parts.items())
    found = {"no_breach", "exempt", "breach", "not_determinable"}
    verdicts: list[list[str]] = [[] for _ in rows]
    for symbol in solved("\n".join((facts_of(rows, list(names.values())), text, VERDICTS))):
        if symbol.name in found:
            verdicts[symbol.arguments[0].number].append(symbol.name)
    return [one for (one,) in verdicts]
