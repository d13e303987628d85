"""Independence: which reports of an incident say it of their own knowledge, and which repeat another.

* Reports of one source, or of one declared source group, are one voice.
* Two reports of an incident are copies where their texts are nearly the same, or where every field is the same
  and the two sources agree in every field far more often than other sources do.
* What copies what hangs together, sources and reports: corroboration counts voices, not reports.
* Copies are told by the reports of the incident alone, so that a batch and a live view count alike.
* A report that repeats another field by field, of sources that copy, adds no evidence: it stands where the
  other stands.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.clustering.agglomerate import find_components, unite
from groundtruce.fusion.clustering.group import Constraints
from groundtruce.fusion.features.encode import Encoded
from groundtruce.fusion.features.kernel import inline, kernel
from groundtruce.fusion.matching.score import Edges

__all__ = [
    "ALIKE",
    "Accounts",
    "assign_voices",
    "exclude_copies",
    "find_cliques",
    "find_copying",
    "find_meetings",
    "find_originals",
    "number_speakers",
]

_Ints = NDArray[np.int64]

ALIKE = (
    *("lat", "lon", "radius", "start", "end", "kind", "weapon", "target", "actor"),
    *("killed_low", "killed_high"),
)
"""The fields of `Encoded` in which a copy is as its original."""
_SAME_TEXT = 0.97
"""Cosine from which two texts count as one."""
_TEXT_CROWD = 512
"""Different texts of an incident that each of its texts is compared with on each side, at most.

