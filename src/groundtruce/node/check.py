"""What can be shown and checked of a record: one statement, its proof, a proof file, everything.

* A proof file stands alone: it is checked against the mechanism that the reader trusts, with no node at hand.
* A check of a node reads everything: every log, every object, and what statements name.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from groundtruce.agreement.mechanism import parse_mechanism
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.node import Node
from groundtruce.node.register import Member, Register, register
from groundtruce.record.audit import Audit, Standing
from groundtruce.record.checkpoint import Head
from groundtruce.record.encoding import malformed
from groundtruce.record.evidence import ObjectId
from groundtruce.record.fsck import Finding, fsck, strays
from groundtruce.record.key import VerifierKey
from groundtruce.record.leaf import Leaf, checksum_of, signer_of, statement_id
from groundtruce.record.ledger import Role
from groundtruce.record.misbehaviour import verify_misbehaviour
from groundtruce.record.note import Note
from groundtruce.record.policy import Policy, policy_text
from groundtruce.record.proof import LogProof, parse_proof, sigsum_proof
from groundtruce.record.read import Place, ReadLog
from groundtruce.record.statement import parse_statement, second
from groundtruce.record.tile import Erased

__all__ = ["Verified", "check_node", "proof_files", "show_statement", "verify_file"]

_SHORTEST = 4
"""Digits of an id that are enough to look for it."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a proof file was found to prove, for people and for programs."""

    lines: list[str]
    summary: dict[str, object] = field(default_factory=dict)


def show_statement(node: Node, identifier: str) -> dict[str, object]:
    """Return a statement with its place; raises GroundtruceError where no or several ids start so."""
    member, _, place = _found(node, identifier)
    body = place.body
    shown: object = None if isinstance(body, Erased) else json.loads(body)
    found = body.identifier if isinstance(body, Erased) else statement_id(body)
    return {
        "delegation": member.name,
        "id": found.hex(),
        "index": place.index,
        "erased": isinstance(body, Erased),
        "statement": shown,
    }


def proof_files(node: Node, identifier: str) -> dict[str, bytes]:
    """Return the files that prove a statement offline; raises GroundtruceError."""
    member, log, place = _found(node, identifier)
    proof = log.prove(place.index)
    leaf, policy = place.leaf, node.register.policy
    key = _signer(member, leaf, log)
    alone = Policy(
        logs=(member.log,), witnesses=policy.witnesses, groups=policy.groups, quorum=policy.quorum
    )
    keys = [member.log, *policy.witnesses.values()]
    files = {
        "statement.tlog-proof": bytes(
            LogProof(
                index=proof.index,
                hashes=proof.hashes,
                checkpoint=proof.checkpoint,
                extra=bytes(leaf),
            )
        ),
        "statement.sigsum": sigsum_proof(
            leaf, place.index, proof.hashes, proof.checkpoint, policy.cosigners(proof.checkpoint)
        ),
        "statement.pub": _openssh(key),
        "policy": policy_text(alone).encode(),
        "policy.sigsum": policy_text(alone, bare=True).encode(),
        "vkeys": "".join(f"{one}\n" for one in keys).encode(),
        "mechanism.yaml": (node.path / "mechanism.yaml").read_bytes(),
    }
    if isinstance(place.body, bytes):
        files["statement.json"] = place.body
    return files


def verify_file(
    name: str, content: bytes, document: bytes | None, mechanism: bytes | None
) -> Verified:
    """Check a proof of a statement, or of misbehaviour; raises GroundtruceError where it does not hold."""
    if content.startswith(b"{"):
        return _misbehaviour(content, mechanism)
    if document is None or mechanism is None:
        raise GroundtruceError(
            Problem.NODE_OR_FILES,
            what=f"the statement and the keys are against which {name} is checked",
            either="the statement's file and --mechanism FILE",
        )
    return _statement(content, document, register(parse_mechanism("the mechanism", mechanism)))


def check_node(node: Node, begin: Callable[[str], None]) -> tuple[int, list[Finding]]:
    """Check every log and every object; return how many statements, and what is not as it should be."""
    checked, findings = 0, list[Finding]()
    for member, log in node.logs():
        begin(f"Checking the log of {member.name}")
        keys = {member.statement.key_hash: member.statement}
        witnesses = node.register.witnesses(without=member.origin)
        found = fsck(log, Standing(origin=member.origin, keys=keys), witnesses)
        own = member.origin == node.origin
        folder = node.public if own else node.mirror(member).path
        found += strays(folder, log.checkpoint.head.size)
        found += _missing_objects(node, log) if not found else []
        findings += [Finding(f"{member.name}: {one.where}", one.sentence) for one in found]
        checked += log.checkpoint.head.size
        findings += _ledger(node, member, log)
    begin("Checking objects")
    for identifier in node.objects:
        try:
            node.objects.read(identifier)
        except GroundtruceError as error:
            findings.append(Finding(f"object {identifier}", error.sentence))
    return checked, findings


