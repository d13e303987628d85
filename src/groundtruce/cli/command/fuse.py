"""`groundtruce fuse`: many reports, one incident."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from groundtruce.cli.command.spark import check_for_spark, fuse_on_spark
from groundtruce.cli.fuse_options import Asked, By, MethodFile, Previous, Reasons, method_of
from groundtruce.cli.inputs import choose_ending, load_mapping_by_name
from groundtruce.cli.option import AsJson, Format, MappingName, Out, ReportFiles
from groundtruce.cli.output import (
    QUARANTINE,
    finish,
    quarantine_file,
    refuse_overwriting,
    report_problems,
    show_progress,
)
from groundtruce.distributed.session import LOCAL, master_of
from groundtruce.fusion.features.kernel import start
from groundtruce.fusion.fuse import fuse
from groundtruce.intake.mapping import Mapping
from groundtruce.intake.read import read_reports
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.serial import write_table
from groundtruce.model.table import INCIDENTS, LINKS, REPORTS
from groundtruce.publish.atomic_folder import write_folder

__all__ = ["fuse_reports"]


def fuse_reports(  # noqa: PLR0913, PLR0917 - the options of the command
    files: ReportFiles,
    out: Out,
    mapping: MappingName = None,
    file_format: Format = None,
    engine: Annotated[
        str,
        typer.Option(
            "--engine", help="local, spark, or spark=MASTER: where it runs. Spark takes Parquet."
        ),
    ] = LOCAL,
    method: MethodFile = None,
    previous: Previous = None,
    by: By = None,
    with_reasons: Reasons = False,
    as_json: AsJson = False,
) -> None:
    """Link reports that describe one event, and write links and incidents.

    The outcome depends on the reports alone: not on the order of rows or files, nor on time notation.

    Examples:

    * `groundtruce fuse reports.csv --out fused/`
    * `groundtruce fuse ged_ukraine.csv --out fused/ --format parquet`
    * `groundtruce fuse 2016-02.csv 2016-03.csv.gz --out fused/ --json`
    * `groundtruce fuse reports.csv --out fused/ --by month --by kind --reasons`
    * `groundtruce fuse reports-2.csv --out fused-2/ --method fused/method.json --previous fused/links.csv`
    * `groundtruce fuse 2014.parquet 2015.parquet --out fused/ --engine spark=spark://host:7077`

    Exit status: 0 done; 1 done, some rows quarantined; 2 nothing usable, nothing written.
    """
    with report_problems(as_json=as_json):
        master = master_of(engine)
        chosen = load_mapping_by_name(mapping)
        if chosen is not None and chosen.table is not REPORTS:
            raise GroundtruceError(Problem.MAPPING_TABLE, name=chosen.mapping.id)
        ending = choose_ending(files, file_format)
        asked = Asked(
            method=method_of(method), by=tuple(by or ()), previous=previous, reasons=with_reasons
        )
        names = [f"links{ending}", f"incidents{ending}", *asked.names(ending), QUARANTINE]
        read = [path for path in (*files, method, previous) if path is not None]
        refuse_overwriting(read, out, names)
        if master is None:
            _fuse_here(files, out, chosen, ending, asked, as_json=as_json)
        else:
            check_for_spark(files, mapping, ending, asked)
            fuse_on_spark(master, files, out, ending, asked.method, as_json=as_json)


def _fuse_here(
    files: Sequence[Path],
    out: Path,
    mapping: Mapping | None,
    ending: str,
    asked: Asked,
    *,
    as_json: bool,
) -> None:
    names = (f"links{ending}", f"incidents{ending}")
    start()
    with show_progress("Reading", len(files) + 2) as begin:
        read = read_reports(files, mapping, begin)
        earlier = asked.earlier()
        begin("Fusing")
        fused = fuse(read.rows, asked.method)
        begin("Writing")
        outputs = {
            names[0]: write_table(fused.links, ending, LINKS),
            names[1]: write_table(fused.incidents, ending, INCIDENTS),
            **asked.files(read.rows, fused, ending, earlier),
            **quarantine_file(read.quarantined),
        }
        summary = {
            "rows_read": read.rows_read,
            "reports": read.rows.height,
            "incidents": fused.incidents.height,
            "links": fused.links.height,
        }
        about = {**summary, "method": asked.method.describe(), "model": fused.linked.model.digest}
        write_folder(out, "fuse", outputs, about)
    finish(
        summary,
        [
            f"{read.rows_read:,} rows read: {fused.links.height:,} reports linked to "
            f"{fused.incidents.height:,} incidents, {len(read.quarantined):,} rows quarantined.",
            f"Written to {out / names[0]} and {out / names[1]}.",
            *(f"Beside them: {', '.join(more)}." for more in [asked.names(ending)[1:]] if more),
        ],
        read.quarantined,
        as_json=as_json,
        folder=out,
    )
