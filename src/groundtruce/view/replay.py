"""Replay: a record state in, the view out, the same on every node that holds the record.

* Nothing but statements and the objects that they name decides; no clock, no file beside the record.
* Where no method was recorded the program's own applies, and the view names it all the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from groundtruce.agreement.document import parse_agreement
from groundtruce.fusion.fuse import Linked, fuse
from groundtruce.fusion.method import FusionMethod, parse_method
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import COUNTS, REPORTS
from groundtruce.record.statement.schema import Kind
from groundtruce.record.statement.statement import Statement
from groundtruce.view.gather import Disclosures, Gathered, Load, gather
from groundtruce.view.view import Basis, Terms, View, compute

__all__ = ["Replayed", "method_of", "replay", "replayed", "terms_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A view with the ground of its links, from which it goes on living."""

    view: View
    linked: Linked
    method: FusionMethod


def replay(
    statements: Iterable[Statement],
    load: Load,
    basis: Basis,
    disclosures: Disclosures = lambda statement: (),
) -> View:
    """Compute the view of a record state from its statements, log by log; raises GroundtruceError.

    `load` returns the bytes of an object by its SHA-256. Cost grows with the statements and then as `compute` does.
    """
    return replayed(statements, load, basis, disclosures).view


def replayed(
    statements: Iterable[Statement],
    load: Load,
    basis: Basis,
    disclosures: Disclosures = lambda statement: (),
) -> Replayed:
    """Compute the view as `replay` does, and keep the ground of its links."""
    found = gather(statements, disclosures)
    reports, counts = found.rows(REPORTS, load), found.rows(COUNTS, load)
    method = method_of(found, load)
    fused = fuse(reports.rows, method, found.decisions)
    view = compute(
        reports.rows,
        None if counts.rows.is_empty() else counts.rows,
        terms_of(found, load),
        method,
        found.decisions,
        fused=fused,
        quarantined=reports.rejected + counts.rejected,
        withheld=found.withheld,
        basis=basis,
        entries=found.entries(reports),
    )
    return Replayed(view=view, linked=fused.linked, method=method)


def terms_of(found: Gathered, load: Load) -> Terms:
    """Return the latest agreement of the record; raises GroundtruceError `record.missing` when there is none."""
    latest = found.latest.get(Kind.AGREEMENT_VERSION)
    if latest is None:
        raise GroundtruceError(Problem.RECORD_MISSING, what="A version of the agreement")
    content = load(latest[1])
    return Terms(parse_agreement("the agreement", content), content)


def method_of(found: Gathered, load: Load) -> FusionMethod:
    """Return the latest method of the record, or the program's own; raises GroundtruceError."""
    latest = found.latest.get(Kind.METHOD_VERSION)
    if latest is None:
        return FusionMethod()
    return parse_method("the method", load(latest[1]))
