"""Running cases: each fact is assessed like any incident and compared with what is expected."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from groundtruce.agreement.case import Case
from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.assess import assess
from groundtruce.compliance.reason import parse_reasons
from groundtruce.model.table import INCIDENTS
from groundtruce.model.validation import ROW, Reject, validate

__all__ = ["Failure", "run_cases"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A case that does not come out as expected; `found` is what came out."""

    case_id: str
    clause_id: str
    expected: str
    found: str


def run_cases(cases: Sequence[Case], agreement: Agreement) -> list[Failure]:
    """Assess the facts of all cases and return those that differ."""
    if not cases:
        return []
    raw = pl.DataFrame(
        [
            {"incident_id": case.id, ROW: str(number), **case.facts}
            for number, case in enumerate(cases)
        ],
        schema=dict.fromkeys([ROW, *INCIDENTS.names], pl.String),
    ).with_columns(pl.col(ROW).cast(pl.Int64))
    checked = validate(INCIDENTS, raw)
    failures = [_unusable(cases, reject) for reject in checked.rejects]
    assessments = assess(checked.rows, agreement)
    found = {
        (row["incident_id"], row["clause_id"]): (row["verdict"], row["reasons"])
        for row in assessments.iter_rows(named=True)
    }
    rejected = {failure.case_id for failure in failures}
    for case in cases:
        if case.id in rejected:
            continue
        for expected in case.expected:
            verdict, reasons = found.get((case.id, expected.clause_id), ("not assessed", ""))
            codes = [code.value for code, _ in parse_reasons(reasons)] if reasons else []
            named = expected.reason is None or expected.reason in (*codes, *reasons.split("|"))
            if verdict != expected.verdict or not named:
                failures.append(
                    Failure(
                        case_id=case.id,
                        clause_id=expected.clause_id,
                        expected=_shown(expected.verdict, expected.reason),
                        found=_shown(verdict, reasons),
                    )
                )
    return failures


def _unusable(cases: Sequence[Case], reject: Reject) -> Failure:
    return Failure(
        case_id=cases[reject.row].id,
        clause_id="-",
        expected="facts that can be read",
        found=f"{reject.field}: {reject.problem.sentence(reject.details)}",
    )


def _shown(verdict: str, reasons: str | None) -> str:
    return f"{verdict} [{reasons}]" if reasons else verdict
