"""The machine-readable forms of a daily report: CSV for spreadsheets, GeoJSON for maps, JSON for programs."""

import json
from collections.abc import Mapping
from dataclasses import asdict

import polars as pl

from groundtruce.day.figures import Figures
from groundtruce.language.words import Words
from groundtruce.model.code import Language, Verdict
from groundtruce.model.instant import format_instant
from groundtruce.model.serial import write_table
from groundtruce.model.spreadsheet import disarm
from groundtruce.model.text_form import join_list
from groundtruce.publish.daily import DailyReport, Entry

__all__ = ["write_report_csv", "write_report_geojson", "write_report_json"]


def write_report_csv(report: DailyReport) -> bytes:
    """Return one row an incident, codes beside English labels, safe to open in a spreadsheet."""
    words = Words(Language.ENGLISH, report.agreement)
    rows = [{**_flat(entry), "reasons_en": _sentences(entry, words)} for entry in report.entries]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    return write_table(disarm(frame), ".csv")


def write_report_geojson(report: DailyReport) -> bytes:
    """Return the placed incidents as a GeoJSON FeatureCollection (RFC 7946, lon lat)."""
    features = [
        {
            "type": "Feature",
            "id": entry.incident_id,
            "geometry": {"type": "Point", "coordinates": [entry.place.lon, entry.place.lat]},
            "properties": {
                name: value for name, value in _flat(entry).items() if name not in ("lat", "lon")
            },
        }
        for entry in report.entries
        if entry.place is not None
    ]
    return _json({"type": "FeatureCollection", "features": features})


def write_report_json(report: DailyReport) -> bytes:
    """Return the whole report as one JSON object."""
    words = Words(Language.ENGLISH, report.agreement)
    return _json(
        {
            "agreement": report.agreement.label,
            "today": _figures(report.day.today),
            "previous": _figures(report.day.previous),
            "undated": report.day.undated,
            "gaps": {gap.reason: gap.incidents for gap in report.day.gaps},
            "incidents": [_whole(entry, words) for entry in report.entries],
            "clauses": [
                {"clause_id": clause.clause_id, **_counted(clause.verdicts)}
                for clause in report.day.clauses
            ],
            "clauses_not_assessed": [
                {"clause_id": clause.id, "because": words.not_assessed(clause)}
                for clause in report.agreement.clauses
                if clause.act is None
            ],
            "bulletins": [
                {
                    "source": bulletin.source,
                    "on_behalf_of": bulletin.on_behalf_of,
                    "measure": bulletin.measure,
                    "count": bulletin.count,
                    "period_from": format_instant(bulletin.period_from)
                    if bulletin.period_from
                    else None,
                    "period_to": format_instant(bulletin.period_to) if bulletin.period_to else None,
                    "parts": [asdict(part) for part in bulletin.parts],
                    "remark": bulletin.remark,
                    "reference": bulletin.reference,
                }
                for bulletin in report.day.bulletins
            ],
            "guarantors_without_bulletin": list(report.day.silent_guarantors),
            "sources": [
                {
                    "source": source.source,
                    "reports": source.reports,
                    "licences": list(source.licences),
                }
                for source in report.day.sources
            ],
            "reports_total": report.reports_total,
            "quarantined": report.quarantined,
            "inputs_sha256": dict(report.inputs),
            "method": dict(report.method),
            "record_state": _record_state(report),
        }
    )


def _record_state(report: DailyReport) -> dict[str, object] | None:
    basis = report.basis
    if basis is None:
        return None
    return {
        "sha256": basis.state.digest,
        "heads": [
            {
                "delegation": basis.names.get(head.origin),
                "origin": head.origin,
                "size": head.size,
                "root": head.root.hex(),
            }
            for head in basis.state.heads
        ],
    }


def _flat(entry: Entry) -> dict[str, object]:
    killed, injured = entry.killed or (None, None), entry.injured or (None, None)
    return {
        "number": entry.number,
        "incident_id": entry.incident_id,
        "verdict": entry.verdict.value,
        "occurred_from": format_instant(entry.occurred_from),
        "occurred_to": format_instant(entry.occurred_to),
        "place_name": entry.place_name,
        "lat": entry.place.lat if entry.place else None,
        "lon": entry.place.lon if entry.place else None,
        "location_radius_m": entry.place.radius_m if entry.place else None,
        "kind": entry.kind,
        "weapon": entry.weapon,
        "target": entry.target,
        "actor_alleged": entry.actor,
        "actor_probability": entry.actor_probability,
        "involved": join_list(entry.involved),
        "killed_low": killed[0],
        "killed_high": killed[1],
        "injured_low": injured[0],
        "injured_high": injured[1],
        "n_reports": entry.n_reports,
        "n_independent": entry.n_independent,
        "sources": join_list(entry.sources),
        "references": join_list(entry.references),
        "contradictions": join_list(entry.contradictions),
    }


def _whole(entry: Entry, words: Words) -> dict[str, object]:
    return {
        **_flat(entry),
        "assessments": [
            {
                "clause_id": judgement.clause_id,
                "verdict": judgement.verdict.value,
                "reasons": judgement.reasons,
                "sentence": words.reasons(judgement.reasons),
            }
            for judgement in entry.judgements
        ],
    }


def _sentences(entry: Entry, words: Words) -> str:
    return " / ".join(
        f"{judgement.clause_id}: {words.reasons(judgement.reasons)}"
        for judgement in entry.judgements
        if judgement.verdict is entry.verdict
    )


def _figures(figures: Figures) -> dict[str, object]:
    return {
        "day": figures.day.isoformat(),
        "incidents": figures.incidents,
        **_counted(figures.verdicts),
        "killed": figures.killed.figures,
        "killed_unstated": figures.killed.unstated,
        "injured": figures.injured.figures,
        "injured_unstated": figures.injured.unstated,
    }


def _counted(verdicts: Mapping[str, int]) -> dict[str, int]:
    return {verdict.value: verdicts[verdict] for verdict in Verdict}


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
