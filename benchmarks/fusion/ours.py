"""Ours: fusion as it ships, with a few labels, and with a model that was told the truth of every sampled pair.

* Labels only teach here: what was learned with them fuses the reports without the decisions themselves.
* All labels show what the fields can tell at most with these comparisons and this grouping: nothing that is learned
  from fewer, or none, can be expected to do much better.
"""

from dataclasses import replace
from time import perf_counter

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.fusion.answer import Answer, Certainty, peak_gb
from benchmarks.fusion.generator import Generated
from groundtruce.fusion.clustering.decision import Decision
from groundtruce.fusion.clustering.probability import link_probability, pair_probability
from groundtruce.fusion.features.comparison import DENSITIES, FIELDS, codes_of, compare_pairs
from groundtruce.fusion.fuse import Fused, Linked, fuse, learn_from, link
from groundtruce.fusion.matching.em import unknown_codes
from groundtruce.fusion.matching.model import FusionModel, offsets
from groundtruce.fusion.method import FusionMethod
from groundtruce.fusion.review.estimate import chances, count_intervals
from groundtruce.fusion.review.questions import choose_questions

__all__ = ["all_labels", "few_labels", "ours"]

_FEW = 30.0
"""Pairs that what was learned without labels counts for, where labels are few."""

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]


def ours(made: Generated) -> Answer:
    """Fuse with nothing but the reports."""
    return _answer(made, FusionMethod())


def few_labels(made: Generated, count: int) -> Answer:
    """Fuse with a model that learned from true answers to the questions of most weight; learning is not timed."""
    method = FusionMethod()
    incident = dict(zip(made.reports["report_id"], made.truth.tolist(), strict=True))
    answers = []
    for asked in choose_questions(fuse(made.reports, method), method.clustering, count):
        one, two = asked.report_id, asked.other_id
        if incident[one] == incident[two]:
            answers.append(Decision(together=True, reports=(one, two)))
        else:
            answers.append(Decision(together=False, reports=(one,), against=(two,)))
    return _answer(made, replace(method, model=learn_from(made.reports, method, answers)))


def all_labels(made: Generated) -> Answer:
    """Fuse with a model of which every sampled pair was labelled; learning from the labels is not timed."""
    method = FusionMethod()
    return _answer(made, replace(method, model=_told(link(made.reports, method), made)))


def _answer(made: Generated, method: FusionMethod) -> Answer:
    started = perf_counter()
    fused = fuse(made.reports, method)
    seconds = perf_counter() - started
    memory = peak_gb()
    linked = fused.linked
    row = linked.reports.row
    group = np.empty(len(row), np.int64)
    group[row] = linked.groups.group
    return Answer(
        group=group,
        seconds=seconds,
        memory_gb=memory,
        pairs=row[linked.edges.ends],
        probability=pair_probability(linked.edges),
        certainty=_certainty(made, fused, method),
    )


def _certainty(made: Generated, fused: Fused, method: FusionMethod) -> Certainty:
    linked = fused.linked
    everything = pl.DataFrame({"all": ["all"] * len(linked.reports)})
    counted = count_intervals(chances(linked, method.clustering), everything)
    link = np.empty(len(linked.reports))
    link[linked.reports.row] = link_probability(linked.groups, linked.model.mean_size)
    said = (
        made.reports.select("report_id")
        .join(fused.links, on="report_id", how="left", maintain_order="left")
        .join(fused.incidents, on="incident_id", how="left", maintain_order="left")
    )
    return Certainty(
        link=link,
        count=(int(counted["low"][0]), int(counted["high"][0])),
        independent=said["n_independent"].to_numpy(),
        corroboration=said["corroboration_probability"].to_numpy(),
    )


def _told(linked: Linked, made: Generated) -> FusionModel:
    """Return the model with its shares and priors counted from labelled pairs; two sources, as they meet."""
    reports, model = linked.reports, linked.model
    pairs = linked.around.sample
    one, two = pairs
    same = made.truth[reports.row[one]] == made.truth[reports.row[two]]
    across = reports.source[one] != reports.source[two]
    pattern = compare_pairs(reports, pairs, model.text_bounds)
    parts = offsets()
    found = np.zeros((3, parts[-1]))
    for index, field in enumerate(FIELDS):
        codes = codes_of(pattern, field) + parts[index]
        found[0] += np.bincount(codes[same], minlength=parts[-1])
        found[1:] += np.bincount(codes[~same], minlength=parts[-1])
    found[:, unknown_codes()] = 0.0
    share = found + _FEW * model.share
    for index, field in enumerate(FIELDS):
        for begin in range(parts[index], parts[index + 1], field.block):
            block = share[:, begin : begin + field.block]
            block /= np.maximum(block.sum(axis=1, keepdims=True), 1e-12)
    degree = np.log2(1.0 + linked.around.degree)
    dense = np.minimum((degree[one] + degree[two]).astype(np.int64), DENSITIES - 1)
    apart = np.bincount(dense[across & ~same], minlength=DENSITIES) / 2
    prior = np.stack([np.bincount(dense[across & same], minlength=DENSITIES), apart, apart], axis=1)
    prior = prior + _FEW * model.prior
    return replace(
        model, share=share, prior=prior / prior.sum(axis=1, keepdims=True)
    ).round_numbers()
