"""Independence: which reports of an incident say it of their own knowledge, and which repeat another.

* Reports of one source, or of one declared source group, are one voice.
* Two reports are copies where their texts are nearly the same, or where every field is the same and the
  two sources agree in every field far more often than other sources do.
* What copies what hangs together: corroboration counts voices, not reports.
"""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.cluster import united
from groundtruce.fusion.edge import Edges
from groundtruce.fusion.encode import Encoded

__all__ = ["copies", "copying", "met", "voices"]

_Ints = NDArray[np.int64]

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


def copies(
    reports: Encoded, ends: NDArray[np.int32], pairs: Collection[tuple[str, str]]
) -> NDArray[np.int32]:
    """Return those of the pairs `ends` (2, m) of which one report is held to be a copy of the other.

    `pairs` are the sources that copy, in order.
    """
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
    for values in (
        reports.lat,
        reports.lon,
        reports.radius,
        reports.start,
        reports.end,
        reports.kind,
        reports.weapon,
        reports.target,
        reports.actor,
        reports.killed_low,
        reports.killed_high,
    ):
        alike &= values[one] == values[two]
    return alike


def voices(speaker: _Ints, group: _Ints, copied: NDArray[np.int32]) -> _Ints:
    """Return the number of the voice of each report; `speaker` the number of who says it."""
    key = np.lexsort([speaker, group])
    follows = (group[key][1:] == group[key][:-1]) & (speaker[key][1:] == speaker[key][:-1])
    chain = np.stack([key[:-1][follows], key[1:][follows]]).astype(np.int32)
    return united(len(group), np.concatenate([chain, copied], axis=1))
