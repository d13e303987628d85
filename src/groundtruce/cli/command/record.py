"""`groundtruce record`: look into the record, prove, verify, check, copy and cosign."""

import json
from pathlib import Path
from typing import Annotated

import typer

from groundtruce.cli.node import (
    NodeArgument,
    NodeOption,
    connect_peers,
    make_authoring,
    open_own_node,
)
from groundtruce.cli.option import AsJson, Out
from groundtruce.cli.output import print_lines, print_summary, report_problems, show_progress
from groundtruce.intake.library import read_document
from groundtruce.model.instant import format_instant
from groundtruce.model.message import Phrase
from groundtruce.model.problem import ExitStatus, GroundtruceError, Problem
from groundtruce.node.anchor import ask_for_anchor, keep_anchor
from groundtruce.node.checking.check import check_node
from groundtruce.node.checking.proof import proof_files, show_statement, verify_file
from groundtruce.node.node import Node
from groundtruce.node.peers.exchange import PeerAnswer
from groundtruce.node.peers.notification import notify_of_proofs
from groundtruce.node.register import Member
from groundtruce.node.replay import current_state, grade_logs
from groundtruce.publish.atomic_folder import write_folder

__all__ = ["app"]

app = typer.Typer(
    help="The record: what was stated, by whom, and who vouches for it.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

Names = Annotated[
    list[str] | None, typer.Argument(help="Delegations; all others if none.", show_default=False)
]


@app.callback()
def _group() -> None:
    """The record: what was stated, by whom, and who vouches for it."""


@app.command()
def show(
    node: NodeArgument,
    statement: Annotated[
        str | None,
        typer.Argument(help="Id of a statement, or its first digits.", show_default="the logs"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the logs of the record with their grade, or show one statement.

    Examples:

    * `groundtruce record show node/`
    * `groundtruce record show node/ 3f9a41`
    """
    with report_problems(as_json=as_json):
        here = open_own_node(node)
        if statement is not None:
            shown = show_statement(here, statement)
            print_summary(shown, [json.dumps(shown, ensure_ascii=False, indent=2)], as_json=as_json)
            return
        graded = grade_logs(here, current_state(here))
        logs = [
            {
                "delegation": member.name,
                "origin": member.origin,
                "statements": log.checkpoint.head.size,
                "grade": int(graded.get(member.origin, 0)),
                "cosigners": len(log.checkpoint.others),
            }
            for member, log in here.logs()
        ]
    print_summary(
        {"logs": logs},
        [
            f"{entry['delegation']}: {entry['statements']:,} statements, grade {entry['grade']}, "
            f"{entry['cosigners']} cosignatures"
            for entry in logs
        ],
        as_json=as_json,
    )


@app.command()
def heads(node: NodeArgument, as_json: AsJson = False) -> None:
    """Print the record state: one line for each log, and the digest that names it.

    The lines go to standard output, so that `groundtruce record heads node/ | sha256sum` gives the digest too.

    Examples:

    * `groundtruce record heads node/ > state.txt`
    """
    with report_problems(as_json=as_json):
        state = current_state(open_own_node(node))
    lines = bytes(state).decode().splitlines()
    print_summary({"sha256": state.digest, "state": lines}, lines, as_json=as_json)
    print_lines(f"Record state {state.digest}")


@app.command()
def prove(
    node: NodeArgument,
    statement: Annotated[str, typer.Argument(help="Id of the statement.", show_default=False)],
    out: Out,
    as_json: AsJson = False,
) -> None:
    """Write everything that someone needs to check a statement offline, with our tools or with others'.

    The folder holds the statement, a `tlog-proof`, a proof for `sigsum-verify`, keys and policies.

    Examples:

    * `groundtruce record prove node/ 3f9a41 --out proof/`
    * `sigsum-verify -k proof/statement.pub -p proof/policy.sigsum proof/statement.sigsum < proof/statement.json`
    """
    with report_problems(as_json=as_json):
        files = proof_files(open_own_node(node), statement)
        write_folder(out, "record prove", files, {"statement": statement})
    print_summary(
        {"files": sorted(files)}, [f"{out / name}" for name in sorted(files)], as_json=as_json
    )


@app.command()
def verify(
    file: Annotated[
        Path,
        typer.Argument(help="A .tlog-proof, or a proof of misbehaviour.", show_default=False),
    ],
    document: Annotated[
        Path | None, typer.Argument(help="The statement that is proven.", show_default=False)
    ] = None,
    mechanism: Annotated[
        Path | None,
        typer.Option(help="The mechanism document that you trust.", show_default=False),
    ] = None,
    node: NodeOption = None,
    as_json: AsJson = False,
) -> None:
    """Check a proof offline: that a log holds a statement, or that someone broke the rules.

    Examples:

    * `groundtruce record verify proof/statement.tlog-proof proof/statement.json --mechanism mechanism.yaml`
    * `groundtruce record verify fork-0123456789abcdef.json`
    """
    with report_problems(as_json=as_json):
        trusted = node / "mechanism.yaml" if node is not None else mechanism
        verification = verify_file(
            str(file),
            read_document(file),
            None if document is None else read_document(document),
            None if trusted is None else read_document(trusted),
        )
    print_summary(verification.summary, verification.lines, as_json=as_json)


@app.command()
def fsck(node: NodeArgument, as_json: AsJson = False) -> None:
    """Check everything that the node holds: every tile, leaf, body, signature, object, in every log.

    Exit status: 0 all is as it should be; 1 something is not, and is named; 2 the node cannot be opened.

    Examples:

    * `groundtruce record fsck node/`
    """
    with report_problems(as_json=as_json):
        here = open_own_node(node)
        with show_progress("Checking", len(here.register.members) + 1) as begin:
            checked, findings = check_node(here, begin)
    print_summary(
        {
            "statements": checked,
            "findings": [
                {"where": finding.where, "sentence": finding.sentence} for finding in findings
            ],
        },
        [f"{checked:,} statements checked, {len(findings)} findings."]
        + [f"{finding.where}: {finding.sentence}" for finding in findings],
        as_json=as_json,
    )
    if findings:
        raise typer.Exit(int(ExitStatus.QUARANTINED))


@app.command()
def mirror(node: NodeArgument, names: Names = None, as_json: AsJson = False) -> None:
    """Copy and audit the logs of others; what they should not have signed becomes a proof.

    Exit status: 0 all were copied; 1 some were not, and are named.

    Examples:

    * `groundtruce record mirror node/`
    * `groundtruce record mirror node/ "Delegation of the neighbour"`
    """
    with report_problems(as_json=as_json):
        here = open_own_node(node)
        chosen = _choose_peers(here, names)
        with connect_peers(here) as dealings, show_progress("Copying", len(chosen)) as begin:
            answers = []
            for member in chosen:
                begin(f"Copying {member.name}")
                answers.append(dealings.mirror(member))
        _notify(here)
    _print_answers(answers, "copied", as_json=as_json)


@app.command()
def cosign(node: NodeArgument, names: Names = None, as_json: AsJson = False) -> None:
    """Cosign the audited copies of others' logs, and collect their cosignatures for the own log.

    Run `record mirror` first. Peers on the web are asked; from folders, what they published is taken.

    Exit status: 0 all cosigned; 1 some did not, and are named.

    Examples:

    * `groundtruce record cosign node/`
    """
    with report_problems(as_json=as_json):
        here = open_own_node(node)
        chosen = _choose_peers(here, names)
        answers = []
        with connect_peers(here) as dealings, show_progress("Cosigning", len(chosen) * 2) as begin:
            dealings.recall_heads()
            for member in chosen:
                begin(f"Cosigning {member.name}")
                answers.append(dealings.cosign(member))
            with here.append() as log:
                log.publish()
                for member in chosen:
                    begin(f"Asking {member.name}")
                    answers.append(dealings.collect_cosignature(log, member))
                dealings.keep_refusals(log)
        _notify(here)
    _print_answers(answers, "cosigned", as_json=as_json)


@app.command()
def stamp(
    node: NodeArgument,
    response: Annotated[
        Path | None,
        typer.Option(help="The authority's RFC 3161 response to keep.", show_default=False),
    ] = None,
    authority: Annotated[
        Path | None,
        typer.Option(help="Root certificate (PEM) to trust from now on.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The request to write.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Have the own head time-stamped by an authority outside of the mechanism, which raises its grade.

    First write a request, take it to any authority, then keep its response. Nothing is sent from here.

    Examples:

    * `groundtruce record stamp node/ --out head.tsq`
    * `groundtruce record stamp node/ --response head.tsr --authority root.pem`
    """
    with report_problems(as_json=as_json):
        here = open_own_node(node)
        if response is not None:
            roots = None if authority is None else read_document(authority)
            stamped = keep_anchor(here, read_document(response), roots)
            when = format_instant(stamped.time)
            summary, line = {"time": when}, f"{stamped.authority} stamped the head at {when}."
        elif out is not None:
            out.write_bytes(ask_for_anchor(here, make_authoring().random))
            summary, line = {"file": str(out)}, f"Take {out} to a time-stamping authority."
        else:
            raise GroundtruceError(
                Problem.NODE_OR_FILES,
                what=Phrase("the request goes or the response is"),
                either=Phrase("--out FILE or --response FILE"),
            )
    print_summary(summary, [line], as_json=as_json)


def _choose_peers(node: Node, names: list[str] | None) -> list[Member]:
    return node.others if not names else [node.register.of_name(name) for name in names]


def _notify(node: Node) -> None:
    """Record proofs that are not told of yet; another process that writes just now does it otherwise."""
    try:
        with node.append() as log:
            notify_of_proofs(node, log, make_authoring())
    except GroundtruceError as error:
        if error.problem is not Problem.RECORD_LOCKED:
            raise


def _print_answers(answers: list[PeerAnswer], what: str, *, as_json: bool) -> None:
    print_summary(
        {
            "answers": [
                {
                    "delegation": answer.member.name,
                    "size": answer.size,
                    **({"problem": answer.problem.as_json()} if answer.problem else {}),
                }
                for answer in answers
            ]
        },
        [
            f"{answer.member.name}: {answer.problem.sentence}"
            if answer.problem
            else f"{answer.member.name}: {what} up to {answer.size:,} statements"
            for answer in answers
        ],
        as_json=as_json,
    )
    if any(answer.problem for answer in answers):
        raise typer.Exit(int(ExitStatus.QUARANTINED))
