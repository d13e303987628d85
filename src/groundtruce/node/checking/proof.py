"""Statements and their proofs: looked up by id, written as files for others, checked without a node.

* A proof file needs no node: it is checked against the mechanism that the reader trusts.
"""

import json
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from groundtruce.agreement.mechanism import parse_mechanism
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.node import Node
from groundtruce.node.register import Member, MemberRegister, make_register
from groundtruce.record.log.audit import Audit, AuditState, statement_key
from groundtruce.record.log.read import LogEntry, ReadLog
from groundtruce.record.peers.misbehaviour_check import verify_misbehaviour
from groundtruce.record.statement.statement import Statement, format_second, parse_statement
from groundtruce.record.tlog.checkpoint import Head
from groundtruce.record.tlog.encoding import format_error
from groundtruce.record.tlog.key import VerifierKey
from groundtruce.record.tlog.leaf import Leaf, checksum_of, signer_of, statement_id
from groundtruce.record.tlog.note import Note
from groundtruce.record.tlog.policy import Policy, policy_text
from groundtruce.record.tlog.proof import LogProof, parse_proof, sigsum_proof
from groundtruce.record.tlog.tile import Erased

__all__ = [
    "Verification",
    "entry_files",
    "find_statement",
    "proof_files",
    "read_entry",
    "show_statement",
    "verify_file",
]

_SHORTEST = 4
"""Digits of an id that are enough to look for it."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What a proof file was found to prove, for people and for programs."""

    lines: list[str]
    summary: dict[str, object] = field(default_factory=dict)


def show_statement(node: Node, identifier: str) -> dict[str, object]:
    """Return a statement with its place; raises GroundtruceError where no or several ids start so."""
    member, _, entry = _find_entry(node, identifier)
    body = entry.body
    shown: object = None if isinstance(body, Erased) else json.loads(body)
    identifier_bytes = body.identifier if isinstance(body, Erased) else statement_id(body)
    return {
        "delegation": member.name,
        "id": identifier_bytes.hex(),
        "index": entry.index,
        "erased": isinstance(body, Erased),
        "statement": shown,
    }


def find_statement(node: Node, identifier: str) -> Statement:
    """Return a statement by its id or the start of it; raises GroundtruceError."""
    body = _find_entry(node, identifier)[2].body
    if isinstance(body, Erased):
        raise GroundtruceError(
            Problem.EVIDENCE_ERASED,
            what=Phrase("The statement {identifier}", identifier=identifier),
        )
    return parse_statement(body)


def read_entry(node: Node, origin: str, index: int) -> LogEntry:
    """Return one entry of a log by its place, without reading the rest; raises GroundtruceError."""
    log = node.read(node.register.of_origin(origin))
    entry = next(log.entries(index, index + 1), None)
    if entry is None:
        raise GroundtruceError(
            Problem.RECORD_MISSING,
            what=Phrase("Statement {index} of {origin}", index=index, origin=origin),
        )
    return entry


def entry_files(node: Node, origin: str, index: int) -> dict[str, bytes]:
    """Return the files that prove the statement at a place offline; raises GroundtruceError."""
    member = node.register.of_origin(origin)
    return _files(node, member, node.read(member), read_entry(node, origin, index))


def proof_files(node: Node, identifier: str) -> dict[str, bytes]:
    """Return the files that prove a statement offline; raises GroundtruceError."""
    return _files(node, *_find_entry(node, identifier))


def _files(node: Node, member: Member, log: ReadLog, entry: LogEntry) -> dict[str, bytes]:
    proof = log.prove(entry.index)
    leaf, policy = entry.leaf, node.register.policy
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
            leaf, entry.index, proof.hashes, proof.checkpoint, policy.cosigners(proof.checkpoint)
        ),
        "statement.pub": _openssh(key),
        "policy": policy_text(alone).encode(),
        "policy.sigsum": policy_text(alone, bare=True).encode(),
        "vkeys": "".join(f"{verifier}\n" for verifier in keys).encode(),
        "mechanism.yaml": (node.path / "mechanism.yaml").read_bytes(),
    }
    if isinstance(entry.body, bytes):
        files["statement.json"] = entry.body
    return files


def verify_file(
    name: str, content: bytes, document: bytes | None, mechanism: bytes | None
) -> Verification:
    """Check a proof of a statement, or of misbehaviour; raises GroundtruceError where it does not hold."""
    if content.startswith(b"{"):
        return _misbehaviour(content, mechanism)
    if document is None or mechanism is None:
        raise GroundtruceError(
            Problem.NODE_OR_FILES,
            what=Phrase(
                "the statement and the keys are against which {name} is checked", name=name
            ),
            either=Phrase("the statement's file and --mechanism FILE"),
        )
    return _statement(content, document, make_register(parse_mechanism("the mechanism", mechanism)))


