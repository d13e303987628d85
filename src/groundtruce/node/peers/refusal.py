"""Refusals of witnesses, counted until they show that they were meant: one small file for each, private to the node.

* Answers within an hour are one refusal, so that a burst of requests never counts as a long time.
* A cosignature ends the count, before it is kept. What says nothing of the witness, an outage, leaves it as it is.
* The file is replaced and removed durably; one that is damaged counts as none, since what is lost may accuse nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError
from groundtruce.record.log.durable import Disk
from groundtruce.record.peers.misbehaviour_proof import Refusals
from groundtruce.record.statement.canonical import Value, canonical_json, parse_canonical
from groundtruce.record.tlog.checkpoint import Checkpoint
from groundtruce.record.tlog.encoding import digest, format_error

__all__ = ["CountedRefusals", "RefusalCounts", "add_refusal"]

_APART_S = 60 * 60
"""Seconds between refusals that count as two: longer than the mending of a setting takes while somebody looks on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRefusals:
    """The refusals of a witness, and the digest of the head that it refused last."""

    refusals: Refusals
    head: str


def add_refusal(before: Refusals | None, status: int, time_s: int) -> Refusals:
    """Return the refusals with another one; too soon after the last, or before it, it is none of its own."""
    if before is None:
        return Refusals(first_s=time_s, last_s=time_s, count=1, statuses=(status,))
    if time_s < before.last_s + _APART_S:
        return before
    return Refusals(
        first_s=before.first_s,
        last_s=time_s,
        count=before.count + 1,
        statuses=tuple(sorted({*before.statuses, status})),
    )


class RefusalCounts:
    """The refusals that a node met when it asked for cosignatures under its own log, by the name of the witness."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder, self._disk = folder, disk

    def of(self, witness: str) -> CountedRefusals | None:
        """Return what is counted of a witness since it cosigned last; None where nothing is, or it can't be read."""
        path = self._path(witness)
        if not path.is_file():
            return None
        try:
            return _parse(parse_canonical(path.read_bytes()), witness)
        except (GroundtruceError, OSError):
            return None

    def add(self, witness: str, checkpoint: Checkpoint, status: int, time_s: int) -> None:
        """Count a refusal to cosign a head; raises GroundtruceError `record.disk`."""
        counted = self.of(witness)
        before = counted.refusals if counted else None
        refusals = add_refusal(before, status, time_s)
        if refusals == before:
            return
        value: Mapping[str, Value] = {
            "witness": witness,
            "head": _head_digest(checkpoint),
            "first_s": refusals.first_s,
            "last_s": refusals.last_s,
            "count": refusals.count,
            "statuses": list(refusals.statuses),
        }
        self._disk.write(self._path(witness), canonical_json(value))

    def find_lasting(self, witness: str, checkpoint: Checkpoint) -> Refusals | None:
        """Return the refusals where they show that the witness meant them, the last one for this head."""
        counted = self.of(witness)
        if counted is None or counted.head != _head_digest(checkpoint):
            return None
        return counted.refusals if counted.refusals.show_refusal else None

    def end(self, witness: str) -> None:
        """Forget the refusals of a witness: it cosigned. Raises GroundtruceError `record.disk`."""
        self._disk.remove(self._path(witness))

    def _path(self, witness: str) -> Path:
        return self._folder / f"{digest(witness.encode()).hex()[:16]}.json"


def _head_digest(checkpoint: Checkpoint) -> str:
    return digest(checkpoint.note.text).hex()


def _parse(value: Mapping[str, Value], witness: str) -> CountedRefusals:
    """Read a file of refusals; raises GroundtruceError `record.malformed`."""
    statuses, head = value.get("statuses"), value.get("head")
    if value.get("witness") != witness or not isinstance(statuses, list) or head is None:
        raise format_error(
            Phrase("A count of refusals"), Phrase("it is of another witness, or not whole")
        )
    refusals = Refusals(
        first_s=_number(value.get("first_s")),
        last_s=_number(value.get("last_s")),
        count=_number(value.get("count")),
        statuses=tuple(map(_number, statuses)),
    )
    return CountedRefusals(refusals=refusals, head=str(head))


def _number(value: Value | None) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise format_error(Phrase("A count of refusals"), Phrase("a number is missing"))
    return value
