"""The check of a node: every log, every body, every object, and the heads that this node signed.

* It reads everything once, goes on after a finding, and says all that it found.
"""

from collections.abc import Callable, Iterator

from groundtruce.model.problem import GroundtruceError
from groundtruce.node.authoring.erasure import is_approved
from groundtruce.node.node import Node
from groundtruce.node.register import Member
from groundtruce.record.evidence.sealed import ObjectId
from groundtruce.record.log.audit import AuditState
from groundtruce.record.log.fsck import Finding, fsck, strays
from groundtruce.record.log.ledger import LedgerRole
from groundtruce.record.log.read import ReadLog
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Statement, parse_statement

__all__ = ["check_node"]


def check_node(node: Node, begin: Callable[[str], None]) -> tuple[int, list[Finding]]:
    """Check every log and every object; return how many statements, and what is not as it should be."""
    checked, findings = 0, list[Finding]()
    for member in node.register.members.values():
        own = member.origin == node.origin
        folder = node.public if own else node.mirror_path(member)
        stands_by = node.ledger.head(LedgerRole.WITNESS, member.origin)
        if not own and stands_by is None and not folder.exists():
            continue
        begin(f"Checking the log of {member.name}")
        try:
            log = node.read(member)
        except GroundtruceError as error:
            findings.append(Finding(f"{member.name}: checkpoint", error.sentence))
            continue
        keys = {member.statement.key_hash: member.statement}
        witnesses = node.register.witnesses(without=member.origin)
        log_findings = fsck(log, AuditState(origin=member.origin, keys=keys), witnesses)
        log_findings += strays(folder, log.checkpoint.head.size)
        log_findings += _contents(node, log) if not log_findings else []
        findings += [
            Finding(f"{member.name}: {finding.where}", finding.sentence) for finding in log_findings
        ]
        checked += log.checkpoint.head.size
        findings += _ledger(node, member, log)
    begin("Checking objects")
    for identifier in node.objects:
        try:
            node.objects.read(identifier)
        except GroundtruceError as error:
            findings.append(Finding(f"object {identifier}", error.sentence))
    return checked, findings


def _contents(node: Node, log: ReadLog) -> Iterator[Finding]:
    """Yield tombstones without approvals and objects that are named and missing."""
    store = node.objects
    erased: set[str] = set()
    named: dict[str, Statement] = {}
    for entry in log.entries():
        if isinstance(entry.body, bytes):
            statement = parse_statement(entry.body)
            content = statement.content
            if statement.kind is StatementKind.TOMBSTONE and not is_approved(
                node.register, statement
            ):
                sentence = "The tombstone lacks the approvals that the mechanism asks for."
                yield Finding(f"statement {entry.index}", sentence)
            erases = content.get("erases")
            erased |= (
                {str(identifier) for identifier in erases} if isinstance(erases, list) else set()
            )
            for name in ("object", "time_stamp"):
                value = content.get(name)
                if isinstance(value, str):
                    named[value] = statement
    for name, statement in named.items():
        if not {name, statement.identifier.hex()} & erased and not store.has(ObjectId(name)):
            where = f"statement {statement.link.sequence}"
            yield Finding(where, f"The object {name} that it names is not here.")


def _ledger(node: Node, member: Member, log: ReadLog) -> Iterator[Finding]:
    """Yield the head that this node signed, if what is here does not follow from it."""
    role = LedgerRole.LOG if member.origin == node.origin else LedgerRole.WITNESS
    head = node.ledger.head(role, member.origin)
    if head is None:
        return
    where = f"{member.name}: ledger"
    try:
        follows = head.size <= log.checkpoint.head.size and log.tree.root_at(head.size) == head.root
    except GroundtruceError as error:
        yield Finding(where, error.sentence)
        return
    if not follows:
        sentence = f"This node stands by {head.size} statements; what is here is not that."
        yield Finding(where, sentence)
