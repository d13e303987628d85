"""Proofs that travel alone: that a log holds a document, checked offline against keys that the reader trusts.

* `*.tlog-proof` (`c2sp.org/tlog-proof@v1`) carries the index, the hashes and the checkpoint.
* A Sigsum proof, version 2, says the same for `sigsum-verify`; both hold the very same signatures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from groundtruce.model.message import Phrase
from groundtruce.record.tlog.checkpoint import Checkpoint, parse_checkpoint
from groundtruce.record.tlog.cosignature import Cosignature
from groundtruce.record.tlog.encoding import (
    HASH_LENGTH,
    base64_bytes,
    base64_text,
    decimal,
    format_error,
    lines_of,
)
from groundtruce.record.tlog.key import VerifierKey
from groundtruce.record.tlog.leaf import Leaf
from groundtruce.record.tlog.merkle import PROOF_LIMIT, leaf_hash, verify_inclusion

__all__ = ["LogProof", "parse_proof", "sigsum_proof"]

_HEADER = b"c2sp.org/tlog-proof@v1\n"
_EXTRA = b"extra "
_INDEX = b"index "


@dataclass(frozen=True, slots=True, kw_only=True)
class LogProof:
    """That `checkpoint` covers a leaf at `index`; `extra` is anything, and nothing vouches for it."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Checkpoint
    extra: bytes | None = None

    def __bytes__(self) -> bytes:
        """Return the `tlog-proof` file."""
        extra = b"" if self.extra is None else _EXTRA + base64_text(self.extra) + b"\n"
        hashes = b"".join(base64_text(node_hash) + b"\n" for node_hash in self.hashes)
        index = _INDEX + b"%d\n" % self.index
        return _HEADER + extra + index + hashes + b"\n" + bytes(self.checkpoint)

    def verify(self, document: bytes) -> None:
        """Return when the log holds `document` there; raises GroundtruceError `record.proof`.

        The log signed the checkpoint, or there would be none; whether enough witnesses did, a policy says.
        """
        head = self.checkpoint.head
        verify_inclusion(self.index, head.size, leaf_hash(document), self.hashes, head.root)


def parse_proof(content: bytes, log: VerifierKey) -> LogProof:
    """Read a `tlog-proof` file of this log; raises GroundtruceError `record.malformed` or `record.signature`."""
    what = Phrase("A proof")
    top, separator, note = content.partition(b"\n\n")
    if not separator or not content.startswith(_HEADER):
        raise format_error(what, Phrase("it is no c2sp.org/tlog-proof@v1 file"))
    lines = lines_of(top + b"\n", what)[1:]
    extra = None
    if lines and lines[0].startswith(_EXTRA):
        extra = base64_bytes(lines.pop(0).removeprefix(_EXTRA), Phrase("The extra line of a proof"))
    if not lines or not lines[0].startswith(_INDEX):
        raise format_error(what, Phrase("it has no index"))
    index = decimal(lines[0].removeprefix(_INDEX), Phrase("The index of a proof"))
    if len(lines) - 1 > PROOF_LIMIT:
        raise format_error(what, Phrase("it has more hashes than the highest tree"))
    hashes = tuple(
        base64_bytes(line, Phrase("A hash of a proof"), HASH_LENGTH) for line in lines[1:]
    )
    checkpoint = parse_checkpoint(note, log)
    return LogProof(index=index, hashes=hashes, checkpoint=checkpoint, extra=extra)


def sigsum_proof(
    leaf: Leaf,
    index: int,
    hashes: Sequence[bytes],
    checkpoint: Checkpoint,
    cosignatures: Iterable[Cosignature],
) -> bytes:
    """Return the Sigsum proof, version 2, of a leaf under a checkpoint."""
    head = checkpoint.head
    lines = [
        "version=2",
        f"log={checkpoint.log.key_hash.hex()}",
        f"leaf={leaf.key_hash.hex()} {leaf.signature.hex()}",
        "",
        f"size={head.size}",
        f"root_hash={head.root.hex()}",
        f"signature={checkpoint.note.lines[0].signature.hex()}",
    ]
    lines += [
        f"cosignature={cosignature.key.key_hash.hex()} {cosignature.time_s} "
        f"{cosignature.signature.hex()}"
        for cosignature in cosignatures
    ]
    if head.size > 1:
        lines += ["", f"leaf_index={index}"]
        lines += [f"node_hash={node_hash.hex()}" for node_hash in hashes]
    return ("\n".join(lines) + "\n").encode()
