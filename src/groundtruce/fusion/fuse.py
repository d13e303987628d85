"""Fusion: reports in, links and incidents out; one link for each report.

A pure function of the reports, the method and people's decisions: the order of rows, files, arrival and
threads, and the notation of time, do not matter. Cost grows with the reports and the neighbours of each.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.clustering.decision import Decision, constrain, label_pairs
from groundtruce.fusion.clustering.group import Constraints, Groups, find_parts, group_reports
from groundtruce.fusion.clustering.independence import (
    Accounts,
    assign_voices,
    exclude_copies,
    find_cliques,
    find_copying,
    find_meetings,
    find_originals,
    number_speakers,
)
from groundtruce.fusion.clustering.probability import PAIR_SURE, link_probability, pair_probability
from groundtruce.fusion.clustering.supervision import teach
from groundtruce.fusion.features.encode import Encoded, encode
from groundtruce.fusion.features.thread import in_order
from groundtruce.fusion.matching.candidates import Part, find_candidates
from groundtruce.fusion.matching.model import FusionModel
from groundtruce.fusion.matching.score import (
    Edges,
    Neighbourhood,
    Scale,
    count_neighbours,
    learn_model,
    score_edges,
    score_sample,
)
from groundtruce.fusion.matching.source_bias import correct_bias, learn_habits
from groundtruce.fusion.matching.training_days import day_numbers, days_to_learn_from
from groundtruce.fusion.merging.incident import TOLD, consolidate
from groundtruce.fusion.method import FusionMethod
from groundtruce.model.table import INCIDENTS

__all__ = ["Fused", "Linked", "fuse", "learn_from", "link", "make_tables", "weigh_links"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """What was decided about n encoded reports, and on what ground. `part` (n,) within which groups may form.

    `original` (n,) the report that each one repeats field by field, of sources that copy; itself where none.
    """

    reports: Encoded
    around: Neighbourhood
    model: FusionModel
    edges: Edges
    decided: Constraints
    part: NDArray[np.int64]
    original: NDArray[np.int64]
    groups: Groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    """`links`: one row a report. `incidents`: the incident table. `linked`: the ground of both."""

    links: pl.DataFrame
    incidents: pl.DataFrame
    linked: Linked


def fuse(reports: pl.DataFrame, method: FusionMethod, decisions: Sequence[Decision] = ()) -> Fused:
    """Fuse a validated report table; `decisions` are heeded in their order."""
    linked = link(reports, method, decisions)
    links, incidents = make_tables(reports, linked)
    return Fused(links=links, incidents=incidents, linked=linked)


def link(reports: pl.DataFrame, method: FusionMethod, decisions: Sequence[Decision] = ()) -> Linked:
    """Group the reports of a validated table."""
    if method.model is not None:
        return _link(encode(reports, method.model.common), method, decisions)
    some = _choose_training(reports)
    if some is None:
        encoded = encode(reports)
        first = _link(encoded, method, decisions)
        if not first.model.copying and not decisions:
            return first
        model = first.model
    else:
        part = encode(some)
        with ThreadPoolExecutor(1) as beside:
            waiting = beside.submit(encode, reports, part.common)
            model = _link(part, method, decisions).model
            encoded = waiting.result()
    return _link(encoded, replace(method, model=model), decisions, taught_by=decisions)


def learn_from(
    reports: pl.DataFrame, method: FusionMethod, decisions: Sequence[Decision] = ()
) -> FusionModel:
    """Return the model as it is learned from all of these reports."""
    return _link(encode(reports), replace(method, model=None), decisions).model


def _choose_training(reports: pl.DataFrame) -> pl.DataFrame | None:
    """Return the reports of the days to learn from; None where these are all."""
    day = day_numbers(reports).to_numpy()
    chosen = days_to_learn_from(np.bincount(day))
    return None if chosen.all() else reports.filter(pl.Series(chosen[day]))


def _link(
    encoded: Encoded,
    method: FusionMethod,
    decisions: Sequence[Decision],
    taught_by: Sequence[Decision] = (),
) -> Linked:
    decided = constrain(encoded.report_id, decisions)
    original = np.arange(len(encoded))
    if method.model is not None:
        encoded = correct_bias(encoded, method.model.habits)
        original = find_originals(encoded, method.model.copying, decided)
    encoded, around, model, near = _prepare(encoded, original, method)
    if taught_by:
        labels = label_pairs(encoded.report_id, taught_by)
        model = teach(Scale.of(encoded, around, model), *labels)
    scale = Scale.of(encoded, around, model)
    edges = score_edges(scale, near)
    del near
    part = find_parts(edges, method.clustering, decided)
    groups = group_reports(scale, edges, method.clustering, decided, part)
    if method.model is None:
        copied = find_copying(encoded, find_meetings(encoded, edges, groups.group))
        declared_copies = [
            (name, origin) for name, habit in method.declared.items() for origin in habit.copies
        ]
        model = replace(
            model,
            copying=tuple(sorted({*copied, *declared_copies})),
            mean_size=max(len(encoded), 1) / max(len(np.unique(groups.group)), 1),
        ).round_numbers()
    return Linked(
        reports=encoded,
        around=around,
        model=model,
        edges=edges,
        decided=decided,
        part=part,
        original=original,
        groups=groups.with_copies(original, scale.once),
    )


def make_tables(reports: pl.DataFrame, linked: Linked) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the link table and the incident table of linked reports."""
    encoded, groups = linked.reports, linked.groups
    voice, probability = weigh_links(reports, linked)
    statements = reports.select(TOLD)

    def incidents_of(some: NDArray[np.int64]) -> pl.DataFrame:
        return consolidate(
            statements[encoded.row[some]].with_columns(
                group=pl.Series(groups.group[some]),
                voice=pl.Series(voice[some]),
                probability=pl.Series(probability[some]),
            )
        )

    incidents = pl.concat(in_order(incidents_of, _split_groups(groups.group)))
    incident_row = np.zeros(len(encoded), np.int64)
    incident_row[incidents["group"].to_numpy()] = np.arange(incidents.height)
    where = np.argsort(encoded.row)
    links = pl.DataFrame(
        {
            "report_id": encoded.table_id,
            "incident_id": incidents["incident_id"].gather(incident_row[groups.group][where]),
            "probability": probability[where],
        }
    )
    if not links["report_id"].is_sorted():
        links = links.sort("report_id")
    return links, incidents.select(INCIDENTS.names).sort("incident_id")


