"""Anchors: time stamps of an authority outside of the mechanism (RFC 3161) on heads of the own log.

* A request is a file that goes to any authority, by any way; the answer is verified before it is kept.
* Which authorities count, a file of root certificates in the node says: `authorities.pem`.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.node import Node
from groundtruce.node.register import Member
from groundtruce.record.evidence.timestamp import TimeStamp, request_stamp, verify_stamp
from groundtruce.record.tlog.checkpoint import Head

__all__ = ["anchors_of", "ask_for_anchor", "keep_anchor"]

_AUTHORITIES = "authorities.pem"
_ANCHOR = "anchor"


def ask_for_anchor(node: Node, random: Callable[[int], bytes]) -> bytes:
    """Return a request for a time stamp on the own head, as an authority takes it (DER)."""
    return request_stamp(bytes(node.read(node.own).checkpoint.head), random)


def keep_anchor(node: Node, response: bytes, authorities: bytes | None) -> TimeStamp:
    """Verify a time stamp on the own head and keep it; raises GroundtruceError.

    `authorities` are root certificates (PEM) that this node is to trust from now on.
    """
    trusted = node.path / _AUTHORITIES
    if authorities is None and not trusted.exists():
        raise GroundtruceError(
            Problem.RECORD_MISSING, what=Phrase("A root certificate of an authority")
        )
    roots = authorities or trusted.read_bytes()
    head = node.read(node.own).checkpoint.head
    stamped = verify_stamp(response, bytes(head), roots)
    if authorities is not None:
        node.disk.write(trusted, authorities)
    folder = node.public / _ANCHOR
    node.disk.write_all(
        {folder / f"{head.size}.head": bytes(head), folder / f"{head.size}.tsr": response}
    )
    return stamped


def anchors_of(node: Node, member: Member) -> Iterator[tuple[Head, datetime]]:
    """Yield the heads of a log that are time-stamped by an authority that this node trusts, with the time."""
    trusted = node.path / _AUTHORITIES
    own = member.origin == node.origin
    folder = (node.public if own else node.mirror(member).path) / _ANCHOR
    if not trusted.exists() or not folder.is_dir():
        return
    roots = trusted.read_bytes()
    for path in sorted(folder.glob("*.tsr")):
        anchor = _anchor(path, roots)
        if anchor is not None and anchor[0].origin == member.origin:
            yield anchor


def _anchor(path: Path, roots: bytes) -> tuple[Head, datetime] | None:
    """Return the head and the verified time stamp that are kept under a path; None where either does not hold."""
    try:
        text = path.with_suffix(".head").read_bytes()
        return Head.parse(text), verify_stamp(path.read_bytes(), text, roots).time
    except (GroundtruceError, OSError):
        return None
