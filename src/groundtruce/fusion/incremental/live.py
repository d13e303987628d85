"""Live fusion: a view of a fused set that takes in one report at a time, at once and provisionally.

* A report is compared and scored as the batch would with the same model, and joins the incident that suits
  it best or founds one. Nothing of what stands changes, not even the densities.
* It sees the reports that were inserted before it. Crowds are cut off at a bound.
* `fusion/incremental/repair` makes a set of any number of arrivals equal to the batch.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from groundtruce.fusion.clustering.independence import (
    ALIKE,
    Accounts,
    exclude_copies,
    find_cliques,
)
from groundtruce.fusion.clustering.probability import ALONE, TOGETHER, alone_terms, together_terms
from groundtruce.fusion.features.comparison import Levels
from groundtruce.fusion.features.encode import encode
from groundtruce.fusion.fuse import Linked
from groundtruce.fusion.incremental.arrival import (
    NUMBERED,
    Arrivals,
    choose_telling,
    encode_arrivals,
)
from groundtruce.fusion.incremental.grid import index_rows, make_room, pack_rows, place_in_groups
from groundtruce.fusion.incremental.insert import (
    CELL_CROWD,
    NEAR,
    ROW,
    Cells,
    Rules,
    insert,
)
from groundtruce.fusion.matching.score import FLOOR, Neighbourhood, Scale, Weights
from groundtruce.fusion.method import FusionMethod

__all__ = ["Live", "Placed", "Read"]

_Arguments = tuple[
    NDArray[np.void],
    NDArray[np.float32],
    Cells,
    NDArray[np.int32],
    Levels,
    Weights,
    Rules,
    int,
]
_ROOM = 4_096
"""Reports that there is room for at first; when it is full, more is made."""


class Placed(NamedTuple):
    """Where a report was placed: `group` by the number of one of its reports, of `size` with the new one.

    Numbers are those of the linked reports; those inserted count on from there. `stay` and `leave` are the
    log odds of the group and of the best other one, as `Groups` has them; `neighbours` reports were compared.
    """

    group: int
    size: int
    stay: float
    leave: float
    neighbours: int
    mean_size: float

    @property
    def probability(self) -> float:
        """The probability that the report stands where it belongs."""
        mean = math.log(self.mean_size)
        stay, leave = np.array([self.stay]), np.array([self.leave])
        if self.size > 1:
            odds = together_terms(stay, leave, np.array([self.size]), mean) @ np.array(TOGETHER)
        else:
            odds = alone_terms(leave, mean) @ np.array(ALONE)
        return 1 / (1 + math.exp(-float(odds[0])))


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Reports ready to be inserted in the order of their table; `edition` says with which numbers they were read."""

    rows: NDArray[np.void]
    text: NDArray[np.float32]
    edition: int


class Live:
    """An index of linked reports for inserting more; building it costs about as much as a sort of them."""

    def __init__(self, reports: pl.DataFrame, linked: Linked, method: FusionMethod) -> None:
        """Index `reports` as they are linked by the method; keeps no reference to them."""
        encoded, count = linked.reports, len(linked.reports)
        place = np.empty(count, np.int64)
        place[encoded.row] = np.arange(count)
        chosen = choose_telling(reports)
        self._known, self._encoded = reports[chosen], encoded.take(place[chosen])
        self._model, self._clustering = linked.model, method.clustering
        self._count, self._edition = count, 0
        self._scale = Scale.of(self._encoded, _no_neighbours(len(chosen)), linked.model)
        self._rows = np.zeros(count + _ROOM, ROW)
        self._rows[:count] = pack_rows(exclude_copies(encoded, linked.original))
        self._rows["density"][:count] = np.log2(1.0 + linked.around.degree)
        place_in_groups(self._rows[:count], linked.groups.group, linked.original)
        self._text = np.zeros((count + _ROOM, encoded.text.shape[1]), np.float32)
        self._text[:count] = encoded.text
        self._cells = index_rows(self._rows[:count], _ROOM)
        self._near = np.zeros(NEAR, np.int32)
        self._arguments = self._prepare()

    def __len__(self) -> int:
        """Return the number of reports, those inserted included."""
        return self._count

    def read(self, arrived: pl.DataFrame) -> Read:
        """Encode reports of a validated table; where something occurs for the first time, all are renumbered.

        Raises ValueError where their text vectors are longer than any before.
        """
        arrivals = encode_arrivals(self._known, self._encoded, arrived, self._model.habits)
        if arrivals is None:
            raise ValueError("what arrived changes how others are encoded: repair instead")
        if not arrivals.as_before:
            self._renumber(arrivals, arrived)
        order = np.argsort(arrivals.reports.row)
        return Read(
            rows=pack_rows(arrivals.reports)[order],
            text=arrivals.reports.text[order],
            edition=self._edition,
        )

    def insert(self, read: Read, at: int = 0) -> Placed:
        """Place the report at `at` of those read; raises ValueError where all were renumbered since."""
        if read.edition != self._edition:
            raise ValueError("reports were renumbered since this was read")
        row = self._count
        if row == len(self._rows):
            self._grow()
        self._rows[row] = read.rows[at]
        self._text[row] = read.text[at]
        self._count += 1
        placed = insert.for_work(self._count * 9)(row, *self._arguments)
        return Placed(*placed, self._model.mean_size)

    def accounts(self, numbers: NDArray[np.int64]) -> Accounts:
        """Return what some of the reports say, by their numbers."""
        rows = self._rows[numbers]
        fields = pl.DataFrame({name: rows[name] for name in ALIKE})
        return Accounts(source=rows["source"], fields=fields, text=self._text[numbers])

    def cliques(self) -> NDArray[np.int64]:
        """Return the number of the clique of sources that copy each other, by the number of a source."""
        return find_cliques(self._encoded.source_names, self._model.copying)

    def _renumber(self, arrivals: Arrivals, arrived: pl.DataFrame) -> None:
        """Give what is numbered the numbers that it has with what arrived."""
        rows = self._rows[: self._count]
        for name in NUMBERED:
            rows[name] = arrivals.lookup[name][rows[name]]
        old, new = arrivals.lookup["involved"]
        rows["involved"] = new[np.searchsorted(old, rows["involved"])]
        self._known = pl.concat([self._known, arrived[choose_telling(arrived)]], how="diagonal")
        encoded = encode(self._known, self._model.common)
        place = np.empty(len(encoded), np.int64)
        place[encoded.row] = np.arange(len(encoded))
        self._encoded = encoded.take(place)
        self._scale = Scale.of(self._encoded, _no_neighbours(len(place)), self._model)
        self._arguments = self._prepare()
        self._edition += 1

    def _grow(self) -> None:
        more = max(self._count // 8, _ROOM)
        self._rows = np.concatenate([self._rows, np.zeros(more, ROW)])
        self._text = np.concatenate([self._text, np.zeros((more, self._text.shape[1]), np.float32)])
        self._cells = make_room(self._cells, more)
        self._arguments = self._prepare()

    def _prepare(self) -> _Arguments:
        """Return what every insertion is given."""
        how = self._clustering
        return (
            self._rows,
            self._text,
            self._cells,
            self._near,
            Levels.of(self._encoded, self._model.text_bounds),
            self._scale.weights,
            Rules(how.missing, how.stop, how.growth_moving, FLOOR, self._scale.reports_once),
            CELL_CROWD,
        )


def _no_neighbours(count: int) -> Neighbourhood:
    return Neighbourhood(degree=np.zeros(count, np.int64), sample=np.zeros((2, 0), np.int32))