def weigh_links(
    reports: pl.DataFrame, linked: Linked
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return for each report, as encoded, the number of its voice and the probability of its link."""
    encoded, group = linked.reports, linked.groups.group
    speaker = number_speakers(reports, encoded.row, encoded.source)
    clique = find_cliques(encoded.source_names, linked.model.copying)
    voice = assign_voices(Accounts.of(encoded), group, speaker, clique)
    return voice, link_probability(linked.groups, linked.model.mean_size).round(4)


_PORTION = 100_000
"""Reports whose incidents are consolidated at a time, which bounds the memory."""


def _split_groups(group: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield the reports of some groups at a time, each group whole; nothing, once, where there is none."""
    order = np.argsort(group, kind="stable")
    bounds = np.arange(0, max(len(group), 1) + _PORTION, _PORTION)
    for begin, end in pairwise(np.searchsorted(group[order], bounds)):
        if begin < end or not len(group):
            yield order[begin:end]


def _prepare(
    reports: Encoded, original: NDArray[np.int64], method: FusionMethod
) -> tuple[Encoded, Neighbourhood, FusionModel, list[Part]]:
    """Return the reports without their sources' habits, their neighbourhood, the model, and the sweep."""
    if method.model is not None:
        near = find_candidates(exclude_copies(reports, original))
        return reports, count_neighbours(reports, near), method.model, near
    plain = correct_bias(reports, method.declared)
    near = find_candidates(plain)
    around = count_neighbours(plain, near)
    model = learn_model(plain, around, method.declared)
    scored = score_sample(plain, around, model)
    surely = pair_probability(scored) >= PAIR_SURE
    learned = learn_habits(plain, scored.ends[:, surely])
    habits = {name: habit for name, habit in learned.items() if name not in method.declared}
    if habits:
        plain = correct_bias(plain, habits)
        near = find_candidates(plain)
        around = count_neighbours(plain, near)
        model = learn_model(plain, around, method.declared)
    return plain, around, replace(model, habits={**habits, **method.declared}).round_numbers(), near
