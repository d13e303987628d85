"""Synthetic reports with known incidents: what a dozen sources would say of a war that never happened.

* Regimes: *sparse* 3 incidents a day and *spread* 20 in 600 x 400 km, *front* 200 a day on a line of 1,000 km.
* 60 % of incidents come in operations of about 8: one town, a day and a half, mostly one kind and actor.
* A source reports what it covers, at its own precision, with its own errors; some copy, some follow up.
* Everything follows from the seed; `docs/explanation/fusion-benchmark.md` has the figures of each source.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.model.instant import INSTANT
from groundtruce.model.table import REPORTS
from groundtruce.model.vocabulary import VocabularyName, load_vocabulary

__all__ = ["SOURCES", "Generated", "Regime", "Source", "generate"]

_KM_PER_DEGREE = 111.195
_ORIGIN = np.datetime64("2016-02-27T00:00", "m")
_DAY_MIN = 1_440
_VECTOR_SIZE = 16
_LEAVES = 30


class Regime(StrEnum):
    """How dense the incidents lie."""

    SPARSE = "sparse"
    SPREAD = "spread"
    FRONT = "front"


_PER_DAY = {Regime.SPARSE: 3.0, Regime.SPREAD: 20.0, Regime.FRONT: 200.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """`reports` by report table, in random order; `truth` the incident number of each row.

    `voice` is the number of the source that each row's words come from: of a copy, the source it copies.
    """

    reports: pl.DataFrame
    truth: NDArray[np.int64]
    voice: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One of those who report, and how."""

    name: str
    kind: str
    coverage: float
    """Log odds of reporting an incident of no consequence."""
    place: tuple[float, float, float, float]
    """Shares of exact, near, district and province."""
    time: tuple[float, float, float, float]
    """Shares of minute-exact, day, week and month."""
    confusion: float
    coarse: float
    follow_up: float = 0.0
    copy: float = 0.0
    against: int | None = None
    """The actor that a party to the conflict accuses rather than its own side."""
    deadly_only: bool = False


SOURCES = (
    Source(name="party-north", kind="party", coverage=-1.9, place=(0.5, 0.4, 0.1, 0.0),
            time=(0.5, 0.5, 0.0, 0.0), confusion=0.15, coarse=0.3, against=0),
    Source(name="party-south", kind="party", coverage=-1.9, place=(0.4, 0.5, 0.1, 0.0),
            time=(0.4, 0.6, 0.0, 0.0), confusion=0.15, coarse=0.3, against=1),
    Source(name="monitor-one", kind="monitor", coverage=-1.5, place=(0.75, 0.25, 0.0, 0.0),
            time=(0.8, 0.2, 0.0, 0.0), confusion=0.10, coarse=0.1),
    Source(name="monitor-two", kind="monitor", coverage=-2.2, place=(0.5, 0.4, 0.1, 0.0),
            time=(0.6, 0.4, 0.0, 0.0), confusion=0.12, coarse=0.2, follow_up=0.05),
    Source(name="media-one", kind="media", coverage=-3.2, place=(0.2, 0.5, 0.2, 0.1),
            time=(0.2, 0.7, 0.1, 0.0), confusion=0.25, coarse=0.4, follow_up=0.10),
    Source(name="media-two", kind="media", coverage=-3.2, place=(0.2, 0.5, 0.2, 0.1),
            time=(0.2, 0.7, 0.1, 0.0), confusion=0.25, coarse=0.4, copy=0.30),
    Source(name="media-three", kind="media", coverage=-3.5, place=(0.1, 0.5, 0.3, 0.1),
            time=(0.1, 0.8, 0.1, 0.0), confusion=0.30, coarse=0.4, copy=0.25),
    Source(name="research-one", kind="dataset", coverage=-1.7, place=(0.3, 0.6, 0.1, 0.0),
            time=(0.0, 0.9, 0.1, 0.0), confusion=0.10, coarse=0.1),
    Source(name="research-two", kind="dataset", coverage=-2.2, place=(0.3, 0.5, 0.15, 0.05),
            time=(0.0, 0.85, 0.1, 0.05), confusion=0.15, coarse=0.2),
    Source(name="research-three", kind="dataset", coverage=-2.5, place=(0.5, 0.4, 0.1, 0.0),
            time=(0.0, 0.9, 0.1, 0.0), confusion=0.12, coarse=0.2),
    Source(name="channel", kind="civil_society", coverage=-2.0, place=(0.4, 0.5, 0.1, 0.0),
            time=(0.9, 0.1, 0.0, 0.0), confusion=0.20, coarse=0.4, follow_up=0.08, copy=0.15),
    Source(name="casualty-register", kind="civil_society", coverage=-1.2,
            place=(0.3, 0.5, 0.2, 0.0), time=(0.1, 0.8, 0.1, 0.0), confusion=0.20, coarse=0.3,
            deadly_only=True),
)  # fmt: skip
_RADIUS_M = np.array([500.0, 5_000.0, 25_000.0, 80_000.0])
_LENGTH_MIN = np.array([60, _DAY_MIN, 7 * _DAY_MIN, 30 * _DAY_MIN])
_PRECISION = np.array(["hour", "day", "week", "month"])


