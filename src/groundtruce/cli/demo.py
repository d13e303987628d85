"""`groundtruce demo`: the main job from nothing, on the worked example of Syria in 2016."""

from collections.abc import Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from groundtruce.cli.job import make_picture
from groundtruce.cli.option import AsJson
from groundtruce.cli.output import finish, progress, quarantine_file, told
from groundtruce.cli.report import Form, render_forms
from groundtruce.model.code import Language, Verdict
from groundtruce.model.table import ASSESSMENTS, INCIDENTS, LINKS, OBLIGATIONS
from groundtruce.publish.daily import DailyReport, Picture, daily_report
from groundtruce.publish.folder import write_folder
from groundtruce.publish.table import table_bytes

__all__ = ["demo"]

_DAY = date(2016, 3, 4)
_EXAMPLE = "syria-2016"


def demo(
    out: Annotated[Path, typer.Option("--out", help="Directory of the outputs.")] = Path("out"),
    as_json: AsJson = False,
) -> None:
    """Run the worked example: reports of the truce of 2016 in, the report of 4 March out.

    Examples:

    * `groundtruce demo`
    * `groundtruce demo --out /tmp/demo --json`
    """
    example = _example()
    with told(as_json=as_json), progress("Reading", 4 + len(Language)) as begin:
        picture, fused, assessed, quarantined = make_picture(
            [example / "reports.csv"],
            example / "agreement.yaml",
            [example / "counts.csv"],
            None,
            begin,
        )
        report = daily_report(picture, _DAY)
        outputs = {
            "links.csv": table_bytes(fused.links, ".csv", LINKS),
            "incidents.csv": table_bytes(fused.incidents, ".csv", INCIDENTS),
            "assessments.csv": table_bytes(assessed.assessments, ".csv", ASSESSMENTS),
            "obligations.csv": table_bytes(assessed.obligations, ".csv", OBLIGATIONS),
            **render_forms(report, list(Language), list(Form), begin),
            **quarantine_file(quarantined),
        }
        summary: dict[str, object] = {
            "reports": picture.reports.height,
            "incidents": fused.incidents.height,
            **{verdict.value: count for verdict, count in assessed.verdicts.items()},
            "day": _DAY.isoformat(),
            "files": sorted(outputs),
        }
        begin("Writing")
        write_folder(out, "demo", outputs, summary)
    finish(
        summary,
        _ten_lines(picture, assessed.verdicts, report, out),
        quarantined,
        as_json=as_json,
        folder=out,
    )


def _example() -> Path:
    """Return the folder of the worked example: beside the sources, or inside an installed package."""
    installed = Path(str(files("groundtruce"))) / "examples" / _EXAMPLE
    return installed if installed.is_dir() else Path(__file__).parents[3] / "examples" / _EXAMPLE


def _ten_lines(
    picture: Picture, verdicts: dict[Verdict, int], report: DailyReport, out: Path
) -> Sequence[str]:
    """Say what happened in ten lines, for a minister."""
    today = report.today
    bulletins = [f"{one.source} counted {one.count} {one.measure}" for one in report.bulletins]
    killed = (
        " to ".join(map(str, today.killed.figures)) if today.killed.figures else "an unknown number"
    )
    others = "; ".join(bulletins) or "no bulletin is on file"
    return [
        "Syria, the first month of the truce of 27 February 2016.",
        f"{picture.reports.height} reports were read; {picture.quarantined} rows had to be set aside.",
        f"They tell of {picture.incidents.height} incidents; reports of one event count once.",
        f"{verdicts[Verdict.BREACH]} are breaches of the terms, as alleged, each with its sources named.",
        f"{verdicts[Verdict.EXEMPT]} are exempt: one side, as Daesh or al-Nusra, is expressly outside the terms.",
        f"{verdicts[Verdict.NOT_DETERMINABLE]} cannot be determined, and each says what is missing; "
        "most often, which groups had accepted.",
        f"{verdicts[Verdict.NO_BREACH]} are no breach: before the start, elsewhere, or no act that a clause covers.",
        f"On 4 March: {today.incidents} incidents, {today.verdicts[Verdict.BREACH]} breaches as alleged, "
        f"{killed} killed.",
        f"For that day {others}.",
        f"The report in English, French and Arabic is in {out}/, as page, PDF, table and map data.",
    ]
