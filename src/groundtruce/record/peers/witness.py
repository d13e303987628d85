"""The witness: when a node cosigns the head of another's log, and what else it answers (`c2sp.org/tlog-witness`).

* The order of checks is that of the specification; the content is audited before anything is signed.
* First the ledger is moved, durably and by compare-and-set; only then is a signature made:
  so one key never cosigns two views.
* A clock that went back, or content that could not be audited, is a refusal for now, not a verdict.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.log.audit import from_posix
from groundtruce.record.log.ledger import Ledger, LedgerRole
from groundtruce.record.statement.statement import format_second
from groundtruce.record.tlog.checkpoint import Checkpoint, Head, parse_checkpoint
from groundtruce.record.tlog.cosignature import cosign
from groundtruce.record.tlog.encoding import (
    HASH_LENGTH,
    base64_bytes,
    base64_text,
    decimal,
    format_error,
)
from groundtruce.record.tlog.key import SigningKey, VerifierKey
from groundtruce.record.tlog.merkle import PROOF_LIMIT, verify_consistency
from groundtruce.record.tlog.note import Note, SignatureLine

__all__ = ["BODY_LIMIT", "REFUSAL_STATUSES", "AddCheckpoint", "Witness", "WitnessConflict"]

BODY_LIMIT = 16 * 1024
"""Bytes of a request: 63 hashes and 16 signature lines take less."""

REFUSAL_STATUSES = frozenset({400, 403, 404, 422})
"""How a witness refuses a request (`c2sp.org/tlog-witness`): old size above the new one, no signature of a known key,
unknown origin, wrong proof. All other statuses but 200, and 409 with a size, are no answers of that protocol."""

_OLD = b"old "


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCheckpoint:
    """A request to cosign: the size that the witness cosigned last, the proof from there, and the checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    @classmethod
    def parse(cls, content: bytes) -> "AddCheckpoint":
        """Read the body of a request; raises GroundtruceError `record.malformed`."""
        what = Phrase("A request to cosign")
        if len(content) > BODY_LIMIT:
            raise format_error(what, Phrase("it has more than {limit} bytes", limit=BODY_LIMIT))
        top, separator, note = content.partition(b"\n\n")
        lines = top.split(b"\n")
        if not separator or not lines[0].startswith(_OLD):
            raise format_error(what, Phrase("it does not start with the old size and a proof"))
        if len(lines) - 1 > PROOF_LIMIT:
            raise format_error(what, Phrase("its proof is too long"))
        return cls(
            old=decimal(lines[0].removeprefix(_OLD), Phrase("The old size")),
            proof=tuple(
                base64_bytes(line, Phrase("A hash of a proof"), HASH_LENGTH) for line in lines[1:]
            ),
            note=note,
        )

    def __bytes__(self) -> bytes:
        """Return the body of the request."""
        hashes = b"".join(base64_text(node_hash) + b"\n" for node_hash in self.proof)
        return _OLD + b"%d\n" % self.old + hashes + b"\n" + self.note


class WitnessConflict(GroundtruceError):  # noqa: N818 - what the witness answers
    """The witness cosigned another size last than the request proves from: `record.conflict`."""

    def __init__(self, origin: str, *, size: int, old: int) -> None:
        self.size = size
        super().__init__(Problem.RECORD_CONFLICT, origin=origin, size=size, old=old)


class Witness:
    """A node in its role as witness of the other logs."""

    def __init__(
        self,
        keys: Sequence[SigningKey],
        logs: Mapping[str, VerifierKey],
        ledger: Ledger,
        audited: Callable[[Checkpoint], None],
    ) -> None:
        """Take the cosigning keys, the logs by origin, and the audit.

        `audited` returns when the content of a checkpoint was audited here in full, and raises otherwise.
        """
        self._keys, self._logs, self._ledger, self._audited = keys, logs, ledger, audited

    def add_checkpoint(self, request: AddCheckpoint, time_s: int) -> list[SignatureLine]:
        """Return the cosignatures at POSIX second `time_s`; raises GroundtruceError with the HTTP status to answer.

        A WitnessConflict names the size that this witness cosigned last.
        """
        origin = Note.parse(request.note).text.split(b"\n")[0].decode()
        log = self._logs.get(origin)
        if log is None:
            raise GroundtruceError(Problem.RECORD_LOG_UNKNOWN, origin=origin)
        checkpoint = parse_checkpoint(request.note, log)
        head = checkpoint.head
        if request.old > head.size:
            raise format_error(
                Phrase("A request to cosign"), Phrase("its old size is larger than the new one")
            )
        last = self._ledger.head(LedgerRole.WITNESS, origin)
        known = last.size if last else 0
        if request.old != known:
            raise WitnessConflict(origin, size=known, old=request.old)
        if last is None and request.proof:
            raise GroundtruceError(
                Problem.RECORD_PROOF,
                what=Phrase("The growth from nothing"),
                cause=Phrase("it needs no proof"),
            )
        if last is not None:
            verify_consistency(last.size, head.size, last.root, head.root, request.proof)
        self._audited(checkpoint)
        return self.cosign(last, head, time_s)

    def cosign(self, last: Head | None, head: Head, time_s: int) -> list[SignatureLine]:
        """Move the ledger from `last` to an audited `head`, then sign it; raises GroundtruceError."""
        latest_s = self._ledger.latest_s(LedgerRole.WITNESS)
        if time_s < latest_s:
            raise GroundtruceError(
                Problem.RECORD_CLOCK,
                now=format_second(from_posix(time_s)),
                last=format_second(from_posix(latest_s)),
            )
        if not self._ledger.advance(LedgerRole.WITNESS, last, head, time_s):
            now = self._ledger.head(LedgerRole.WITNESS, head.origin)
            raise WitnessConflict(
                head.origin, size=now.size if now else 0, old=last.size if last else 0
            )
        return [cosign(head, key, time_s) for key in self._keys]
