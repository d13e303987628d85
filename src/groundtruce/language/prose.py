"""Prose: conditions and questions of an agreement in words, and why a verdict came out as it did."""

from groundtruce.agreement.condition import All, AnyOf, Atom, Condition, Constant, Not
from groundtruce.compliance.explanation import Branch, BranchKind, Explanation
from groundtruce.language.words import Words
from groundtruce.model.message import translatable
from groundtruce.model.vocabulary import VocabularyName, load_vocabulary

__all__ = [
    "answer",
    "branch_lines",
    "branch_title",
    "condition_text",
    "explanation_lines",
    "question",
]

_QUESTIONS = {
    "kind": translatable("what happened is one of: {value}"),
    "weapon": translatable("the weapon is one of: {value}"),
    "target": translatable("what was hit is one of: {value}"),
    "time": translatable("it happened while the clause held"),
    "in": translatable("it happened in: {value}"),
    "by": translatable("it was done by: {value}"),
    "against": translatable("it was done to: {value}"),
    "attacked_before": translatable("those who acted had been attacked before: {value}"),
}

_SIDES = {
    ("bound", "actor"): translatable("who acted is bound by the terms"),
    ("bound", "target"): translatable("who was hit is bound by the terms"),
    ("exempt", "actor"): translatable("who acted is left out of the terms"),
    ("exempt", "target"): translatable("who was hit is left out of the terms"),
}

_BRANCHES = {
    BranchKind.ACT: translatable("The act"),
    BranchKind.TIME: translatable("The time"),
    BranchKind.PLACE: translatable("The place"),
    BranchKind.CONDITION: translatable("A condition"),
    BranchKind.BOUND: translatable("Who is bound"),
    BranchKind.EXEMPT: translatable("Who is left out"),
    BranchKind.EXCEPTION: translatable("An exception"),
}

_ANSWERS = {
    True: translatable("yes"),
    False: translatable("no"),
    None: translatable("not known"),
}


def answer(words: Words, value: bool | None) -> str:
    """Return yes, no, or not known."""
    return words.say(_ANSWERS[value])


def question(words: Words, atom: Atom) -> str:
    """Return what an atom asks, in words."""
    facts = words.agreement.facts
    if atom.comparison is not None:
        asked = facts[atom.name].question[words.language]
        return f"{asked} {atom.comparison} {' '.join(atom.arguments)}"
    if atom.name in _QUESTIONS:
        return words.say(_QUESTIONS[atom.name]).format(value=_arguments(words, atom))
    side = (atom.name, *atom.arguments[:1])
    if len(side) > 1 and (side[0], side[1]) in _SIDES:
        return words.say(_SIDES[side[0], side[1]])
    if atom.name in facts:
        return facts[atom.name].question[words.language]
    definition = words.agreement.definitions.get(atom.name)
    return definition.name[words.language] if definition else str(atom)


def _arguments(words: Words, atom: Atom) -> str:
    if atom.name in [vocabulary.value for vocabulary in VocabularyName]:
        name = VocabularyName(atom.name)
        known = [term for term in atom.arguments if term in load_vocabulary(name)]
        return words.enumerate_texts([words.label(atom.name, term) for term in known])
    if atom.name == "in":
        places = words.agreement.places
        return words.enumerate_texts(
            [places[place].name[words.language] for place in atom.arguments]
        )
    return words.enumerate_texts([words.party(party) for party in atom.arguments])


def condition_text(words: Words, condition: Condition) -> str:
    """Return a condition in words, with parentheses only where one list stands in another."""
    match condition:
        case Constant(value):
            return answer(words, value)
        case Not(part):
            return words.say("not ({value})").format(value=condition_text(words, part))
        case All(parts) | AnyOf(parts):
            glue = words.say(" and ") if isinstance(condition, All) else words.say(" or ")
            return glue.join(
                f"({condition_text(words, part)})"
                if isinstance(part, All | AnyOf)
                else condition_text(words, part)
                for part in parts
            )
        case Atom():
            return question(words, condition)


def branch_title(words: Words, branch: Branch) -> str:
    """Return what a branch of an explanation is about."""
    title = words.say(_BRANCHES[branch.kind])
    if not branch.name:
        return title
    exceptions = {
        exception.id: exception.title[words.language] for exception in words.agreement.exceptions
    }
    return f"{title} ({exceptions.get(branch.name, branch.name)})"


def branch_lines(words: Words, branch: Branch) -> list[str]:
    """Return a branch of an explanation: what it asks, its answer, and its leaves below."""
    title = branch_title(words, branch)
    if len(branch.leaves) == 1 and branch.leaves[0].atom == branch.condition:
        return [
            f"{title}: {question(words, branch.leaves[0].atom)} – {answer(words, branch.value)}"
        ]
    return [
        f"{title} – {answer(words, branch.value)}",
        *(
            f"  {question(words, leaf.atom)} – {answer(words, leaf.value)}"
            for leaf in branch.leaves
        ),
    ]


def explanation_lines(words: Words, explanation: Explanation) -> list[str]:
    """Return the sentence of a verdict, the paragraph that it rests on, and the tree of what decided."""
    lines = [
        words.sentence(explanation.clause_id, explanation.verdict, explanation.reasons),
        f"  {explanation.cite}",
    ]
    if explanation.breach_probability is not None:
        percent = words.number(round(100 * explanation.breach_probability))
        lines.append("  " + words.say("The probability of a breach is {n} %.").format(n=percent))
    for name, branches in explanation.readings:
        if name:
            lines.append("  " + words.say("In the reading {name}:").format(name=name))
        lines += [f"    {line}" for branch in branches for line in branch_lines(words, branch)]
    return lines
