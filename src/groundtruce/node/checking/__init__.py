"""Checks of the node and of reports, and proofs for others."""
