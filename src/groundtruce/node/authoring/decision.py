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
    overruled,
    pairs_of,
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
    """What would be recorded and what it would do; `silenced` merges are no longer heeded, `heard` ones again."""

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
        """The ids of merges that are not heeded, each with the decision that stands against it."""
        found = self._list_overruled([one.decision for one in self.decided])
        return {self.decided[one.merge].identifier: self.decided[one.split] for one in found}

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
        """Return the other reports of the incident that these stand in; raises GroundtruceError where there is none."""
        links = self.fused.links
        own = links.filter(pl.col("report_id").is_in(reports))["incident_id"].unique().sort()
        if len(own) > 1:
            raise GroundtruceError(Problem.DECISION_INCIDENTS, known=", ".join(own))
        found = tuple(name for name in self.reports_of(own.to_list()) if name not in reports)
        if not found:
            raise GroundtruceError(Problem.DECISION_WHOLE, id=own[0])
        return found

    def reports_of(self, incidents: Sequence[str]) -> tuple[str, ...]:
        """Return the reports of incidents, sorted; raises GroundtruceError `document.incident_unknown`."""
        links = self.fused.links
        for one in incidents:
            if one not in links["incident_id"]:
                where = f"the record that {self.node.delegation} holds"
                raise GroundtruceError(Problem.INCIDENT_UNKNOWN, id=one, file=where)
        return tuple(links.filter(pl.col("incident_id").is_in(incidents))["report_id"].sort())

    def proposal(self, decision: Decision, reason: str) -> Proposal:
        """Foresee a decision; raises GroundtruceError where it cannot be recorded or would not be heeded."""
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
        own = [one for one in self.decided if one.origin == self.node.origin]
        found = [one for one in own if one.identifier.hex().startswith(start.lower())]
        if len(found) != 1 or not start:
            raise GroundtruceError(
                Problem.DECISION_UNKNOWN, id=start, delegation=self.node.delegation
            )
        content: dict[str, Value] = {
            "retracts": found[0].identifier.hex(),
            "reason": _reason(reason),
        }
        rest = tuple(one for one in self.decided if one != found[0])
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
        named = {*decision.reports, *decision.against}
        if len(named) == 1 or not named:
            raise GroundtruceError(
                Problem.DECISION_TOO_FEW, what=Phrase("reports"), count=len(named)
            )
        if not decision.together and pairs_of(decision) > MOST_PAIRS:
            raise _too_large(pairs_of(decision), Phrase("pairs of reports"), f"{MOST_PAIRS:,}")
        decisions = [one.decision for one in self.decided]
        for one in self._list_overruled([*decisions, decision]):
            if one.merge == len(self.decided):
                split = self.decided[one.split]
                raise GroundtruceError(
                    Problem.DECISION_OVERRULED,
                    one=one.reports[1],
                    other=one.reports[0],
                    delegation=split.author,
                    reason=split.reason,
                    statement=split.identifier.hex(),
                )

    def _foresee(
        self, draft: Draft, kept: Sequence[RecordedDecision], *coming: Decision
    ) -> Proposal:
        decisions = [*(one.decision for one in kept), *coming]
        after = fuse(self.reports, self.method, decisions)
        silent = {kept[one.merge].identifier for one in self._list_overruled(decisions)}
        before = self.overruled.keys()
        return Proposal(
            draft=draft,
            effect=effect(self.fused, after),
            silenced=tuple(one for one in kept if one.identifier in silent - before),
            heard=tuple(one for one in kept if one.identifier in before - silent),
        )

    def _list_overruled(self, decisions: Sequence[Decision]) -> list[Overruled]:
        return overruled(self.fused.linked.reports.report_id, decisions)


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
    found = normalize("NFC", text).strip()
    if not found:
        raise GroundtruceError(Problem.DECISION_REASON)
    return found


def _too_large(count: int, what: Phrase, limit: str) -> GroundtruceError:
    return GroundtruceError(Problem.DECISION_TOO_LARGE, count=f"{count:,}", what=what, limit=limit)
