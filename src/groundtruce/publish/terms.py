"""The terms as people read them: each clause in words beside its machine form, as text and as a page."""

from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from groundtruce.agreement.document import hash_terms, write_agreement
from groundtruce.agreement.duty import Due, Duty
from groundtruce.agreement.shape import read_condition
from groundtruce.agreement.terms import Agreement, Clause, Hours, Scope
from groundtruce.language.prose import condition_text
from groundtruce.language.words import Words
from groundtruce.model.code import Language
from groundtruce.publish.template import bdi, environment, style

__all__ = ["ClauseProse", "clause_prose", "render_terms", "terms_text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseProse:
    """A clause as read: what its text says, what the machine tests, and its part of the document."""

    clause: Clause
    title: str
    text: str
    tests: tuple[str, ...]
    machine: str


def clause_prose(agreement: Agreement, words: Words) -> tuple[ClauseProse, ...]:
    """Return every clause as read, in the order of the document."""
    written: list[Mapping[str, object]] = yaml.safe_load(write_agreement(agreement))["clauses"]
    texts = ("title", "text", "cite", "ambiguity")
    return tuple(
        ClauseProse(
            clause=clause,
            title=clause.title[words.language],
            text=clause.text[words.language],
            tests=tuple(_tests(clause, words)),
            machine=yaml.safe_dump(
                {name: value for name, value in part.items() if name not in texts},
                allow_unicode=True,
                sort_keys=False,
                width=60,
                default_flow_style=None,
            ),
        )
        for clause, part in zip(agreement.clauses, written, strict=True)
    )


def _tests(clause: Clause, words: Words) -> list[str]:
    """Return what the machine asks of an incident, as a lawyer would check it."""
    say, lines = words.say, []
    bearer = words.enumerate_texts([words.party(party) for party in clause.bearer])
    if bearer:
        lines.append(say("Binds: {value}").format(value=bearer))
    if clause.act is None:
        for name, scope in clause.versions():
            lines += [f"{name}: {line}" if name else line for line in _scope(scope, words)]
        reason = words.not_assessed(clause)
        return [*lines, say("Not assessed, because {reason}.").format(reason=reason)]
    kinds = words.enumerate_texts([words.label("kind", kind) for kind in clause.act.kinds])
    lines.append(say("Covers: {value}").format(value=kinds))
    if clause.act.targets:
        hit = words.enumerate_texts(
            [words.label("target", target) for target in clause.act.targets]
        )
        lines.append(say("Protects: {value}").format(value=hit))
    common = _scope(clause, words)
    lines += common
    for name, scope in clause.versions():
        lines += [f"{name}: {line}" for line in _scope(scope, words) if name and line not in common]
    lines += [f"{reading.id}: {reading.cite}" for reading in clause.readings]
    exceptions = {
        exception.id: exception.title[words.language] for exception in words.agreement.exceptions
    }
    if clause.unless:
        listed = words.enumerate_texts([exceptions[exception_id] for exception_id in clause.unless])
        lines.append(say("Unless: {value}").format(value=listed))
    return lines


def _scope(scope: Scope, words: Words) -> list[str]:
    lines = []
    if scope.where is not None:
        text = condition_text(words, read_condition(scope.where))
        lines.append(words.say("Where: {value}").format(value=text))
    if scope.holds is not None:
        text = condition_text(words, read_condition(scope.holds))
        lines.append(words.say("If: {value}").format(value=text))
    if scope.hours is not None:
        text = words.say("left to be agreed")
        if isinstance(scope.hours, Hours):
            text = f"{scope.hours.start:%H:%M}–{scope.hours.end:%H:%M}"
        lines.append(words.say("Hours: {value}").format(value=text))
    return [*lines, *(_duty(scope.duty, words) if scope.duty else ())]


def _duty(duty: Duty, words: Words) -> list[str]:
    """Return by when, how much, and how often."""
    lines = []
    if duty.due is not None:
        lines.append(_due(duty.due, words))
    for tranche in duty.tranches:
        amount = f"{words.number(tranche.amount)} {duty.unit}"
        lines.append(f"{amount} – {_due(tranche.due, words)}")
    if duty.every_days is not None:
        lines.append(words.say_many("Every {n} day", "Every {n} days", duty.every_days))
    return lines


def _due(due: Due, words: Words) -> str:
    if due.at is not None:
        return words.say("Before: {value}").format(value=words.moment(due.at))
    assert due.anchor is not None
    assert due.offset is not None
    name, _, state = due.anchor.partition(".")
    events = {event.id: event.title[words.language] for event in words.agreement.events}
    anchor = words.say("the start of the terms")
    if due.anchor in events:
        anchor = events[due.anchor]
    elif state:
        anchor = f"{name} {words.clause(name)}"
    if due.offset.hours is not None:
        text = words.say_many("Within {n} hour of:", "Within {n} hours of:", due.offset.hours)
    else:
        text = words.say_many("Within {n} day of:", "Within {n} days of:", due.offset.days or 0)
    return f"{text} {anchor}"


def terms_text(agreement: Agreement, language: Language) -> list[str]:
    """Return the terms as lines for a terminal."""
    words = Words(language, agreement)
    lines = [agreement.title[language], f"{agreement.label} @ {hash_terms(agreement)[:12]}", ""]
    for prose in clause_prose(agreement, words):
        lines += [f"{prose.clause.id}  {prose.title}", f"    {prose.text}"]
        lines += [f"    [{line}]" for line in prose.tests]
        if prose.clause.ambiguity is not None:
            open_text = words.say("Open: {value}").format(value=prose.clause.ambiguity[language])
            lines.append(f"    {open_text}")
        lines += [f"    {prose.clause.cite}", ""]
    return lines[:-1]


def render_terms(agreement: Agreement, language: Language) -> str:
    """Return the terms as one page, self-contained: the prose of each clause beside its machine form."""
    words = Words(language, agreement)
    return (
        environment()
        .get_template("agreement.html")
        .render(
            agreement=agreement,
            digest=hash_terms(agreement),
            clauses=clause_prose(agreement, words),
            words=words,
            say=words.say,
            style=style(),
            other_languages=[other for other in Language if other is not language],
            bdi=bdi,
        )
    )
