"""Insertion: what the kernel finds and chooses, against a look at every report in plain Python."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import examples
from tests.fusion.worlds import ROW, table

from groundtruce.fusion.features.encode import encode
from groundtruce.fusion.fuse import link
from groundtruce.fusion.incremental.grid import index_rows, make_room, pack_rows
from groundtruce.fusion.incremental.insert import enter_cells, list_rows
from groundtruce.fusion.incremental.live import Live
from groundtruce.fusion.matching.candidates import Cover, touches
from groundtruce.fusion.method import FusionMethod


@examples(8)
@given(st.lists(ROW, min_size=4, max_size=16))
def test_every_report_that_touches_the_new_one_is_found(rows: list[dict[str, object]]) -> None:
    """Those of before and those inserted since, each once, at any place and with any precision."""
    reports = table(rows, text=False)
    method = FusionMethod()
    linked = link(reports, method)
    known = link(reports[: len(rows) // 2], FusionMethod(model=linked.model))
    live = Live(reports[: len(rows) // 2], known, method)
    read = live.read(reports[len(rows) // 2 :])
    every = linked.reports
    place = np.argsort(every.row)
    cover = Cover(*(getattr(every, name) for name in Cover._fields))
    for index in range(len(rows) - len(rows) // 2):
        one, before = place[len(rows) // 2 + index], place[: len(rows) // 2 + index]
        near = [
            two
            for two in before
            if every.linkable[one] and every.linkable[two] and touches(int(one), int(two), cover)
        ]
        placed = live.insert(read, index)
        assert placed.neighbours == len(near)
        assert placed.size == 1 or near


@examples(8)
@given(st.lists(ROW, max_size=12))
def test_a_row_is_listed_in_every_grid_as_coarse_as_it_is(rows: list[dict[str, object]]) -> None:
    """Once a grid; each cell is found by its key, before and after room was made."""
    packed = pack_rows(encode(table(rows, text=False)))
    cells = index_rows(packed, 4)
    grids = np.where(packed["linkable"], (3 - packed["wide"]) * (3 - packed["long"].astype(int)), 0)
    assert sorted(cells.members) == np.repeat(np.arange(len(packed)), grids).tolist()
    keys, _ = list_rows.plain(packed, np.zeros(11, np.int64), cells.grids)
    for some in (cells, make_room(cells, 400)):
        used = some.slots[some.slots["key"] >= 0]
        assert sorted(used["key"]) == sorted(set(keys))
        again = some.slots.copy()
        enter_cells.plain(again, used)
        assert (again == some.slots).all()
