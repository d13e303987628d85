"""`groundtruce agreement`: begin, check, read, compare and publish an agreement document."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from groundtruce.agreement.case import parse_cases
from groundtruce.agreement.change import find_changes
from groundtruce.agreement.document import find_agreement_faults, hash_terms, write_agreement
from groundtruce.agreement.terms import Agreement
from groundtruce.cli.option import AgreementArgument, AsJson, LanguageOption, Out
from groundtruce.cli.output import print_lines, print_summary, report_problems
from groundtruce.compliance.assess import assess, atom_columns, select_assessed_clauses
from groundtruce.compliance.case import run_cases
from groundtruce.compliance.rule import derive_rules
from groundtruce.compliance.verdict import decide_sql
from groundtruce.intake.library import agreement_path, load_agreement, read_document
from groundtruce.intake.read import read_table
from groundtruce.model.code import Language
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import INCIDENTS
from groundtruce.publish.atomic_folder import write_folder
from groundtruce.publish.terms import render_terms, terms_text

__all__ = ["app"]

_FILES = ("agreement.yaml", "cases.yaml")

app = typer.Typer(
    help="Agreements: the machine-readable terms.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@app.callback()
def _group() -> None:
    """Agreements: the machine-readable terms."""


@app.command()
def new(
    folder: Annotated[
        Path,
        typer.Argument(help="A folder for the two files; made if missing.", show_default=False),
    ],
    as_json: AsJson = False,
) -> None:
    """Begin an agreement: a short document and its cases, which pass the check, to be changed by hand.

    Examples:

    * `groundtruce agreement new my-truce`

    Exit status: 0 done; 2 nothing written, since a file is there already.
    """
    with report_problems(as_json=as_json):
        name = folder.resolve().name.lower().replace("_", "-")
        for file in _FILES:
            if (folder / file).exists():
                raise GroundtruceError(Problem.OUTPUT_EXISTS, file=str(folder / file))
        folder.mkdir(parents=True, exist_ok=True)
        for file in _FILES:
            text = (files("groundtruce.agreement") / "starter" / file).read_text("utf-8")
            named = text.replace("id: my-truce", f"id: {name}")
            (folder / file).write_text(named, encoding="utf-8")
    written = [str(folder / file) for file in _FILES]
    print_summary(
        {"agreement": name, "written": written},
        [
            f"Written: {' and '.join(written)}.",
            f"Change them, and run: groundtruce agreement check {folder}",
        ],
        as_json=as_json,
    )


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
    """Check an agreement document and run its cases; all faults are told at once.

    Examples:

    * `groundtruce agreement check minsk-2015`
    * `groundtruce agreement check agreement.yaml --cases my-cases.yaml --json`

    Exit status: 0 all is well; 2 the document cannot be used or a case does not come out.
    """
    with report_problems(as_json=as_json):
        path = agreement_path(agreement)
        terms = _read_agreement(path)
        beside = path.parent / "cases.yaml"
        file = cases or (beside if beside.is_file() else None)
        known = parse_cases(str(file), read_document(file), terms) if file else ()
        failures = run_cases(known, terms)
        for failure in failures:
            print_lines(
                f"{failure.case_id}, {failure.clause_id}: expected {failure.expected}, "
                f"found {failure.found}"
            )
        if failures:
            failed = len({failure.case_id for failure in failures})
            raise GroundtruceError(
                Problem.CASES_FAILED, failed=failed, count=len(known), file=str(file)
            )
    print_summary(
        {
            "agreement": terms.label,
            "terms_sha256": hash_terms(terms),
            "clauses": len(terms.clauses),
            "assessed_clauses": len(select_assessed_clauses(terms)),
            "parties": len(terms.parties),
            "cases": len(known),
        },
        [
            f"{terms.label}: {len(terms.clauses)} clauses, {len(select_assessed_clauses(terms))} of them "
            f"assessed incident by incident; {len(known)} cases come out as expected."
        ],
        as_json=as_json,
    )


def _read_agreement(path: Path) -> Agreement:
    """Return the agreement of a document; prints all faults but the last, which is raised."""
    terms, faults = find_agreement_faults(str(path), read_document(path))
    if terms is not None:
        return terms
    for fault in faults[:-1]:
        print_lines(fault.error(str(path)).sentence)
    raise faults[-1].error(str(path))


@app.command()
def show(
    agreement: AgreementArgument,
    language: LanguageOption = Language.ENGLISH,
    as_yaml: Annotated[
        bool, typer.Option("--yaml", help="Print the document in its one spelling.")
    ] = False,
    as_sql: Annotated[
        bool, typer.Option("--sql", help="Print the conditions as SQL over the answers.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show an agreement as people read it: each clause in words, with what the machine tests.

    Examples:

    * `groundtruce agreement show hudaydah-2018`
    * `groundtruce agreement show hudaydah-2018 --language ar`
    * `groundtruce agreement show hudaydah-2018 --sql`

    Exit status: 0 shown; 2 the document cannot be used.
    """
    with report_problems(as_json=as_json):
        terms = load_agreement(agreement)
        if as_yaml:
            lines = write_agreement(terms).splitlines()
        elif as_sql:
            lines = _sql(terms)
        else:
            lines = terms_text(terms, language)
    tree = terms.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    print_summary({"terms_sha256": hash_terms(terms), "terms": tree}, lines, as_json=as_json)


