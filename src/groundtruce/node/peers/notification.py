"""What a node states in its own log about the proofs of misbehaviour that it keeps in `public/misbehaviour/`.

* A proof that shows misbehaviour is announced once, by a notification that names the file by its SHA-256.
* A file that once was taken for a proof of refusal, and is about a single answer, shows none: where the log has a
  notification of it, a retraction takes that back. The file and the notification stay, since a log loses nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from groundtruce.model.problem import GroundtruceError
from groundtruce.node.authoring.recording import Authoring, own_statements, record_drafts
from groundtruce.node.node import Node
from groundtruce.record.log.append import AppendLog
from groundtruce.record.peers.misbehaviour_check import SingleAnswer, verify_misbehaviour
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Draft, Statement

__all__ = ["notify_of_proofs"]

_WITHDRAWN = "The file is about one answer of the witness, which may have been an outage. It shows no refusal."


def notify_of_proofs(node: Node, log: AppendLog, authoring: Authoring) -> int:
    """Record a notification of each proof that the own log does not name yet, and take back what shows none.

    Returns how many statements were recorded; raises GroundtruceError.
    """
    log.publish()
    statements = list(own_statements(node))
    named = {digest for statement in statements for digest in _digests_of(statement)}
    notifications, single_answers = [], set[str]()
    for path in sorted((node.public / "misbehaviour").glob("*.json")):
        content = path.read_bytes()
        digest = sha256(content).hexdigest()
        if _is_single_answer(content):
            single_answers.add(digest)
        elif digest not in named:
            notifications.append(_notification(path.name, digest))
    drafts = [*notifications, *_retractions(statements, single_answers)]
    record_drafts(node, log, drafts, authoring)
    return len(drafts)


def _is_single_answer(content: bytes) -> bool:
    """Return whether a file says of one answer that it was a refusal."""
    try:
        verify_misbehaviour(content)
    except SingleAnswer:
        return True
    except GroundtruceError:
        return False
    return False


def _notification(name: str, digest: str) -> Draft:
    files: list[dict[str, str]] = [{"name": f"misbehaviour/{name}", "sha256": digest}]
    subject = f"misbehaviour: {name.partition('-')[0]}"
    return Draft(StatementKind.NOTIFICATION, {"subject": subject, "files": files})


def _retractions(statements: Iterable[Statement], digests: set[str]) -> Iterator[Draft]:
    """Yield the retractions of notifications that name one of these files and were not taken back yet."""
    named, retracted = [], set[str]()
    for statement in statements:
        if statement.kind is StatementKind.RETRACTION:
            retracted.add(str(statement.content["retracts"]))
        elif digests & set(_digests_of(statement)):
            named.append(statement.identifier.hex())
    for identifier in named:
        if identifier not in retracted:
            yield Draft(StatementKind.RETRACTION, {"retracts": identifier, "reason": _WITHDRAWN})


def _digests_of(statement: Statement) -> Iterator[str]:
    """Yield the SHA-256 of each file that a notification names."""
    files = statement.content.get("files")
    if statement.kind is StatementKind.NOTIFICATION and isinstance(files, list):
        yield from (str(file.get("sha256")) for file in files if isinstance(file, Mapping))
