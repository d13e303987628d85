"""Runs all benchmarks and prints one table: `make bench`, or `python -m benchmarks --quick`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks.fusing import fusing
from benchmarks.reading import GOAL, reading

_COLUMNS = ("job", "rows", "MB", "ours, s", "peer, s", "ratio", "rows/s")


def main() -> None:
    """Measure and print; the data are synthetic."""
    quick = "--quick" in sys.argv
    table = Table(title="Synthetic reports; ours and the peer in one run")
    for column in _COLUMNS:
        table.add_column(column, justify="left" if column == "job" else "right")
    with TemporaryDirectory() as name:
        folder = Path(name)
        read_sizes = (100_000,) if quick else (100_000, 1_000_000)
        fuse_sizes = (10_000,) if quick else (10_000, 100_000, 1_000_000)
        for row in (*reading(folder, read_sizes), *fusing(folder, fuse_sizes)):
            table.add_row(*row)
    console = Console(width=110)
    console.print(table)
    console.print(
        f"Peer of reading: a Polars scan of the same file (goal for CSV at 1,000,000 rows: at most {GOAL:.0f}).\n"
        "Peer of fusion: sorting the same rows by place and time, the least that any method does."
    )


if __name__ == "__main__":
    main()
