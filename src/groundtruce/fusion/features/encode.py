"""Encoding: a report table as arrays in one canonical order, which is all that the kernels see.

* The order is by time and identifier: the order of rows, files and arrival does not matter.
* Places are unit vectors of the sphere, so that poles and the antimeridian are no edges.
* Text is a vector: a column `text_vector`, or character n-grams of the text where that is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.features.text import TEXT_VECTOR, make_vectors, measure_rarity
from groundtruce.model.text_form import split_column
from groundtruce.model.vocabulary import VocabularyName, agrees, load_vocabulary

__all__ = [
    "CODED",
    "LENGTH_BOUNDS_S",
    "LONGEST_S",
    "PARTY_BITS",
    "RADIUS_BOUNDS_M",
    "WIDEST_M",
    "Common",
    "Encoded",
    "encode",
    "unit_vectors",
]

RADIUS_BOUNDS_M = np.array([300.0, 1_500.0, 7_000.0, 30_000.0, 100_000.0])
"""Upper bounds of the classes of place precision, the last class open."""
LENGTH_BOUNDS_S = np.array([7_200, 43_200, 129_600, 777_600], dtype=np.int64)
"""Upper bounds of the classes of time precision: hours, part of a day, day, week; the last open."""
WIDEST_M = 150_000.0
"""A place coarser than a province tells too little: the report stays an incident of its own."""
LONGEST_S = 32 * 86_400
"""An interval longer than a month tells too little, in the same way."""
PARTY_BITS = 62
"""Bits of a signed whole number that parties are marked by; where there are more parties, they share bits."""
_UNKNOWN_RADIUS_M = 10_000.0
_COMMON, _RARE = 0.10, 0.03
CODED = (VocabularyName.KIND, VocabularyName.WEAPON, VocabularyName.TARGET)
"""The columns that hold codes of a vocabulary."""
_KIND, _WEAPON, _TARGET = CODED
_USED = frozenset(
    {
        "lat",
        "lon",
        "location_radius_m",
        "kind",
        "weapon",
        "target",
        "actor",
        "involved",
        "killed_low",
        "killed_best",
        "killed_high",
        "source",
        "text",
        TEXT_VECTOR,
    }
)
_OPEN_BOUND_S = 3 * 86_400
"""How far an unknown bound is looked for; what is published as news is seldom older."""

_Ints = NDArray[np.int64]
_Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What is said often, so that agreeing on it tells little; everything else is rare.

    `codes` by vocabulary and code: 1 common, 2 less so. `actors` who is named in a tenth of the reports
    that name one, in lower case.
    """

    codes: Mapping[VocabularyName, Mapping[str, int]]
    actors: tuple[str, ...]
    rarity: NDArray[np.uint8]
    """Of n-grams of text, by bucket."""

    @classmethod
    def of(cls, reports: pl.DataFrame) -> "Common":
        """Count a validated report table."""
        codes = {
            name: {
                code: 1 if share >= _COMMON else 2
                for code, share in _shares(reports[name.value])
                if share >= _RARE
            }
            for name in CODED
        }
        named = _shares(reports["actor"].str.to_lowercase().str.strip_chars())
        actors = tuple(actor for actor, share in named if share >= _COMMON)
        return cls(codes=codes, actors=actors, rarity=measure_rarity(reports))


_OF_ALL = frozenset(
    {"table_id", "kind_same", "weapon_same", "target_same", "rare_actor", "source_names", "common"}
)
"""What is not an array with a row for each report."""


