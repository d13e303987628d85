"""The transparency log: trees, tiles, notes, checkpoints, cosignatures and proofs as files."""
