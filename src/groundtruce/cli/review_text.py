"""Questions and effects in plain words: two reports side by side, and what a decision would change."""

from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from shlex import quote
from shutil import get_terminal_size

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from groundtruce.fusion.review.effect import Effect, IncidentChange
from groundtruce.fusion.review.questions import Question
from groundtruce.fusion.review.reason import pair_reasons
from groundtruce.model.instant import format_column, format_instant
from groundtruce.node.authoring.decision import Proposal, Review
from groundtruce.view.project.decisions import RecordedDecision

__all__ = [
    "decision_as_json",
    "describe_decision",
    "effect_lines",
    "question_lines",
    "questions_as_json",
]

_FIELDS = (
    "report_id",
    "source",
    "occurred_from",
    "occurred_to",
    "time_precision",
    "place_name",
    "lat",
    "lon",
    "location_radius_m",
    "kind",
    "weapon",
    "target",
    "actor",
    "killed_low",
    "killed_best",
    "killed_high",
    "text",
    "reference",
)
"""What a person needs to know of a report to compare it."""
_EXCERPT = 240
"""Characters of a text that are shown; `--json` has all."""
_WIDTH = (60, 120)
_LISTED = 6
"""Reports of an incident that are named."""


def questions_as_json(review: Review, questions: Sequence[Question]) -> list[dict[str, object]]:
    """Return questions as JSON objects: with the fields of both reports, the reason in words, and the answers.

    The answers are commands without the node and the reason: that it is one event, and that it is several.
    """
    if not questions:
        return []
    ids = review.fused.linked.reports.report_id
    row_of = {name: row for row, name in enumerate(ids)}
    pairs = np.array(
        [sorted((row_of[question.report_id], row_of[question.other_id])) for question in questions],
        np.int32,
    )
    sentences = pair_reasons(review.fused.linked, pairs[:, ::-1].T)["sentence"]
    named = {name for question in questions for name in (question.report_id, question.other_id)}
    times = [format_column(name) for name in ("occurred_from", "occurred_to")]
    rows = (
        review.reports.filter(pl.col("report_id").is_in(named))
        .with_columns(times)
        .select(_FIELDS)
        .join(review.fused.links.select("report_id", "incident_id"), on="report_id")
    )
    reports = {row["report_id"]: row for row in rows.to_dicts()}
    return [
        {
            **question.as_json(),
            "sentence": sentence,
            "reports": [reports[question.report_id], reports[question.other_id]],
            "answers": _answers(question, reports),
        }
        for question, sentence in zip(questions, sentences, strict=True)
    ]


def question_lines(node: str, number: int, question: Mapping[str, object]) -> list[str]:
    """Return a question for people: what is asked, the two reports side by side, and how to answer."""
    reports = question["reports"]
    assert isinstance(reports, list)
    answers = question["answers"]
    assert isinstance(answers, list)
    chance = question["probability"]
    standing = (
        f"One incident now; the first stands there rightly with probability {chance}."
        if question["together"]
        else f"Two incidents now; they are one with probability {chance}."
    )
    figures = ", ".join(
        f"{question[name]:+,} {words}"
        for name, words in (
            ("incidents", "incidents"),
            ("killed", "killed"),
            ("corroborated", "corroborated incidents"),
        )
    )
    return [
        f"{number}. One event, or two? {standing} The other answer would change about: {figures}.",
        f"From the two alone: {question['sentence']}",
        *_align_reports([_describe_report(report) for report in reports]),
        *(
            f"groundtruce review {verb} {' '.join(map(quote, [node, *names]))} --reason …"
            for verb, *names in answers
        ),
        "",
    ]


def _answers(question: Question, reports: Mapping[str, Mapping[str, object]]) -> list[list[str]]:
    """Return the commands that answer a question: one event, then several."""
    pair = [question.report_id, question.other_id]
    if question.together:
        return [["same", *pair], ["split", question.report_id]]
    return [["merge", *(str(reports[name]["incident_id"]) for name in pair)], ["different", *pair]]


