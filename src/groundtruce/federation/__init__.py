"""Edges between nodes: fetching another's log, asking a witness, answering as one."""
