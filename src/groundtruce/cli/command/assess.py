"""`groundtruce assess`: every incident against every clause."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from groundtruce.agreement.document import parse_declarations
from groundtruce.cli.inputs import choose_ending
from groundtruce.cli.option import AgreementArgument, AsJson, Format, Out
from groundtruce.cli.output import (
    QUARANTINE,
    finish,
    quarantine_file,
    refuse_overwriting,
    report_problems,
    show_progress,
)
from groundtruce.cli.pipeline import ASSESSING, assess_incidents
from groundtruce.intake.library import load_agreement, read_document
from groundtruce.intake.read import read_table
from groundtruce.model.instant import parse_instant
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.serial import write_table
from groundtruce.model.table import ASSESSMENTS, INCIDENTS
from groundtruce.publish.atomic_folder import write_folder

__all__ = ["assess_table"]


def assess_table(  # noqa: PLR0913, PLR0917 - one for each option
    incidents: Annotated[
        Path, typer.Argument(help="The incident table, as `fuse` writes it.", show_default=False)
    ],
    agreement: AgreementArgument,
    out: Out,
    declarations: Annotated[
        Path | None,
        typer.Option(
            "--declarations",
            help="A document with `declarations`: what is on record about the terms besides.",
            show_default=False,
        ),
    ] = None,
    moment: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            help="When the states of duties are asked for, with an offset.",
            show_default="the end of the last incident",
        ),
    ] = None,
    file_format: Format = None,
    as_json: AsJson = False,
) -> None:
    """Assess incidents against an agreement: breach, no breach, exempt or not determinable.

    Examples:

    * `groundtruce assess fused/incidents.csv agreement.yaml --out assessed/`
    * `groundtruce assess fused/incidents.parquet agreement.yaml --out assessed/ --format csv`
    * `groundtruce assess incidents.csv lebanon-2024 --out assessed/ --as-of 2025-01-27T00:00:00+02:00`

    Exit status: 0 done; 1 done, some rows quarantined; 2 nothing usable, nothing written.
    """
    with report_problems(as_json=as_json):
        ending = choose_ending([incidents], file_format)
        asked_at = _moment(moment)
        names = [f"{table.file}{ending}" for step in ASSESSING for table in step.gives]
        refuse_overwriting([incidents, agreement], out, [*names, QUARANTINE])
        with show_progress("Reading", 3) as begin:
            begin("Reading")
            terms = load_agreement(agreement)
            if declarations is not None:
                content = read_document(declarations)
                told_besides = parse_declarations(str(declarations), content, terms)
                terms = terms.with_declarations(told_besides)
            read = read_table(INCIDENTS, [incidents])
            begin("Assessing")
            assessed = assess_incidents(read.rows, terms, asked_at)
            begin("Writing")
            outputs = {
                **{
                    f"{table.file}{ending}": write_table(rows, ending, table)
                    for table, rows in assessed.tables.items()
                },
                **quarantine_file(read.quarantined),
            }
            summary = {
                "rows_read": read.rows_read,
                "incidents": read.rows.height,
                "assessments": assessed.tables[ASSESSMENTS].height,
                "agreement": terms.label,
                **{verdict.value: count for verdict, count in assessed.verdicts.items()},
            }
            write_folder(out, "assess", outputs, summary)
    counted = ", ".join(
        f"{count:,} {verdict.replace('_', ' ')}" for verdict, count in assessed.verdicts.items()
    )
    finish(
        summary,
        [
            f"{read.rows.height:,} incidents against {terms.label}: {counted}.",
            f"Written to {out / names[0]} and {out / names[1]}.",
        ],
        read.quarantined,
        as_json=as_json,
        folder=out,
    )


def _moment(text: str | None) -> datetime | None:
    """Return the moment asked for; raises GroundtruceError where it has no offset or is none."""
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        raise GroundtruceError(
            Problem.ARGUMENT,
            sentence=Phrase("--as-of {text} is no time with an offset.", text=text),
            advice=Phrase("Write it as 2025-01-27T00:00:00+02:00."),
        ) from None
