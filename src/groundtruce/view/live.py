"""The live view: what reports that just arrived change, at once and provisionally, in a view of any size.

* A report joins the incident that suits it best or founds one, by the model that fused the rest; nothing else moves.
* The incidents that this touches are consolidated and assessed anew, each from all of its reports.
* What only a replay can know stays as it stood: densities, duties, what happened before in other incidents.
  So a live view is shown as provisional, and a replay of the record settles it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.clustering.independence import assign_voices, number_speakers
from groundtruce.fusion.incremental.live import Live
from groundtruce.fusion.merging.incident import TOLD, consolidate
from groundtruce.model.table import COUNTS, INCIDENTS, LINKS, REPORTS
from groundtruce.view.project.reports import ENTRIES
from groundtruce.view.step import STEPS, Conditions, find_as_of, run_steps
from groundtruce.view.view import LinkedView, View

__all__ = ["Arrived", "LiveView"]

_Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What arrivals change: `view` holds the touched incidents alone, with all of their reports.

    `former` names the incidents that these reports belonged to before.
    """

    view: View
    former: pl.Series


class LiveView:
    """A view that takes in reports; making it costs about as much as a sort of its reports."""

    def __init__(self, replayed: LinkedView) -> None:
        """Begin with what a replay gave; keeps its tables."""
        self._view, linked = replayed.view, replayed.linked
        self._live = Live(self._view.reports, linked, replayed.method)
        self._row = linked.reports.row
        self._order = np.argsort(linked.groups.group, kind="stable")
        self._group = linked.groups.group
        self._sorted = self._group[self._order]
        self._come = self._view.reports.clear().with_columns(probability=pl.lit(None, pl.Float64))
        self._entries = self._view.entries.clear()
        self._joined: list[int] = []
        """Of each report that came, the number of the group where it stands."""
        self._named: dict[int, str] = {}
        """Of each group that was touched, the incident that it is now."""

    def knows(self, reports: pl.DataFrame) -> bool:
        """Return whether one of the reports is here already: then only a replay can tell what becomes of it."""
        ids = reports["report_id"].implode()
        return bool(
            self._view.reports["report_id"].is_in(ids).any()
            or self._come["report_id"].is_in(ids).any()
        )

    def arrive(self, reports: pl.DataFrame, entries: pl.DataFrame) -> Arrived:
        """Take in validated reports that are not here yet, and `entries` that say where the record has them.

        Raises ValueError where they change how all others are read; only a replay takes these in.
        """
        read = self._live.read(reports)
        probability = []
        for index in range(reports.height):
            placed = self._live.insert(read, index)
            own = len(self._group) + len(self._joined)
            self._joined.append(own if placed.size == 1 else self._group_of(placed.group))
            probability.append(round(placed.probability, 4))
        come = reports.with_columns(pl.Series("probability", probability, pl.Float64))
        self._come = pl.concat([self._come, come], how="diagonal_relaxed")
        self._entries = pl.concat([self._entries, entries.select(*ENTRIES)])
        return self._changed(sorted(set(self._joined[-reports.height :])))

    def _group_of(self, number: int) -> int:
        """Return the group in which a report stands, by its number."""
        count = len(self._group)
        return int(self._group[number]) if number < count else self._joined[number - count]

    def _members(self, groups: list[int]) -> tuple[_Ints, _Ints]:
        """Return the reports of the groups, by their numbers: those of the view, and those that came."""
        low = np.searchsorted(self._sorted, groups)
        high = np.searchsorted(self._sorted, groups, side="right")
        before = [self._order[begin:end] for begin, end in zip(low, high, strict=True)]
        came = np.nonzero(np.isin(np.array(self._joined), groups))[0]
        return np.concatenate(before), len(self._group) + came

    def _former(self, groups: list[int]) -> Iterator[str]:
        """Yield the incident that each of the groups was, in their order; nothing for a new one."""
        for group in groups:
            if group in self._named:
                yield self._named[group]
            elif group < len(self._group):
                first = int(self._order[np.searchsorted(self._sorted, group)])
                yield str(self._view.links["incident_id"][int(self._row[first])])

    def _changed(self, groups: list[int]) -> Arrived:
        view, count = self._view, len(self._group)
        before, came = self._members(groups)
        numbers = np.concatenate([before, came])
        rows = self._row[before]
        reports = pl.concat(
            [
                view.reports[rows].with_columns(view.links["probability"].gather(rows)),
                self._come[came - count],
            ],
            how="diagonal_relaxed",
        )
        joined = np.array(self._joined)[came - count]
        group = np.searchsorted(groups, np.concatenate([self._group[before], joined]))
        accounts = self._live.accounts(numbers)
        speaker = number_speakers(reports, np.arange(len(numbers)), accounts.source)
        voice = assign_voices(accounts, group, speaker, self._live.cliques())
        reports = reports.with_columns(group=pl.Series(group), voice=pl.Series(voice))
        merged = consolidate(reports.select(*TOLD, "group", "voice", "probability"))
        named = dict(merged.select("group", "incident_id").iter_rows())
        former = list(self._former(groups))
        self._named |= {group: named[number] for number, group in enumerate(groups)}
        incidents = merged.select(INCIDENTS.names).sort("incident_id")
        links = reports.select(
            "report_id",
            incident_id=pl.col("group").replace_strict(named, return_dtype=pl.String),
            probability="probability",
        ).sort("report_id")
        ids = links["report_id"].implode()
        entries = pl.concat([view.entries, self._entries]).filter(pl.col("report_id").is_in(ids))
        reports = reports.select(view.reports.columns).sort("report_id")
        conditions = Conditions(view.agreement, find_as_of(incidents, view.agreement))
        given = {REPORTS: reports, COUNTS: view.counts, LINKS: links, INCIDENTS: incidents}
        judged = run_steps((step for step in STEPS if step.by_incident), conditions, given)
        touched = view.with_tables({LINKS: links, INCIDENTS: incidents, **judged})
        return Arrived(
            view=replace(touched, reports=reports, entries=entries),
            former=pl.Series("incident_id", former, pl.String),
        )