@dataclass(frozen=True, slots=True)
class _Incidents:
    minute: NDArray[np.int64]
    x_km: NDArray[np.float64]
    y_km: NDArray[np.float64]
    town: NDArray[np.int64]
    kind: NDArray[np.int64]
    actor: NDArray[np.int64]
    weapon: NDArray[np.int64]
    killed: NDArray[np.int64]
    news: NDArray[np.float64]
    vector: NDArray[np.float64]


def generate(
    count: int, regime: Regime, *, seed: int, sources: int = 12, text: bool = False
) -> Generated:
    """Return `count` reports of a regime; with 3 sources each reports an incident once.

    `text` adds the column `text_vector`, 16 numbers a report. Cost grows with the reports.
    """
    chance = np.random.default_rng([seed, list(Regime).index(regime), sources])
    chosen = SOURCES if sources == 12 else tuple(SOURCES[index] for index in (2, 7, 9))
    expected = 1.9 if sources == 12 else 0.6
    towns = _towns(regime, chance)
    incidents = _incidents(int(count / expected * 1.15) + 20, regime, towns, chance)
    parts = [
        _reports(source, number, incidents, towns, chance) for number, source in enumerate(chosen)
    ]
    reports = pl.concat(parts)
    reports = _with_copies(reports, chosen, chance)
    if text:
        truth = reports["incident"].to_numpy()
        base = incidents.vector[truth]
        noise = chance.normal(0, 0.9, base.shape)
        copied = reports["copied_from"].to_numpy()
        noise[copied >= 0] *= 0.1
        vectors = (base + noise).astype(np.float32)
        of_copy = np.nonzero(copied >= 0)[0]
        vectors[of_copy] = vectors[copied[of_copy]] + noise[of_copy].astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        reports = reports.with_columns(
            text_vector=pl.Series(vectors, dtype=pl.Array(pl.Float32, _VECTOR_SIZE))
        )
    reports = reports.sort("minute", maintain_order=True).head(count)
    reports = reports.sample(fraction=1, shuffle=True, seed=seed)
    table = _table(reports, seed, text=text)
    return Generated(
        reports=table, truth=reports["incident"].to_numpy(), voice=reports["voice"].to_numpy()
    )


def _towns(regime: Regime, chance: np.random.Generator) -> NDArray[np.float64]:
    """Return x, y in km and a weight for each town."""
    if regime is Regime.FRONT:
        along = np.sort(chance.uniform(0, 1_000, 260))
        across = 25 * np.sin(along / 60) + chance.normal(0, 4, 260)
        return np.stack([along, across, np.minimum(chance.pareto(1.6, 260) + 0.4, 5)], axis=1)
    return np.stack(
        [
            chance.uniform(0, 600, 420),
            chance.uniform(0, 400, 420),
            np.minimum(chance.pareto(1.3, 420) + 0.2, 8),
        ],
        axis=1,
    )


def _incidents(
    count: int, regime: Regime, towns: NDArray[np.float64], chance: np.random.Generator
) -> _Incidents:
    span = int(count / _PER_DAY[regime] * _DAY_MIN)
    in_operation = chance.random(count) < 0.6
    operation = np.full(count, -1)
    operation[in_operation] = chance.integers(
        0, max(int(in_operation.sum() / 8), 1), in_operation.sum()
    )
    weight = towns[:, 2] / towns[:, 2].sum()
    kinds = 1 / np.arange(1, _LEAVES + 1) ** 0.9
    kinds /= kinds.sum()
    sides = np.array([0.45, 0.35, 0.1, 0.06, 0.04])
    operations = max(int(operation.max()) + 1, 1)
    town = chance.choice(len(towns), count, p=weight)
    minute = chance.integers(0, span, count)
    kind = chance.choice(_LEAVES, count, p=kinds)
    actor = chance.choice(len(sides), count, p=sides)
    op_town = chance.choice(len(towns), operations, p=weight)
    op_minute = chance.integers(0, span, operations)
    op_kind = chance.choice(_LEAVES, operations, p=kinds)
    op_actor = chance.choice(len(sides), operations, p=sides)
    town = np.where(in_operation, op_town[operation], town)
    minute = np.where(
        in_operation, op_minute[operation] + chance.integers(0, int(1.5 * _DAY_MIN), count), minute
    )
    kind = np.where(in_operation & (chance.random(count) < 0.8), op_kind[operation], kind)
    actor = np.where(in_operation & (chance.random(count) < 0.9), op_actor[operation], actor)
    killed = np.where(chance.random(count) < 0.45, 0, chance.geometric(0.35, count))
    killed = np.where(chance.random(count) < 0.03, chance.integers(10, 60, count), killed)
    topics = chance.normal(0, 1, (_LEAVES, _VECTOR_SIZE))
    names = chance.normal(0, 1, (len(towns), _VECTOR_SIZE))
    own = chance.normal(0, 1, (count, _VECTOR_SIZE))
    return _Incidents(
        minute=minute,
        x_km=towns[town, 0] + chance.normal(0, 2.5, count),
        y_km=towns[town, 1] + chance.normal(0, 2.5, count),
        town=town,
        kind=kind,
        actor=actor,
        weapon=(kind + chance.integers(0, 3, count)) % 12,
        killed=killed,
        news=chance.normal(0, 1, count),
        vector=0.7 * topics[kind] + 0.7 * names[town] + own,
    )


