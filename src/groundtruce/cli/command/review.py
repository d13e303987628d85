"""`groundtruce review`: people decide which reports tell of one event; what follows is shown before it is recorded."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from groundtruce.cli.node import NodeArgument, make_authoring, open_own_node
from groundtruce.cli.option import AsJson
from groundtruce.cli.output import print_lines, print_summary, report_problems, show_progress
from groundtruce.cli.review_text import (
    decision_as_json,
    describe_decision,
    effect_lines,
    question_lines,
    questions_as_json,
)
from groundtruce.fusion.clustering.decision import Decision
from groundtruce.fusion.review.questions import choose_questions
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.authoring.decision import Proposal, Review, open_review

__all__ = ["app", "confirm", "is_on_terminal"]

app = typer.Typer(
    help="Review: decide which reports tell of one event, on record and with a reason.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

ReportIds = Annotated[list[str], typer.Argument(help="Identifiers of reports.", show_default=False)]
Reason = Annotated[
    str, typer.Option("--reason", help="How it is known, for people to read.", show_default=False)
]
Yes = Annotated[bool, typer.Option("--yes", help="Record without asking.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the effect and record nothing.")]


@app.callback()
def _group() -> None:
    """Review: decide which reports tell of one event, on record and with a reason."""


@app.command("next")
def next_(
    node: NodeArgument,
    limit: Annotated[int, typer.Option(min=1, help="Questions at most.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Show the pairs of reports that people should look at first, side by side.

    First comes the pair whose answer is expected to change the published figures most.
    What is decided already is not asked again.

    Examples:

    * `groundtruce review next node/`
    * `groundtruce review next node/ --limit 20 --json`
    """
    with report_problems(as_json=as_json), show_progress("Reviewing", 3) as begin:
        review = open_review(open_own_node(node), begin)
        begin("Choosing the questions")
        questions = questions_as_json(
            review, choose_questions(review.fused, review.method.clustering, limit)
        )
        against = review.overruled
    own = [decision for decision in review.decided if decision.origin == review.node.origin]
    overruled = [decision for decision in own if decision.identifier in against]
    lines = [
        line
        for number, question in enumerate(questions, start=1)
        for line in question_lines(str(node), number, question)
    ]
    if overruled:
        print_lines(
            f"Merges of this delegation that are not heeded: {len(overruled):,}. "
            "`groundtruce review list` says why."
        )
    print_summary(
        {
            "questions": questions,
            "overruled": [decision_as_json(decision) for decision in overruled],
        },
        lines[:-1] or ["No report lies so near another that people should look at the two."],
        as_json=as_json,
    )


@app.command("list")
def list_(node: NodeArgument, as_json: AsJson = False) -> None:
    """List the decisions that count, of all delegations, and say which merges are overruled.

    Examples:

    * `groundtruce review list node/`
    """
    with report_problems(as_json=as_json):
        with show_progress("Reviewing", 2) as begin:
            review = open_review(open_own_node(node), begin)
        against = review.overruled
    decided: list[dict[str, object]] = []
    lines = []
    for decision in review.decided:
        by = against.get(decision.identifier)
        decided.append(
            {
                **decision_as_json(decision),
                "overruled_by": None if by is None else by.identifier.hex(),
            }
        )
        lines.append(describe_decision(decision))
        if by is not None:
            lines.append(f"  not heeded: {describe_decision(by)}")
    print_summary({"decisions": decided}, lines or ["Nothing is decided."], as_json=as_json)


