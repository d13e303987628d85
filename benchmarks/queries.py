"""Queries of the view on both databases, without a server: each kind with filters drawn anew, beside a bare look-up.

* The peer is the least that any query can cost there: one row by its number, by the driver itself.
* The SQLite files are kept in `out/bench`, filled once; the PostgreSQL server lives as long as the run.
* A filter is drawn from what the incidents have, one to three at a time or none, and a page begins anywhere.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter

import numpy as np
from tools.postgres import binaries, server

from benchmarks.view import synthetic_view
from groundtruce.agreement.document import parse_agreement
from groundtruce.database.backend.metadata import read_metadata
from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.codec import format_id
from groundtruce.database.columnar.columns import Columns, read_columns
from groundtruce.database.filters.filters import Filters
from groundtruce.database.filters.paging import Cursor
from groundtruce.database.load.fill import fill
from groundtruce.database.query.facet import count_facets
from groundtruce.database.query.incident import Order, list_incidents, read_incident
from groundtruce.database.query.matrix import count_matrix
from groundtruce.database.query.search import search
from groundtruce.database.query.situation import describe_situation
from groundtruce.database.query.timeline import TimelineStep, count_by_step

__all__ = ["COLUMNS", "LIMITS_MS", "querying"]

COLUMNS = (
    "job",
    "database",
    "incidents",
    "p50, ms",
    "p95, ms",
    "limit",
    "peer p50, ms",
    "peer p95, ms",
)
LIMITS_MS = {100_000: 100, 1_000_000: 250}

_SEED = 20_160_304
_EACH = 200
_FIRST_DAY = date(2016, 2, 10)
_DAYS = 480
_VALUES: dict[str, Sequence[str]] = {
    "kind": ("fire", "fire.mortar", "fire.shelling", "fire.airstrike", "civilians"),
    "verdict": ("breach", "not_determinable", "exempt", "no_breach"),
    "target": ("combatant", "civilian"),
    "actor": ("russian_federation", "daesh", "unknown"),
    "clause": ("A3", "A5", "A7a"),
    "source": [f"synthetic source {number}" for number in range(12)],
    "corroborated": ("yes", "no"),
    "killed__gte": ("1", "3", "6"),
    "reason": ("missing(actor)", "imprecise_kind(fire)"),
    "bbox": ("36.8,33,37.4,33.6", "36,32,43,37", "40,35,40.1,35.1"),
    "q": ("town 7", "town 38", "synthetic", "generator town 5", "nothing of the kind"),
}
_SOUGHT = (
    "town 12",
    "synthetic town 4",
    "36.2 37.1",
    "37S CA 34 07",
    "SYN-00000",
    "I-a",
    "written by",
)


def querying(folder: Path, sizes: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table, each as it is measured."""
    for size in sizes:
        with closing(open_database(f"sqlite:///{folder / f'view-{size}.sqlite'}")) as database:
            _filled(database, size)
            yield from _measured(database, "SQLite", size)
        if binaries() is not None:
            with server(()) as running, closing(open_database(running.database())) as database:
                _filled(database, size)
                yield from _measured(database, "PostgreSQL", size)


def _filled(database: Database, size: int) -> None:
    if read_metadata(database).get("incidents") != str(size):
        fill(database, synthetic_view(size, _SEED))


def _measured(database: Database, name: str, size: int) -> Iterator[tuple[str, ...]]:
    begin = perf_counter()
    held = read_columns(database)
    first = perf_counter() - begin
    yield ("all columns, the first time", name, f"{size:,}", f"{first * 1000:.0f}", "", "", "", "")
    peer = _quantiles(lambda chance: _bare(database, held, chance))
    for kind, query in _queries(database, held).items():
        p50, p95 = _quantiles(query)
        yield (
            kind,
            name,
            f"{size:,}",
            f"{p50:.1f}",
            f"{p95:.1f}",
            f"{LIMITS_MS[size]}" if size in LIMITS_MS else "",
            *(f"{one:.2f}" for one in peer),
        )


def _quantiles(query: Callable[[random.Random], object]) -> tuple[float, float]:
    chance = random.Random(_SEED)
    query(chance)
    took = []
    for _ in range(_EACH):
        begin = perf_counter()
        query(chance)
        took.append(perf_counter() - begin)
    p50, p95 = (np.quantile(took, (0.5, 0.95)) * 1000).tolist()
    return p50, p95


def _queries(database: Database, held: Columns) -> dict[str, Callable[[random.Random], object]]:
    def listed(chance: random.Random) -> object:
        cursor = Cursor(-int(held.at[chance.randrange(held.rows)]), 0)
        after = str(cursor) if chance.random() < 0.5 else None
        order = Order.NEWEST if after else chance.choice(list(Order))
        return list_incidents(database, _filters(chance), order, after)

    document = read_metadata(database)["agreement_document"].encode()
    agreement = parse_agreement("the agreement", document)
    return {
        "list, 50 rows": listed,
        "facets": lambda chance: count_facets(database, _filters(chance)),
        "one incident": lambda chance: read_incident(database, _some(held, chance)),
        "matrix": lambda chance: count_matrix(database, _filters(chance)),
        "histogram": lambda chance: count_by_step(
            database, _filters(chance), chance.choice(list(TimelineStep))
        ),
        "situation of a day": lambda chance: describe_situation(database, agreement, _day(chance)),
        "search": lambda chance: search(database, chance.choice(_SOUGHT)),
    }


def _bare(database: Database, held: Columns, chance: random.Random) -> object:
    number = int(held.number[chance.randrange(held.rows)])
    return database.rows("SELECT * FROM incident WHERE number = :number", {"number": number})


def _filters(chance: random.Random) -> Filters:
    keys = chance.sample(sorted(_VALUES), chance.choice((0, 1, 1, 2, 3)))
    pairs = [(key, chance.choice(_VALUES[key])) for key in keys]
    if chance.random() < 0.5:
        first = _day(chance)
        last = first + timedelta(days=chance.choice((0, 7, 30, 365)))
        pairs += [("day__gte", first.isoformat()), ("day__lte", last.isoformat())]
    return Filters.parse(pairs)


def _day(chance: random.Random) -> date:
    return _FIRST_DAY + timedelta(days=chance.randrange(_DAYS))


def _some(held: Columns, chance: random.Random) -> str:
    return format_id(int(held.number[chance.randrange(held.rows)]))