def _reports(
    source: Source,
    number: int,
    incidents: _Incidents,
    towns: NDArray[np.float64],
    chance: np.random.Generator,
) -> pl.DataFrame:
    """Return what one source says of its own knowledge."""
    odds = source.coverage + 0.45 * np.log1p(incidents.killed) + 0.6 * incidents.news
    if source.against is not None:
        odds = odds + np.where(incidents.actor == source.against, 1.2, -1.2)
    if source.deadly_only:
        odds = np.where(incidents.killed > 0, odds, -20)
    seen = np.nonzero(chance.random(len(odds)) < 1 / (1 + np.exp(-odds)))[0]
    again = seen[chance.random(len(seen)) < source.follow_up]
    which = np.concatenate([seen, again])
    return _said(source, number, which, len(seen), incidents, towns, chance)


def _said(
    source: Source,
    number: int,
    which: NDArray[np.int64],
    first_reports: int,
    incidents: _Incidents,
    towns: NDArray[np.float64],
    chance: np.random.Generator,
) -> pl.DataFrame:
    n = len(which)
    place = chance.choice(4, n, p=source.place)
    x, y = incidents.x_km[which], incidents.y_km[which]
    spread = np.array([0.15, 0.0, 0.0, 0.0])[place]
    x, y = x + chance.normal(0, 1, n) * spread, y + chance.normal(0, 1, n) * spread
    near = (place == 1)[:, None]
    town_xy = towns[incidents.town[which], :2]
    at = np.where(near, town_xy, np.stack([x, y], axis=1))
    district = np.floor(at / 30) * 30 + 15
    province = np.floor(at / 100) * 100 + 50
    at = np.where((place == 2)[:, None], district, at)
    at = np.where((place == 3)[:, None], province, at)
    wrong = (place == 0) & (chance.random(n) < 0.08)
    at = at + np.where(wrong[:, None], chance.normal(0, 3, (n, 2)), 0)
    elsewhere = chance.random(n) < 0.015
    at = np.where(elsewhere[:, None], towns[chance.integers(0, len(towns), n), :2], at)

    time = chance.choice(4, n, p=source.time)
    minute = incidents.minute[which]
    exact = minute + chance.normal(0, 20, n).astype(np.int64) - 30
    day = minute // _DAY_MIN
    off = np.where(chance.random(n) < 0.08, chance.choice((-1, 1), n), 0)
    day = day + np.where(time == 1, off, 0)
    start = np.where(time == 0, exact, day * _DAY_MIN)
    start = np.where(time == 2, day // 7 * 7 * _DAY_MIN, start)
    start = np.where(time == 3, day // 30 * 30 * _DAY_MIN, start)

    kind = incidents.kind[which]
    confused = chance.random(n) < source.confusion
    kind = np.where(confused, (kind // 5 * 5 + chance.integers(0, 5, n)) % _LEAVES, kind)
    coarse = chance.random(n) < source.coarse
    actor = incidents.actor[which]
    actor = np.where(chance.random(n) < 0.08, chance.integers(0, 5, n), actor)
    actor = np.where(chance.random(n) < 0.20, -1, actor)
    weapon = np.where(chance.random(n) < 0.40, -1, incidents.weapon[which])
    weapon = np.where((weapon >= 0) & (chance.random(n) < 0.1), chance.integers(0, 12, n), weapon)
    killed = incidents.killed[which].astype(np.float64)
    noisy = chance.random(n) < 0.40
    killed = np.where(noisy, np.round(killed * chance.lognormal(0, 0.35, n)), killed)
    killed = np.where(chance.random(n) < 0.30, np.nan, killed)
    return pl.DataFrame(
        {
            "incident": which,
            "source": np.full(n, number),
            "follows_up": np.arange(n) >= first_reports,
            "minute": start,
            "length": _LENGTH_MIN[time],
            "time": time,
            "x": at[:, 0],
            "y": at[:, 1],
            "place": place,
            "kind": kind,
            "coarse": coarse,
            "actor": actor,
            "weapon": weapon,
            "killed": killed,
            "copied_from": np.full(n, -1),
        }
    )


def _with_copies(
    reports: pl.DataFrame, chosen: tuple[Source, ...], chance: np.random.Generator
) -> pl.DataFrame:
    """Let a copying source repeat, for its share, what another source said of the incident."""
    source = reports["source"].to_numpy()
    rate = np.array([one.copy for one in chosen])[source]
    wants = np.nonzero(chance.random(len(source)) < rate)[0]
    incident = reports["incident"].to_numpy()
    order = np.argsort(incident, kind="stable")
    first = np.searchsorted(incident[order], incident[wants])
    last = np.searchsorted(incident[order], incident[wants], side="right")
    model = order[first + (chance.random(len(wants)) * (last - first)).astype(np.int64)]
    kept = (source[model] != source[wants]) & (rate[model] == 0)
    wants, model = wants[kept], model[kept]
    rows = np.arange(len(source))
    rows[wants] = model
    copied = reports[rows].with_columns(
        reports["source"], reports["follows_up"], voice=pl.Series(source[rows])
    )
    mark = np.full(len(source), -1)
    mark[wants] = model
    return copied.with_columns(copied_from=mark)


def _leaves() -> tuple[list[str], list[str]]:
    """Return 30 leaves of the lexicon in runs of 5 of a family, and the parent of each."""
    codes = list(load_vocabulary(VocabularyName.KIND))
    parents = {code.rpartition(".")[0] for code in codes}
    leaves = [code for code in codes if code not in parents and "." in code]
    fire = [code for code in leaves if code.startswith("fire.")][:15]
    others = [
        code
        for family in ("civilians", "access", "manoeuvre")
        for code in [leaf for leaf in leaves if leaf.startswith(f"{family}.")][:5]
    ]
    chosen = fire + others
    return chosen, [code.rpartition(".")[0] for code in chosen]


def _table(rows: pl.DataFrame, seed: int, *, text: bool) -> pl.DataFrame:
    """Return the rows as a report table with typed columns."""
    count = rows.height
    leaves, parents = _leaves()
    weapons = list(load_vocabulary(VocabularyName.WEAPON))[:12]
    kind, coarse = rows["kind"].to_numpy(), rows["coarse"].to_numpy()
    start = _ORIGIN + rows["minute"].to_numpy().astype("timedelta64[m]")
    end = start + rows["length"].to_numpy().astype("timedelta64[m]")
    names = [source.name for source in SOURCES]
    number = rows["source"].to_numpy()
    lat = 33.0 + rows["y"].to_numpy() / _KM_PER_DEGREE
    lon = 36.0 + rows["x"].to_numpy() / _KM_PER_DEGREE / np.cos(np.radians(33.0 + 1.8))
    killed = pl.Series(rows["killed"]).fill_nan(None).cast(pl.Int64)
    instants = {"occurred_from": start, "occurred_to": end}
    table = pl.DataFrame(
        {
            "report_id": [f"SYN-{seed}-{index:08}" for index in range(count)],
            "source": pl.Series(number).replace_strict(
                dict(enumerate(names)), return_dtype=pl.String
            ),
            "source_kind": pl.Series(number).replace_strict(
                {index: source.kind for index, source in enumerate(SOURCES)}, return_dtype=pl.String
            ),
            **{
                name: pl.Series(value.astype("datetime64[us]"))
                .dt.replace_time_zone("UTC")
                .cast(INSTANT)
                for name, value in instants.items()
            },
            "time_precision": pl.Series(_PRECISION[rows["time"].to_numpy()].tolist()),
            "lat": np.clip(lat, -90, 90),
            "lon": lon,
            "location_radius_m": _RADIUS_M[rows["place"].to_numpy()],
            "kind": pl.Series(np.where(coarse, kind + _LEAVES, kind)).replace_strict(
                dict(enumerate(leaves + parents)), return_dtype=pl.String
            ),
            "weapon": pl.Series(rows["weapon"]).replace_strict(
                {-1: None, **dict(enumerate(weapons))}, return_dtype=pl.String
            ),
            "actor": pl.Series(rows["actor"]).replace_strict(
                {-1: None, **{index: f"synthetic side {index + 1}" for index in range(5)}},
                return_dtype=pl.String,
            ),
            "killed_low": killed,
            "killed_best": killed,
            "killed_high": killed,
        }
    )
    missing = {
        name: pl.lit(None, dtype)
        for name, dtype in REPORTS.schema.items()
        if name not in table.columns
    }
    ordered = table.with_columns(**missing).select(REPORTS.names)
    return ordered.with_columns(rows["text_vector"]) if text else ordered
