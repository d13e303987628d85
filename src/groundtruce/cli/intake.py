"""`groundtruce intake`: read a table of reports, ours or foreign, and write the report table."""

from groundtruce.cli.job import ending_of, mapping_of
from groundtruce.cli.option import AsJson, Format, MappingName, Out, ReportFiles
from groundtruce.cli.output import (
    QUARANTINE,
    finish,
    progress,
    quarantine_file,
    refuse_overwriting,
    told,
)
from groundtruce.intake.counts import with_arithmetic
from groundtruce.intake.read import read_reports
from groundtruce.model.table import COUNTS
from groundtruce.publish.folder import write_folder
from groundtruce.publish.table import table_bytes

__all__ = ["intake"]


def intake(
    files: ReportFiles,
    out: Out,
    mapping: MappingName = None,
    file_format: Format = None,
    as_json: AsJson = False,
) -> None:
    """Read reports, check every field, and write the report table and the quarantine.

    Examples:

    * `groundtruce intake monitors.csv party.jsonl --out reports/`
    * `groundtruce intake ged.csv --mapping ucdp-ged --out reports/`
    * `groundtruce intake list.csv --mapping my-source.yaml --out reports/ --format parquet`

    Exit status: 0 done; 1 done, some rows quarantined; 2 nothing usable, nothing written.
    """
    with told(as_json=as_json):
        chosen = mapping_of(mapping)
        ending = ending_of(files, file_format)
        name = f"{'counts' if chosen and chosen.table is COUNTS else 'reports'}{ending}"
        refuse_overwriting(files, out, [name, QUARANTINE])
        with progress("Reading", len(files)) as begin:
            read = read_reports(files, chosen, begin)
        rows = read.in_order()
        rows = with_arithmetic(rows) if read.table is COUNTS else rows
        outputs = {name: table_bytes(rows, ending, read.table), **quarantine_file(read.quarantined)}
        summary = {
            "rows_read": read.rows_read,
            "rows_written": rows.height,
            "mappings": sorted(set(read.mappings.values())),
        }
        write_folder(out, "intake", outputs, summary)
    finish(
        summary,
        [f"{rows.height:,} of {read.rows_read:,} rows read were written to {out / name}."],
        read.quarantined,
        as_json=as_json,
        folder=out,
    )
