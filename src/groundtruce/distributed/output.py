"""Outputs: parts that workers sorted become the files that one machine would write, byte for byte."""

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from groundtruce.distributed.share import unpack
from groundtruce.model.serial import ROW_GROUP, write_table
from groundtruce.model.spreadsheet import disarm
from groundtruce.model.table import INCIDENTS, LINKS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["join_parts", "write_parts", "write_quarantine"]


def write_parts(parts: "DataFrame", folder: Path) -> dict[str, int]:
    """Write the parts of every output, in the order of their names; return the rows of each table."""
    rows = dict.fromkeys((LINKS.name, INCIDENTS.name), 0)
    for row in parts.toLocalIterator(prefetchPartitions=True):
        (folder / f"{row['table']}-{row['share']:06}.arrow").write_bytes(row["packed"])
        rows[row["table"]] += row["rows"]
    return rows


def join_parts(folder: Path, table: str) -> Path:
    """Put the parts of a table together without holding them in memory; they are removed."""
    parts = sorted(folder.glob(f"{table}-*.arrow"))
    whole = folder / f"{table}s.parquet"
    pl.scan_ipc(parts, glob=False).sink_parquet(
        whole,
        compression="zstd",
        compression_level=3,
        statistics=False,
        row_group_size=ROW_GROUP,
    )
    for part in parts:
        part.unlink()
    return whole


def write_quarantine(shares: "DataFrame", folder: Path) -> tuple[Path, dict[str, str]]:
    """Write the quarantine, a share at a time; return the file and its first row."""
    path = folder / "quarantine.csv"
    first: dict[str, str] = {}
    bad_shares = shares.filter("bad > 0").orderBy("share").select("quarantine")
    with path.open("wb") as stream:
        for row in bad_shares.toLocalIterator():
            rows = unpack(bytes(row["quarantine"]))
            content = write_table(disarm(rows), ".csv")
            stream.write(content.split(b"\n", 1)[1] if first else content)
            first = first or rows.row(0, named=True)
    return path, first
