"""`groundtruce verify`: recompute a report from the record, and say sentence by sentence what holds."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from groundtruce.cli.node import open_own_node
from groundtruce.cli.option import AsJson
from groundtruce.cli.output import print_summary, report_problems, show_progress
from groundtruce.intake.library import read_document
from groundtruce.model.code import Language
from groundtruce.model.message import Phrase
from groundtruce.model.problem import ExitStatus, GroundtruceError, Problem
from groundtruce.node.authoring.publishing import publishers_of
from groundtruce.node.checking.check_report import Difference, ReportCheck, check_report
from groundtruce.node.replay import grade_logs, replay_view
from groundtruce.publish.daily import daily_report
from groundtruce.publish.forms import Form, render_forms
from groundtruce.record.log.state import RecordState
from groundtruce.record.tlog.checkpoint import Head

__all__ = ["verify"]

_NAME = re.compile(r"daily-(\d{4}-\d{2}-\d{2})(?:\.(en|fr|ar))?\.(html|pdf|csv|geojson|json)")
_SHOWN = 20
"""Differences told to people; `--json` has all."""


def verify(
    report: Annotated[Path, typer.Argument(help="A file of a daily report.", show_default=False)],
    node: Annotated[Path, typer.Option(help="A node that holds the record.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Check a daily report against the record: compute it again and compare every sentence.

    The record state is read from the report's JSON form, which lies beside the other forms.

    Exit status: 0 everything holds; 1 something does not, and is named; 2 it cannot be checked.

    Examples:

    * `groundtruce verify out/daily-2016-03-04.en.html --node node/`
    * `groundtruce verify daily-2016-03-04.json --node node/ --json`
    """
    with report_problems(as_json=as_json), show_progress("Verifying", 3) as begin:
        begin("Reading the report")
        day, language, form = _name_file(report)
        state = _state(report)
        begin("Replaying the record")
        here = open_own_node(node)
        view = replay_view(here, state)
        graded = grade_logs(here, state)
        begin("Making the report again")
        made = render_forms(
            daily_report(view, day), [language] if language else [], [form], lambda step: None
        )
        content = read_document(report)
        examined = check_report(report.name, content, made[report.name])
        signed_by = [
            f"{publication.link.author}, statement {publication.link.sequence}"
            for publication in publishers_of(here, content)
        ]
    names = here.register.names
    print_summary(
        {
            "record_state": state.digest,
            "view": view.digest,
            "logs": {names[origin]: int(grade) for origin, grade in graded.items()},
            "holds": examined.identical,
            "signed_by": signed_by,
            "sentences": examined.holding,
            "differences": [
                {"where": difference.where, "said": difference.said, "given": difference.given}
                for difference in examined.differences
            ],
        },
        [
            f"Record state {state.digest}",
            *(
                f"{names[head.origin]}: {head.size:,} statements, grade {int(graded[head.origin])}"
                for head in state.heads
            ),
            f"Signed by {'; '.join(signed_by)}." if signed_by else "Nobody signed this file.",
            *_describe_difference(examined, form),
        ],
        as_json=as_json,
    )
    if not examined.identical:
        raise typer.Exit(int(ExitStatus.QUARANTINED))


def _name_file(report: Path) -> tuple[date, Language | None, Form]:
    match = _NAME.fullmatch(report.name)
    if match is None or bool(match[2]) != (match[3] in {"html", "pdf"}):
        raise GroundtruceError(
            Problem.FILE_CONTENT,
            file=report.name,
            expected=Phrase("a daily report, as daily-2016-03-04.en.html"),
            found=Phrase("something else"),
        )
    return date.fromisoformat(match[1]), Language(match[2]) if match[2] else None, Form(match[3])


def _state(report: Path) -> RecordState:
    """Return the record state that the report's JSON form names; raises GroundtruceError `report.state`."""
    stem = ".".join(report.name.split(".")[:1])
    beside = report.with_name(f"{stem}.json")
    try:
        named = json.loads(read_document(beside))["record_state"]
        heads = [
            Head(origin=head["origin"], size=head["size"], root=bytes.fromhex(head["root"]))
            for head in named["heads"]
        ]
        return RecordState.of(heads)
    except (ValueError, KeyError, TypeError) as error:
        raise GroundtruceError(Problem.REPORT_STATE, file=str(beside), stem=stem) from error


def _describe_difference(examined: ReportCheck, form: Form) -> list[str]:
    if examined.identical:
        counted = f" All {examined.holding:,} sentences hold." if form is not Form.PDF else ""
        return [f"The report is, byte for byte, what the record gives.{counted}"]
    if not examined.differences:
        return ["The file was changed in what a reader does not see, or in its layout."]
    lines = [f"{examined.holding:,} sentences hold, {len(examined.differences):,} do not:"]
    return lines + [_difference(difference) for difference in examined.differences[:_SHOWN]]


def _difference(difference: Difference) -> str:
    where = f"{difference.where}: " if difference.where else ""
    if difference.said is None:
        return f"{where}“{difference.given}” is missing."
    if difference.given is None:
        return f"{where}“{difference.said}” is not in the record."
    return f"{where}it says “{difference.said}”; the record gives “{difference.given}”."
