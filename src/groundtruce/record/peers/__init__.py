"""Others' logs: copied, cosigned, graded, and proofs of misbehaviour."""
