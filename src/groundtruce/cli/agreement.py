"""`groundtruce agreement`: check an agreement document and the cases beside it."""

from pathlib import Path
from typing import Annotated

import typer

from groundtruce.agreement.case import parse_cases
from groundtruce.cli.job import load_agreement, read_document
from groundtruce.cli.option import AgreementArgument, AsJson
from groundtruce.cli.output import finish, in_words, told
from groundtruce.compliance.assess import assessed_clauses
from groundtruce.compliance.case import run_cases
from groundtruce.model.problem import GroundtruceError, Problem

__all__ = ["app", "check"]

app = typer.Typer(
    help="Agreements: the machine-readable terms.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@app.callback()
def _group() -> None:
    """Agreements: the machine-readable terms."""


@app.command()
def check(
    agreement: AgreementArgument,
    cases: Annotated[
        Path | None,
        typer.Option(
            "--cases", help="The cases.", show_default="cases.yaml beside the agreement, if there"
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check an agreement document and run its cases.

    Examples:

    * `groundtruce agreement check agreement.yaml`
    * `groundtruce agreement check agreement.yaml --cases my-cases.yaml --json`

    Exit status: 0 all is well; 2 the document cannot be used or a case does not come out.
    """
    with told(as_json=as_json):
        terms = load_agreement(agreement)
        beside = agreement.parent / "cases.yaml"
        path = cases or (beside if beside.is_file() else None)
        known = parse_cases(str(path), read_document(path), terms) if path else ()
        failures = run_cases(known, terms)
        for failure in failures:
            in_words(
                f"{failure.case_id}, {failure.clause_id}: expected {failure.expected}, "
                f"found {failure.found}"
            )
        if failures:
            failed = len({failure.case_id for failure in failures})
            raise GroundtruceError(
                Problem.CASES_FAILED, failed=failed, count=len(known), file=str(path)
            )
        summary = {
            "agreement": terms.label,
            "clauses": len(terms.clauses),
            "assessed_clauses": len(assessed_clauses(terms)),
            "parties": len(terms.parties),
            "cases": len(known),
        }
    finish(
        summary,
        [
            f"{terms.label}: {len(terms.clauses)} clauses, {len(assessed_clauses(terms))} of them "
            f"assessed incident by incident; {len(known)} cases come out as expected."
        ],
        (),
        as_json=as_json,
        folder=Path(),
    )