def _sql(terms: Agreement) -> list[str]:
    rules = derive_rules(terms)
    columns = atom_columns(rules)
    lines = [f"-- {name}: {atom}" for atom, name in columns.items()]
    lines.append("SELECT incident_id,")
    for number, rule in enumerate(rules):
        name = ".".join(filter(None, (rule.clause.id, rule.start, rule.reading)))
        comma = "," if number < len(rules) - 1 else ""
        lines.append(f'  {decide_sql(rule, columns.__getitem__)} AS "{name}"{comma}')
    return [*lines, "FROM answers"]


@app.command()
def diff(
    old: AgreementArgument,
    new_one: Annotated[
        Path, typer.Argument(metavar="NEW", help="The other version.", show_default=False)
    ],
    incidents: Annotated[
        Path | None,
        typer.Option(
            "--incidents",
            help="An incident table; tells which of its assessments change.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what changed between two versions, and which past assessments change with it.

    Examples:

    * `groundtruce agreement diff old.yaml new.yaml`
    * `groundtruce agreement diff old.yaml new.yaml --incidents fused/incidents.csv --json`

    Exit status: 0 compared, whether they differ or not; 2 a document cannot be used.
    """
    with report_problems(as_json=as_json):
        before, after = load_agreement(old), load_agreement(new_one)
        changes = find_changes(before, after)
        lines = [str(change) for change in changes] or ["The terms are the same."]
        summary: dict[str, object] = {
            "old": hash_terms(before),
            "new": hash_terms(after),
            "changes": [
                {
                    "kind": change.kind.value,
                    "where": change.where,
                    "old": change.old,
                    "new": change.new,
                }
                for change in changes
            ],
        }
        if incidents is not None:
            moved, total = _changed_assessments(incidents, before, after)
            summary |= {"assessments": total, "changed_assessments": moved}
            lines.append(f"{len(moved):,} of {total:,} assessments change.")
            lines += [
                f"{assessment['incident_id']}, {assessment['clause_id']}: {assessment['old'] or 'not assessed'} → "
                f"{assessment['new'] or 'not assessed'}"
                for assessment in moved
            ]
    print_summary(summary, lines, as_json=as_json)


def _changed_assessments(
    incidents: Path, before: Agreement, after: Agreement
) -> tuple[list[dict[str, str | None]], int]:
    """Return the assessments whose verdict changes, and how many there are in all."""
    rows = read_table(INCIDENTS, [incidents]).rows
    old, new_one = (
        assess(rows, terms).select("incident_id", "clause_id", "verdict")
        for terms in (before, after)
    )
    both = old.rename({"verdict": "old"}).join(
        new_one.rename({"verdict": "new"}),
        on=["incident_id", "clause_id"],
        how="full",
        coalesce=True,
        maintain_order="left_right",
    )
    changed = both.filter(~both["old"].eq_missing(both["new"]))
    return changed.to_dicts(), both.height


@app.command()
def render(
    agreement: AgreementArgument,
    out: Out,
    as_json: AsJson = False,
) -> None:
    """Publish an agreement as pages in three languages: each clause in words beside its machine form.

    Examples:

    * `groundtruce agreement render colombia-2016 --out pages/`

    Exit status: 0 done; 2 the document cannot be used.
    """
    with report_problems(as_json=as_json):
        terms = load_agreement(agreement)
        pages = {
            f"agreement.{language.value}.html": render_terms(terms, language).encode()
            for language in Language
        }
        summary = {"agreement": terms.label, "terms_sha256": hash_terms(terms)}
        write_folder(out, "render", pages, summary)
    written = [str(out / name) for name in pages]
    print_summary(
        {**summary, "written": written}, [f"Written: {', '.join(written)}."], as_json=as_json
    )
