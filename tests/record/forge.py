"""A log whose owner signs what it likes: entries of any kind under a tree that is sound, and heads of any kind."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from tests.record.logs import FILED_AT, KEYS, QuietDisk

from groundtruce.model.problem import GroundtruceError
from groundtruce.record.log.append import LogKeys
from groundtruce.record.peers.misbehaviour_check import verify_misbehaviour
from groundtruce.record.peers.misbehaviour_proof import refusal_proof, single_answer_text
from groundtruce.record.statement.canonical import canonical_json
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Draft, Link, compose
from groundtruce.record.tlog.checkpoint import Checkpoint, Head, log_key, sign_head
from groundtruce.record.tlog.cosignature import witness_name
from groundtruce.record.tlog.key import KeyType, SigningKey, VerifierKey, public_key_of
from groundtruce.record.tlog.layout import grow_files
from groundtruce.record.tlog.leaf import Leaf, sign_leaf, statement_id
from groundtruce.record.tlog.merkle import (
    EMPTY_ROOT,
    NodeHash,
    consistency_proof,
    leaf_hash,
    root_of,
)
from groundtruce.record.tlog.note import Note, SignatureLine, note_line
from groundtruce.record.tlog.tile import CHECKPOINT
from groundtruce.record.tlog.tree import Tree

SECOND = timedelta(seconds=1)


def keys_of(name: str, seed: int) -> LogKeys:
    """Return the keys of another delegation."""
    log, statement = bytes([seed]) * 32, bytes([seed + 1]) * 32
    return LogKeys(
        log=SigningKey.from_seed(log_key(public_key_of(log)).name, KeyType.NOTE, log),
        statement=SigningKey.from_seed(f"{name}/statement", KeyType.NOTE, statement),
        author=name,
    )


def witness(seed: int, name: str | None = None) -> SigningKey:
    """Return the key of a witness, which may take the name of another one."""
    content = bytes([seed]) * 32
    name = name or witness_name(public_key_of(content))
    return SigningKey.from_seed(name, KeyType.COSIGNATURE, content)


def is_refused(content: bytes) -> bool:
    """Return whether a file proves nothing."""
    try:
        verify_misbehaviour(content)
    except GroundtruceError:
        return True
    return False


def single_answer(
    checkpoint: Checkpoint,
    accused: VerifierKey,
    witnesses: Iterable[VerifierKey],
    observer: SigningKey,
    time_s: int,
) -> bytes:
    """Return the file that was written once at the first answer of a witness without a cosignature."""
    text = single_answer_text(accused.name, checkpoint, time_s)
    said = bytes(Note(text=text, lines=(note_line(text, observer),)))
    return refusal_proof(checkpoint, accused, witnesses, {observer.verifier: said})


def nodes_of(leaves: Sequence[bytes]) -> NodeHash:
    """Return the subtrees over leaf hashes."""
    return lambda height, index: root_of(leaves[index << height : (index + 1) << height])


class ForgedLog:
    """Entries in memory; `nonce` tells one view of a log from another."""

    def __init__(self, keys: LogKeys = KEYS, nonce: int = 0) -> None:
        self.keys, self.nonce = keys, nonce
        self.entries: list[tuple[Leaf, bytes]] = []

    def copy(self, size: int, nonce: int) -> "ForgedLog":
        """Return another view, which begins with the same entries."""
        other = ForgedLog(self.keys, nonce)
        other.entries = self.entries[:size]
        return other

    def draft(self, kind: StatementKind, content: Mapping[str, str]) -> bytes:
        """Return the body that an honest owner would put next; each is filed a second after the one before."""
        index = len(self.entries)
        link = Link(
            origin=self.keys.log.verifier.name,
            author=self.keys.author,
            sequence=index,
            previous=statement_id(self.entries[-1][1]) if self.entries else None,
        )
        random = Random(f"{link.origin} {self.nonce} {index}").randbytes
        return compose(Draft(kind, content), link, self.time_of(index), (), random)

    def body(self, **changes: str | int | None) -> bytes:
        """Return the next body with other fields; None leaves a field out."""
        index = len(self.entries)
        fields = json.loads(self.draft(StatementKind.REPLY, {"to": "ab" * 32, "text": str(index)}))
        changed = {**fields, **changes}
        return canonical_json({name: value for name, value in changed.items() if value is not None})

    @staticmethod
    def time_of(index: int) -> datetime:
        """Return when an honest statement was filed."""
        return FILED_AT + index * SECOND

    def put(self, body: bytes, key: SigningKey | None = None) -> "ForgedLog":
        """Take an entry as it is, signed with the statement key or another one."""
        self.entries.append((sign_leaf(statement_id(body), key or self.keys.statement), body))
        return self

    def grow(self, size: int) -> "ForgedLog":
        """Go on honestly up to a size."""
        while len(self.entries) < size:
            self.put(self.body())
        return self

    def hashes(self, size: int | None = None) -> list[bytes]:
        """Return the leaf hashes."""
        return [leaf_hash(bytes(leaf)) for leaf, _ in self.entries[:size]]

    def head(self, size: int | None = None) -> Head:
        """Return the head at a size."""
        leaves = self.hashes(size)
        return Head(origin=self.keys.log.verifier.name, size=len(leaves), root=root_of(leaves))

    def proof(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof that the tree grew from one size to another."""
        return tuple(consistency_proof(old, new, nodes_of(self.hashes())))

    def checkpoint(
        self, size: int | None = None, lines: tuple[SignatureLine, ...] = ()
    ) -> Checkpoint:
        """Return a signed head."""
        return sign_head(self.head(size), self.keys.log).with_lines(lines)

    def publish(
        self, folder: Path, size: int | None = None, lines: tuple[SignatureLine, ...] = ()
    ) -> Checkpoint:
        """Write the whole log to a folder, at a size."""
        checkpoint = self.checkpoint(size, lines)
        empty = Tree(
            Head(origin=checkpoint.head.origin, size=0, root=EMPTY_ROOT), lambda path: None
        )
        entries = self.entries[:size]
        leaves, bodies = [bytes(leaf) for leaf, _ in entries], [body for _, body in entries]
        written = grow_files(empty, len(entries), leaves, bodies) | {CHECKPOINT: bytes(checkpoint)}
        QuietDisk().write_all({folder / path: content for path, content in written.items()})
        return checkpoint
