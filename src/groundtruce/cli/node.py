"""What commands about a node share: the clock, the randomness, opening a node and reaching its peers."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import httpx2
import typer

from groundtruce.node.authoring.recording import Authoring
from groundtruce.node.node import Node
from groundtruce.node.node import open_node as open_node_on
from groundtruce.node.peers.exchange import Exchange
from groundtruce.record.log.append import AppendLog
from groundtruce.record.log.durable import Disk

__all__ = [
    "NodeArgument",
    "NodeOption",
    "connect_peers",
    "make_authoring",
    "open_log",
    "open_own_node",
]

NodeArgument = Annotated[Path, typer.Argument(help="Folder of the node.", show_default=False)]
NodeOption = Annotated[
    Path | None, typer.Option("--node", help="Folder of the node.", show_default=False)
]


def make_authoring() -> Authoring:
    """Return the machine's clock, to the second, and its randomness: here they enter the program."""
    return Authoring(
        now=lambda: datetime.now(UTC).replace(microsecond=0), random=secrets.token_bytes
    )


def open_own_node(path: Path) -> Node:
    """Open a node; raises GroundtruceError."""
    return open_node_on(path, Disk())


@contextmanager
def open_log(path: Path) -> Iterator[tuple[Node, AppendLog]]:
    """Open a node and its log for append; raises GroundtruceError."""
    node = open_own_node(path)
    with node.append() as log:
        yield node, log


@contextmanager
def connect_peers(node: Node) -> Iterator[Exchange]:
    """Reach the peers of a node; nothing is redirected, no proxy of the machine is asked."""
    with httpx2.Client(follow_redirects=False, trust_env=False) as client:
        yield Exchange(node, client, make_authoring())
