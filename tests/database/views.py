"""Views to fill databases with, from few synthetic reports; and all that a database holds, to compare."""

from collections.abc import Mapping, Sequence
from functools import cache
from random import Random

import polars as pl
from tests.conftest import ROOT

from groundtruce.agreement.document import parse_agreement
from groundtruce.database.backend.protocol import Database, Row
from groundtruce.database.backend.schema import STORED
from groundtruce.fusion.clustering.decision import Decision
from groundtruce.model.table import COUNTS
from groundtruce.view.project.reports import ENTRIES
from groundtruce.view.view import Inputs, Terms, View, compute

__all__ = ["COUNTED", "SYRIA", "held", "random_report", "terms", "view_of"]

SYRIA = "syria-2016-02"

COUNTED = pl.DataFrame(
    [
        {
            "count_id": f"C{day}",
            "source": "centre",
            "measure": "violations",
            "day": f"2016-03-0{day}",
        }
        | {"count": day}
        for day in (1, 2, 3)
    ],
    schema=COUNTS.schema,
)

_KINDS = ("fire", "fire.shelling", "fire.mortar", "civilians.attack")
_TEXTS = (
    None,
    "shells hit the market square",
    "a convoy was refused",
    "سقطت قذائف على السوق",
    "Ma'arrat an-Nuʿmān: market",
)


@cache
def terms(name: str) -> Terms:
    """Return an agreement of the library with its document."""
    document = (ROOT / "agreements" / name / "agreement.yaml").read_bytes()
    return Terms(parse_agreement(name, document), document)


def view_of(
    reports: pl.DataFrame,
    decisions: Sequence[Decision] = (),
    *,
    agreement: str = SYRIA,
    counts: pl.DataFrame | None = None,
    corrected: Mapping[str, str] | None = None,
) -> View:
    """Compute the view of reports; `corrected` are the statements of reports that say now what another did."""
    entries = pl.DataFrame(
        [
            (name, "log", number, (corrected or {}).get(name, f"{number:064x}"))
            for number, name in enumerate(reports["report_id"])
        ],
        schema=ENTRIES,
        orient="row",
    )
    inputs = Inputs(
        reports=reports,
        counts=pl.DataFrame(schema=COUNTS.schema) if counts is None else counts,
        terms=terms(agreement),
        decisions=decisions,
        entries=entries,
    )
    return compute(inputs).view


def held(database: Database) -> dict[str, list[Row]]:
    """Return every row of a database, but for redirects, which tell of views before."""
    found = {
        name: database.rows(
            f"SELECT {', '.join(table.names)} FROM {name} ORDER BY {', '.join(table.key)}"
        )
        for name, table in STORED.items()
        if name != "redirect"
    }
    key = database.dialect.number_column("incident_text")
    found["incident_text"] = database.rows(
        f"SELECT {key} AS number, incident_id, place_name, text FROM incident_text ORDER BY {key}"
    )
    return found


def random_report(chance: Random) -> dict[str, object]:
    """Return a report as `worlds.table` takes it: at edges of the map, of open times, in two scripts."""
    return {
        "source": chance.choice((*"ABCDE", "F|G")),
        "hour": chance.randint(-30, 300),
        "precision": chance.choice(("minute", "hour", "hour", "day", "week", "month", "open")),
        "place": chance.choice((None, *range(10))),
        "location_radius_m": chance.choice((50.0, 5_000.0, 25_000.0)),
        "kind": chance.choice(_KINDS),
        "weapon": chance.choice((None, "mortar", "artillery")),
        "actor": chance.choice((None, "Russia", "Y", "IS, Y", "Y  |\u00a0Z", "unknown")),
        "involved": chance.choice((None, "IS|Y", "Government of Syria|Y, Russia")),
        "killed_best": chance.choice((None, 0, 3)),
        "text": chance.choice(_TEXTS),
    }
