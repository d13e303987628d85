"""The sets of real reports behind docs/explanation/linked.md: what they are, fused, and which pairs are judged.

* Pairs are drawn by rule, never by eye: one pair of each incident, in bands of probability, lowest SHA-256 first.
* The second run is timed: the first compiles.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.fuse import Fused, fuse
from groundtruce.fusion.method import FusionMethod
from groundtruce.fusion.review.reason import pair_reasons
from groundtruce.intake.read import read_reports

__all__ = [
    "BANDS",
    "CASES",
    "DATA",
    "DOUBT",
    "EXAMPLE",
    "ROOT",
    "Case",
    "Pair",
    "Told",
    "drawn",
    "fused_by",
    "reports_of",
    "told",
]

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
BANDS = (0.0, 0.5, 0.9)
"""Lower bounds of the bands of probability of linked pairs."""
DOUBT = 0.1
"""A refused pair of at least this probability was refused in doubt."""
Pair = tuple[str, str]
Ends = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A set of reports: files below the project or the data, its local zone, and days [first, last] kept."""

    name: str
    title: str
    files: tuple[str, ...]
    zone: str
    first: datetime | None = None
    last: datetime | None = None
    draws: int
    """Pairs to judge of each sort."""


_SYRIA, _UKRAINE = ZoneInfo("Asia/Damascus"), ZoneInfo("Europe/Kyiv")
EXAMPLE = Case(
    name="example",
    title="Syria, 27 February to 31 March 2016 (the worked example)",
    files=("examples/syria-2016/reports.csv",),
    zone="Asia/Damascus",
    draws=6,
)
CASES = (
    EXAMPLE,
    Case(
        name="syria",
        title="Syria, 2018 and 2019",
        files=("ucdp-ged/syria_2018_2019.csv.gz", "airwars/incidents_sample.csv"),
        zone="Asia/Damascus",
        first=datetime(2018, 1, 1, tzinfo=_SYRIA),
        last=datetime(2019, 12, 1, tzinfo=_SYRIA),
        draws=7,
    ),
    Case(
        name="ukraine",
        title="Ukraine, 24 February 2022 to 28 February 2023",
        files=(
            "ucdp-ged/ukraine_2014_2023.csv",
            "ukraine-humanitarian-corridors/corridors.csv",
            "viina-derived/events_2022.csv",
            "viina-derived/events_2023.csv",
        ),
        zone="Europe/Kyiv",
        first=datetime(2022, 2, 23, tzinfo=_UKRAINE),
        last=datetime(2023, 3, 1, tzinfo=_UKRAINE),
        draws=7,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was made of a case: `at` gives the number of each report, `incident` the id of its incident."""

    case: Case
    reports: pl.DataFrame
    fused: Fused
    seconds: float
    at: Mapping[str, int]
    incident: Mapping[str, str]

    def pairs(self, ends: Ends) -> list[Pair]:
        """Return the ids of pairs (2, m), each pair in the order of its ids."""
        ids = self.fused.linked.reports.report_id
        one, two = (ids[side.astype(np.int64)].to_list() for side in ends)
        return [(min(a, b), max(a, b)) for a, b in zip(one, two, strict=True)]

    def ends(self, pairs: Sequence[Pair]) -> Ends:
        """Return the numbers (2, m) of pairs, the later report first."""
        found = [(self.at[one], self.at[two]) for one, two in pairs]
        return np.array([(max(ends), min(ends)) for ends in found], np.int32).reshape(-1, 2).T

    def together(self, pair: Pair) -> bool:
        """Whether the two reports stand in one incident."""
        return self.incident[pair[0]] == self.incident[pair[1]]


def reports_of(case: Case, data: Path) -> pl.DataFrame | None:
    """Read the reports of a case; None where a file of it is absent."""
    paths = [ROOT / name if name.startswith("examples/") else data / name for name in case.files]
    if not all(path.is_file() for path in paths):
        return None
    reports = pl.concat([read_reports([path]).rows for path in paths], how="diagonal")
    if case.first is None or case.last is None:
        return reports
    begins = pl.col("occurred_from")
    return reports.filter(begins >= case.first.astimezone(UTC), begins < case.last.astimezone(UTC))


def told(case: Case, data: Path) -> Told | None:
    """Read and fuse a case; None where a file of it is absent."""
    reports = reports_of(case, data)
    if reports is None:
        return None
    fuse(reports, FusionMethod())
    return fused_by(case, reports, FusionMethod())


def fused_by(case: Case, reports: pl.DataFrame, method: FusionMethod) -> Told:
    """Fuse the reports of a case by a method."""
    begin = time.perf_counter()
    fused = fuse(reports, method)
    seconds = time.perf_counter() - begin
    ids = fused.linked.reports.report_id.to_list()
    return Told(
        case=case,
        reports=reports,
        fused=fused,
        seconds=seconds,
        at={name: number for number, name in enumerate(ids)},
        incident=dict(fused.links.select("report_id", "incident_id").iter_rows()),
    )


def drawn(seen: Told) -> tuple[list[Pair], list[Pair]]:
    """Return the linked and the refused pairs to judge, as the rule on the page says."""
    linked = seen.fused.linked
    own: dict[str, list[str]] = {}
    for report, incident in seen.incident.items():
        own.setdefault(incident, []).append(report)
    inside = [
        min(combinations(sorted(some), 2), key=_mark) for some in own.values() if len(some) > 1
    ]
    chance = pair_reasons(linked, seen.ends(inside))["probability"].to_list()
    strata: list[list[Pair]] = [[] for _ in BANDS]
    for pair, probability in zip(inside, chance, strict=True):
        strata[sum(probability >= bound for bound in BANDS) - 1].append(pair)
    links = _taken([sorted(some, key=_mark) for some in reversed(strata)], seen.case.draws)
    group, source = linked.groups.group, linked.reports.source
    tried = np.unique(np.concatenate([linked.edges.ends, linked.around.sample], axis=1), axis=1)
    tried = tried[:, group[tried[0]] != group[tried[1]]]
    chances_of = pair_reasons(linked, tried)["probability"].to_numpy()
    across = source[tried[0]] != source[tried[1]]
    closest = tried[:, np.argsort(-chances_of, kind="stable")[:200]]
    doubt, rest = (
        tried[:, across & chosen] for chosen in (chances_of >= DOUBT, chances_of < DOUBT)
    )
    refused = _taken(
        [seen.pairs(closest), *(sorted(seen.pairs(some), key=_mark) for some in (doubt, rest))],
        seen.case.draws,
    )
    return links, refused


def _mark(pair: Pair) -> str:
    return sha256(" ".join(sorted(pair)).encode()).hexdigest()


def _taken(strata: Sequence[list[Pair]], number: int) -> list[Pair]:
    """Take one of each stratum in turn; no report stands in two pairs of one sort."""
    out: list[Pair] = []
    used: set[str] = set()
    waiting = [iter(some) for some in strata]
    while waiting and len(out) < number:
        for stratum in list(waiting):
            pair = next((one for one in stratum if not used & set(one)), None)
            if pair is None:
                waiting.remove(stratum)
            elif len(out) < number:
                out.append(pair)
                used |= set(pair)
    return out
