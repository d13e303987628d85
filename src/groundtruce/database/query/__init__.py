"""The queries, one module each."""
