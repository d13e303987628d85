"""Reasons: why two reports are held to be one event or two, in at most eight numbers and one sentence.

The numbers are natural-log odds that add up to the log odds of the pair: seven comparisons, and `around`:
what was to be expected where reports lie as dense as there. Negative speaks against one event.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.clustering.probability import pair_probability
from groundtruce.fusion.features.comparison import FIELDS, codes_of, compare_pairs
from groundtruce.fusion.fuse import Linked
from groundtruce.fusion.matching.model import offsets
from groundtruce.fusion.matching.score import Edges, Scale

__all__ = ["NUMBERS", "pair_reasons", "reasons"]

NUMBERS = ("place", "time", "kind", "actor", "means", "killed", "text", "around")
"""`means`: weapon and target together."""
_PART_OF = {"weapon": "means", "target": "means"}
_WORDS = {"means": "weapon or target", "around": "what lies around"}


def pair_reasons(linked: Linked, pairs: NDArray[np.int32]) -> pl.DataFrame:
    """Return for each pair of reports (2, m) their ids, the numbers, the probability and the sentence.

    `probability` is that the two are about one event, from the pair alone.
    """
    scale = Scale.of(linked.reports, linked.around, linked.model)
    scored = scale.score(np.ascontiguousarray(pairs))
    numbers = _numbers(linked, scale, scored)
    said = pl.DataFrame(
        {name: numbers[:, column] for column, name in enumerate(NUMBERS)}
    ).with_columns(pl.all().round(2) + 0.0)
    ids = linked.reports.report_id
    first, second = pairs
    return (
        said.with_columns(
            report_id=ids[first.astype(np.int64)],
            other_id=ids[second.astype(np.int64)],
            probability=pl.Series(pair_probability(scored)).round(4),
        )
        .with_columns(sentence=_sentence())
        .select("report_id", "other_id", "probability", *NUMBERS, "sentence")
    )


def reasons(linked: Linked) -> pl.DataFrame:
    """Return for each report that stands with others the reasons for its best link, in the order of the ids."""
    group, edges = linked.groups.group, linked.edges
    inside = edges.of(group[edges.ends[0]] == group[edges.ends[1]])
    both = np.concatenate([inside.ends, inside.ends[::-1]], axis=1)
    odds = np.tile(inside.ratio + inside.prior, 2)
    order = np.lexsort([both[1], -odds, both[0]])
    first = np.ones(len(order), np.bool_)
    first[1:] = both[0, order[1:]] != both[0, order[:-1]]
    return pair_reasons(linked, both[:, order[first]]).sort("report_id")


def _numbers(linked: Linked, scale: Scale, scored: Edges) -> NDArray[np.float64]:
    """Return (m, 8) numbers: each field against the two kinds of no match, weighted by how likely each is."""
    pattern = compare_pairs(linked.reports, scored.ends, linked.model.text_bounds)
    begins = offsets()
    first, second = scored.ends
    density = np.minimum(
        (scale.density[first] + scale.density[second]).astype(int), len(scale.weights.prior) - 1
    )
    source = linked.reports.source
    own = (source[first] == source[second]).astype(int)
    logs = np.stack(
        [
            scale.weights.table[own, begins[index] + codes_of(pattern, field)]
            for index, field in enumerate(FIELDS)
        ],
        axis=1,
    )
    rest = scale.weights.prior[density, 1:] + logs[:, :, 1:].sum(axis=1)
    weight = np.exp(rest - np.logaddexp(rest[:, 0], rest[:, 1])[:, None])
    against = (logs[:, :, 1:] * weight[:, None, :]).sum(axis=2)
    out = np.zeros((len(pattern), len(NUMBERS)))
    for index, field in enumerate(FIELDS):
        column = NUMBERS.index(_PART_OF.get(field.name, field.name))
        out[:, column] += logs[:, index, 0] - against[:, index]
    total = scored.ratio.astype(float) + scored.prior
    out[:, -1] = total - out.sum(axis=1)
    return out


def _sentence() -> pl.Expr:
    most, least = (_extreme(NUMBERS, largest=largest) for largest in (True, False))
    highest, lowest = pl.max_horizontal(NUMBERS), pl.min_horizontal(NUMBERS)
    start = pl.format("One event with probability {}", "probability")
    for_it = (
        pl.when(highest > 0).then(pl.format(": {} speaks most for it", most)).otherwise(pl.lit(""))
    )
    but = pl.when(highest > 0).then(pl.lit(", ")).otherwise(pl.lit(": "))
    against = (
        pl.when(lowest < 0).then(but + pl.format("{} against it", least)).otherwise(pl.lit(""))
    )
    return start + for_it + against + "."


def _extreme(names: Sequence[str], *, largest: bool) -> pl.Expr:
    """Return the name of the largest or smallest number of each row, with the number."""
    best = pl.max_horizontal(names) if largest else pl.min_horizontal(names)
    phrase: pl.Expr = pl.lit("")
    for name in reversed(names):
        words = pl.format("{} ({})", pl.lit(_WORDS.get(name, name)), pl.col(name))
        phrase = pl.when(pl.col(name) == best).then(words).otherwise(phrase)
    return phrase
