"""The jobs that commands share: read, fuse, assess; each is one call on values.

A job knows no terminal: it is told what to read and tells each step through `begin`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import polars as pl

from groundtruce.agreement.document import parse_agreement
from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.assess import assess, overall
from groundtruce.compliance.obligation import obligations
from groundtruce.fusion.fuse import Fused, fuse
from groundtruce.fusion.method import FusionMethod
from groundtruce.intake.file import Format, check_kind, format_of
from groundtruce.intake.mapping import Mapping, load_mapping
from groundtruce.intake.quarantine import Quarantined
from groundtruce.intake.read import Read, read_reports, read_table
from groundtruce.model.code import Verdict
from groundtruce.model.instant import iso
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import COUNTS
from groundtruce.publish.daily import Picture
from groundtruce.publish.table import table_bytes

__all__ = [
    "Assessed",
    "assess_incidents",
    "ending_of",
    "load_agreement",
    "make_picture",
    "mapping_of",
    "read_document",
    "verdict_counts",
]

Begin = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """The outcome of an assessment."""

    assessments: pl.DataFrame
    obligations: pl.DataFrame
    verdicts: dict[Verdict, int]


def mapping_of(name: str | None) -> Mapping | None:
    """Load a named mapping, or none."""
    return None if name is None else load_mapping(name)


def ending_of(paths: Sequence[Path], chosen: str | None) -> str:
    """Return the ending of the outputs: as chosen, or that of the first input."""
    if chosen is None:
        return format_of(paths[0]).value
    ending = "." + chosen.removeprefix(".")
    if ending not in {known.value for known in Format}:
        raise GroundtruceError(Problem.FILE_FORMAT, file=f"--format {chosen}")
    return ending


def load_agreement(path: Path) -> Agreement:
    """Read an agreement document; raises GroundtruceError."""
    return parse_agreement(str(path), read_document(path))


def read_document(path: Path) -> bytes:
    """Return the bytes of a document; raises GroundtruceError."""
    check_kind(path)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise GroundtruceError(Problem.FILE_MISSING, file=str(path)) from None
    except OSError as error:
        cause = (error.strerror or str(error)).lower()
        raise GroundtruceError(Problem.FILE_UNREADABLE, file=str(path), cause=cause) from error


def assess_incidents(incidents: pl.DataFrame, agreement: Agreement) -> Assessed:
    """Assess incidents; obligations stand as of the end of the last incident."""
    assessments = assess(incidents, agreement)
    last = incidents["occurred_to"].max()
    as_of = last if isinstance(last, datetime) else agreement.in_force_at
    return Assessed(
        assessments=assessments,
        obligations=obligations(agreement, as_of),
        verdicts=verdict_counts(assessments),
    )


def verdict_counts(assessments: pl.DataFrame) -> dict[Verdict, int]:
    """Count incidents by their overall verdict."""
    found = overall(assessments)["verdict"].to_list()
    return {verdict: found.count(verdict.value) for verdict in Verdict}


def make_picture(
    reports: Sequence[Path],
    agreement: Path,
    counts: Sequence[Path],
    mapping: Mapping | None,
    begin: Begin,
) -> tuple[Picture, Fused, Assessed, tuple[Quarantined, ...]]:
    """Read, fuse and assess everything that a daily report needs."""
    terms = load_agreement(agreement)
    begin("Reading reports")
    read = read_reports(reports, mapping)
    counted = read_table(COUNTS, counts) if counts else None
    method = FusionMethod()
    begin("Fusing reports into incidents")
    fused = fuse(read.rows, method)
    begin("Assessing incidents")
    assessed = assess_incidents(fused.incidents, terms)
    quarantined = (*read.quarantined, *(counted.quarantined if counted else ()))
    picture = Picture(
        agreement=terms,
        reports=read.in_order(),
        links=fused.links,
        incidents=fused.incidents,
        assessments=assessed.assessments,
        counts=counted.in_order() if counted else pl.DataFrame(schema=COUNTS.schema),
        quarantined=len(quarantined),
        inputs=_digests(read, counted, agreement),
        method={
            "fusion": method.as_json(),
            "agreement": terms.label,
            "in_force_at": iso(terms.in_force_at),
        },
    )
    return picture, fused, assessed, quarantined


def _digests(read: Read, counted: Read | None, agreement: Path) -> dict[str, str]:
    """Return the SHA-256 of what was read, row by row in the order of the key.

    Order, split and notation of the files do not matter: the same rows have the same digest.
    """
    tables = {"reports": read, **({"counts": counted} if counted else {})}
    digests = {
        name: sha256(table_bytes(one.in_order().select(one.table.names), ".csv")).hexdigest()
        for name, one in tables.items()
    }
    digests["agreement"] = sha256(agreement.read_bytes()).hexdigest()
    return digests
