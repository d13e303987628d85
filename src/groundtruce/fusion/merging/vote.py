"""Votes: the code that the most reports of a group agree with, and the actor whom the most voices name."""

from functools import cache
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.features.segment import Runs
from groundtruce.model.vocabulary import VocabularyName, agrees, load_vocabulary

__all__ = ["vote_actors", "vote_codes"]

_Ints = NDArray[np.int64]


def vote_codes(name: VocabularyName, said: pl.Series, runs: Runs) -> pl.DataFrame:
    """Return for each group the code that the most reports agree with, and whether some do not.

    Of equals the deepest, then the one that most say, then the first by name. The columns are the vocabulary's
    name, null where nothing is said, and that with `_differs`.
    """
    terms = _terms(name)
    counted = _count_codes(said, pl.Enum(terms.codes), runs)
    of_group = Runs.find(counted.group)
    size = np.diff([*of_group.begin, len(counted.group)])[of_group.of]
    # each code of a group beside each one of it
    code = np.repeat(np.arange(len(size)), size)
    rival = np.arange(len(code)) - np.repeat(np.cumsum(size) - size, size)
    rival += of_group.begin[of_group.of[code]]
    agree = terms.agree[counted.code[code], counted.code[rival]]
    support = np.bincount(code, counted.number[rival] * agree, len(size)).astype(np.int64)
    differs = np.bincount(code, ~agree, len(size)) > 0
    best = of_group.best(counted.code, -counted.number, -terms.depth[counted.code], -support)
    groups = counted.group[of_group.begin]
    apart = np.zeros(len(runs.begin), np.bool_)
    apart[groups] = of_group.any(differs)
    named = pl.Series(terms.codes, dtype=pl.String)[counted.code[best]]
    return pl.DataFrame(
        {
            name.value: _place_at(groups, named, len(runs.begin)),
            f"{name}_differs": apart,
        }
    )


def vote_actors(said: pl.Series, voice: pl.Series, runs: Runs) -> pl.DataFrame:
    """Return for each group the actor whom the most voices name, and the share of the naming voices that do.

    Of equals the first by name. The columns are `actor` and `actor_probability`, null where nobody is named, and
    `actor_differs`.
    """
    names = said.drop_nulls().unique().sort()
    counted = _count_codes(said, pl.Enum(names), runs, voice.to_numpy())
    of_group = Runs.find(counted.group)
    best = of_group.best(counted.code, -counted.number)
    groups = counted.group[of_group.begin]
    share = counted.number[best] / np.add.reduceat(counted.number, of_group.begin)
    several = np.zeros(len(runs.begin), np.bool_)
    several[groups] = np.bincount(of_group.of) > 1
    return pl.DataFrame(
        {
            "actor": _place_at(groups, names[counted.code[best]], len(runs.begin)),
            "actor_probability": _place_at(groups, pl.Series(share).round(4), len(runs.begin)),
            "actor_differs": several,
        }
    )


class _Counted(NamedTuple):
    """How often each code is said in each group, by group and code."""

    group: _Ints
    code: _Ints
    number: _Ints


def _count_codes(
    said: pl.Series, kinds: pl.Enum, runs: Runs, voice: _Ints | None = None
) -> _Counted:
    """Count the reports that say each code, or the voices."""
    known = said.is_not_null().to_numpy()
    code = said.drop_nulls().cast(kinds).to_physical().to_numpy().astype(np.int64)
    group, many = runs.of[known], max(len(kinds.categories), 1)
    if voice is not None:
        _, once = np.unique(voice[known] * many + code, return_index=True)
        group, code = group[once], code[once]
    pair, number = np.unique(group * many + code, return_counts=True)
    return _Counted(pair // many, pair % many, number)


def _place_at(groups: _Ints, values: pl.Series, count: int) -> pl.Series:
    """Return a column of `count` rows with the values at some groups, in their order, else null."""
    place = np.full(count, len(groups))
    place[groups] = np.arange(len(groups))
    return values.extend_constant(None, 1)[place]


class _Terms(NamedTuple):
    """The codes of a vocabulary in their order, which of them agree (k, k), and how deep each is."""

    codes: list[str]
    agree: NDArray[np.bool_]
    depth: _Ints


@cache
def _terms(name: VocabularyName) -> _Terms:
    """Return the codes of a vocabulary, which of them agree, and how deep each is."""
    codes = sorted(load_vocabulary(name))
    return _Terms(
        codes,
        np.array([[agrees(name, first, second) for second in codes] for first in codes]),
        np.array([code.count(".") for code in codes]),
    )
