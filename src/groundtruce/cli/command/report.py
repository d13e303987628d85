"""`groundtruce report`: the daily report of a monitoring mission, for people and for programs."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from groundtruce.cli.command.replay import state_of
from groundtruce.cli.inputs import load_mapping_by_name
from groundtruce.cli.node import NodeOption, make_authoring, open_own_node
from groundtruce.cli.option import AsJson, MappingName, Out
from groundtruce.cli.output import (
    finish,
    quarantine_file,
    refuse_overwriting,
    report_problems,
    show_progress,
)
from groundtruce.cli.pipeline import compute_view
from groundtruce.intake.quarantine import Quarantined
from groundtruce.model.code import Language, Verdict
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.authoring.publishing import record_publication
from groundtruce.node.replay import replay_view
from groundtruce.publish.atomic_folder import write_folder
from groundtruce.publish.daily import DailyReport, daily_report
from groundtruce.publish.forms import Form, render_forms

__all__ = ["app", "daily", "headline"]

app = typer.Typer(
    help="Reports: what happened, and how it is known.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@app.callback()
def _group() -> None:
    """Reports: what happened, and how it is known."""


@app.command()
def daily(  # noqa: PLR0913, PLR0917 - one for each option
    day: Annotated[
        datetime,
        typer.Option(
            formats=["%Y-%m-%d"], help="The day, in the agreement's time zone.", show_default=False
        ),
    ],
    out: Out,
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Files of reports, where no node is given.", show_default=False),
    ] = None,
    agreement: Annotated[
        Path | None, typer.Option(help="The agreement of those files.", show_default=False)
    ] = None,
    counts: Annotated[
        list[Path] | None, typer.Option(help="Count tables of published bulletins.")
    ] = None,
    node: NodeOption = None,
    state: Annotated[
        Path | None, typer.Option(help="A record state of the node.", show_default="the latest")
    ] = None,
    sign: Annotated[
        bool, typer.Option("--sign", help="Record that the node stands by the files.")
    ] = False,
    language: Annotated[
        list[Language] | None, typer.Option(help="A language.", show_default="all three")
    ] = None,
    form: Annotated[list[Form] | None, typer.Option(help="A form.", show_default="all")] = None,
    mapping: MappingName = None,
    as_json: AsJson = False,
) -> None:
    """Write the daily report as HTML, PDF, CSV, GeoJSON and JSON, in English, French and Arabic.

    From a node it is computed from the record and names the record state; `groundtruce verify` checks it.
    From files it is computed from them alone. The same input gives the same bytes, whatever its order.

    Examples:

    * `groundtruce report daily --node node/ --day 2016-03-04 --out out/ --sign`
    * `groundtruce report daily reports.csv --agreement agreement.yaml --day 2016-03-04 --out out/`
    * `groundtruce report daily *.csv --agreement a.yaml --day 2016-03-04 --language ar --form pdf --out out/`

    Exit status: 0 done; 1 done, some rows quarantined; 2 nothing usable, nothing written.
    """
    languages, forms = language or list(Language), form or list(Form)
    inputs = [*(files or []), *(counts or []), *([agreement] if agreement else [])]
    with report_problems(as_json=as_json):
        here = None if node is None else open_own_node(node)
        chosen = load_mapping_by_name(mapping)
        with show_progress("Reading", 3 + len(languages)) as begin:
            quarantined: tuple[Quarantined, ...] = ()
            if here is not None:
                begin("Replaying the record")
                view = replay_view(here, state_of(here, state))
            elif files and agreement is not None:
                view, quarantined = compute_view(files, agreement, counts or [], chosen, begin)
            else:
                raise GroundtruceError(
                    Problem.NODE_OR_FILES,
                    what=Phrase("the reports come from"),
                    either=Phrase("--node FOLDER, or files of reports and --agreement FILE"),
                )
            report = daily_report(view, day.date())
            outputs = render_forms(report, languages, forms, begin)
            outputs |= quarantine_file(quarantined)
            refuse_overwriting(inputs, out, list(outputs))
            summary = headline(report)
            write_folder(out, "report daily", outputs, summary)
            if sign and here is not None and view.basis is not None:
                begin("Signing")
                subject = f"daily report of {day.date().isoformat()}"
                record_publication(here, subject, outputs, view.basis.state, make_authoring())
    finish(
        {**summary, "files": sorted(outputs)},
        [
            f"{report.day.today.day.isoformat()}: {report.day.today.incidents} incidents, "
            f"{report.day.today.verdicts[Verdict.BREACH]} breaches as alleged.",
            *(f"{out / name}" for name in sorted(outputs)),
        ],
        quarantined,
        as_json=as_json,
        folder=out,
    )


def headline(report: DailyReport) -> dict[str, object]:
    """Return the figures of the day for a summary or manifest."""
    return {
        "day": report.day.today.day.isoformat(),
        "incidents": report.day.today.incidents,
        **{verdict.value: report.day.today.verdicts[verdict] for verdict in Verdict},
    }
