"""Gossip: what peers publish as their copies of each log, held against what is here.

* A log that shows one view to some and another to others is found out as soon as two of them compare copies.
* What a peer publishes is believed for nothing but what the log's own key signed.
* A copy with this node's own cosignature shows a node whose disk was set back what it has signed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from groundtruce.federation.client import verify_lines
from groundtruce.model.problem import GroundtruceError
from groundtruce.node.node import Node
from groundtruce.node.register import Member
from groundtruce.record.log.ledger import LedgerRole
from groundtruce.record.peers.mirror import MirrorLog, MisbehaviourFound
from groundtruce.record.peers.misbehaviour_proof import Misbehaviour, fork_proof
from groundtruce.record.tlog.checkpoint import Checkpoint, Head, parse_checkpoint
from groundtruce.record.tlog.encoding import digest
from groundtruce.record.tlog.tile import CHECKPOINT
from groundtruce.record.tlog.tree import Fetch, Tree

__all__ = ["PublishedCopy", "compare_copies", "fetch_copies", "mirror_path", "recall_heads"]


@dataclass(frozen=True, slots=True)
class PublishedCopy:
    """A log as someone publishes it: its owner or a peer."""

    checkpoint: Checkpoint
    fetch: Fetch


def mirror_path(origin: str) -> str:
    """Return where a node serves its copy of a log."""
    return f"mirror/{digest(origin.encode()).hex()}"


def fetch_copies(
    node: Node, member: Member, fetch_of: Callable[[Member], Fetch]
) -> Iterator[PublishedCopy]:
    """Yield a log as each peer publishes it, its owner first; what cannot be had or read is left out."""
    for peer in (member, *(other for other in node.others if other.origin != member.origin)):
        try:
            fetch = fetch_of(peer)
            if peer.origin != member.origin:
                fetch = _fetch_below(mirror_path(member.origin), fetch)
            content = fetch(CHECKPOINT)
            if content is not None:
                yield PublishedCopy(parse_checkpoint(content, member.log), fetch)
        except GroundtruceError:
            continue


def compare_copies(copy: MirrorLog, published: PublishedCopy) -> None:
    """Return when two copies of a log agree, or too little is served to decide; raises MisbehaviourFound."""
    if copy.checkpoint is None:
        return
    small, large = copy.checkpoint, published.checkpoint
    fetch = published.fetch
    if small.head.size > large.head.size:
        small, large, fetch = large, small, copy.fetch
    try:
        tree = Tree(large.head, fetch)
        if tree.root_at(small.head.size) == small.head.root:
            return
        proof = fork_proof(small, large, tree)
    except GroundtruceError:
        return
    raise MisbehaviourFound(large.head.origin, Misbehaviour.FORK, proof)


def recall_heads(node: Node, fetch_of: Callable[[Member], Fetch]) -> list[Head]:
    """Move the ledger up to the heads under which others hold this node's own cosignature; return those heads.

    A ledger that was set back with its disk would otherwise cosign a second view.
    """
    raised = []
    for member in node.others:
        for published in fetch_copies(node, member, fetch_of):
            checkpoint = published.checkpoint
            line = checkpoint.note.line_of(node.own.witness)
            last = node.ledger.head(LedgerRole.WITNESS, member.origin)
            if line is None or (last is not None and last.size >= checkpoint.head.size):
                continue
            try:
                verify_lines(checkpoint, [line], [node.own.witness])
            except GroundtruceError:
                continue
            if node.ledger.advance(LedgerRole.WITNESS, last, checkpoint.head):
                raised.append(checkpoint.head)
    return raised


def _fetch_below(path: str, fetch: Fetch) -> Fetch:
    return lambda name: fetch(f"{path}/{name}")
