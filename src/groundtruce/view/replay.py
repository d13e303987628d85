"""Replay: a record state in, the view out, the same on every node that holds the record.

* Nothing but statements and the objects that they name decides; no clock, no file beside the record.
* Where no method was recorded the program's own applies, and the view names it all the same.
"""

from collections.abc import Iterable

from groundtruce.agreement.document import parse_agreement
from groundtruce.fusion.method import FusionMethod, parse_method
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import COUNTS, REPORTS
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Statement
from groundtruce.view.gather import Gathered, gather
from groundtruce.view.project.reducer import Disclosures, Load
from groundtruce.view.view import Inputs, LinkedView, RecordBasis, Terms, compute

__all__ = ["read_inputs", "read_method", "replay"]


def replay(
    statements: Iterable[Statement],
    load: Load,
    basis: RecordBasis,
    disclosures: Disclosures = lambda statement: (),
) -> LinkedView:
    """Compute the view of a record state from its statements, log by log; raises GroundtruceError.

    `load` returns the bytes of an object by its SHA-256. Cost grows with the statements and then as `compute` does.
    """
    return compute(read_inputs(gather(statements, disclosures), load, basis))


def read_inputs(gathered: Gathered, load: Load, basis: RecordBasis) -> Inputs:
    """Return what a view follows from, as the statements have it; raises GroundtruceError."""
    reports = gathered.reports.rows(REPORTS, load)
    counts = gathered.reports.rows(COUNTS, load)
    return Inputs(
        reports=reports.rows,
        counts=counts.rows,
        terms=_read_terms(gathered, load),
        method=read_method(gathered, load),
        decisions=gathered.decisions.decisions(),
        entries=gathered.reports.entries(reports),
        quarantined=reports.rejected + counts.rejected,
        withheld=gathered.reports.withheld,
        basis=basis,
    )


def read_method(gathered: Gathered, load: Load) -> FusionMethod:
    """Return the latest method of the record, or the program's own; raises GroundtruceError."""
    document = gathered.versions.rows().get(StatementKind.METHOD_VERSION)
    return FusionMethod() if document is None else parse_method("the method", load(document))


def _read_terms(gathered: Gathered, load: Load) -> Terms:
    """Return the latest agreement of the record; raises GroundtruceError `record.missing` when there is none."""
    document = gathered.versions.rows().get(StatementKind.AGREEMENT_VERSION)
    if document is None:
        raise GroundtruceError(Problem.RECORD_MISSING, what=Phrase("A version of the agreement"))
    content = load(document)
    return Terms(parse_agreement("the agreement", content), content)