@app.command()
def same(
    node: NodeArgument,
    reports: ReportIds,
    reason: Reason,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Decide that reports tell of one event.

    Examples:

    * `groundtruce review same node/ R1 R2 --reason "same clinic, same hour; the second corrects the village"`
    * `groundtruce review same node/ R1 R2 R3 --reason "one salvo" --dry-run`
    """
    _decide(
        node,
        lambda review: review.proposal(
            Decision(together=True, reports=review.check_names(reports)), reason
        ),
        yes=yes,
        dry_run=dry_run,
        as_json=as_json,
    )


@app.command()
def different(
    node: NodeArgument,
    reports: ReportIds,
    reason: Reason,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Decide that each of the reports tells of an event of its own. No later `same` overrides this.

    Examples:

    * `groundtruce review different node/ R1 R2 --reason "two checkpoints, by their photographs"`
    """
    _decide(
        node,
        lambda review: review.proposal(
            Decision(together=False, reports=review.check_names(reports)), reason
        ),
        yes=yes,
        dry_run=dry_run,
        as_json=as_json,
    )


@app.command()
def merge(
    node: NodeArgument,
    incidents: Annotated[
        list[str], typer.Argument(help="Identifiers of incidents.", show_default=False)
    ],
    reason: Reason,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Decide that incidents are one: all their reports tell of one event.

    Examples:

    * `groundtruce review merge node/ I-7qjkrhfzkyzx I-x6yf2lca63bt --reason "one convoy, seen from both ends"`
    """

    def proposed(review: Review) -> Proposal:
        if len(set(incidents)) == 1:
            raise GroundtruceError(Problem.DECISION_TOO_FEW, what=Phrase("incidents"), count=1)
        return review.proposal(
            Decision(together=True, reports=review.reports_of(incidents)), reason
        )

    _decide(node, proposed, yes=yes, dry_run=dry_run, as_json=as_json)


@app.command()
def split(  # noqa: PLR0913, PLR0917 - one for each option
    node: NodeArgument,
    reports: ReportIds,
    reason: Reason,
    against: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            help="A report that tells of another event.",
            show_default="the others of their incident",
        ),
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take reports out of their incident: they tell of another event than its other reports.

    Examples:

    * `groundtruce review split node/ R3 --reason "the shelling of the next day"`
    * `groundtruce review split node/ R3 R4 --from R1 --from R2 --reason "across the river"`
    """

    def proposed(review: Review) -> Proposal:
        named = review.check_names(reports)
        rest = review.check_names(against) if against else review.others_beside(named)
        return review.proposal(Decision(together=False, reports=named, against=rest), reason)

    _decide(node, proposed, yes=yes, dry_run=dry_run, as_json=as_json)


@app.command()
def undo(
    node: NodeArgument,
    statement: Annotated[
        str, typer.Argument(help="Id of the decision, or its first digits.", show_default=False)
    ],
    reason: Reason,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take back a decision of this delegation; those of others are theirs to take back.

    Examples:

    * `groundtruce review undo node/ 3f9a41 --reason "the photographs were of another day"`
    """
    _decide(
        node,
        lambda review: review.withdrawal(statement, reason),
        yes=yes,
        dry_run=dry_run,
        as_json=as_json,
    )


def is_on_terminal() -> bool:
    """Return whether a person can be asked."""
    return sys.stdin.isatty()


def confirm() -> bool:
    """Ask the person at the terminal; the answer is no unless it is yes."""
    return typer.confirm("Record this decision?", default=False, err=True)


def _decide(
    node: Path,
    proposed: Callable[[Review], Proposal],
    *,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Show what a decision would do, ask, and record it."""
    with report_problems(as_json=as_json):
        asks = not (yes or dry_run)
        if asks and not is_on_terminal():
            raise GroundtruceError(Problem.DECISION_UNCONFIRMED)
        with show_progress("Reviewing", 3) as begin:
            review = open_review(open_own_node(node), begin)
            begin("Foreseeing the effect")
            proposal = proposed(review)
        lines, receipt = effect_lines(proposal), None
        if asks:
            print_lines(*lines)
            lines = []
            yes = confirm()
        if yes and not dry_run:
            receipt = review.record(proposal, make_authoring())
    identifier = None if receipt is None else receipt.identifier.hex()
    print_summary(
        {
            "id": identifier,
            "statement": dict(proposal.draft.content),
            "effect": proposal.effect.as_json(),
            "silenced": [decision_as_json(decision) for decision in proposal.silenced],
            "heard": [decision_as_json(decision) for decision in proposal.heard],
        },
        [*lines, f"Recorded as {identifier}." if identifier else "Nothing was recorded."],
        as_json=as_json,
    )
