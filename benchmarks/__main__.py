"""Runs all benchmarks and prints one table: `make bench`, or `python -m benchmarks --quick`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks.assessing import COLUMNS as ASSESSING_COLUMNS
from benchmarks.assessing import assessing
from benchmarks.fusing import fusing
from benchmarks.reading import GOAL, reading
from benchmarks.record import COLUMNS, recording

_COLUMNS = ("job", "rows", "MB", "ours, s", "peer, s", "ratio", "rows/s")


def main() -> None:
    """Measure and print; the data are synthetic."""
    quick = "--quick" in sys.argv
    table = _table("Synthetic reports; ours and the peer in one run", _COLUMNS)
    record = _table("The record, with synthetic statements; ours and the peer in one run", COLUMNS)
    assessed = _table(
        "Synthetic incidents and clauses; ours and the peer in one run", ASSESSING_COLUMNS
    )
    incidents = (10_000,) if quick else (10_000, 100_000, 1_000_000)
    for row in assessing(incidents, (100, 300, 900)):
        assessed.add_row(*row)
    with TemporaryDirectory() as name:
        folder = Path(name)
        read_sizes = (100_000,) if quick else (100_000, 1_000_000)
        fuse_sizes = (10_000,) if quick else (10_000, 100_000, 1_000_000)
        for row in (*reading(folder, read_sizes), *fusing(folder, fuse_sizes)):
            table.add_row(*row)
        for row in recording(folder, (20_000,) if quick else (100_000, 1_000_000)):
            record.add_row(*row)
    console = Console(width=132)
    console.print(table)
    console.print(
        f"Peer of reading: a Polars scan of the same file (goal for CSV at 1,000,000 rows: at most {GOAL:.0f}).\n"
        "Peer of fusion: sorting the same rows by place and time, the least that any method does."
    )
    console.print(assessed)
    console.print(
        "Goal at 1,000,000 incidents, 100 clauses and 22 zones: at most 5 s, and 50 times as fast as the peer.\n"
        "The peer, a rule of JSON for each clause and row, is given the answers and measured on 200 rows, extrapolated."
    )
    console.print(record)
    console.print(
        "Durable appends: statements are made and signed before; pymerkle stores them in SQLite, one or a batch in a "
        "transaction.\nThe Go verifier does the same job with other code; for the full audit it checks every signature "
        "and body, ours also what\neach statement says of its place and time."
    )


def _table(title: str, columns: tuple[str, ...]) -> Table:
    table = Table(title=title)
    for column in columns:
        table.add_column(column, justify="left" if column in {"job", "peer"} else "right")
    return table


if __name__ == "__main__":
    main()
