"""Independence: which reports of an incident say it of their own knowledge, and which repeat another.

* Reports of one source, or of one declared source group, are one voice.
* Two reports are copies where their texts are nearly the same, or where every field is the same and the
  two sources agree in every field far more often than other sources do.
* What copies what hangs together: corroboration counts voices, not reports.
* A report that repeats another field by field, of sources that copy, adds no evidence: it stands where the
  other stands.
"""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.clustering.agglomerate import united
from groundtruce.fusion.clustering.group import Constraints
from groundtruce.fusion.features.encode import Encoded
from groundtruce.fusion.matching.score import Edges

__all__ = ["copies", "copying", "met", "originals", "voices", "without_copies"]

_Ints = NDArray[np.int64]

_ALIKE = (
    *("lat", "lon", "radius", "start", "end", "kind", "weapon", "target", "actor"),
    *("killed_low", "killed_high"),
)
"""The fields of `Encoded` in which a copy is as its original."""
_SAME_TEXT = 0.97
"""Cosine from which two texts count as one."""
_EXCESS, _DOUBT = 0.10, 20
"""How much more often than usual two sources must agree in every field to be held to copy, after as many
meetings at the usual rate have been counted in."""


def copying(reports: Encoded, ends: NDArray[np.int32]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of sources that agree in every field unusually often, in order.

    `ends` (2, m) are pairs of two sources within incidents.
    """
    many = len(reports.source_names)
    source = np.sort(reports.source[ends], axis=0).astype(np.int64)
    pairs, which, met = np.unique(
        source[0] * many + source[1], return_inverse=True, return_counts=True
    )
    agreed = np.bincount(which, _alike(reports, ends), len(pairs))
    usual = float(np.median(agreed / met)) if len(pairs) > 2 else 0.0
    unusual = (agreed + _DOUBT * usual) / (met + _DOUBT) > usual + _EXCESS
    names = reports.source_names
    return tuple((names[pair // many], names[pair % many]) for pair in pairs[unusual])


def originals(reports: Encoded, pairs: Collection[tuple[str, str]], decided: Constraints) -> _Ints:
    """Return for each report the number of the one that it repeats, its own where it repeats none.

    `pairs` are the sources that copy. Where several reports of a source are alike, the first repeats the first of
    the other source, the second the second. A report of which people decided repeats none. Cost grows with the
    reports of the sources that copy.
    """
    original = np.arange(len(reports))
    number = {name: at for at, name in enumerate(reports.source_names)}
    ends = [(number[one], number[two]) for one, two in pairs if one in number and two in number]
    if not ends:
        return original
    clique = united(len(number), np.array(ends, np.int32).T.copy())
    copying = np.bincount(clique, minlength=len(number))[clique] > 1
    rows = np.nonzero(copying[reports.source] & reports.linkable)[0]
    alike = pl.DataFrame({name: getattr(reports, name)[rows] for name in _ALIKE})
    turn = alike.with_columns(source=pl.Series(reports.source[rows])).select(
        pl.int_range(pl.len()).over(*_ALIKE, "source")
    )
    first = alike.with_columns(
        turn.to_series().alias("turn"), clique=pl.Series(clique[reports.source[rows]]), at=rows
    ).select(pl.col("at").first().over(*_ALIKE, "turn", "clique"))
    original[rows] = first.to_series().to_numpy()
    named = np.concatenate([decided.apart.ravel(), np.nonzero(decided.held)[0]])
    original[named] = named
    return original


def without_copies(reports: Encoded, original: _Ints) -> Encoded:
    """Return the reports of which none that repeats another can be linked."""
    return replace(reports, linkable=reports.linkable & (original == np.arange(len(original))))


def copies(
    reports: Encoded, ends: NDArray[np.int32], pairs: Collection[tuple[str, str]]
) -> NDArray[np.int32]:
    """Return those of the pairs `ends` (2, m) of which one report is held to be a copy of the other.

    `pairs` are the sources that copy, in order.
    """
    if not pairs and not reports.has_text.any():
        return ends[:, :0]
    one, two = ends
    cosine = np.einsum("ij,ij->i", reports.text[one], reports.text[two])
    number = {name: at for at, name in enumerate(reports.source_names)}
    many = len(number)
    known = [
        min(number[a], number[b]) * many + max(number[a], number[b])
        for a, b in pairs
        if a in number and b in number
    ]
    source = np.sort(reports.source[ends], axis=0).astype(np.int64)
    often = np.isin(source[0] * many + source[1], known)
    return ends[:, (cosine >= _SAME_TEXT) | (often & _alike(reports, ends))]


def met(reports: Encoded, edges: Edges, group: _Ints) -> NDArray[np.int32]:
    """Return the ends (2, m) of the edges within groups and between sources."""
    one, two = edges.ends
    inside = (group[one] == group[two]) & (reports.source[one] != reports.source[two])
    return edges.ends[:, inside]


def _alike(reports: Encoded, ends: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return whether the two reports of each pair agree in every field."""
    one, two = ends
    alike = np.ones(len(one), np.bool_)
    for name in _ALIKE:
        values = getattr(reports, name)
        alike &= values[one] == values[two]
    return alike


def voices(speaker: _Ints, group: _Ints, copied: NDArray[np.int32]) -> _Ints:
    """Return the number of the voice of each report; `speaker` the number of who says it."""
    key = np.lexsort([speaker, group])
    follows = (group[key][1:] == group[key][:-1]) & (speaker[key][1:] == speaker[key][:-1])
    chain = np.stack([key[:-1][follows], key[1:][follows]]).astype(np.int32)
    return united(len(group), np.concatenate([chain, copied], axis=1))
