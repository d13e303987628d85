"""The forms of a daily report: HTML and PDF in each language, CSV, GeoJSON and JSON, as files by name."""

from collections.abc import Callable, Sequence
from enum import StrEnum

from groundtruce.model.code import Language
from groundtruce.publish.daily import DailyReport
from groundtruce.publish.exports import write_report_csv, write_report_geojson, write_report_json

__all__ = ["Form", "render_forms"]


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
    from groundtruce.publish.page import render_report_page
    from groundtruce.publish.pdf import render_pdf

    stem = f"daily-{report.day.today.day.isoformat()}"
    outputs: dict[str, bytes] = {}
    for language in languages:
        begin(f"Rendering {stem}.{language.value}")
        page = render_report_page(report, language)
        if Form.HTML in forms:
            outputs[f"{stem}.{language.value}.html"] = page.encode()
        if Form.PDF in forms:
            outputs[f"{stem}.{language.value}.pdf"] = render_pdf(page)
    makers = {
        Form.CSV: write_report_csv,
        Form.GEOJSON: write_report_geojson,
        Form.JSON: write_report_json,
    }
    for form, make in makers.items():
        if form in forms:
            outputs[f"{stem}.{form.value}"] = make(report)
    return outputs
