"""Problems of the record: logs, witnesses, keys, proofs and evidence."""

from groundtruce.model.problem.entry import CatalogueEntry


def _record(code: str, sentence: str, advice: str, http_status: int = 422) -> CatalogueEntry:
    return CatalogueEntry(f"record.{code}", sentence, advice, http_status)


MALFORMED = _record(
    "malformed",
    "{what} is malformed: {cause}.",
    "Fetch the original bytes again; nothing of it was used.",
    400,
)
MISSING = _record(
    "missing",
    "{what} is missing.",
    "Copy it from the log's owner or from any mirror; what is copied is verified.",
    404,
)
SIGNATURE = _record(
    "signature",
    "{what} bears no valid signature of {who}.",
    "Do not rely on it; ask the signer, and keep these bytes.",
    403,
)
HASH = _record(
    "hash",
    "{what} is not what its hash says.",
    "It was changed after it was recorded; restore it from a mirror and keep the changed copy.",
)
PROOF = _record(
    "proof",
    "{what} is not proven: {cause}.",
    "Do not rely on it; ask for a proof against the latest checkpoint.",
)
CHAIN = _record(
    "chain",
    "{what} does not follow from the log that holds it: {cause}.",
    "The log's owner signed it, so keep the proof that was written and tell the other delegations.",
)
KEY = _record(
    "key",
    "The key of {who} cannot be used: {cause}.",
    "Ask its owner for the key again, over a second channel.",
)
POLICY = _record(
    "policy",
    "Line {line} of the policy {file} cannot be used: {cause}.",
    "Correct the line; docs/reference/record.md has the form.",
)
QUORUM = _record(
    "quorum",
    "The checkpoint of {origin} lacks the cosignatures that the policy asks for.",
    "Ask the witnesses: `groundtruce record cosign`; recording goes on meanwhile.",
    403,
)
APPROVAL = _record(
    "approval",
    "{count} delegations approved this erasure in {origin}; the mechanism asks for more.",
    "Pass the proposal to the others: `groundtruce evidence approve`. Nothing was erased.",
    403,
)
LOG_UNKNOWN = _record(
    "log_unknown",
    "The log {origin} is not in the mechanism.",
    "Add its delegation to the mechanism document first.",
    404,
)
CONFLICT = _record(
    "conflict",
    "The witness last cosigned size {size} of {origin}, not {old}.",
    "Send a consistency proof from that size.",
    409,
)
UNAUDITED = _record(
    "unaudited",
    "The statements of {origin} up to {size} could not be audited here: {cause}.",
    "Serve the tiles and bodies where the mechanism says, then ask again.",
    503,
)
CLOCK = _record(
    "clock",
    "The clock of this node shows {now}, but there are signatures of {last} already.",
    "Set the clock right; nothing is signed until it has passed that time.",
    503,
)
MISBEHAVIOUR = _record(
    "misbehaviour",
    "{origin} broke the rules of the record: {kind}.",
    "The proof is in {file}; anyone can check it with `groundtruce record verify`.",
    409,
)
LOCKED = _record(
    "locked",
    "Another process is writing to {log}.",
    "Let it finish; a log has one writer.",
    423,
)
FORK = _record(
    "fork",
    "The log {origin} was forked: {cause}.",
    "Rely on nothing beyond its last cosigned checkpoint; the proof is in {file}.",
    409,
)
ROLLBACK = _record(
    "rollback",
    "The log {origin} was rolled back: {cause}.",
    "Stop writing to it. Restore what the mirrors hold, or open a new log that says why.",
    409,
)
DISK = _record(
    "disk",
    "{what} could not be made durable: {cause}.",
    "Stop, look after the disk, then run `groundtruce record fsck`; nothing was acknowledged.",
    500,
)
PEER = _record(
    "peer",
    "{peer} did not answer as agreed: {cause}.",
    "Recording goes on; try again later. Refusals that last are themselves recorded.",
    502,
)
ERASED = _record(
    "erased",
    "{what} was erased; only its commitment is left.",
    "The tombstone says who approved it and why; nobody can bring it back.",
    410,
)
WITHHELD = _record(
    "withheld",
    "{what} is withheld here.",
    "Ask the delegation that recorded it for the disclosure.",
    403,
)
REPORT_STATE = CatalogueEntry(
    "report.state",
    "{file} does not name the record state that it was computed from.",
    "Verify the HTML or JSON form, or keep {stem}.json beside the file.",
    422,
)
