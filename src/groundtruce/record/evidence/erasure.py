"""Tombstones: several delegations approve that something is erased, and the log that erases it shows their signatures.

* What is approved is the log, the ids, the authority and the reason, as canonical JSON under a name of its own.
* An approval is a signature by a delegation's statement key; how many are enough, the mechanism says.
* The tombstone is recorded before anything is destroyed, so that nothing ever vanishes without one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.statement.canonical import Value, canonical_json, parse_canonical
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Draft, Statement
from groundtruce.record.tlog.encoding import base64_bytes, base64_text, format_error
from groundtruce.record.tlog.key import SigningKey, VerifierKey, is_signed

__all__ = ["Erasure", "approvals_of", "approve", "draft_tombstone", "erasure_of"]

_CONTEXT = b"groundtruce.org/tombstone/v1\n"
_WHAT = Phrase("A proposal to erase")


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What is to be erased: ids of statements or objects in one log, by which authority, and why."""

    origin: str
    erases: tuple[str, ...]
    authority: str
    reason: str

    @classmethod
    def parse(cls, content: bytes) -> "Erasure":
        """Read a proposal; raises GroundtruceError `record.malformed`."""
        value = parse_canonical(content)
        erases = value.get("erases")
        texts = [value.get(name) for name in ("origin", "authority", "reason")]
        if (
            not isinstance(erases, list)
            or not all(isinstance(text, str) and text for text in [*erases, *texts])
            or list(map(str, erases)) != sorted({str(text) for text in erases})
        ):
            raise format_error(
                _WHAT, Phrase("it does not name log, ids in order, authority and reason")
            )
        origin, authority, reason = map(str, texts)
        erasure = cls(
            origin=origin, erases=tuple(map(str, erases)), authority=authority, reason=reason
        )
        if bytes(erasure) != content:
            raise format_error(_WHAT, Phrase("it names something else, which nobody would approve"))
        return erasure

    def __bytes__(self) -> bytes:
        """Return the proposal as it is passed around."""
        return canonical_json(
            {
                "origin": self.origin,
                "erases": list(self.erases),
                "authority": self.authority,
                "reason": self.reason,
            }
        )


def approve(erasure: Erasure, key: SigningKey) -> dict[str, str]:
    """Return the approval of a delegation, as a tombstone holds it."""
    signature = key.sign(_CONTEXT + bytes(erasure))
    return {
        "key": key.verifier.public.hex(),
        "signature": base64_text(signature).decode(),
    }


def draft_tombstone(erasure: Erasure, approvals: Iterable[Mapping[str, str]]) -> Draft:
    """Return the statement that an erasure was approved."""
    ordered = sorted(
        (dict(approval) for approval in approvals), key=lambda approval: approval["key"]
    )
    listed: Sequence[Value] = list(ordered)
    return Draft(
        StatementKind.TOMBSTONE,
        {
            "erases": list(erasure.erases),
            "authority": erasure.authority,
            "reason": erasure.reason,
            "approvals": listed,
        },
    )


def erasure_of(statement: Statement) -> Erasure:
    """Return what a tombstone erases; raises GroundtruceError for another kind of statement."""
    content = statement.content
    erases = content.get("erases")
    if statement.kind is not StatementKind.TOMBSTONE or not isinstance(erases, list):
        raise format_error(Phrase("A tombstone"), Phrase("it is another kind of statement"))
    return Erasure(
        origin=statement.link.origin,
        erases=tuple(map(str, erases)),
        authority=str(content["authority"]),
        reason=str(content["reason"]),
    )


def approvals_of(
    erasure: Erasure, approvals: Iterable[object], keys: Iterable[VerifierKey]
) -> list[VerifierKey]:
    """Return which of these keys approved; raises GroundtruceError `record.signature` for a false approval.

    Approvals of other keys count for nothing.
    """
    known = {key.public.hex(): key for key in keys}
    approving = []
    for approval in approvals:
        key = known.get(str(approval.get("key"))) if isinstance(approval, Mapping) else None
        if key is None or not isinstance(approval, Mapping):
            continue
        signature = base64_bytes(str(approval.get("signature")).encode(), Phrase("An approval"))
        if not is_signed(key, _CONTEXT + bytes(erasure), signature):
            raise GroundtruceError(
                Problem.RECORD_SIGNATURE, what=Phrase("An approval"), who=quote(key.name)
            )
        if key not in approving:
            approving.append(key)
    return approving