def effect_lines(proposal: Proposal) -> list[str]:
    """Return for people which incidents become which, the figures, and what is heeded no more or again."""
    effect = proposal.effect
    lines = [_change(change) for change in effect.changes]
    if not lines:
        lines = ["No incident changes now; the decision holds for what comes later."]
    lines.append(_figures(effect))
    for words, several in (("No longer", proposal.silenced), ("Again", proposal.heard)):
        lines += [f"{words} heeded: {describe_decision(decision)}" for decision in several]
    return lines


def describe_decision(one: RecordedDecision) -> str:
    """Return a decision for people."""
    decision = one.decision
    verb = "one event" if decision.together else "different events"
    against = f" against {_list_items(decision.against)}" if decision.against else ""
    return (
        f"{one.identifier.hex()[:12]}, {one.author}, {one.filed_at:%Y-%m-%d %H:%M} UTC: "
        f"{verb}, {_list_items(decision.reports)}{against}, because “{one.reason}”"
    )


def decision_as_json(one: RecordedDecision) -> dict[str, object]:
    """Return a decision as a JSON object."""
    return {
        "id": one.identifier.hex(),
        "delegation": one.author,
        "filed_at": format_instant(one.filed_at),
        "decision": "merge" if one.decision.together else "split",
        "reports": list(one.decision.reports),
        "against": list(one.decision.against),
        "reason": one.reason,
    }


def _describe_report(report: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield what a report says, field by field, as people read it."""
    yield "report", str(report["report_id"])
    yield "incident", str(report["incident_id"])
    yield "source", str(report["source"])
    bounds = (str(report[name] or "?") for name in ("occurred_from", "occurred_to"))
    yield "time", " to ".join(bounds)
    point = ""
    if report["lat"] is not None:
        point = f"{report['lat']:.4f}, {report['lon']:.4f}"
    if report["location_radius_m"] is not None:
        point += f" ± {report['location_radius_m']:,.0f} m"
    yield "place", "; ".join(part for part in (str(report["place_name"] or ""), point) if part)
    yield "kind", ", ".join(str(report[name]) for name in ("kind", "weapon") if report[name])
    yield "actor", str(report["actor"] or "")
    killed = [report[f"killed_{bound}"] for bound in ("low", "best", "high")]
    given = dict.fromkeys(str(figure) for figure in killed if figure is not None)
    yield "killed", " / ".join(given)
    text = " ".join(str(report["text"] or "").split())
    yield "text", text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…"


def _align_reports(reports: Sequence[Iterator[tuple[str, str]]]) -> list[str]:
    """Return the fields in which any of the reports says something, in columns of one width."""
    narrow, wide = _WIDTH
    grid = Table(box=None, show_header=False, pad_edge=False, expand=True)
    grid.add_column(width=8)
    for _ in reports:
        grid.add_column(ratio=1, overflow="fold")
    for cells in zip(*reports, strict=True):
        if any(said for _, said in cells):
            grid.add_row(Text(cells[0][0]), *(Text(said or "–") for _, said in cells))
    width = min(max(get_terminal_size((100, 24)).columns, narrow), wide)
    console = Console(file=StringIO(), width=width, color_system=None, legacy_windows=False)
    with console.capture() as captured:
        console.print(grid)
    return [f"  {line.rstrip()}" for line in captured.get().splitlines()]


def _change(change: IncidentChange) -> str:
    before, after = (
        " and ".join(f"{incident} ({_list_items(reports)})" for incident, reports in side.items())
        for side in (change.before, change.after)
    )
    verb = "becomes" if len(change.before) == 1 else "become"
    return f"{before} {verb} {after}."


def _figures(effect: Effect) -> str:
    said = [
        f"{words} {getattr(effect.before, name):,} → {getattr(effect.after, name):,}"
        for name, words in (
            ("incidents", "Incidents"),
            ("killed", "killed"),
            ("corroborated", "corroborated incidents"),
        )
    ]
    return ", ".join(said) + "."


def _list_items(reports: Sequence[str]) -> str:
    more = len(reports) - _LISTED
    shown = ", ".join(reports[:_LISTED])
    return f"{shown} and {more:,} more" if more > 0 else shown
