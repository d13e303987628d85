"""Statements to what they say by now: each goes to the reducer of its kind, a retraction to all of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Statement
from groundtruce.view.project.decisions import DecisionReducer
from groundtruce.view.project.reducer import Disclosures, Reducer
from groundtruce.view.project.reports import ReportReducer
from groundtruce.view.project.versions import VersionReducer

__all__ = ["Gathered", "gather"]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the statements of all logs add up to, family by family."""

    reports: ReportReducer = field(default_factory=ReportReducer)
    decisions: DecisionReducer = field(default_factory=DecisionReducer)
    versions: VersionReducer = field(default_factory=VersionReducer)

    @property
    def reducers(self) -> tuple[Reducer, ...]:
        """Every reducer; no two take the same kind."""
        return self.reports, self.decisions, self.versions


def gather(
    statements: Iterable[Statement],
    disclosures: Disclosures = lambda statement: (),
) -> Gathered:
    """Take statements in, log by log, each log in its order; raises GroundtruceError.

    A statement whose kind no reducer takes adds nothing.
    """
    gathered = Gathered()
    reducers = {kind: reducer for reducer in gathered.reducers for kind in reducer.kinds}
    for statement in statements:
        if statement.kind is StatementKind.RETRACTION:
            target = bytes.fromhex(str(statement.content["retracts"]))
            for reducer in gathered.reducers:
                reducer.retract(target, statement.link.origin)
        elif statement.kind in reducers:
            reducers[statement.kind].take(statement, disclosures)
    return gathered
