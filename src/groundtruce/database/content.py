"""What the tables hold, from a view: columns made with Polars, for all incidents or for some.

* Everything here is a pure function of frames; a row does not depend on which others are made with it.
* A day is the local day of the agreement's zone. An incident is dated to a day in which all of its interval lies,
  as the daily report dates it.
* A box holds the disc of a place; its bounds are numbers of 32 bits, rounded outward, as both databases index them.
"""

from collections.abc import Mapping
from hashlib import sha256

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.agreement.terms import Agreement
from groundtruce.database.fold import fold
from groundtruce.database.party import SEPARATOR, parties
from groundtruce.database.schema import STORED
from groundtruce.model.code import Verdict
from groundtruce.model.instant import INSTANT
from groundtruce.model.place import EARTH_RADIUS_M
from groundtruce.model.table import INCIDENTS, REPORTS

__all__ = [
    "assessment_rows",
    "box_rows",
    "incident_numbers",
    "incident_rows",
    "party_rows",
    "report_numbers",
    "report_rows",
    "source_rows",
    "text_rows",
    "told",
]

_BASE_32 = b"abcdefghijklmnopqrstuvwxyz234567"
_DIGITS = np.full(256, 32, np.uint64)
_DIGITS[np.frombuffer(_BASE_32, np.uint8)] = np.arange(32, dtype=np.uint64)
_ID = np.dtype("S14")
_BITS_LEFT = np.uint64(64 - 60)
_RANK = {verdict.value: rank for rank, verdict in enumerate(Verdict)}
_EDGE_DEG = 180.0
"""The antimeridian; what lies across it is taken to lie at every longitude."""
_POLE_DEG = 89.9
"""Nearer to a pole a disc is taken to lie at every longitude."""


def incident_numbers(ids: pl.Series) -> pl.Series:
    """Return the 60 bits that identifiers such as `I-24gtgorhecxf` spell."""
    letters = np.array(ids.to_list(), _ID).view(np.uint8).reshape(len(ids), _ID.itemsize)[:, 2:]
    found = np.zeros(len(ids), np.uint64)
    for place in range(letters.shape[1]):
        found = (found << np.uint64(5)) | _DIGITS[letters[:, place]]
    return pl.Series("number", found.astype(np.int64))


def report_numbers(ids: pl.Series) -> pl.Series:
    """Return the number of the incident that each report would give its identifier to."""
    digests = b"".join([sha256(text.encode()).digest()[:8] for text in ids.to_list()])
    numbers = np.frombuffer(digests, ">u8").astype(np.uint64) >> _BITS_LEFT
    return pl.Series("number", numbers.astype(np.int64))