def _found(node: Node, identifier: str) -> tuple[Member, ReadLog, Place]:
    if len(identifier) < _SHORTEST:
        raise malformed("The id of a statement", f"fewer than {_SHORTEST} digits are given")
    matches = [
        (member, log, place)
        for member, log in node.logs()
        for place in log.places()
        if _id_of(place).hex().startswith(identifier)
    ]
    if not matches:
        raise GroundtruceError(Problem.RECORD_MISSING, what=f"A statement {identifier}")
    if len(matches) > 1:
        raise malformed("The id of a statement", f"{len(matches)} statements start with it")
    return matches[0]


def _id_of(place: Place) -> bytes:
    body = place.body
    return body.identifier if isinstance(body, Erased) else statement_id(body)


def _signer(member: Member, leaf: Leaf, log: ReadLog) -> VerifierKey:
    """Return who signed a leaf: the key that the log began with, or one that it took since."""
    keys = {member.statement.key_hash: member.statement}
    if leaf.key_hash not in keys:
        audit = Audit(Standing(origin=member.origin, keys=keys))
        for place in log.places():
            audit.take(place)
            keys |= audit.standing.keys
    return signer_of(leaf, keys)


def _openssh(key: VerifierKey) -> bytes:
    public = Ed25519PublicKey.from_public_bytes(key.public)
    return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH) + b"\n"


def _statement(content: bytes, document: bytes, known: Register) -> Verified:
    _, _, note = content.partition(b"\n\n")
    head = Head.parse(Note.parse(note).text)
    member = known.of_origin(head.origin)
    proof = parse_proof(content, member.log)
    leaf = Leaf.parse(proof.extra or b"")
    if leaf.checksum != checksum_of(statement_id(document)):
        raise GroundtruceError(Problem.RECORD_HASH, what="The statement")
    proof.verify(bytes(leaf))
    cosigned = known.policy.require(proof.checkpoint)
    statement = parse_statement(document)
    link = statement.link
    if (link.origin, link.sequence) != (head.origin, proof.index):
        raise GroundtruceError(
            Problem.RECORD_CHAIN,
            what="The statement",
            cause=f"it belongs at {link.sequence} of {link.origin}",
        )
    names = {one.witness: one.name for one in known.members.values()}
    by = ", ".join(f"{names[one.key]}" for one in cosigned) or "nobody"
    signed = leaf.key_hash == member.statement.key_hash
    if signed:
        signer_of(leaf, {member.statement.key_hash: member.statement})
    lines = [
        f"The log of {member.name} holds this statement as number {proof.index}, "
        f"under a head of {head.size} statements.",
        f"The head is cosigned by {by}: the quorum is met.",
        f"Filed, so it says, at {second(statement.filed_at)}.",
        "It is signed by the statement key of the mechanism."
        if signed
        else "It is signed by a later statement key, which the log itself introduces.",
    ]
    summary: dict[str, object] = {
        "delegation": member.name,
        "origin": head.origin,
        "index": proof.index,
        "size": head.size,
        "cosigners": [names[one.key] for one in cosigned],
        "id": statement.identifier.hex(),
    }
    return Verified(lines, summary)


def _misbehaviour(content: bytes, mechanism: bytes | None) -> Verified:
    proven = verify_misbehaviour(content)
    names = _names(mechanism)
    accused = names.get(proven.accused, proven.accused)
    relied = [names.get(key.name, key.name) for key in proven.relies_on]
    lines = [f"{accused}: {proven.kind.value}. {proven.sentence}"]
    lines.append(
        f"This rests on what these say, under their own keys: {', '.join(sorted(set(relied)))}."
        if relied
        else "This rests on the accused's own signatures alone."
    )
    return Verified(
        lines,
        {
            "kind": proven.kind.value,
            "accused": accused,
            "sentence": proven.sentence,
            "relies_on": sorted(set(relied)),
        },
    )


def _names(mechanism: bytes | None) -> dict[str, str]:
    """Return the delegation of each origin and witness name, where a mechanism is at hand."""
    if mechanism is None:
        return {}
    known = register(parse_mechanism("the mechanism", mechanism))
    members = known.members.values()
    return {one.origin: one.name for one in members} | {
        one.witness.name: one.name for one in members
    }


def _missing_objects(node: Node, log: ReadLog) -> Iterator[Finding]:
    store = node.objects
    erased: set[str] = set()
    named: dict[str, int] = {}
    for place in log.places():
        if isinstance(place.body, bytes):
            content = parse_statement(place.body).content
            erases = content.get("erases")
            erased |= {str(one) for one in erases} if isinstance(erases, list) else set()
            for name in ("object", "time_stamp"):
                value = content.get(name)
                if isinstance(value, str):
                    named[value] = place.index
    for name, index in named.items():
        if name not in erased and not store.has(ObjectId(name)):
            yield Finding(f"statement {index}", f"The object {name} that it names is not here.")


def _ledger(node: Node, member: Member, log: ReadLog) -> Iterator[Finding]:
    """A head that this node stands by and that what is here does not follow from."""
    role = Role.LOG if member.origin == node.origin else Role.WITNESS
    head = node.ledger.head(role, member.origin)
    if head is None:
        return
    if head.size > log.checkpoint.head.size or log.tree.root_at(head.size) != head.root:
        yield Finding(
            f"{member.name}: ledger",
            f"This node stands by {head.size} statements; what is here is not that.",
        )
