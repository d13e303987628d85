"""The benchmark of fusion: synthetic reports with known incidents, metrics, and peers side by side."""
