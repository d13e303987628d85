"""`groundtruce fuse --engine spark`: the same command where the work is done by Apache Spark."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from groundtruce.cli.fuse_options import Asked, method_file
from groundtruce.cli.output import QUARANTINE, print_lines, print_summary, show_progress
from groundtruce.distributed.fuse import InSlabs, Job, fuse_in_slabs
from groundtruce.distributed.session import start_session
from groundtruce.fusion.method import FusionMethod
from groundtruce.intake.file import Format, find_format
from groundtruce.model.message import Phrase
from groundtruce.model.problem import ExitStatus, GroundtruceError, Problem, explain_refusal
from groundtruce.publish.atomic_folder import write_folder

__all__ = ["check_for_spark", "fuse_on_spark"]

_PARTS = ".parts"
"""The folder, in that of the outputs, in which they are put together."""


def fuse_on_spark(
    master: str,
    files: Sequence[Path],
    out: Path,
    ending: str,
    method: FusionMethod,
    *,
    as_json: bool,
) -> None:
    """Fuse Parquet files on Spark and write what `fuse` writes; exits with its status."""
    parts = out / _PARTS
    try:
        _empty(parts)
        with start_session(master) as spark:
            fused = fuse_in_slabs(
                spark, Job(paths=files, folder=parts, method=method), show_progress
            )
        summary = {
            "rows_read": fused.rows_read,
            "reports": fused.reports,
            "incidents": fused.incidents,
            "links": fused.reports,
        }
        about = {**summary, "method": method.describe(), "model": fused.model.digest}
        used = method_file(replace(method, model=fused.model))
        write_folder(out, "fuse", {**fused.files, **used}, about)
    except OSError as error:
        raise GroundtruceError(
            Problem.OUTPUT_UNWRITABLE, file=str(error.filename or out), cause=explain_refusal(error)
        ) from error
    finally:
        shutil.rmtree(parts, ignore_errors=True)
    _finish(fused, {**summary, "slabs": fused.slabs}, out, as_json=as_json)


def check_for_spark(files: Sequence[Path], mapping: str | None, ending: str, asked: Asked) -> None:
    """Raise GroundtruceError `engine.input` for what Spark does not take."""
    asked.refuse_on_spark()
    if mapping is not None:
        raise GroundtruceError(
            Problem.ENGINE_INPUT, what=Phrase("The mapping {mapping} is asked for", mapping=mapping)
        )
    if ending != Format.PARQUET.value:
        raise GroundtruceError(
            Problem.ENGINE_INPUT, what=Phrase("The output is to be {ending}", ending=ending)
        )
    for path in files:
        if find_format(path) is not Format.PARQUET:
            raise GroundtruceError(
                Problem.ENGINE_INPUT,
                what=Phrase("{path} is {format}", path=path, format=find_format(path).value),
            )


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _finish(
    fused: InSlabs, summary: dict[str, object] | dict[str, int], out: Path, *, as_json: bool
) -> None:
    lines = [
        f"{fused.rows_read:,} rows read: {fused.reports:,} reports linked to "
        f"{fused.incidents:,} incidents, {fused.quarantined:,} rows quarantined.",
        f"Written to {out / 'links.parquet'} and {out / 'incidents.parquet'}.",
    ]
    print_summary(
        {**summary, "quarantined": fused.quarantined} if as_json else summary,
        lines,
        as_json=as_json,
    )
    if fused.first_bad is not None:
        bad = fused.first_bad
        field = f", {bad['field']}" if bad["field"] else ""
        print_lines(
            f"{fused.quarantined:,} rows were quarantined: {out / QUARANTINE}",
            f"The first: {bad['file']}, row {bad['row']}{field}: {bad['reason']} {bad['remedy']} "
            f"[{bad['code']}]",
        )
        sys.exit(int(ExitStatus.QUARANTINED))
