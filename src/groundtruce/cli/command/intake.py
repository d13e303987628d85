"""`groundtruce intake`: read a table of reports, ours or foreign, into the record or into a report table."""

import json
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from groundtruce.cli.inputs import choose_ending, load_mapping_by_name
from groundtruce.cli.node import NodeOption, make_authoring, open_log
from groundtruce.cli.option import AsJson, Format, MappingName, ReportFiles
from groundtruce.cli.output import (
    QUARANTINE,
    finish,
    quarantine_file,
    refuse_overwriting,
    report_problems,
    show_progress,
)
from groundtruce.intake.counts import add_arithmetic
from groundtruce.intake.quarantine import Quarantined
from groundtruce.intake.read import ReadTable, read_reports
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.serial import write_table
from groundtruce.model.table import COUNTS
from groundtruce.node.authoring.recording import (
    CONTENT_LIMIT,
    RecordingOptions,
    RecordingResult,
    record_reports,
    record_table,
)
from groundtruce.publish.atomic_folder import write_folder

__all__ = ["intake", "record_rows"]


def intake(  # noqa: PLR0913, PLR0917 - one for each option
    files: ReportFiles,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Directory of the outputs; made if missing.", show_default=False
        ),
    ] = None,
    node: NodeOption = None,
    mapping: MappingName = None,
    file_format: Format = None,
    bulk: Annotated[
        bool, typer.Option("--bulk", help="Record the whole table as one file by its hash.")
    ] = False,
    withhold: Annotated[
        list[str] | None,
        typer.Option(help="A column whose values stay with this node.", show_default=False),
    ] = None,
    correct: Annotated[
        str | None,
        typer.Option(help="Why recorded reports that changed are corrected.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read reports, check every field, and record them, or write the report table.

    With `--node` each report becomes a signed statement; what is recorded already is not recorded again,
    so an interrupted run is repeated. With `--out` the report table and the quarantine are written.

    Examples:

    * `groundtruce intake monitors.csv party.jsonl --out reports/`
    * `groundtruce intake ged.csv --mapping ucdp-ged --out reports/`
    * `groundtruce intake monitors.csv --node node/`
    * `groundtruce intake observers.csv --node node/ --withhold source --withhold lat --withhold lon`
    * `groundtruce intake archive.parquet --node node/ --bulk`

    Exit status: 0 done; 1 done, some rows quarantined; 2 nothing usable, nothing written.
    """
    with report_problems(as_json=as_json):
        if out is None and node is None:
            raise GroundtruceError(
                Problem.NODE_OR_FILES,
                what=Phrase("the reports go"),
                either=Phrase("--node FOLDER or --out FOLDER"),
            )
        chosen = load_mapping_by_name(mapping)
        ending = choose_ending(files, file_format)
        name = f"{'counts' if chosen and chosen.table is COUNTS else 'reports'}{ending}"
        if out is not None:
            refuse_overwriting(files, out, [name, QUARANTINE])
        with show_progress("Reading", len(files)) as begin:
            read = read_reports(files, chosen, begin)
        rows = read.in_order()
        rows = add_arithmetic(rows) if read.table is COUNTS else rows
        summary: dict[str, object] = {
            "rows_read": read.rows_read,
            "mappings": sorted(set(read.mappings.values())),
        }
        lines, quarantined = [], read.quarantined
        if node is not None:
            options = RecordingOptions(withhold=tuple(withhold or ()), correction=correct)
            counts, further = record_rows(node, read, rows, options, bulk=bulk)
            quarantined = (*quarantined, *further)
            summary |= counts
            lines.append(", ".join(f"{count:,} {what}" for what, count in counts.items()) + ".")
        if out is not None:
            outputs = {name: write_table(rows, ending, read.table), **quarantine_file(quarantined)}
            summary["rows_written"] = rows.height
            write_folder(out, "intake", outputs, summary)
            lines.append(
                f"{rows.height:,} of {read.rows_read:,} rows read were written to {out / name}."
            )
    finish(summary, lines, quarantined, as_json=as_json, folder=out)


def record_rows(
    path: Path, read: ReadTable, rows: pl.DataFrame, options: RecordingOptions, *, bulk: bool
) -> tuple[dict[str, int], list[Quarantined]]:
    """Record rows in the log of a node; return what became of them and what was set aside."""
    with open_log(path) as (node, log):
        if bulk or read.table is COUNTS:
            new = record_table(node, log, read.table, rows, make_authoring())
            return {"recorded": rows.height if new else 0, "known": 0 if new else rows.height}, []
        with show_progress("Recording", -(-rows.height // 1000)) as begin:
            result = record_reports(
                node, log, rows, options, make_authoring(), lambda done: begin(f"Recorded {done:,}")
            )
    counted = {"recorded": result.recorded, "corrected": result.corrected, "known": result.known}
    return counted, _set_aside(path, rows, result)


def _set_aside(path: Path, rows: pl.DataFrame, result: RecordingResult) -> list[Quarantined]:
    entries = []
    places = {report_id: position for position, report_id in enumerate(rows["report_id"], start=1)}
    limit = f"{CONTENT_LIMIT >> 10} KiB"
    for problem, ids in (
        (Problem.ROW_RECORDED, result.conflicting),
        (Problem.ROW_TOO_LONG, result.oversized),
    ):
        for report_id in ids:
            row = rows.row(places[report_id] - 1, named=True)
            entries.append(
                Quarantined(
                    file=str(path),
                    row=places[report_id],
                    field="report_id",
                    value=report_id,
                    problem=problem,
                    reason=problem.sentence({"limit": limit}),
                    remedy=problem.advice({"limit": limit}),
                    also=(),
                    record=json.dumps(row, default=str, ensure_ascii=False),
                )
            )
    return entries
