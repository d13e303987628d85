"""`groundtruce evidence`: seal and record files, open them, and erase what was approved to be erased."""

import json
from pathlib import Path
from typing import Annotated

import typer

from groundtruce.cli.node import NodeArgument, make_authoring, open_log, open_own_node
from groundtruce.cli.option import AsJson
from groundtruce.cli.output import print_summary, report_problems
from groundtruce.intake.library import read_document
from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.authoring.erasure import erase as erase_approved
from groundtruce.node.authoring.evidence import open_evidence, record_evidence
from groundtruce.node.checking.proof import find_statement
from groundtruce.node.node import Node
from groundtruce.record.evidence.erasure import Erasure
from groundtruce.record.evidence.erasure import approve as approve_erasure
from groundtruce.record.evidence.sealed import ObjectId

__all__ = ["app"]

_ID_LENGTH = 64

app = typer.Typer(
    help="Evidence: files that are sealed, committed to, and opened only with their key.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@app.callback()
def _group() -> None:
    """Evidence: files that are sealed, committed to, and opened only with their key."""


@app.command()
def add(
    node: NodeArgument,
    file: Annotated[Path, typer.Argument(help="The file.", show_default=False)],
    media_type: Annotated[
        str | None, typer.Option(help="What kind of file it is, as video/mp4.", show_default=False)
    ] = None,
    time_stamp: Annotated[
        Path | None,
        typer.Option(help="An RFC 3161 response for the file.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Seal a file, store it by its hash, and record a commitment to its content.

    Examples:

    * `groundtruce evidence add node/ video.mp4 --media-type video/mp4`
    """
    with report_problems(as_json=as_json):
        stamp = None if time_stamp is None else read_document(time_stamp)
        if not file.is_file():
            raise GroundtruceError(Problem.FILE_MISSING, file=str(file))
        with open_log(node) as (here, log):
            receipt, sealed = record_evidence(here, log, file, media_type, stamp, make_authoring())
    identifier = receipt.identifier.hex()
    print_summary(
        {"id": identifier, "object": sealed.object_id, "index": receipt.index},
        [f"Recorded as {identifier}, statement {receipt.index}."],
        as_json=as_json,
    )


@app.command("open")
def open_(
    node: NodeArgument,
    item: Annotated[str, typer.Argument(help="Id of the evidence item.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="The file to write.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Open a sealed file and check it against its commitment.

    Examples:

    * `groundtruce evidence open node/ 3f9a41 --out video.mp4`
    """
    with report_problems(as_json=as_json):
        here = open_own_node(node)
        statement = find_statement(here, item)
        with out.open("wb") as sink:
            open_evidence(here, statement, sink)
    print_summary({"file": str(out)}, [f"{out} is what was recorded."], as_json=as_json)


@app.command()
def propose(
    node: NodeArgument,
    identifiers: Annotated[
        list[str], typer.Argument(help="Ids of statements or objects.", show_default=False)
    ],
    authority: Annotated[str, typer.Option(help="Who decided, by which rule.", show_default=False)],
    reason: Annotated[str, typer.Option(help="Why, for people to read.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="The proposal to write.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Write a proposal to erase, which the other delegations approve.

    Examples:

    * `groundtruce evidence propose node/ 3f9a41 --authority "Rule 4" --reason "source at risk" --out erase.json`
    """
    with report_problems(as_json=as_json):
        here = open_own_node(node)
        erasure = Erasure(
            origin=here.origin,
            erases=tuple(sorted({_whole(here, identifier) for identifier in identifiers})),
            authority=authority,
            reason=reason,
        )
        out.write_bytes(bytes(erasure))
    print_summary({"file": str(out)}, [f"Pass {out} to the others for approval."], as_json=as_json)


@app.command()
def approve(
    node: NodeArgument,
    proposal: Annotated[Path, typer.Argument(help="The proposal.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="The approval to write.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Approve a proposal to erase, under this delegation's key.

    Examples:

    * `groundtruce evidence approve node/ erase.json --out approval.json`
    """
    with report_problems(as_json=as_json):
        here = open_own_node(node)
        approval = approve_erasure(Erasure.parse(read_document(proposal)), here.keys.statement)
        out.write_text(json.dumps(approval, sort_keys=True), "utf-8")
    print_summary(
        {"file": str(out)}, [f"{out} is the approval of {here.delegation}."], as_json=as_json
    )


@app.command()
def erase(
    node: NodeArgument,
    proposal: Annotated[Path, typer.Argument(help="The proposal.", show_default=False)],
    approvals: Annotated[list[Path], typer.Argument(help="The approvals.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Record the tombstone, then destroy keys, salts, disclosures and content. Nobody can undo this.

    Examples:

    * `groundtruce evidence erase node/ erase.json approval-1.json approval-2.json`
    """
    with report_problems(as_json=as_json):
        erasure = Erasure.parse(read_document(proposal))
        erase_approved(
            open_own_node(node), erasure, [_approval(path) for path in approvals], make_authoring()
        )
    print_summary(
        {"erased": list(erasure.erases)},
        [f"{len(erasure.erases)} erased; the tombstone says who approved it."],
        as_json=as_json,
    )


def _whole(node: Node, identifier: str) -> str:
    """Return the whole id of a statement; that of an object is given whole."""
    if len(identifier) == _ID_LENGTH and node.objects.has(ObjectId(identifier)):
        return identifier
    return find_statement(node, identifier).identifier.hex()


def _approval(path: Path) -> dict[str, str]:
    try:
        approval = json.loads(read_document(path))
        return {"key": str(approval["key"]), "signature": str(approval["signature"])}
    except (ValueError, KeyError, TypeError) as error:
        raise GroundtruceError(
            Problem.RECORD_MALFORMED, what=quote(str(path)), cause=Phrase("it is no approval")
        ) from error