All are compared with all in incidents of up to as many different texts; in larger ones the nearest along one
direction, which bounds the cost. Equal texts are found in incidents of any size.
"""
_EXCESS, _DOUBT = 0.10, 20
"""How much more often than usual two sources must agree in every field to be held to copy, after as many
meetings at the usual rate have been counted in."""


def find_copying(reports: Encoded, ends: NDArray[np.int32]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of sources that agree in every field unusually often, in order.

    `ends` (2, m) are pairs of two sources within incidents.
    """
    many = len(reports.source_names)
    source = np.sort(reports.source[ends], axis=0).astype(np.int64)
    pairs, which, met = np.unique(
        source[0] * many + source[1], return_inverse=True, return_counts=True
    )
    agreed = np.bincount(which, _agree(reports, ends), len(pairs))
    usual = float(np.median(agreed / met)) if len(pairs) > 2 else 0.0
    unusual = (agreed + _DOUBT * usual) / (met + _DOUBT) > usual + _EXCESS
    names = reports.source_names
    return tuple((names[pair // many], names[pair % many]) for pair in pairs[unusual])


def find_originals(
    reports: Encoded, pairs: Collection[tuple[str, str]], decided: Constraints
) -> _Ints:
    """Return for each report the number of the one that it repeats, its own where it repeats none.

    `pairs` are the sources that copy. Where several reports of a source are alike, the first repeats the first of
    the other source, the second the second. A report of which people decided repeats none. Cost grows with the
    reports of the sources that copy.
    """
    original = np.arange(len(reports))
    clique = find_cliques(reports.source_names, pairs)
    copying = np.bincount(clique, minlength=len(clique))[clique] > 1
    if not copying.any():
        return original
    rows = np.nonzero(copying[reports.source] & reports.linkable)[0]
    alike = pl.DataFrame({name: getattr(reports, name)[rows] for name in ALIKE})
    turn = alike.with_columns(source=pl.Series(reports.source[rows])).select(
        pl.int_range(pl.len()).over(*ALIKE, "source")
    )
    first = alike.with_columns(
        turn.to_series().alias("turn"), clique=pl.Series(clique[reports.source[rows]]), at=rows
    ).select(pl.col("at").first().over(*ALIKE, "turn", "clique"))
    original[rows] = first.to_series().to_numpy()
    named = np.concatenate([decided.apart.ravel(), np.nonzero(decided.held)[0]])
    original[named] = named
    return original


def exclude_copies(reports: Encoded, original: _Ints) -> Encoded:
    """Return the reports of which none that repeats another can be linked."""
    return replace(reports, linkable=reports.linkable & (original == np.arange(len(original))))


def find_cliques(names: Sequence[str], pairs: Collection[tuple[str, str]]) -> _Ints:
    """Return for each source by name the smallest number of the sources that it hangs together with by copying."""
    number = {name: index for index, name in enumerate(names)}
    known = [
        (number[first], number[second])
        for first, second in pairs
        if first in number and second in number
    ]
    return find_components(len(number), np.array(known, np.int32).reshape(-1, 2).T.copy())


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """What n reports say, as far as it tells copies: `source` (n,) numbers, the columns `ALIKE`, `text` (n, size)."""

    source: NDArray[np.int32]
    fields: pl.DataFrame
    text: NDArray[np.float32]

    @classmethod
    def of(cls, reports: Encoded) -> "Accounts":
        """Return what encoded reports say."""
        fields = pl.DataFrame({name: getattr(reports, name) for name in ALIKE})
        return cls(source=reports.source, fields=fields, text=reports.text)


def number_speakers(reports: pl.DataFrame, row: _Ints, source: NDArray[np.int32]) -> _Ints:
    """Return the number of who says each report: of its source group, or of its source where no group is named.

    `row` (n,) is the row of the table that each report has, `source` the number of its source.
    """
    if reports["source_group"].null_count() == reports.height:
        return source.astype(np.int64)
    named = reports.select(pl.coalesce("source_group", "source").rank("dense")).to_series()
    return named.to_numpy().astype(np.int64)[row]


def assign_voices(accounts: Accounts, group: _Ints, speaker: _Ints, clique: _Ints) -> _Ints:
    """Return the number of the voice of each report: within its group, that of whoever says it of their own.

    `group` and `speaker` (n,) are numbers; `clique` that of each source, by `find_cliques`. Cost grows with the
    reports, times `_TEXT_CROWD` at most within a group.
    """
    pairs = [
        _chain(group, speaker),
        _pair_repeats(accounts, group, clique),
        _pair_texts(accounts.text, group),
    ]
    return find_components(len(group), np.concatenate(pairs, axis=1).astype(np.int32))


def _chain(group: _Ints, number: _Ints) -> _Ints:
    """Return the pairs (2, m) of neighbours among those of one group and one number."""
    order = np.lexsort([number, group])
    first, second = order[:-1], order[1:]
    follows = (group[first] == group[second]) & (number[first] == number[second])
    return np.stack([first[follows], second[follows]])


def _pair_repeats(accounts: Accounts, group: _Ints, clique: _Ints) -> _Ints:
    """Return the pairs (2, m) of reports that repeat another one of their group field by field, and of that one."""
    copying = np.bincount(clique, minlength=len(clique))[clique] > 1
    rows = np.nonzero(copying[accounts.source])[0]
    first = (
        accounts.fields[rows]
        .with_columns(group=group[rows], clique=clique[accounts.source[rows]], row=rows)
        .select(pl.col("row").first().over(*ALIKE, "group", "clique"))
    )
    return np.stack([rows, first.to_series().to_numpy()])


def _pair_texts(text: NDArray[np.float32], group: _Ints) -> _Ints:
    """Return the pairs (2, m) of reports of one group that hang together by their texts."""
    shared = np.bincount(group, minlength=len(group))[group] > 1
    rows = np.nonzero(shared & (text != 0).any(axis=1))[0]
    if not len(rows):
        return np.zeros((2, 0), np.int64)
    # equal texts have one place along any direction, and nearly equal ones lie near each other
    direction = np.random.default_rng(1).standard_normal(text.shape[1:], np.float32)
    rows = rows[np.lexsort([np.einsum("ij,j->i", text[rows], direction), group[rows]])]
    left, right = rows[:-1], rows[1:]
    equal = (group[left] == group[right]) & (text[left] == text[right]).all(axis=1)
    first = rows[np.concatenate([[True], ~equal])]
    compared = min(len(first), _TEXT_CROWD) * text.shape[1]
    run = unite_texts.for_work(len(first) * compared)
    head = run(group[first], text[first], _TEXT_CROWD)
    return np.concatenate([[left[equal], right[equal]], [first, first[head]]], axis=1)


@inline
def is_same_text(text: NDArray[np.float32], one: int, two: int) -> bool:
    """Return whether two texts count as one."""
    cosine = np.float64(0.0)
    for column in range(text.shape[1]):
        cosine += text[one, column] * text[two, column]
    return bool(cosine >= _SAME_TEXT)


@kernel
def unite_texts(group: _Ints, text: NDArray[np.float32], crowd: int) -> _Ints:
    """Return for each text the first one of its group that it hangs together with.

    The texts of a group lie side by side; each is compared with `crowd` before it at most.
    """
    head = np.arange(len(group))
    for late in range(len(group)):
        early = late - 1
        while early >= 0 and early >= late - crowd and group[early] == group[late]:
            if is_same_text(text, early, late):
                unite(head, early, late)
            early -= 1
    for index in range(len(group)):
        head[index] = head[head[index]]
    return head


def find_meetings(reports: Encoded, edges: Edges, group: _Ints) -> NDArray[np.int32]:
    """Return the ends (2, m) of the edges within groups and between sources."""
    first, second = edges.ends
    inside = (group[first] == group[second]) & (reports.source[first] != reports.source[second])
    return edges.ends[:, inside]


def _agree(reports: Encoded, ends: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return whether the two reports of each pair agree in every field."""
    first, second = ends
    alike = np.ones(len(first), np.bool_)
    for name in ALIKE:
        values = getattr(reports, name)
        alike &= values[first] == values[second]
    return alike