def _shares(texts: pl.Series) -> list[tuple[str, float]]:
    """Return each text with its share of those that are given, in the order of the texts."""
    counts = texts.drop_nulls().rename("text").value_counts().sort("text")
    total = max(int(counts["count"].sum()), 1)
    return [(text, count / total) for text, count in counts.iter_rows()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """Arrays of n reports in canonical order; unknown codes and figures are -1.

    `point` (n, 3) unit vectors; `radius` metres; `start`, `end` seconds since 1970, half-open;
    `radius_class`, `length_class` 0 (finest) upwards; `linkable` false where place or time is too coarse;
    `involved` a bit for each party; `same` (codes, codes) tables of agreement, 0 unknown.
    """

    table_id: pl.Series
    """The identifiers of all rows of the table."""
    row: _Ints
    """The row of the table that each report stands in."""
    point: NDArray[np.float64]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    radius: NDArray[np.float64]
    radius_class: NDArray[np.uint8]
    start: _Ints
    end: _Ints
    length_class: NDArray[np.uint8]
    linkable: NDArray[np.bool_]
    kind: _Codes
    kind_same: NDArray[np.uint8]
    weapon: _Codes
    weapon_same: NDArray[np.uint8]
    target: _Codes
    target_same: NDArray[np.uint8]
    actor: _Codes
    rare_actor: NDArray[np.bool_]
    """For each number of an actor: it is not common."""
    involved: _Ints
    killed_low: _Ints
    killed_high: _Ints
    source: _Codes
    source_names: tuple[str, ...]
    text: NDArray[np.float32]
    has_text: NDArray[np.bool_]
    common: Common

    def __len__(self) -> int:
        """Return the number of reports."""
        return len(self.row)

    @property
    def report_id(self) -> pl.Series:
        """The identifier of each report."""
        return self.table_id[self.row]

    def take(self, rows: _Ints) -> "Encoded":
        """Return some of the reports."""
        each = {
            field.name: getattr(self, field.name)[rows]
            for field in fields(self)
            if field.name not in _OF_ALL
        }
        return replace(self, **each)


def encode(reports: pl.DataFrame, common: Common | None = None) -> Encoded:
    """Encode a validated report table; `common` is counted where it is not given. Cost grows with the rows."""
    common = Common.of(reports) if common is None else common
    start, end = (pl.col(name).dt.epoch("s") for name in ("occurred_from", "occurred_to"))
    bounds = reports.select(
        "report_id",
        start=start.fill_null(end - _OPEN_BOUND_S),
        end=pl.max_horizontal(
            end.fill_null(start + _OPEN_BOUND_S), start.fill_null(end - _OPEN_BOUND_S) + 60
        ),
        row=pl.int_range(pl.len(), dtype=pl.Int64),
    ).sort("start", "end", "report_id")
    row = bounds["row"].to_numpy()
    ordered = reports.select(name for name in reports.columns if name in _USED)[row]
    lat, lon = (ordered[name].fill_null(0.0).to_numpy() for name in ("lat", "lon"))
    radius = np.maximum(ordered["location_radius_m"].fill_null(_UNKNOWN_RADIUS_M).to_numpy(), 1.0)
    first, last = bounds["start"].to_numpy(), bounds["end"].to_numpy()
    placed = (ordered["lat"].is_not_null() & ordered["lon"].is_not_null()).to_numpy()
    low, high = _range(ordered, "killed")
    coded = {name: _encode_codes(ordered, name, common) for name in CODED}
    source, names = _number_texts(ordered["source"])
    actor, involved, parties = _parties(ordered)
    text = make_vectors(ordered, common.rarity)
    return Encoded(
        table_id=reports["report_id"],
        row=row,
        point=unit_vectors(lat, lon),
        lat=lat,
        lon=lon,
        radius=radius,
        radius_class=np.searchsorted(RADIUS_BOUNDS_M, radius).astype(np.uint8),
        start=first,
        end=last,
        length_class=np.searchsorted(LENGTH_BOUNDS_S, last - first).astype(np.uint8),
        linkable=placed & (radius <= WIDEST_M) & (last - first <= LONGEST_S),
        kind=coded[_KIND][0],
        kind_same=coded[_KIND][1],
        weapon=coded[_WEAPON][0],
        weapon_same=coded[_WEAPON][1],
        target=coded[_TARGET][0],
        target_same=coded[_TARGET][1],
        actor=actor,
        rare_actor=~np.isin(np.array(parties, dtype=object), common.actors),
        involved=involved,
        killed_low=low,
        killed_high=high,
        source=source,
        source_names=names,
        text=text,
        has_text=np.abs(text).sum(axis=1) > 0,
        common=common,
    )


def unit_vectors(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.float64]:
    phi, lam = np.radians(lat), np.radians(lon)
    flat = np.cos(phi)
    return np.stack([flat * np.cos(lam), flat * np.sin(lam), np.sin(phi)], axis=1)


def _number_texts(texts: pl.Series) -> tuple[_Codes, tuple[str, ...]]:
    """Return the number of each text among the distinct ones in their order; -1 for null."""
    distinct = texts.drop_nulls().unique().sort()
    coded = texts.cast(pl.Enum(distinct)).to_physical().cast(pl.Int32).fill_null(-1)
    return coded.to_numpy(), tuple(distinct)


def _encode_codes(
    reports: pl.DataFrame, name: VocabularyName, common: Common
) -> tuple[_Codes, NDArray[np.uint8]]:
    """Return codes by vocabulary and how well each two agree.

    1 the same common code, 2 the same rarer one, 3 the same rare one, 4 one includes the other,
    5 the same parent, 6 one family, 7 two views of one act (weapon, victim, movement), 8 other.
    """
    codes, names = _number_texts(reports[name.value])
    table = np.zeros((len(names) + 1, len(names) + 1), np.uint8)
    for index, code in enumerate(names):
        for other, other_code in enumerate(names):
            same = code == other_code
            table[index, other] = (
                common.codes[name].get(code, 3) if same else _sameness(name, code, other_code)
            )
    return codes, table


def _sameness(name: VocabularyName, code: str, other: str) -> int:
    if (
        code in load_vocabulary(name)
        and other in load_vocabulary(name)
        and agrees(name, code, other)
    ):
        return 4
    families = {code.partition(".")[0], other.partition(".")[0]}
    if code.rpartition(".")[0] == other.rpartition(".")[0] and len(families) == 1:
        return 5
    if len(families) == 1:
        return 6
    return 7 if families <= {"fire", "civilians", "manoeuvre"} else 8


def _parties(reports: pl.DataFrame) -> tuple[_Codes, _Ints, list[str]]:
    """Return the number of the actor, as bits the parties involved (beyond 62 they share bits), and the names."""
    names = reports.select(
        actor=pl.col("actor").str.to_lowercase().str.strip_chars(),
        involved=split_column(pl.col("involved").str.to_lowercase()),
    )
    listed = names["involved"].drop_nulls()
    parties = pl.concat([names["actor"], listed.explode()]) if len(listed) else names["actor"]
    distinct = parties.drop_nulls().unique().sort()
    kinds = pl.Enum(distinct)
    actor = names["actor"].cast(kinds).to_physical().cast(pl.Int32).fill_null(-1).to_numpy()
    if not len(listed):
        return actor, np.zeros(len(actor), np.int64), distinct.to_list()
    bits = (
        names.select(pl.int_range(pl.len()).alias("row"), "involved")
        .drop_nulls()
        .explode("involved")
        .select("row", bit=pl.col("involved").cast(kinds).to_physical().cast(pl.Int64) % PARTY_BITS)
    )
    involved = np.zeros(len(actor), np.int64)
    np.bitwise_or.at(involved, bits["row"].to_numpy(), 1 << bits["bit"].to_numpy())
    return actor, involved, distinct.to_list()


def _range(reports: pl.DataFrame, act: str) -> tuple[_Ints, _Ints]:
    low, best, high = (f"{act}_{bound}" for bound in ("low", "best", "high"))
    lowest = reports.select(pl.coalesce(low, best, high).fill_null(-1)).to_series()
    highest = reports.select(pl.coalesce(high, best, low).fill_null(-1)).to_series()
    return lowest.to_numpy(), highest.to_numpy()