def _find_entry(node: Node, identifier: str) -> tuple[Member, ReadLog, LogEntry]:
    """Return the one entry of all logs whose id starts so; raises GroundtruceError."""
    if len(identifier) < _SHORTEST:
        raise format_error(
            Phrase("The id of a statement"),
            Phrase("fewer than {least} digits are given", least=_SHORTEST),
        )
    matches = [
        (member, log, entry)
        for member, log in node.logs()
        for entry in log.entries()
        if _id_of(entry).hex().startswith(identifier)
    ]
    if not matches:
        raise GroundtruceError(
            Problem.RECORD_MISSING, what=Phrase("A statement {identifier}", identifier=identifier)
        )
    if len(matches) > 1:
        raise format_error(
            Phrase("The id of a statement"),
            Phrase("{count} statements start with it", count=len(matches)),
        )
    return matches[0]


def _id_of(entry: LogEntry) -> bytes:
    body = entry.body
    return body.identifier if isinstance(body, Erased) else statement_id(body)


def _signer(member: Member, leaf: Leaf, log: ReadLog) -> VerifierKey:
    """Return who signed a leaf: the key that the log began with, or one that it took since."""
    keys = {member.statement.key_hash: member.statement}
    if leaf.key_hash not in keys:
        audit = Audit(AuditState(origin=member.origin, keys=keys))
        for entry in log.entries():
            audit.take(entry)
            keys |= audit.state.keys
    return signer_of(leaf, keys)


def _openssh(key: VerifierKey) -> bytes:
    """Return a key in the form that `sigsum-verify` reads (RFC 8709, 4)."""
    public = Ed25519PublicKey.from_public_bytes(key.public)
    return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH) + b"\n"


def _statement(content: bytes, document: bytes, known: MemberRegister) -> Verification:
    """Verify the proof of a statement against a register, and say what it shows."""
    _, _, note = content.partition(b"\n\n")
    head = Head.parse(Note.parse(note).text)
    member = known.of_origin(head.origin)
    proof = parse_proof(content, member.log)
    leaf = Leaf.parse(proof.extra or b"")
    if leaf.checksum != checksum_of(statement_id(document)):
        raise GroundtruceError(Problem.RECORD_HASH, what=Phrase("The statement"))
    proof.verify(bytes(leaf))
    cosigned = known.policy.require(proof.checkpoint)
    statement = parse_statement(document)
    link = statement.link
    if (link.origin, link.sequence) != (head.origin, proof.index):
        raise GroundtruceError(
            Problem.RECORD_CHAIN,
            what=Phrase("The statement"),
            cause=Phrase(
                "it belongs at {sequence} of {origin}", sequence=link.sequence, origin=link.origin
            ),
        )
    names = {member.witness: member.name for member in known.members.values()}
    by = ", ".join(f"{names[cosignature.key]}" for cosignature in cosigned) or "nobody"
    signed = leaf.key_hash == member.statement.key_hash
    if signed:
        signer_of(leaf, {member.statement.key_hash: member.statement})
    lines = [
        f"The log of {member.name} holds this statement as number {proof.index}, "
        f"under a head of {head.size} statements.",
        f"The head is cosigned by {by}: the quorum is met.",
        f"Filed, so it says, at {format_second(statement.filed_at)}.",
        "It is signed by the statement key of the mechanism."
        if signed
        else "It is signed by a later statement key, which the log itself introduces.",
    ]
    summary: dict[str, object] = {
        "delegation": member.name,
        "origin": head.origin,
        "index": proof.index,
        "size": head.size,
        "cosigners": [names[cosignature.key] for cosignature in cosigned],
        "id": statement.identifier.hex(),
    }
    return Verification(lines, summary)


def _misbehaviour(content: bytes, mechanism: bytes | None) -> Verification:
    """Verify a proof of misbehaviour, and name delegations where their own keys signed."""
    proven = verify_misbehaviour(content)
    members = (
        list(make_register(parse_mechanism("the mechanism", mechanism)).members.values())
        if mechanism is not None
        else []
    )
    logs = {member.origin: member.name for member in members} | {
        member.witness.name: member.name for member in members
    }
    accused = logs.get(proven.accused, proven.accused)
    # a delegation is named where its own keys signed, not where a key bears its name
    keys = {
        key: member.name
        for member in members
        for key in (
            member.log,
            statement_key(member.origin, member.statement.public),
            *member.witness_keys,
        )
    }
    relied = sorted({keys.get(key, f"an unknown key, {key}") for key in proven.relies_on})
    lines = [f"{accused}: {proven.kind.value}. {proven.sentence}"]
    lines.append(
        f"This rests on the keys of: {', '.join(relied)}."
        if relied
        else "This rests on the accused's own signatures alone."
    )
    return Verification(
        lines,
        {
            "kind": proven.kind.value,
            "accused": accused,
            "sentence": proven.sentence,
            "relies_on": relied,
        },
    )
