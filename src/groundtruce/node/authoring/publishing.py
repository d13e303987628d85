"""Publishing: a node vouches for a report's files by naming them, by hash, in its log, where anyone can look."""

from collections.abc import Iterator, Mapping
from hashlib import sha256

from groundtruce.node.authoring.recording import Authoring, record_drafts
from groundtruce.node.node import Node
from groundtruce.node.replay import current_state, statements_of
from groundtruce.record.log.state import RecordState
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Draft, Statement

__all__ = ["publishers_of", "record_publication"]


def record_publication(
    node: Node, subject: str, files: Mapping[str, bytes], state: RecordState, authoring: Authoring
) -> None:
    """Record a notification that names files and the record state that they were computed from."""
    named: list[dict[str, str]] = [
        {"name": name, "sha256": sha256(content).hexdigest()}
        for name, content in sorted(files.items())
    ]
    draft = Draft(
        StatementKind.NOTIFICATION,
        {"subject": subject, "files": named, "record_state": state.digest},
    )
    with node.append() as log:
        record_drafts(node, log, [draft], authoring)


def publishers_of(node: Node, content: bytes) -> Iterator[Statement]:
    """Yield the notifications, in any log that is here, that name a file of this content."""
    digest = sha256(content).hexdigest()
    for statement in statements_of(node, current_state(node)):
        files = (
            statement.content.get("files") if statement.kind is StatementKind.NOTIFICATION else None
        )
        if isinstance(files, list) and any(
            isinstance(file, Mapping) and file.get("sha256") == digest for file in files
        ):
            yield statement
