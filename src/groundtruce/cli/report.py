"""`groundtruce report`: the daily report of a monitoring mission, for people and for programs."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from groundtruce.cli.job import make_picture, mapping_of
from groundtruce.cli.option import AsJson, MappingName, Out, ReportFiles
from groundtruce.cli.output import finish, progress, quarantine_file, refuse_overwriting, told
from groundtruce.model.code import Language, Verdict
from groundtruce.publish.daily import DailyReport, daily_report
from groundtruce.publish.exports import report_csv, report_geojson, report_json
from groundtruce.publish.folder import write_folder

__all__ = ["Form", "app", "daily", "headline", "render_forms"]

app = typer.Typer(
    help="Reports: what happened, and how it is known.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@app.callback()
def _group() -> None:
    """Reports: what happened, and how it is known."""


class Form(StrEnum):
    """A form of the report."""

    HTML = "html"
    PDF = "pdf"
    CSV = "csv"
    GEOJSON = "geojson"
    JSON = "json"


def render_forms(
    report: DailyReport,
    languages: Sequence[Language],
    forms: Sequence[Form],
    begin: Callable[[str], None],
) -> dict[str, bytes]:
    """Return the files of a report by name, as `daily-2016-03-04.ar.pdf`."""
    # templates, map and typesetting load only where a report is made
    from groundtruce.publish.page import render_page
    from groundtruce.publish.pdf import render_pdf

    stem = f"daily-{report.today.day.isoformat()}"
    outputs: dict[str, bytes] = {}
    for language in languages:
        begin(f"Rendering {stem}.{language.value}")
        page = render_page(report, language)
        if Form.HTML in forms:
            outputs[f"{stem}.{language.value}.html"] = page.encode()
        if Form.PDF in forms:
            outputs[f"{stem}.{language.value}.pdf"] = render_pdf(page)
    makers = {Form.CSV: report_csv, Form.GEOJSON: report_geojson, Form.JSON: report_json}
    for form, make in makers.items():
        if form in forms:
            outputs[f"{stem}.{form.value}"] = make(report)
    return outputs


@app.command()
def daily(  # noqa: PLR0913, PLR0917 - one for each option
    files: ReportFiles,
    agreement: Annotated[Path, typer.Option(help="The agreement.", show_default=False)],
    day: Annotated[
        datetime,
        typer.Option(
            formats=["%Y-%m-%d"], help="The day, in the agreement's time zone.", show_default=False
        ),
    ],
    out: Out,
    counts: Annotated[
        list[Path] | None, typer.Option(help="Count tables of published bulletins.")
    ] = None,
    language: Annotated[
        list[Language] | None, typer.Option(help="A language.", show_default="all three")
    ] = None,
    form: Annotated[list[Form] | None, typer.Option(help="A form.", show_default="all")] = None,
    mapping: MappingName = None,
    as_json: AsJson = False,
) -> None:
    """Write the daily report as HTML, PDF, CSV, GeoJSON and JSON, in English, French and Arabic.

    The same reports give the same bytes, whatever the order of rows and files.

    Examples:

    * `groundtruce report daily reports.csv --agreement agreement.yaml --day 2016-03-04 --out out/`
    * `groundtruce report daily *.csv --agreement a.yaml --day 2016-03-04 --language ar --form pdf --out out/`

    Exit status: 0 done; 1 done, some rows quarantined; 2 nothing usable, nothing written.
    """
    languages, forms = language or list(Language), form or list(Form)
    with told(as_json=as_json):
        chosen = mapping_of(mapping)
        with progress("Reading", 3 + len(languages)) as begin:
            picture, _, _, quarantined = make_picture(files, agreement, counts or [], chosen, begin)
            report = daily_report(picture, day.date())
            outputs = render_forms(report, languages, forms, begin)
            outputs |= quarantine_file(quarantined)
            refuse_overwriting([*files, *(counts or []), agreement], out, list(outputs))
            summary = headline(report)
            write_folder(out, "report daily", outputs, summary)
    finish(
        {**summary, "files": sorted(outputs)},
        [
            f"{report.today.day.isoformat()}: {report.today.incidents} incidents, "
            f"{report.today.verdicts[Verdict.BREACH]} breaches as alleged.",
            *(f"{out / name}" for name in sorted(outputs)),
        ],
        quarantined,
        as_json=as_json,
        folder=out,
    )


def headline(report: DailyReport) -> dict[str, object]:
    """Return the figures of the day for a summary or manifest."""
    return {
        "day": report.today.day.isoformat(),
        "incidents": report.today.incidents,
        **{verdict.value: count for verdict, count in report.today.verdicts.items()},
    }
