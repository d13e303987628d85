"""`groundtruce assess`: every incident against every clause."""

from pathlib import Path
from typing import Annotated

import typer

from groundtruce.cli.job import assess_incidents, ending_of, load_agreement
from groundtruce.cli.option import AgreementArgument, AsJson, Format, Out
from groundtruce.cli.output import (
    QUARANTINE,
    finish,
    progress,
    quarantine_file,
    refuse_overwriting,
    told,
)
from groundtruce.intake.read import read_table
from groundtruce.model.serial import table_bytes
from groundtruce.model.table import ASSESSMENTS, INCIDENTS, OBLIGATIONS
from groundtruce.publish.folder import write_folder

__all__ = ["assess_table"]


def assess_table(
    incidents: Annotated[
        Path, typer.Argument(help="The incident table, as `fuse` writes it.", show_default=False)
    ],
    agreement: AgreementArgument,
    out: Out,
    file_format: Format = None,
    as_json: AsJson = False,
) -> None:
    """Assess incidents against an agreement: breach, no breach, exempt or not determinable.

    Examples:

    * `groundtruce assess fused/incidents.csv agreement.yaml --out assessed/`
    * `groundtruce assess fused/incidents.parquet agreement.yaml --out assessed/ --format csv`

    Exit status: 0 done; 1 done, some rows quarantined; 2 nothing usable, nothing written.
    """
    with told(as_json=as_json):
        ending = ending_of([incidents], file_format)
        names = (f"assessments{ending}", f"obligations{ending}")
        refuse_overwriting([incidents, agreement], out, [*names, QUARANTINE])
        with progress("Reading", 3) as begin:
            begin("Reading")
            terms = load_agreement(agreement)
            read = read_table(INCIDENTS, [incidents])
            begin("Assessing")
            assessed = assess_incidents(read.rows, terms)
            begin("Writing")
            outputs = {
                names[0]: table_bytes(assessed.assessments, ending, ASSESSMENTS),
                names[1]: table_bytes(assessed.obligations, ending, OBLIGATIONS),
                **quarantine_file(read.quarantined),
            }
            summary = {
                "rows_read": read.rows_read,
                "incidents": read.rows.height,
                "assessments": assessed.assessments.height,
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
