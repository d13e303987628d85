"""Learning the model without labels: expectation-maximisation over three classes of pairs.

* Pairs of two sources are a mixture of match, sibling and random; the share of each depends on density.
* Pairs within one source show what non-matches look like where reports lie dense: a source that reports
  an incident once gives free negatives. How often it does not is learned with the rest (`repeats`).
* A source agrees with itself more than with others, by its codes and its gazetteer alone. How much more is
  seen from decoys, and what pairs within a source show is taken with that much less.
* To be nearer, or to use more of the same words, never counts against a match.
* Every distribution starts from a stated expectation that counts like a few dozen pairs, so that a
  handful of reports is judged by it and a large set by itself.

Fellegi and Sunter (1969) for the model; Dempster, Laird and Rubin (1977) for EM, Winkler (1988) for its use here;
Ayer and others (1955) for pooling what violates an order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.features.comparison import DENSITIES, FIELDS, codes_of
from groundtruce.fusion.features.encode import Common
from groundtruce.fusion.features.kernel import kernel
from groundtruce.fusion.features.thread import in_order
from groundtruce.fusion.matching.default_model import TEXT_QUANTILES, default_shares
from groundtruce.fusion.matching.model import FusionModel, offsets
from groundtruce.fusion.matching.source_bias import HABIT_OF_MOST, Habit

__all__ = [
    "ONCE",
    "SELDOM",
    "Sample",
    "count_expected",
    "learn",
    "log_shares",
    "make_starting_model",
    "shares_within",
    "table_rows",
    "text_bounds",
    "unknown_codes",
]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

_ROUNDS = 25
_STRENGTH = 30.0
"""How many pairs the starting expectation of a distribution counts for."""
_SEEN = 1.0
"""How many pairs the expectation counts for of how much more often than by chance a code occurs."""
_FEW = 50
"""Where there are no more pairs than this, half of what they show counts: few pairs would teach themselves."""
_REPEAT = 0.02
"""Expected odds of a second report of one source, and for how many expected matches that counts."""
_REPEAT_STRENGTH = 30.0
SELDOM, ONCE = 0.15, 0.005
"""A source that repeats itself more seldom than this is held to report an incident once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Sampled pairs: packed `pattern`, class of `density`, and the `source` of both or -1."""

    pattern: _Ints
    density: _Ints
    source: _Ints


def text_bounds(cosines: _Floats) -> _Floats:
    """Return bounds of the levels of text that part the pairs of this data, finer towards the top."""
    if len(cosines) < 500:
        return np.array([0.05, 0.15, 0.25, 0.35, 0.45, 0.6, 0.75, 0.9, 0.97])
    bounds = np.quantile(cosines, TEXT_QUANTILES)
    return np.asarray(np.maximum.accumulate(np.minimum(bounds, 0.995)))


def make_starting_model(bounds: _Floats, common: Common) -> FusionModel:
    """Return the expectation before any report is seen."""
    parts = offsets()
    share = np.zeros((3, parts[-1]))
    for number, field in enumerate(FIELDS):
        share[:, parts[number] : parts[number + 1]] = default_shares(field)
    centre = 2 ** (np.arange(DENSITIES) / 2)
    match = 0.4 / (1 + centre / 4)
    rest = 1 - match
    return FusionModel(
        share=share,
        own=np.ones(parts[-1]),
        prior=np.stack([match, rest * 0.4, rest * 0.6], axis=1),
        repeats={},
        other_repeats=_REPEAT,
        text_bounds=bounds,
        common=common,
    )


def learn(
    sample: Sample,
    by_chance: _Ints,
    sources: tuple[str, ...],
    declared: Mapping[str, Habit],
    bounds: _Floats,
    common: Common,
) -> FusionModel:
    """Return the model of the sample.

    `by_chance` (2, codes) counts decoys between two sources and within one; `sources` are the names behind the
    numbers of `sample.source`, `declared` what is known of them.
    """
    start = make_starting_model(bounds, common)
    packed = (sample.source + 1) * DENSITIES + sample.density
    order = np.lexsort([packed, sample.pattern])
    pattern, packed = sample.pattern[order], packed[order]
    fresh = np.ones(len(pattern), np.bool_)
    fresh[1:] = (pattern[1:] != pattern[:-1]) | (packed[1:] != packed[:-1])
    first = np.nonzero(fresh)[0]
    count = np.diff([*first, len(pattern)]) * (len(pattern) / (len(pattern) + _FEW))
    pattern, density, source = (
        pattern[first],
        packed[first] % DENSITIES,
        packed[first] // DENSITIES - 1,
    )
    codes = table_rows(pattern).astype(np.int16)
    chance = _chance(by_chance, start.share[2])
    own = chance.inside / chance.between
    share, prior, prior_within = start.share, start.prior, start.prior
    declared_once = [declared.get(name, HABIT_OF_MOST).once for name in sources]
    repeats = np.full(len(sources), _REPEAT)
    halves = [slice(0, len(pattern) // 2), slice(len(pattern) // 2, None)]
    run = count_expected.for_work(len(pattern) * 60)
    for step in range(_ROUNDS):
        logs = np.stack([log_shares(share), log_shares(shares_within(share, own))])
        log_prior = np.log(np.stack([prior, prior_within]))

        def expected_of(
            half: slice,
            logs: _Floats = logs,
            prior: _Floats = prior,
            log_prior: _Floats = log_prior,
            repeats: _Floats = repeats,
        ) -> tuple[_Floats, _Floats, _Floats, _Floats]:
            some = codes[half], density[half], source[half], count[half]
            return run(*some, logs, log_prior, prior, repeats)

        head, tail = in_order(expected_of, halves)
        expected, across, inside, again = map(np.add, head, tail)
        share = _order_levels(_shares(expected, chance, start.share))
        prior, prior_within = _priors(across, start.prior), _priors(inside, start.prior)
        repeats = (again[0] + _REPEAT * _REPEAT_STRENGTH) / (again[1] + _REPEAT_STRENGTH)
        repeats = np.clip(repeats, ONCE, 1.0)
        if step >= _ROUNDS // 2:
            repeats[repeats < SELDOM] = ONCE
            repeats = _apply_declared(repeats, declared_once)
    return FusionModel(
        share=share,
        own=own,
        prior=prior,
        repeats=dict(zip(sources, repeats.tolist(), strict=True)),
        other_repeats=_REPEAT,
        text_bounds=bounds,
        common=common,
    )


def _apply_declared(repeats: _Floats, declared: Sequence[bool | None]) -> _Floats:
    """Return how often sources repeat themselves, as far as it is declared whether they do."""
    return np.array(
        [
            rate if once is None else ONCE if once else max(rate, SELDOM)
            for rate, once in zip(repeats.tolist(), declared, strict=True)
        ]
    )


def log_shares(share: _Floats) -> _Floats:
    """Return the logarithms (codes, 3) of shares (3, codes); "not known" weighs nothing."""
    logs = np.log(np.maximum(share, 1e-12))
    logs[:, unknown_codes()] = 0.0
    return np.ascontiguousarray(logs.T)


def shares_within(share: _Floats, own: _Floats) -> _Floats:
    """Return the shares (3, codes) of pairs within a source; `own` (codes,) how much more often it has each code."""
    return _normalise_blocks(share * own)


class _Chance(NamedTuple):
    """How often each code occurs by chance (codes,) between two sources and inside one, as shares of its block."""

    between: _Floats
    inside: _Floats


def _chance(by_chance: _Ints, usual: _Floats) -> _Chance:
    """Return the shares of decoys, few of which count little beside those of all and what is `usual`."""
    counts = by_chance.astype(float)
    counts[:, unknown_codes()] = 0.0
    pooled = _normalise_blocks((counts.sum(axis=0) + _STRENGTH * usual)[None])
    shares = _normalise_blocks(counts + _STRENGTH * pooled)
    shares[:, unknown_codes()] = 1.0
    return _Chance(*np.maximum(shares, 1e-9))


def _normalise_blocks(table: _Floats) -> _Floats:
    """Return a table (k, codes) in which the shares of each block add up to 1."""
    share = table.copy()
    parts = offsets()
    for index, field in enumerate(FIELDS):
        for begin in range(parts[index], parts[index + 1], field.block):
            part = share[:, begin : begin + field.block]
            part /= part.sum(axis=1, keepdims=True)
    return share


def unknown_codes() -> list[int]:
    """Return the rows of the table of codes that stand for "not known", which say nothing."""
    parts = offsets()
    return [int(parts[index]) for index, field in enumerate(FIELDS) if field.block == field.size]


def table_rows(pattern: _Ints) -> _Ints:
    """Return for each pattern the rows (m, fields) of the table of codes."""
    parts = offsets()
    return np.stack(
        [codes_of(pattern, field) + parts[index] for index, field in enumerate(FIELDS)], axis=1
    )


@kernel
def count_expected(
    codes: NDArray[np.int16],
    density: _Ints,
    source: _Ints,
    count: _Floats,
    logs: _Floats,
    log_prior: _Floats,
    prior: _Floats,
    repeats: _Floats,
) -> tuple[_Floats, _Floats, _Floats, _Floats]:
    """Return expected counts: by code and class between and within sources, by density likewise, of repeats."""
    expected = np.zeros((2, logs.shape[1], 3))
    across, inside = np.zeros(prior.shape), np.zeros(prior.shape)
    again = np.zeros((2, len(repeats)))
    likely = np.zeros(3)
    log_repeats = np.log(repeats)
    for index in range(len(codes)):
        dense, own = density[index], source[index]
        side = 1 if own >= 0 else 0
        for name in range(3):
            likely[name] = log_prior[side, dense, name]
        if own >= 0:
            likely[0] = log_prior[0, dense, 0] + log_repeats[own]
        for field in range(codes.shape[1]):
            code = codes[index, field]
            for name in range(3):
                likely[name] += logs[side, code, name]
        most = max(likely[0], likely[1], likely[2])
        total = 0.0
        for name in range(3):
            likely[name] = np.exp(likely[name] - most)
            total += likely[name]
        for name in range(3):
            likely[name] *= count[index] / total
        for field in range(codes.shape[1]):
            code = codes[index, field]
            for name in range(3):
                expected[side, code, name] += likely[name]
        if own >= 0:
            again[0, own] += likely[0]
            again[1, own] += prior[dense, 0] * count[index]
        for name in range(3):
            if own >= 0:
                inside[dense, name] += likely[name]
            else:
                across[dense, name] += likely[name]
    return expected, across, inside, again


def _shares(expected: _Floats, chance: _Chance, start: _Floats) -> _Floats:
    """Return the distributions of the codes between sources, block by block, with the expectation counted in.

    `expected` (2, codes, 3) counts between sources and within. Of the latter is taken how much more often a code
    occurs than by chance within a source: so much more often it would occur between two.
    """
    between, inside = expected[0].T.copy(), expected[1].T.copy()
    between[:, unknown_codes()] = inside[:, unknown_codes()] = 0.0
    total = _totals(inside)
    usual = np.maximum(start, 1e-6) / np.maximum(start[2], 1e-6)
    more = (inside + _SEEN) / (total * chance.inside + _SEEN / usual)
    would = chance.between * more
    would[:, unknown_codes()] = 0.0
    return _normalise_blocks(between + total * _normalise_blocks(would) + _STRENGTH * start)


def _totals(table: _Floats) -> _Floats:
    """Return for each code of a table (k, codes) the sum of its block."""
    parts = offsets()
    sums = [
        table[:, begin : begin + field.block].sum(axis=1, keepdims=True).repeat(field.block, axis=1)
        for index, field in enumerate(FIELDS)
        for begin in range(parts[index], parts[index + 1], field.block)
    ]
    return np.concatenate(sums, axis=1)


def _order_levels(share: _Floats) -> _Floats:
    """Return shares of which match against the others never falls towards nearer, or more of the same words."""
    share = share.copy()
    parts = offsets()
    for index, field in enumerate(FIELDS):
        if field.name not in {"place", "text"}:
            continue
        known = 1 if field.block == field.size else 0
        for begin in range(parts[index] + known, parts[index + 1], field.block):
            levels = np.arange(begin, begin + field.block - known)
            nearest_first = levels if field.name == "place" else levels[::-1]
            for other in (1, 2):
                share[other, nearest_first] = _pool_violators(
                    share[0, nearest_first], share[other, nearest_first]
                )
    return _normalise_blocks(share)


def _pool_violators(match: _Floats, other: _Floats) -> _Floats:
    """Return `other` changed so that match / other never rises along the levels: violators are pooled."""
    pools: list[tuple[float, float, int]] = []
    for weight, other_weight in zip(match.tolist(), other.tolist(), strict=True):
        pools.append((weight, other_weight, 1))
        while len(pools) > 1 and pools[-1][0] * pools[-2][1] > pools[-2][0] * pools[-1][1]:
            (a, b, n), (c, d, m) = pools.pop(), pools.pop()
            pools.append((a + c, b + d, n + m))
    ratios = np.concatenate(
        [np.full(number, other_weight / weight) for weight, other_weight, number in pools]
    )
    return np.asarray(match * ratios)


def _priors(expected: _Floats, start: _Floats) -> _Floats:
    """Return the shares of the classes by density, each smoothed with its neighbours."""
    smooth = expected.copy()
    smooth[1:] += expected[:-1] / 2
    smooth[:-1] += expected[1:] / 2
    smooth += _STRENGTH * start
    return np.asarray(smooth / smooth.sum(axis=1, keepdims=True))
