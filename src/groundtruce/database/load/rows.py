"""What the tables hold, from a view: columns made with Polars, for all reports and incidents or for some.

* Everything here is a pure function of frames; a row does not depend on which others are made with it.
* A day is the local day of the agreement's zone. An incident is dated to a day in which all of its interval lies,
  as the daily report dates it.
"""

from collections.abc import Iterator
from hashlib import sha256

import numpy as np
import polars as pl

from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.party import look_up_parties
from groundtruce.compliance.summary import summarise_verdicts
from groundtruce.database.backend.schema import STORED
from groundtruce.database.load.fingerprint import fingerprint_incidents, fingerprint_reports
from groundtruce.database.load.search_text import fold_column
from groundtruce.day.dating import local_days
from groundtruce.model.code import NOT_ASSESSED
from groundtruce.model.instant import INSTANT
from groundtruce.model.table import ASSESSMENTS, DERIVED, INCIDENTS, LINKS, REPORTS
from groundtruce.model.text_form import BAR, join_lists
from groundtruce.view.view import View

__all__ = [
    "join_reports",
    "make_incident_tables",
    "make_report_tables",
    "number_incidents",
    "number_reports",
]

_BASE_32 = b"abcdefghijklmnopqrstuvwxyz234567"
_DIGITS = np.full(256, 32, np.uint64)
_DIGITS[np.frombuffer(_BASE_32, np.uint8)] = np.arange(32, dtype=np.uint64)
_ID = np.dtype("S14")
_BITS_LEFT = np.uint64(64 - 60)


def number_incidents(ids: pl.Series) -> pl.Series:
    """Return the 60 bits that identifiers such as `I-24gtgorhecxf` spell."""
    letters = np.array(ids.to_list(), _ID).view(np.uint8).reshape(len(ids), _ID.itemsize)[:, 2:]
    numbers = np.zeros(len(ids), np.uint64)
    for place in range(letters.shape[1]):
        numbers = (numbers << np.uint64(5)) | _DIGITS[letters[:, place]]
    return pl.Series("number", numbers.astype(np.int64))


def number_reports(ids: pl.Series) -> pl.Series:
    """Return the number of the incident that each report would give its identifier to."""
    digests = b"".join([sha256(text.encode()).digest()[:8] for text in ids.to_list()])
    numbers = np.frombuffer(digests, ">u8").astype(np.uint64) >> _BITS_LEFT
    return pl.Series("number", numbers.astype(np.int64))


def make_report_tables(
    view: View, only: pl.Series | None = None
) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the tables about reports, of all or of those with some identifiers, by number."""
    reports, links, entries = (
        frame if only is None else frame.filter(pl.col("report_id").is_in(only.implode()))
        for frame in (view.reports, view.links, view.entries)
    )
    yield (
        "report",
        reports.select(REPORTS.names)
        .with_columns(number_reports(reports["report_id"]))
        .join(links.select(LINKS.names), on="report_id", how="left")
        .join(fingerprint_reports(reports, links, entries), on="report_id", how="left")
        .with_columns(_microseconds())
        .select(STORED["report"].names)
        .sort("number"),
    )
    yield (
        "entry",
        entries.select(number_reports(entries["report_id"]), pl.all())
        .select(STORED["entry"].names)
        .sort("number"),
    )


def make_incident_tables(
    view: View, only: pl.Series | None = None
) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the tables about incidents, of all or of those with some identifiers, each in the order of its key."""

    def about(rows: pl.DataFrame) -> pl.DataFrame:
        return rows if only is None else rows.filter(pl.col("incident_id").is_in(only.implode()))

    incidents, links = about(view.incidents), about(view.links)
    derived = {table: about(view.tables[table]) for table in DERIVED if table.by_incident}
    reports = join_reports(view.reports, links)
    yield "incident_text", _text_rows(incidents, reports)
    sources = _source_rows(reports)
    yield "incident_source", sources
    prints = fingerprint_incidents(incidents, derived, reports, view.input_digests["agreement"])
    rows = (
        _incident_rows(incidents, derived[ASSESSMENTS], sources, view.agreement)
        .join(prints, on="incident_id", how="left", maintain_order="left")
        .select(STORED["incident"].names)
    )
    yield (
        "incident",
        rows.with_columns(
            join_lists(pl.col("parties", "sources")), pl.col("reasons").list.join(BAR)
        ),
    )
    yield "incident_party", _party_rows(rows)
    for table, about_incidents in derived.items():
        numbered = _numbered(about_incidents.select(table.names))
        yield table.name, numbered.with_columns(_microseconds()).sort(STORED[table.name].key)


def join_reports(reports: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Return what reports tell that incidents are searched by: incident_id, report_id, source, place_name, text."""
    return links.select("report_id", "incident_id").join(
        reports.select("report_id", "source", "place_name", "text"), on="report_id"
    )


def _incident_rows(
    incidents: pl.DataFrame,
    assessments: pl.DataFrame,
    sources: pl.DataFrame,
    agreement: Agreement,
) -> pl.DataFrame:
    listed = (
        sources.sort("incident_id", "source").group_by("incident_id").agg(sources=pl.col("source"))
    )
    rows = (
        incidents.select(INCIDENTS.names)
        .with_columns(number_incidents(incidents["incident_id"]))
        .hstack(look_up_parties(incidents, agreement).drop("incident_id"))
        .join(summarise_verdicts(assessments), on="incident_id", how="left", maintain_order="left")
        .join(listed, on="incident_id", how="left", maintain_order="left")
        .with_columns(day.cast(pl.String) for day in local_days(agreement.zone.key).values())
    )
    within = pl.col("first_day") == pl.col("last_day")
    return rows.with_columns(
        pl.col("verdict").fill_null(NOT_ASSESSED),
        _microseconds(),
        day=pl.when(within).then("first_day"),
        kind_family=pl.col("kind").str.split(".").list.first(),
        place_known=pl.col("lat").is_not_null().cast(pl.Int64),
    ).sort("number")


def _source_rows(reports: pl.DataFrame) -> pl.DataFrame:
    return _numbered(reports.select("incident_id", "source").unique()).sort("source", "number")


def _party_rows(rows: pl.DataFrame) -> pl.DataFrame:
    named = rows.select("number", "incident_id", party="parties")
    return named.drop_nulls("party").explode("party").unique().sort("party", "number")


def _text_rows(incidents: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    texts = (
        reports.sort("report_id")
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
            incident_id=fold_column(pl.col("incident_id")),
            place_name=fold_column(pl.col("names").fill_null("")),
            text=fold_column(pl.col("text").fill_null("")),
        )
        .sort("number")
    )


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """Put the number of the incident before its identifier."""
    return rows.select(number_incidents(rows["incident_id"]), pl.all())


def _microseconds() -> pl.Expr:
    return pl.col(INSTANT).dt.epoch("us")
