"""The same questions answered without a database: one incident at a time, in plain Python."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hypothesis import strategies as st

from groundtruce.agreement.terms import Agreement
from groundtruce.compliance.assess import pick_overall
from groundtruce.compliance.party import look_up_parties
from groundtruce.database.filters.filters import Filters
from groundtruce.database.load.search_text import fold_text
from groundtruce.view.view import View

__all__ = ["Plain", "chosen_of", "filters_of", "holds", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """An incident with what is known about it."""

    row: Mapping[str, object]
    verdict: str
    clauses: Mapping[str, str]
    reasons: frozenset[str]
    sources: frozenset[str]
    actor: str | None
    parties: frozenset[str]
    first_day: date | None
    last_day: date | None
    words: frozenset[str]

    @property
    def id(self) -> str:
        """Its identifier."""
        return str(self.row["incident_id"])

    @property
    def day(self) -> date | None:
        """The day in which it lies."""
        return self.first_day if self.first_day == self.last_day else None


def plain(view: View) -> tuple[Plain, ...]:
    """Read a view."""
    verdicts = dict(pick_overall(view.assessments).select("incident_id", "verdict").iter_rows())
    judged: dict[str, dict[str, tuple[str, str]]] = {}
    for incident, clause, verdict, why in view.assessments.select(
        "incident_id", "clause_id", "verdict", "reasons"
    ).iter_rows():
        judged.setdefault(incident, {})[clause] = verdict, why
    told: dict[str, list[dict[str, object]]] = {}
    for row in view.links.join(view.reports, on="report_id").iter_rows(named=True):
        told.setdefault(row["incident_id"], []).append(row)
    named = {row[0]: row[1:] for row in look_up_parties(view.incidents, view.agreement).iter_rows()}
    return tuple(
        _plain(row, view.agreement, verdicts, judged, told, named)
        for row in view.incidents.iter_rows(named=True)
    )


def _plain(
    row: dict[str, object],
    agreement: Agreement,
    verdicts: Mapping[str, str],
    judged: Mapping[str, Mapping[str, tuple[str, str]]],
    told: Mapping[str, list[dict[str, object]]],
    named: Mapping[str, tuple[str | None, list[str] | None]],
) -> Plain:
    name = str(row["incident_id"])
    actor, others = named[name]
    texts = [
        name,
        *(str(one[field]) for one in told[name] for field in ("place_name", "text") if one[field]),
    ]
    begin, end = row["occurred_from"], row["occurred_to"]
    return Plain(
        row=row,
        verdict=verdicts.get(name, "none"),
        clauses={clause: verdict for clause, (verdict, _) in judged.get(name, {}).items()},
        reasons=frozenset(_reasons(verdicts.get(name), judged.get(name, {}))),
        sources=frozenset(str(one["source"]) for one in told[name]),
        actor=actor,
        parties=frozenset(others or ()),
        first_day=begin.astimezone(agreement.zone).date() if isinstance(begin, datetime) else None,
        last_day=(end - timedelta(microseconds=1)).astimezone(agreement.zone).date()
        if isinstance(end, datetime)
        else None,
        words=frozenset(word for text in texts for word in fold_text(text).split()),
    )


def _reasons(verdict: str | None, judged: Mapping[str, tuple[str, str]]) -> set[str]:
    """Return what leaves an incident open, if it is."""
    if verdict != "not_determinable":
        return set()
    return {
        reason
        for judgement, reasons in judged.values()
        if judgement == verdict
        for reason in re.split(r"(?<!\\)\|", reasons)
    }


def chosen_of(rows: tuple[Plain, ...], filters: Filters) -> list[Plain]:
    """Return the incidents for which every filter holds."""
    return [row for row in rows if holds(row, filters)]


def holds(row: Plain, filters: Filters) -> bool:
    """Return whether every filter holds."""
    return all(_HOLDS[key](row, values, filters) for key, values in filters.given)


Holds = Callable[[Plain, tuple[str, ...], Filters], bool]


def _coded(name: str) -> Holds:
    def found(row: Plain, values: tuple[str, ...], _: Filters) -> bool:
        code = row.row[name]
        if code is None:
            return "unknown" in values
        return any(str(code) == value or str(code).startswith(f"{value}.") for value in values)

    return found


def _named(values: tuple[str, ...], names: frozenset[str]) -> bool:
    return bool(names & set(values)) or (not names and "unknown" in values)


def _acted(values: tuple[str, ...], actor: str | None) -> bool:
    """Return whether one of the values is who did it, or some of those who did it together."""
    if actor is None:
        return "unknown" in values
    return any(f", {value}, " in f", {actor}, " for value in values)


def _verdict(row: Plain, values: tuple[str, ...], filters: Filters) -> bool:
    return bool(filters.values("clause")) or row.verdict in values


def _clause(row: Plain, values: tuple[str, ...], filters: Filters) -> bool:
    verdicts = filters.values("verdict") or ("breach", "not_determinable", "exempt")
    return any(row.clauses.get(clause) in verdicts for clause in values)


def _touches(row: Plain, values: tuple[str, ...], _: Filters) -> bool:
    day = date.fromisoformat(values[0])
    return (row.first_day or day) <= day <= (row.last_day or day)


def _box(row: Plain, values: tuple[str, ...], _: Filters) -> bool:
    west, south, east, north = (float(one) for one in values[0].split(","))
    lon, lat = row.row["lon"], row.row["lat"]
    if not isinstance(lon, float) or not isinstance(lat, float):
        return False
    across = west <= lon <= east if west <= east else lon >= west or lon <= east
    return across and south <= lat <= north


def _words(row: Plain, values: tuple[str, ...], _: Filters) -> bool:
    *whole, last = fold_text(values[0]).split() or [""]
    if not last:
        return False
    return row.words.issuperset(whole) and any(word.startswith(last) for word in row.words)


def _contradiction(row: Plain, values: tuple[str, ...], _: Filters) -> bool:
    fields = set(str(row.row["contradictions"] or "").split("|")) - {""}
    return bool(fields) if "any" in values else bool(fields & set(values))


_HOLDS: dict[str, Holds] = {
    "kind": _coded("kind"),
    "weapon": _coded("weapon"),
    "target": _coded("target"),
    "actor": lambda row, values, _: _acted(values, row.actor),
    "party": lambda row, values, _: _named(values, row.parties),
    "source": lambda row, values, _: _named(values, row.sources),
    "verdict": _verdict,
    "clause": _clause,
    "day__gte": lambda row, values, _: (
        row.first_day is not None and row.first_day >= date.fromisoformat(values[0])
    ),
    "day__lte": lambda row, values, _: (
        row.last_day is not None and row.last_day <= date.fromisoformat(values[0])
    ),
    "touches": _touches,
    "bbox": _box,
    "q": _words,
    "corroborated": lambda row, values, _: (
        (int(str(row.row["n_independent"])) >= 2) == (values[0] == "yes")
    ),
    "reason": lambda row, values, _: bool(row.reasons & set(values)),
    "contradiction": _contradiction,
    "placed": lambda row, values, _: (row.row["lat"] is not None) == (values[0] == "yes"),
    "killed__gte": lambda row, values, _: (
        isinstance(row.row["killed_low"], int) and row.row["killed_low"] >= int(values[0])
    ),
    "incident": lambda row, values, _: row.id in values,
}


def filters_of(rows: tuple[Plain, ...]) -> st.SearchStrategy[Filters]:
    """Draw filters that choose something of the rows, alone or together."""
    values: dict[str, st.SearchStrategy[str]] = {
        name: st.sampled_from(_codes(rows, name)) for name in ("kind", "weapon", "target")
    }
    actors = {row.actor for row in rows if row.actor}
    actors |= {name for actor in actors for name in actor.split(", ")}
    values["actor"] = st.sampled_from([*sorted(actors), "unknown", "nobody"])
    for key in ("parties", "sources"):
        names = sorted({name for row in rows for name in getattr(row, key)})
        singular = {"parties": "party", "sources": "source"}[key]
        values[singular] = st.sampled_from([*names, "unknown", "nobody"])
    days = st.sampled_from(
        [f"2016-03-{day:02}" for day in range(1, 32)] + ["2016-02-27", "2016-04-02"]
    )
    words = sorted({word for row in rows for word in row.words})
    word = st.sampled_from(words)
    values |= {
        "verdict": st.sampled_from(["breach", "not_determinable", "exempt", "no_breach", "none"]),
        "clause": st.sampled_from([*sorted(rows[0].clauses), "A99"]),
        "day__gte": days,
        "day__lte": days,
        "touches": days,
        "bbox": st.sampled_from(
            ["36,35,38,37", "37.1,36.2,37.1,36.2", "179,-90,-179,90", "-180,-90,180,90", "0,0,1,1"]
        ),
        "q": st.one_of(
            word,
            word.map(lambda one: one[: max(1, len(one) // 2)]),
            st.tuples(word, word).map(" ".join),
            st.sampled_from(["market s", "MARKET", "السوق", "ma'arrat", "!!", 'a"b', "the OR a"]),
        ),
        "corroborated": st.sampled_from(["yes", "no"]),
        "placed": st.sampled_from(["yes", "no"]),
        "reason": st.sampled_from(
            [*sorted(set.union(*(set(row.reasons) for row in rows))), "missing(nothing)"]
        ),
        "contradiction": st.sampled_from(["kind", "occurred", "actor", "any"]),
        "killed__gte": st.sampled_from(["0", "1", "10"]),
        "incident": st.sampled_from([*(row.id for row in rows[::40]), "I-aaaaaaaaaaaa"]),
    }
    pair = st.one_of([st.tuples(st.just(key), value) for key, value in values.items()])
    several = {
        "day__gte",
        "day__lte",
        "touches",
        "bbox",
        "q",
        "corroborated",
        "placed",
        "killed__gte",
    }

    def parsed(pairs: list[tuple[str, str]]) -> Filters:
        last = {key: value for key, value in pairs if key in several}
        return Filters.parse([*last.items(), *(one for one in pairs if one[0] not in several)])

    return st.lists(pair, max_size=4).map(parsed)


def _codes(rows: tuple[Plain, ...], name: str) -> list[str]:
    codes = {str(row.row[name]) for row in rows if row.row[name] is not None}
    return sorted(codes | {code.partition(".")[0] for code in codes} | {"unknown"})
