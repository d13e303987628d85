"""Runs the benchmarks and prints their tables: `make bench`, or `python -m benchmarks [JOB …] [--quick]`.

Fusion comes first: its runs are processes of their own, whose peak of memory is never below that of the one that
starts them. `python -m benchmarks fusion --into PAGE` also writes its tables into a page of the documentation.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

JOBS = (
    "fusion",
    "reading",
    "assessing",
    "record",
    "database",
    "queries",
    "map",
    "serving",
    "arriving",
    "before",
)
_WIDTH = 132
_FUSION_WIDTH = 200
_READING = ("job", "rows", "MB", "ours, s", "peer, s", "ratio", "rows/s")


def main() -> None:
    """Measure and print; the data are synthetic."""
    asked = _asked()
    jobs = {
        "fusion": _fusion,
        "reading": _reading,
        "assessing": _assessing,
        "record": _record,
        "database": _database,
        "queries": _queries,
        "map": _map,
        "arriving": _arriving,
        "serving": _serving,
        "before": _before,
    }
    for job in JOBS:
        if not asked.jobs or job in asked.jobs:
            jobs[job](asked)


def _asked() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("jobs", nargs="*", metavar="JOB", help=f"of {', '.join(JOBS)}; else all")
    parser.add_argument("--quick", action="store_true", help="small sizes only")
    parser.add_argument("--fresh", action="store_true", help="forget the kept results of fusion")
    parser.add_argument("--markdown", action="store_true", help="print fusion as Markdown")
    parser.add_argument("--into", type=Path, metavar="PAGE", help="write fusion into this page")
    parser.add_argument(
        "--before", default="HEAD^", metavar="REVISION", help="the commit to compare with [HEAD^]"
    )
    asked = parser.parse_args()
    if unknown := set(asked.jobs) - set(JOBS):
        parser.error(f"no such job: {', '.join(sorted(unknown))}")
    return asked


def _fusion(asked: Namespace) -> None:
    from benchmarks.fusion.benchmark import benchmark
    from benchmarks.fusion.shown import into, markdown, on_terminal, tables

    shown = list(tables(benchmark(quick=asked.quick, fresh=asked.fresh)))
    if asked.into is not None:
        into(asked.into, shown)
    if asked.markdown:
        print(markdown(shown))
    else:
        console = Console(width=_FUSION_WIDTH)
        for table in shown:
            console.print(on_terminal(table))


def _reading(asked: Namespace) -> None:
    from benchmarks.reading import GOAL, reading

    table = _table("Synthetic reports; ours and the peer in one run", _READING)
    with TemporaryDirectory() as name:
        for row in reading(Path(name), (100_000,) if asked.quick else (100_000, 1_000_000)):
            table.add_row(*row)
    _print(
        table,
        f"Peer: a Polars scan of the same file (goal for CSV at 1,000,000 rows: at most {GOAL:.0f}).",
    )


def _assessing(asked: Namespace) -> None:
    from benchmarks.assessing import COLUMNS, assessing

    table = _table("Synthetic incidents and clauses; ours and the peer in one run", COLUMNS)
    incidents = (10_000,) if asked.quick else (10_000, 100_000, 1_000_000)
    for row in assessing(incidents, (100, 300, 900)):
        table.add_row(*row)
    _print(
        table,
        "Goal at 1,000,000 incidents, 100 clauses and 22 zones: at most 5 s, and 50 times as fast as the peer.\n"
        "The peer, a rule of JSON for each clause and row, is given the answers and measured on 200 rows, "
        "extrapolated.",
    )


def _record(asked: Namespace) -> None:
    from benchmarks.record import COLUMNS, recording

    table = _table("The record, with synthetic statements; ours and the peer in one run", COLUMNS)
    with TemporaryDirectory() as name:
        for row in recording(Path(name), (20_000,) if asked.quick else (100_000, 1_000_000)):
            table.add_row(*row)
    _print(
        table,
        "Durable appends: statements are made and signed before; pymerkle stores them in SQLite, one or a batch in a "
        "transaction.\nThe Go verifier does the same job with other code; for the full audit it checks every signature "
        "and body, ours also what\neach statement says of its place and time.",
    )


def _database(asked: Namespace) -> None:
    from benchmarks.database import COLUMNS, filling

    table = _table(
        "The view as a database, synthetic, one report an incident; ours and the peer in one run",
        COLUMNS,
    )
    with TemporaryDirectory() as name:
        for row in filling(Path(name), (20_000,) if asked.quick else (100_000, 1_000_000)):
            table.add_row(*row)
    _print(
        table,
        "The peer puts the same rows, made before, into plain tables: no index, no box, no text to search, no packed "
        "columns.\nWhat differs is known to who fused one report more, or found by comparing prints of every row.",
    )


def _queries(asked: Namespace) -> None:
    from benchmarks.queries import COLUMNS, querying

    table = _table(
        "Queries of a synthetic view; peer: one row by its number, by the driver", COLUMNS
    )
    folder = Path("out") / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    for row in querying(folder, (100_000,) if asked.quick else (100_000, 1_000_000)):
        table.add_row(*row)
    _print(
        table,
        "Filters are drawn anew for each query. Goal: p95 below 100 ms at 100,000 incidents and 250 ms at 1,000,000.",
    )


def _map(asked: Namespace) -> None:
    from benchmarks.map import COLUMNS, IDLE_LIMIT_S, mapping

    table = _table("The map, with synthetic incidents", COLUMNS)
    with TemporaryDirectory() as name:
        for row in mapping(Path(name), (20_000,) if asked.quick else (100_000, 1_000_000)):
            table.add_row(*row)
    _print(
        table,
        "Tiles: of the running server, each address once, with eight sorts of filters and with and without a period.\n"
        "First idle: Debian's Chromium without a graphics card, nothing cached; beside it the same page without an "
        f"incident (goal at 100,000: under {IDLE_LIMIT_S:.0f} s).",
    )


def _serving(asked: Namespace) -> None:
    from benchmarks.serving import COLUMNS, serving

    table = _table("The server, with synthetic incidents", COLUMNS)
    with TemporaryDirectory() as name:
        for row in serving(Path(name), (20_000,) if asked.quick else (100_000, 1_000_000)):
            table.add_row(*row)
    _print(
        table,
        "Made anew: each address once, one after the other. At 200 a second: mixed requests of 16 clients, by Zipf's\n"
        "law from 500 addresses, with 50 slow heads and two endless bodies beside; times run from when each was due.",
    )


def _arriving(asked: Namespace) -> None:
    from benchmarks.arriving import COLUMNS, arriving

    table = _table("From a record to pages, with synthetic reports of a front", COLUMNS)
    with TemporaryDirectory() as name:
        for row in arriving(Path(name), (20_000,) if asked.quick else (100_000, 1_000_000)):
            table.add_row(*row)
    _print(
        table,
        "Replay: the command, from the record to a database of SQLite. Peer: the recorded file scanned and sorted.\n"
        "One more: recorded by another process while the server runs, from the signing of the log to the first answer.",
    )


def _before(asked: Namespace) -> None:
    from benchmarks.before import COLUMNS, comparing

    table = _table(f"This commit and {asked.before}, in turn on the same synthetic inputs", COLUMNS)
    with TemporaryDirectory() as name:
        for row in comparing(Path(name), 10_000 if asked.quick else 100_000, asked.before):
            table.add_row(*row)
    _print(
        table,
        "Commands: seconds of processor of the whole process, warm; server: whole answers, each address once.\n"
        "Ratios are now / before, turn by turn: their median, lowest and highest.",
    )


def _print(table: Table, note: str) -> None:
    console = Console(width=_WIDTH)
    console.print(table)
    console.print(note)


def _table(title: str, columns: tuple[str, ...]) -> Table:
    table = Table(title=title)
    for column in columns:
        table.add_column(column, justify="left" if column in {"job", "peer"} else "right")
    return table


if __name__ == "__main__":
    main()
