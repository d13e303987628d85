"""`groundtruce explain`: why an incident has its verdicts, down to each question that decided."""

from pathlib import Path
from typing import Annotated

import typer

from groundtruce.cli.option import AgreementArgument, AsJson, LanguageOption
from groundtruce.cli.output import print_summary, report_problems
from groundtruce.compliance.explanation import Explanation, explain
from groundtruce.intake.library import load_agreement
from groundtruce.intake.read import read_table
from groundtruce.language.prose import explanation_lines
from groundtruce.language.words import Words
from groundtruce.model.code import Language
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import INCIDENTS

__all__ = ["explain_incident"]


def explain_incident(
    incidents: Annotated[
        Path, typer.Argument(help="The incident table, as `fuse` writes it.", show_default=False)
    ],
    agreement: AgreementArgument,
    incident: Annotated[
        str, typer.Option("--incident", help="Identifier of the incident.", show_default=False)
    ],
    clause: Annotated[
        str | None, typer.Option("--clause", help="One clause only.", show_default="all clauses")
    ] = None,
    language: LanguageOption = Language.ENGLISH,
    as_json: AsJson = False,
) -> None:
    """Explain the verdicts on an incident: one sentence each, the paragraph, and each question that decided.

    Examples:

    * `groundtruce explain out/incidents.csv syria-2016-02 --incident I-7qjkrhfzkyzx`
    * `groundtruce explain out/incidents.csv syria-2016-02 --incident I-7qjkrhfzkyzx --clause A3 --language fr`

    Exit status: 0 explained; 2 there is no such incident or clause.
    """
    with report_problems(as_json=as_json):
        terms = load_agreement(agreement)
        rows = read_table(INCIDENTS, [incidents]).rows
        try:
            explanations = explain(rows, terms, incident)
        except KeyError:
            raise GroundtruceError(
                Problem.INCIDENT_UNKNOWN, id=incident, file=str(incidents)
            ) from None
        chosen = [
            explanation for explanation in explanations if clause in (None, explanation.clause_id)
        ]
        if not chosen:
            known = ", ".join(explanation.clause_id for explanation in explanations)
            raise GroundtruceError(Problem.CLAUSE_UNKNOWN, id=clause or "", known=known)
        words = Words(language, terms)
    lines = [
        line for explanation in chosen for line in (*explanation_lines(words, explanation), "")
    ]
    print_summary(
        {
            "incident": incident,
            "verdicts": [_explanation_as_json(explanation) for explanation in chosen],
        },
        lines[:-1],
        as_json=as_json,
    )


def _explanation_as_json(explanation: Explanation) -> dict[str, object]:
    return {
        "clause_id": explanation.clause_id,
        "cite": explanation.cite,
        "verdict": explanation.verdict.value,
        "reasons": explanation.reasons,
        "breach_probability": explanation.breach_probability,
        "agreement_version": explanation.agreement_version,
        "readings": {
            name or "text": [
                {
                    "asks": branch.kind.value,
                    "exception": branch.name or None,
                    "condition": str(branch.condition),
                    "holds": branch.value,
                    "answers": {str(leaf.atom): leaf.value for leaf in branch.leaves},
                }
                for branch in branches
            ]
            for name, branches in explanation.readings
        },
    }
