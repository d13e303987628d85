"""Asking a witness to cosign: the client's side of `c2sp.org/tlog-witness`.

* The client says from which size it proves; a witness that remembers another says so, and is asked once more.
* A witness that remembers more than the log has means that the log was rolled back: the alarm is ours to raise.
* Of the answer only the lines of the asked witness are taken, and only when they verify.
"""

from collections.abc import Callable, Iterable

import httpx2

from groundtruce.federation.error import PeerUnavailable, WitnessRefused
from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.peers.witness import REFUSAL_STATUSES, AddCheckpoint, WitnessConflict
from groundtruce.record.tlog.checkpoint import Checkpoint
from groundtruce.record.tlog.cosignature import read_cosignature
from groundtruce.record.tlog.encoding import decimal
from groundtruce.record.tlog.key import VerifierKey
from groundtruce.record.tlog.note import SignatureLine
from groundtruce.record.tlog.tree import Tree

__all__ = ["Ask", "ask_over_http", "ask_witness", "verify_lines"]

Ask = Callable[[AddCheckpoint], list[SignatureLine]]
"""A request to the lines of the answer; raises WitnessConflict, WitnessRefused or another GroundtruceError."""

_TIMEOUT_S = 60.0
"""A witness audits everything new before it answers."""
_ANSWER_LIMIT = 1 << 16


def ask_witness(
    checkpoint: Checkpoint, tree: Tree, ask: Ask, keys: Iterable[VerifierKey]
) -> list[SignatureLine]:
    """Return the verified lines of a witness under our checkpoint; `keys` are that witness's.

    Raises WitnessRefused, PeerUnavailable, WitnessConflict for a second conflict, GroundtruceError `record.rollback`
    when the witness remembers more than we have, and others.
    """
    old = 0
    for attempt in range(2):
        request = AddCheckpoint(
            old=old, proof=tuple(tree.consistency_proof(old)), note=checkpoint.alone
        )
        try:
            return verify_lines(checkpoint, ask(request), keys)
        except WitnessConflict as conflict:
            if attempt:
                raise
            old = conflict.size
            if old > checkpoint.head.size:
                cause = Phrase(
                    "a witness cosigned {old} statements, and it has {size}",
                    old=old,
                    size=checkpoint.head.size,
                )
                raise GroundtruceError(
                    Problem.RECORD_ROLLBACK, origin=checkpoint.head.origin, cause=cause
                ) from conflict
    raise AssertionError


def ask_over_http(address: str, client: httpx2.Client) -> Ask:
    """Return how to ask the witness at an address."""
    url = f"{address.rstrip('/')}/add-checkpoint"

    def ask(request: AddCheckpoint) -> list[SignatureLine]:
        try:
            answer = client.post(url, content=bytes(request), timeout=_TIMEOUT_S)
        except httpx2.HTTPError as error:
            raise PeerUnavailable(url, quote(type(error).__name__)) from error
        if len(answer.content) > _ANSWER_LIMIT:
            raise PeerUnavailable(url, Phrase("its answer is too long"))
        match answer.status_code:
            case 200:
                lines = answer.content.removesuffix(b"\n").split(b"\n")
                return [SignatureLine.parse(line) for line in lines]
            case 409 if answer.headers.get("content-type") == "text/x.tlog.size":
                size = decimal(answer.content.removesuffix(b"\n"), Phrase("The size of a witness"))
                origin = request.note.split(b"\n")[0].decode("utf-8", "replace")
                raise WitnessConflict(origin, size=size, old=request.old)
            case status if status in REFUSAL_STATUSES:
                raise WitnessRefused(url, status)
            case status:
                # nor is a 409 that names no size an answer of the protocol: it may hide a fork, and is not asked again
                raise PeerUnavailable(url, Phrase("it answered {status}", status=status))

    return ask


def verify_lines(
    checkpoint: Checkpoint, lines: Iterable[SignatureLine], keys: Iterable[VerifierKey]
) -> list[SignatureLine]:
    """Return the first line of each key, verified; lines of other keys are dropped. Raises `record.signature`."""
    verified = []
    given = list(lines)
    for key in keys:
        line = next((candidate for candidate in given if candidate.is_of(key)), None)
        if line is not None:
            read_cosignature(checkpoint.head, line, key)
            verified.append(line)
    return verified
