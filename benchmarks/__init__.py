"""Benchmarks: speed as a ratio to a named peer, measured side by side in one run."""
