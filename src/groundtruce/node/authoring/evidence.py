"""Evidence of a delegation: files sealed and stored by hash, with a statement that commits to their content.

* The order: the secret, the sealed file, the statement. What the record names is always there and can be opened.
* Only the node that recorded it has the key; whoever is given the secret can open and check it.
"""

from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.authoring.recording import Authoring, record_drafts
from groundtruce.node.node import Node
from groundtruce.record.evidence.sealed import ObjectId, SealedObject, seal, unseal
from groundtruce.record.log.append import AppendLog, Receipt
from groundtruce.record.statement.canonical import Value
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Draft, Statement

__all__ = ["open_evidence", "record_evidence"]


def record_evidence(
    node: Node,
    log: AppendLog,
    source: Path,
    media_type: str | None,
    time_stamp: bytes | None,
    authoring: Authoring,
) -> tuple[Receipt, SealedObject]:
    """Seal a file, store it, and record the evidence item; raises GroundtruceError."""
    with source.open("rb") as stream, TemporaryFile(dir=node.path / "private") as sealed:
        made, secret = seal(stream, sealed, authoring.random)
        node.secrets.write(made.object_id, secret)
        sealed.seek(0)
        node.objects.put(sealed)
    content: dict[str, Value] = {
        "object": made.object_id,
        "size": made.padded_size,
        "commitment": made.commitment,
    }
    if media_type is not None:
        content["media_type"] = media_type
    if time_stamp is not None:
        content["time_stamp"] = node.objects.put(time_stamp)
    receipts = record_drafts(node, log, [Draft(StatementKind.EVIDENCE_ITEM, content)], authoring)
    return receipts[0], made


def open_evidence(node: Node, statement: Statement, sink: BinaryIO) -> None:
    """Write the content of an evidence item, checked against everything it was committed to.

    Raises GroundtruceError `record.withheld` where this node has no key, and others.
    """
    content = statement.content
    if statement.kind is not StatementKind.EVIDENCE_ITEM:
        raise GroundtruceError(Problem.RECORD_MISSING, what=Phrase("An evidence item of this id"))
    name = ObjectId(str(content["object"]))
    expected = SealedObject(
        object_id=name,
        padded_size=int(str(content["size"])),
        commitment=str(content["commitment"]),
    )
    with node.objects.open(name) as stored:
        unseal(stored, sink, node.secrets.evidence(name), expected)
