"""A seeded view of a size that no example has: one report an incident, around towns of Syria; nothing in it happened.

It is put together and not fused, so that a benchmark of what reads a view does not wait for fusion; the verdicts are
those of the agreement.
"""

from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.synthetic import synthetic_incidents
from groundtruce.agreement.document import parse_agreement
from groundtruce.database.columnar.codec import format_id
from groundtruce.model.table import COUNTS, INCIDENTS, LINKS, REPORTS
from groundtruce.view.step import STEPS, Conditions, find_as_of, run_steps
from groundtruce.view.view import Terms, View

__all__ = ["synthetic_view"]

_AGREEMENT = Path(__file__).parents[1] / "agreements" / "syria-2016-02" / "agreement.yaml"
_TOWNS = 400
_SPREAD_DEG = 0.08
"""Half of the incidents of a town lie within some 9 km of it."""
_EVENNESS = 20.0
"""The largest town has some two percent of the incidents, the smallest a thousandth."""
_SOURCES = tuple(f"synthetic source {number}" for number in range(12))
_SIDES = {"side one": "Russia", "side two": "IS"}


def synthetic_view(count: int, seed: int) -> View:
    """Return a view of `count` incidents over 500 days."""
    chance = np.random.default_rng(seed)
    incidents = _incidents(count, seed, chance)
    reports = _reports(incidents, chance)
    links = incidents.select("incident_id", report_id="report_ids", probability=pl.lit(1.0)).select(
        LINKS.names
    )
    document = _AGREEMENT.read_bytes()
    terms = Terms(parse_agreement("the agreement", document), document)
    fusion = {LINKS: links.sort("report_id"), INCIDENTS: incidents}
    conditions = Conditions(terms.agreement, find_as_of(incidents, terms.agreement))
    counts = pl.DataFrame(schema=COUNTS.schema)
    given = {REPORTS: reports, COUNTS: counts, **fusion}
    return View(
        agreement=terms.agreement,
        document=document,
        reports=reports,
        counts=counts,
        tables={**fusion, **run_steps(STEPS, conditions, given)},
        quarantined=0,
        withheld=0,
        input_digests={"reports": f"synthetic, seed {seed}", "agreement": terms.digest},
        method={"fusion": "none: synthetic"},
        basis=None,
    )


def _incidents(count: int, seed: int, chance: np.random.Generator) -> pl.DataFrame:
    numbers = np.unique(chance.integers(0, 1 << 60, count + count // 100 + 10))
    ids = [format_id(number) for number in chance.permutation(numbers)[:count].tolist()]
    share = 1 / (np.arange(_TOWNS) + _EVENNESS)
    town = chance.choice(_TOWNS, count, p=share / share.sum())
    lat, lon = chance.uniform(33, 36.6, _TOWNS), chance.uniform(36.7, 42, _TOWNS)
    killed = chance.poisson(1.2, count)
    return (
        synthetic_incidents(count, seed)
        .with_columns(
            incident_id=pl.Series(ids),
            lat=pl.Series((lat[town] + chance.normal(0, _SPREAD_DEG, count)).round(5)),
            lon=pl.Series((lon[town] + chance.normal(0, _SPREAD_DEG, count)).round(5)),
            place_name=pl.Series([f"synthetic town {number}" for number in town.tolist()]),
            actor=pl.col("actor").replace(_SIDES),
            involved=pl.lit(None),
            killed_low=pl.Series(killed),
            killed_best=pl.Series(killed),
            killed_high=pl.Series(killed + 1),
            n_reports=pl.lit(1),
            n_independent=pl.Series(chance.integers(1, 3, count)),
            report_ids=pl.Series([f"SYN-{number:09}" for number in range(count)]),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in INCIDENTS.schema.items())
        .sort("incident_id")
    )


def _reports(incidents: pl.DataFrame, chance: np.random.Generator) -> pl.DataFrame:
    shared = [name for name in REPORTS.names if name in INCIDENTS.schema and name != "incident_id"]
    rows = incidents.select(
        *shared,
        report_id="report_ids",
        source=pl.Series(chance.choice(_SOURCES, incidents.height)),
        text=pl.lit("synthetic report, written by a generator"),
        language=pl.lit("en"),
        licence=pl.lit("synthetic"),
    )
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None).alias(name)).cast(dtype)
        for name, dtype in REPORTS.schema.items()
    ).sort("report_id")