def report_rows(reports: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `report`, in the order of their numbers, without their prints."""
    return (
        reports.select(REPORTS.names)
        .with_columns(report_numbers(reports["report_id"]))
        .join(links.select("report_id", "incident_id", "probability"), on="report_id", how="left")
        .with_columns(_microseconds())
        .sort("number")
    )


def told(reports: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Return what reports tell that incidents are searched by: incident_id, report_id, source, place_name, text."""
    return links.select("report_id", "incident_id").join(
        reports.select("report_id", "source", "place_name", "text"), on="report_id"
    )


def incident_rows(
    incidents: pl.DataFrame,
    assessments: pl.DataFrame,
    sources: pl.DataFrame,
    agreement: Agreement,
) -> pl.DataFrame:
    """Return the rows of `incident`, in the order of their numbers, without their prints."""
    listed = (
        sources.sort("incident_id", "source")
        .group_by("incident_id")
        .agg(sources=pl.col("source").str.join(SEPARATOR))
    )
    rows = (
        incidents.select(INCIDENTS.names)
        .with_columns(incident_numbers(incidents["incident_id"]))
        .hstack(parties(incidents, agreement).drop("incident_id"))
        .join(_verdicts(assessments), on="incident_id", how="left", maintain_order="left")
        .join(listed, on="incident_id", how="left", maintain_order="left")
        .with_columns(**_days(agreement.zone.key))
    )
    within = pl.col("first_day") == pl.col("last_day")
    return (
        rows.with_columns(
            pl.col("verdict").fill_null("none"),
            _microseconds(),
            *_boxes(rows),
            day=pl.when(within).then("first_day"),
            kind_family=pl.col("kind").str.split(".").list.first(),
            place_known=pl.col("lat").is_not_null().cast(pl.Int64),
        )
        .select(name for name in STORED["incident"].names if name != "print")
        .sort("number")
    )


def assessment_rows(assessments: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `assessment`, in the order of their keys."""
    return _numbered(assessments).sort("number", "clause_id")


def source_rows(told: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `incident_source`: each source of an incident once."""
    return _numbered(told.select("incident_id", "source").unique()).sort("source", "number")


def party_rows(incidents: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `incident_party`, of rows of `incident`: each party that is named, once."""
    named = incidents.select("number", "incident_id", party=pl.col("parties").str.split(SEPARATOR))
    return named.drop_nulls("party").explode("party").unique().sort("party", "number")


def box_rows(incidents: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `incident_box`, of rows of `incident`: of those whose place is known."""
    boxes = incidents.select("number", "min_lon", "max_lon", "min_lat", "max_lat")
    return boxes.drop_nulls("min_lon")


def text_rows(incidents: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `incident_text`, folded, in the order of their numbers."""
    texts = (
        told.sort("report_id")
        .group_by("incident_id")
        .agg(
            names=pl.col("place_name").drop_nulls().unique(maintain_order=True).str.join(" "),
            text=pl.col("text").drop_nulls().unique(maintain_order=True).str.join(" "),
        )
    )
    return (
        _numbered(incidents.select("incident_id"))
        .join(texts, on="incident_id", how="left")
        .select(
            "number",
            incident_id=fold(pl.col("incident_id")),
            place_name=fold(pl.col("names").fill_null("")),
            text=fold(pl.col("text").fill_null("")),
        )
        .sort("number")
    )


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """Put the number of the incident before its identifier."""
    return rows.select(incident_numbers(rows["incident_id"]), pl.all())


def _microseconds() -> pl.Expr:
    return pl.col(INSTANT).dt.epoch("us")


def _verdicts(assessments: pl.DataFrame) -> pl.DataFrame:
    """Return one verdict for each incident: the first in the order of `Verdict` that any clause gives."""
    rank = pl.col("verdict").replace_strict(_RANK, return_dtype=pl.Int8).min()
    names = {rank: name for name, rank in _RANK.items()}
    return (
        assessments.group_by("incident_id")
        .agg(rank=rank)
        .select("incident_id", verdict=pl.col("rank").replace_strict(names, return_dtype=pl.String))
    )


def _days(zone: str) -> Mapping[str, pl.Expr]:
    """Return the local days of the first and the last moment; of an empty interval, those of its start."""
    start = pl.col("occurred_from")
    last = pl.col("occurred_to") - pl.duration(microseconds=1)
    end = pl.when(last < start).then(start).otherwise(last)
    return {
        name: moment.dt.convert_time_zone(zone).dt.date().cast(pl.String).alias(name)
        for name, moment in (("first_day", start), ("last_day", end))
    }


def _boxes(rows: pl.DataFrame) -> list[pl.Series]:
    lat, lon = rows["lat"].to_numpy(), rows["lon"].to_numpy()
    high = np.degrees(rows["location_radius_m"].fill_null(0.0).to_numpy() / EARTH_RADIUS_M)
    polar = np.abs(lat) + high > _POLE_DEG
    narrow = np.cos(np.radians(np.where(polar, 0.0, np.abs(lat) + high)))
    wide = np.where(polar, 360.0, high / narrow)
    around = (lon - wide < -_EDGE_DEG) | (lon + wide > _EDGE_DEG)
    bounds = {
        "min_lon": _below(np.where(around, -_EDGE_DEG, lon - wide)),
        "max_lon": -_below(-np.where(around, _EDGE_DEG, lon + wide)),
        "min_lat": _below(np.maximum(lat - high, -90.0)),
        "max_lat": -_below(-np.minimum(lat + high, 90.0)),
    }
    known = rows["lat"].is_not_null().to_numpy()
    return [
        pl.Series(name, np.where(known, values, 0.0)).set(pl.Series(~known), None)
        for name, values in bounds.items()
    ]


def _below(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the next number of 32 bits that is not higher."""
    single = values.astype(np.float32)
    lower = np.nextafter(single, np.float32(-np.inf))
    return np.where(single > values, lower, single).astype(np.float64)
