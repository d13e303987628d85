"""`groundtruce init`: make a node, one delegation's place in the mechanism."""

from pathlib import Path
from typing import Annotated

import typer

from groundtruce.agreement.mechanism import DelegationRole
from groundtruce.cli.fuse_options import MethodFile, method_of
from groundtruce.cli.node import make_authoring
from groundtruce.cli.option import AsJson
from groundtruce.cli.output import print_summary, report_problems
from groundtruce.intake.library import agreement_path, load_agreement, read_document
from groundtruce.node.authoring.setting import record_settings
from groundtruce.node.key import card_text, make_card
from groundtruce.node.node import make_node
from groundtruce.record.log.durable import Disk

__all__ = ["init"]


def init(  # noqa: PLR0913, PLR0917 - one for each option
    node: Annotated[
        Path, typer.Argument(help="Folder of the node; made if missing.", show_default=False)
    ],
    delegation: Annotated[str, typer.Option(help="Name of the delegation.", show_default=False)],
    role: Annotated[
        DelegationRole, typer.Option(help="What it is to the truce.")
    ] = DelegationRole.MONITOR,
    mechanism: Annotated[
        Path | None,
        typer.Option(help="The mechanism document.", show_default="one in which it stands alone"),
    ] = None,
    agreement: Annotated[
        Path | None, typer.Option(help="The agreement to record.", show_default=False)
    ] = None,
    method: MethodFile = None,
    address: Annotated[
        str | None, typer.Option(help="Where the node will answer.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a node: its keys, its log, and the documents that it goes by as first statements.

    Run it first without a mechanism: it prints the card of the node, which goes into the mechanism document.
    Run it again with that document, on every node. What is there already stays.

    Examples:

    * `groundtruce init node/ --delegation "Secretariat" --role secretariat --agreement agreement.yaml`
    * `groundtruce init node/ --delegation "Secretariat" --mechanism mechanism.yaml`
    * `groundtruce init node/ --delegation "Secretariat" --method fused/method.json`
    """
    with report_problems(as_json=as_json):
        by_method = None if method is None else method_of(method)
        document = None if mechanism is None else read_document(mechanism)
        terms = None
        if agreement is not None:
            terms = load_agreement(agreement).label, read_document(agreement_path(agreement))
        made = make_node(
            node,
            delegation,
            role,
            Disk(),
            make_authoring().random,
            mechanism=document,
            address=address,
        )
        recorded = record_settings(made, terms, make_authoring(), by_method)
    own = make_card(made.keys, delegation, role, address)
    print_summary(
        {
            "delegation": delegation,
            "origin": made.origin,
            "recorded": recorded,
            "card": own.model_dump(mode="json", exclude_none=True),
        },
        [
            f"{node} is the node of {delegation}; its log is {made.origin}.",
            f"Recorded: {', '.join(recorded) or 'nothing new'}.",
            "Its card, for the mechanism document:",
            "",
            card_text(own).rstrip(),
        ],
        as_json=as_json,
    )
