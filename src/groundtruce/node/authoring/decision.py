"""Decisions on links: what a delegation finds of reports, its effect foreseen, then recorded in its log.

* The effect is foreseen with the model held still: what differs is due to the decision alone.
* A merge that is overruled already is refused; a split that overrules merges says which.
* Nothing is recorded when other decisions came into the record since the effect was foreseen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from unicodedata import normalize

import polars as pl

from groundtruce.fusion.clustering.decision import (
    MOST_PAIRS,
    SHARED_ID,
    Decision,
    Overruled,
    count_pairs,
    find_overruled,
)
from groundtruce.fusion.fuse import Fused, fuse
from groundtruce.fusion.method import FusionMethod
from groundtruce.fusion.review.effect import Effect, effect
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import REPORTS
from groundtruce.node.authoring.recording import CONTENT_LIMIT, Authoring, record_drafts
from groundtruce.node.node import Node
from groundtruce.node.replay import current_state, statements_of
from groundtruce.record.log.append import Receipt
from groundtruce.record.log.state import RecordState
from groundtruce.record.statement.canonical import Value, canonical_json
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Draft
from groundtruce.view.gather import gather
from groundtruce.view.project.decisions import RecordedDecision
from groundtruce.view.replay import read_method

__all__ = ["Proposal", "Review", "open_review"]

Begin = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What would be recorded and what it would do; `silenced` merges no longer take effect, `heard` ones do again."""

    draft: Draft
    effect: Effect
    silenced: tuple[RecordedDecision, ...]
    heard: tuple[RecordedDecision, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The reports of a record state, fused as people decided; `method` has the model that was learned from them."""

    node: Node
    state: RecordState
    reports: pl.DataFrame
    method: FusionMethod
    decided: tuple[RecordedDecision, ...]
    fused: Fused

    @property
    def overruled(self) -> dict[bytes, RecordedDecision]:
        """The ids of merges that take no effect, each with the decision that contradicts it."""
        contradicted = self._list_overruled([pair.decision for pair in self.decided])
        return {
            self.decided[pair.merge].identifier: self.decided[pair.split] for pair in contradicted
        }

    def check_names(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the reports of these names, each once; raises GroundtruceError where one is unknown or shared."""
        known = self.reports["report_id"]
        rows = pl.DataFrame({"id": known, "base": known.str.replace(SHARED_ID, "")})
        for name in names:
            alike = rows.filter((pl.col("id") == name) | (pl.col("base") == name))["id"].to_list()
            if not alike:
                raise GroundtruceError(Problem.DECISION_REPORT_UNKNOWN, id=name)
            if alike != [name]:
                listed = ", ".join(sorted(alike))
                raise GroundtruceError(Problem.DECISION_REPORT_SHARED, id=name, known=listed)
        return tuple(dict.fromkeys(names))

    def others_beside(self, reports: Sequence[str]) -> tuple[str, ...]:
        """Return the other reports of the incident that these belong to; raises GroundtruceError if there is none."""
        links = self.fused.links
        own = links.filter(pl.col("report_id").is_in(reports))["incident_id"].unique().sort()
        if len(own) > 1:
            raise GroundtruceError(Problem.DECISION_INCIDENTS, known=", ".join(own))
        others = tuple(name for name in self.reports_of(own.to_list()) if name not in reports)
        if not others:
            raise GroundtruceError(Problem.DECISION_WHOLE, id=own[0])
        return others

    def reports_of(self, incidents: Sequence[str]) -> tuple[str, ...]:
        """Return the reports of incidents, sorted; raises GroundtruceError `document.incident_unknown`."""
        links = self.fused.links
        for incident in incidents:
            if incident not in links["incident_id"]:
                where = f"the record that {self.node.delegation} holds"
                raise GroundtruceError(Problem.INCIDENT_UNKNOWN, id=incident, file=where)
        return tuple(links.filter(pl.col("incident_id").is_in(incidents))["report_id"].sort())

    def proposal(self, decision: Decision, reason: str) -> Proposal:
        """Foresee a decision; raises GroundtruceError where it cannot be recorded or would take no effect."""
        self._check(decision)
        content: dict[str, Value] = {
            "decision": "merge" if decision.together else "split",
            "reports": list(decision.reports),
            "reason": _reason(reason),
        }
        if decision.against:
            content["against"] = list(decision.against)
        try:
            canonical_json(content, CONTENT_LIMIT)
        except GroundtruceError as error:
            many = len(decision.reports) + len(decision.against)
            limit = f"{CONTENT_LIMIT >> 10} KiB"
            raise _too_large(many, Phrase("reports"), limit) from error
        return self._foresee(Draft(StatementKind.LINK_DECISION, content), self.decided, decision)

    def withdrawal(self, start: str, reason: str) -> Proposal:
        """Foresee that the delegation takes back its decision whose id starts so; raises GroundtruceError."""
        own = [decided for decided in self.decided if decided.origin == self.node.origin]
        matching = [
            decided for decided in own if decided.identifier.hex().startswith(start.lower())
        ]
        if len(matching) != 1 or not start:
            raise GroundtruceError(
                Problem.DECISION_UNKNOWN, id=start, delegation=self.node.delegation
            )
        content: dict[str, Value] = {
            "retracts": matching[0].identifier.hex(),
            "reason": _reason(reason),
        }
        rest = tuple(decided for decided in self.decided if decided != matching[0])
        return self._foresee(Draft(StatementKind.RETRACTION, content), rest)

    def record(self, proposal: Proposal, authoring: Authoring) -> Receipt:
        """Record what was foreseen; raises GroundtruceError `decision.outdated` where it was with other decisions."""
        with self.node.append() as log:
            log.publish()
            state = current_state(self.node)
            if state != self.state:
                now = gather(statements_of(self.node, state)).decisions.rows()
                if tuple(now) != self.decided:
                    raise GroundtruceError(Problem.DECISION_OUTDATED)
            (receipt,) = record_drafts(self.node, log, [proposal.draft], authoring)
        return receipt

    def _check(self, decision: Decision) -> None:
        """Raise for a decision of too few or too many reports, or one that earlier decisions contradict."""
        named = {*decision.reports, *decision.against}
        if len(named) == 1 or not named:
            raise GroundtruceError(
                Problem.DECISION_TOO_FEW, what=Phrase("reports"), count=len(named)
            )
        if not decision.together and count_pairs(decision) > MOST_PAIRS:
            raise _too_large(count_pairs(decision), Phrase("pairs of reports"), f"{MOST_PAIRS:,}")
        decisions = [contradicted.decision for contradicted in self.decided]
        for contradicted in self._list_overruled([*decisions, decision]):
            if contradicted.merge == len(self.decided):
                split = self.decided[contradicted.split]
                raise GroundtruceError(
                    Problem.DECISION_OVERRULED,
                    one=contradicted.reports[1],
                    other=contradicted.reports[0],
                    delegation=split.author,
                    reason=split.reason,
                    statement=split.identifier.hex(),
                )

    def _foresee(
        self, draft: Draft, kept: Sequence[RecordedDecision], *coming: Decision
    ) -> Proposal:
        """Fuse again with the decisions that would be in force, and compare."""
        decisions = [*(decided.decision for decided in kept), *coming]
        after = fuse(self.reports, self.method, decisions)
        silent = {kept[decided.merge].identifier for decided in self._list_overruled(decisions)}
        before = self.overruled.keys()
        return Proposal(
            draft=draft,
            effect=effect(self.fused, after),
            silenced=tuple(decided for decided in kept if decided.identifier in silent - before),
            heard=tuple(decided for decided in kept if decided.identifier in before - silent),
        )

    def _list_overruled(self, decisions: Sequence[Decision]) -> list[Overruled]:
        return find_overruled(self.fused.linked.reports.report_id, decisions)


def open_review(node: Node, begin: Begin) -> Review:
    """Fuse the reports of the latest record state; raises GroundtruceError. Cost grows as that of a replay."""
    begin("Reading the record")
    state = current_state(node)
    gathered = gather(statements_of(node, state), node.disclosures)
    reports = gathered.reports.rows(REPORTS, node.load).rows
    if reports.is_empty():
        raise GroundtruceError(Problem.RECORD_MISSING, what=Phrase("A report"))
    method = read_method(gathered, node.load)
    begin("Fusing")
    fused = fuse(reports, method, gathered.decisions.decisions())
    return Review(
        node=node,
        state=state,
        reports=reports,
        method=replace(method, model=fused.linked.model),
        decided=tuple(gathered.decisions.rows()),
        fused=fused,
    )


def _reason(text: str) -> str:
    """Return a reason in Unicode form NFC; raises `decision.reason` where there is none."""
    reason = normalize("NFC", text).strip()
    if not reason:
        raise GroundtruceError(Problem.DECISION_REASON)
    return reason


def _too_large(count: int, what: Phrase, limit: str) -> GroundtruceError:
    return GroundtruceError(Problem.DECISION_TOO_LARGE, count=f"{count:,}", what=what, limit=limit)
