"""Insertion: one report among many that stand, found by the cells of a grid and joined where it suits best.

* Reports lie in rows of one array, so that a comparison touches one place in memory; a hash leads from a
  cell to its members: those that stood in the beginning side by side, later ones as a chain.
* A member is listed by the class of its precision in the grid of every class as coarse or coarser, so that
  a pair is looked for on the grid of the coarser of the two, as in the sweep.
* Cost grows with the neighbours, of which no cell gives more than `CELL_CROWD`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.features.comparison import Levels, Stated, compare
from groundtruce.fusion.features.kernel import inline, kernel
from groundtruce.fusion.matching.candidates import REACH_FACTOR, REACH_SLACK_M, SLACK_S
from groundtruce.fusion.matching.score import Weights, weigh
from groundtruce.model.place import EARTH_RADIUS_M

__all__ = [
    "CELL_CROWD",
    "NEAR",
    "ROW",
    "SLOT",
    "Cells",
    "Grids",
    "Rules",
    "enter_cells",
    "insert",
    "list_rows",
]

ROW = np.dtype(
    [
        *((name, "f8") for name in ("x", "y", "z", "radius")),
        *((name, "i8") for name in ("start", "end")),
        *((name, "i4") for name in ("source", "group", "kind", "weapon", "target", "actor")),
        *((name, "i8") for name in ("involved", "killed_low", "killed_high")),
        # of the first report of a group: how many there are, the first of them, its place in a search
        *((name, "i4") for name in ("size", "first", "spot", "after")),
        ("density", "f4"),
        *((name, "u1") for name in ("radius_class", "length_class", "wide", "long")),
        *((name, "?") for name in ("has_text", "linkable")),
        *((name, "f8") for name in ("lat", "lon")),
    ],
    align=True,
)
"""A report: what `Encoded` says of it, its group, and `after`, the next report of the group or -1."""
SLOT = np.dtype([("key", "i8"), ("begin", "i4"), ("end", "i4"), ("head", "i4")], align=True)
"""A cell: its members from `begin` to `end`, and the `head` of the chain of later ones; key -1 where unused."""
CELL_CROWD = 64
"""Members of a cell above which only the nearest in time are asked, and the latest of the chain."""
NEAR = 1_024
"""Neighbours that one report is compared with, at most."""

CHAINED, IN_USE, OF_CLASS = 0, 1, 2
"""Where `Cells.counts` has the entries of the chain, the cells in use, and the members of the first class."""
_TIE = 1e-9
"""Odds that differ by no more are equal: sums in another order differ by less."""

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]
_Rows = NDArray[np.void]


class Grids(NamedTuple):
    """`heights` degrees of the bands of latitude of each width, `steps` seconds of each length.

    `begins` is where the bands of each width begin in `around`, the number of columns of each band.
    """

    heights: _Floats
    begins: _Ints
    around: _Ints
    steps: _Ints


class Cells(NamedTuple):
    """Which reports lie in which cell. `slots` the cells by hash, `members` of them in the beginning, `chain` since.

    `counts` entries of the chain, cells in use, members by class.
    """

    slots: _Rows
    members: NDArray[np.int32]
    chain: NDArray[np.int32]
    counts: _Ints
    grids: Grids


class Rules(NamedTuple):
    """How a group is chosen: log odds of a pair without an edge, least odds to join, growth with size.

    `floor` the least odds of a pair that counts; `once` which sources report an incident once.
    """

    missing: float
    stop: float
    growth: float
    floor: float
    once: NDArray[np.bool_]


class _Sums(NamedTuple):
    """The evidence for each group that a neighbour has: its number, how many pairs, their ratio and prior."""

    group: _Ints
    pairs: _Floats
    ratio: _Floats
    prior: _Floats


@inline
def _key(number: int, step: int, band: int, column: int) -> int:
    """Return the key of a cell; `number` is that of a grid, by width and length, and of a class of members.

    The parts are bits of one whole number: 21 for the step around 0, 12 for the band, 13 for the column.
    """
    return ((number * 2_097_152 + step + 1_048_576) * 4_096 + band) * 8_192 + column


@inline
def _number(width: int, length: int, wide: int, long: int) -> int:
    """Return the number of the grid of a width and a length, and of the class of its members."""
    return (width * 3 + length) * 9 + wide * 3 + long


@inline
def _slot(key: int, slots: _Rows) -> int:
    """Return where the cell is, or where it would be; the number of slots is a power of two."""
    index = (((key ^ (key >> 27)) & 4_294_967_295) * 1_103_515_245 >> 22) & (len(slots) - 1)
    while slots[index]["key"] != key and slots[index]["key"] >= 0:
        index += 1
        if index == len(slots):
            index = 0
    return index


@inline
def _band(lat: float, width: int, grids: Grids) -> int:
    """Return the band of latitude in the grids of a width."""
    bands = grids.begins[width + 1] - grids.begins[width]
    return int(min(max(int((lat + 90) / grids.heights[width]), 0), bands - 1))


@inline
def _column(lon: float, band: int, width: int, grids: Grids) -> int:
    """Return the column of a longitude in a band of the grids of a width."""
    ring = grids.around[grids.begins[width] + band]
    return int(min(int((lon % 360) / 360 * ring), ring - 1))


@kernel
def enter_cells(slots: _Rows, cells: _Rows) -> None:
    """Enter cells that are not there yet."""
    for index in range(len(cells)):
        key = cells[index]["key"]
        cell = slots[_slot(key, slots)]
        cell["key"], cell["begin"] = key, cells[index]["begin"]
        cell["end"], cell["head"] = cells[index]["end"], cells[index]["head"]


@kernel
def list_rows(rows: _Rows, counts: _Ints, grids: Grids) -> tuple[_Ints, NDArray[np.int32]]:
    """Return the key of each cell that a row is listed in, and the row; count the members of each class."""
    keys = np.empty(9 * len(rows), np.int64)
    members = np.empty(9 * len(rows), np.int32)
    listed = 0
    for index in range(len(rows)):
        row = rows[index]
        if not row["linkable"]:
            continue
        wide, long = int(row["wide"]), int(row["long"])
        counts[OF_CLASS + wide * 3 + long] += 1
        for width in range(wide, 3):
            band = _band(row["lat"], width, grids)
            column = _column(row["lon"], band, width, grids)
            for length in range(long, 3):
                number = _number(width, length, wide, long)
                keys[listed] = _key(number, row["start"] // grids.steps[length], band, column)
                members[listed] = index
                listed += 1
    return keys[:listed].copy(), members[:listed].copy()


@kernel
def insert(
    one: int,
    rows: _Rows,
    text: NDArray[np.float32],
    cells: Cells,
    near: NDArray[np.int32],
    levels: Levels,
    weights: Weights,
    rules: Rules,
    crowd: int,
) -> tuple[int, int, float, float, int]:
    """Place row `one`, the last; return its group, how many that has, the odds to stay and to leave, and neighbours.

    `near` is room for the neighbours; from a cell of more than `crowd` come the nearest in time.
    """
    new = rows[one]
    count, degree = _find_near(one, rows, cells, near, crowd)
    new["density"] = np.float32(np.log2(1.0 + degree))
    sums = _Sums(np.empty(count, np.int64), np.zeros(count), np.zeros(count), np.zeros(count))
    groups = _sum_by_group(one, rows, text, near, count, levels, weights, rules.floor, sums)
    choice, stay, leave = _choose(one, rows, sums, groups, rules)
    if choice < 0 or stay <= rules.stop + _TIE:
        choice, stay, leave = one, -np.inf, stay
        new["size"], new["first"], new["spot"] = 0, -1, -1
    head = rows[choice]
    new["group"], new["after"] = choice, head["first"]
    head["size"] += 1
    head["first"] = one
    if new["linkable"]:
        _list_row(one, rows, cells)
    return choice, rows[choice]["size"], stay, leave, count


@inline
def _find_near(
    row: int, rows: _Rows, cells: Cells, near: NDArray[np.int32], crowd: int
) -> tuple[int, int]:
    """Fill `near` with the rows that touch `row`; return how many, and how many are of other sources."""
    new, grids = rows[row], cells.grids
    count, degree = 0, 0
    wide, long = int(new["wide"]), int(new["long"])
    classes = 9 if new["linkable"] else 0
    for rank in range(classes):
        if cells.counts[OF_CLASS + rank] == 0:
            continue
        width, length = max(wide, rank // 3), max(long, rank % 3)
        number = _number(width, length, rank // 3, rank % 3)
        bands = grids.begins[width + 1] - grids.begins[width]
        band = _band(new["lat"], width, grids)
        within = SLACK_S[new["length_class"]] + SLACK_S[rank % 3 + 2]
        longest = grids.steps[rank % 3] - 2 * SLACK_S[rank % 3 + 2]
        first = (new["start"] - longest - within) // grids.steps[length]
        last = (new["end"] + within) // grids.steps[length]
        for step in range(first, last + 1):
            for up in range(max(band - 1, 0), min(band + 2, bands)):
                ring = grids.around[grids.begins[width] + up]
                middle = _column(new["lon"], up, width, grids)
                for aside in range(min(ring, 3)):
                    column = middle + aside - 1
                    if column < 0 or column >= ring:
                        column += ring if column < 0 else -ring
                    cell = cells.slots[_slot(_key(number, step, up, column), cells.slots)]
                    if cell["key"] < 0:
                        continue
                    begin, end = int(cell["begin"]), int(cell["end"])
                    if end - begin > crowd:
                        low, high = begin, end
                        while low < high:
                            half = (low + high) // 2
                            if rows[cells.members[half]]["start"] < new["start"]:
                                low = half + 1
                            else:
                                high = half
                        begin = max(begin, min(low - crowd // 2, end - crowd))
                        end = begin + crowd
                    link, left = int(cell["head"]), crowd
                    while (begin < end or (link >= 0 and left > 0)) and count < len(near):
                        if begin < end:
                            other = cells.members[begin]
                            begin += 1
                        else:
                            other, link = cells.chain[link, 0], cells.chain[link, 1]
                            left -= 1
                        if not _touches(row, other, rows):
                            continue
                        near[count] = other
                        count += 1
                        if new["source"] != rows[other]["source"]:
                            degree += 1
    return count, degree


@inline
def _chord(first: int, second: int, rows: _Rows) -> float:
    """Return the distance of two rows through the unit sphere, squared."""
    new, other = rows[first], rows[second]
    dx, dy, dz = new["x"] - other["x"], new["y"] - other["y"], new["z"] - other["z"]
    return float(dx * dx + dy * dy + dz * dz)


@inline
def _touches(first: int, second: int, rows: _Rows) -> bool:
    """Return whether discs and intervals of two rows touch, within tolerance."""
    new, other = rows[first], rows[second]
    gap = max(new["start"], other["start"]) - min(new["end"], other["end"])
    if gap >= SLACK_S[new["length_class"]] + SLACK_S[other["length_class"]]:
        return False
    joint = np.sqrt(new["radius"] ** 2 + other["radius"] ** 2)
    reach = REACH_FACTOR * joint + REACH_SLACK_M
    return bool(_chord(first, second, rows) * EARTH_RADIUS_M * EARTH_RADIUS_M <= reach * reach)


@inline
def _state(row: int, rows: _Rows) -> Stated:
    """Return what a row states."""
    report = rows[row]
    return Stated(
        report["radius_class"],
        report["length_class"],
        report["start"],
        report["end"],
        report["kind"],
        report["actor"],
        report["involved"],
        report["weapon"],
        report["target"],
        report["killed_low"],
        report["killed_high"],
    )


@inline
def _sum_by_group(
    row: int,
    rows: _Rows,
    text: NDArray[np.float32],
    near: NDArray[np.int32],
    count: int,
    levels: Levels,
    weights: Weights,
    floor: float,
    sums: _Sums,
) -> int:
    """Add up the evidence for each group that a neighbour has; return how many groups there are.

    The head of each group keeps its place in the sums as `spot`.
    """
    new, groups = rows[row], 0
    for index in range(count):
        two = near[index]
        other = rows[two]
        worded = new["has_text"] and other["has_text"]
        cosine = np.float64(0.0)
        if worded:
            for column in range(text.shape[1]):
                cosine += text[row, column] * text[two, column]
        distance_m = np.sqrt(_chord(row, two, rows)) * EARTH_RADIUS_M
        pattern = compare(_state(row, rows), _state(two, rows), distance_m, worded, cosine, levels)
        ratio, prior = weigh(
            pattern, new["density"] + other["density"], new["source"], other["source"], weights
        )
        if ratio + prior < floor:
            continue
        head = rows[other["group"]]
        if head["spot"] < 0:
            head["spot"] = groups
            sums.group[groups] = other["group"]
            groups += 1
        spot = head["spot"]
        sums.pairs[spot] += 1
        sums.ratio[spot] += ratio
        sums.prior[spot] += prior
    return groups


@inline
def _choose(
    row: int, rows: _Rows, sums: _Sums, groups: int, rules: Rules
) -> tuple[int, float, float]:
    """Return the best group that may take `row`, or -1, and the odds of it and of the second best."""
    source = rows[row]["source"]
    choice, value, second = -1, -np.inf, -np.inf
    for spot in range(groups):
        group = sums.group[spot]
        head = rows[group]
        head["spot"] = -1
        many = int(head["size"])
        mean = (sums.ratio[spot] + rules.missing * (many - sums.pairs[spot])) / many
        joint = mean * many**rules.growth + sums.prior[spot] / sums.pairs[spot]
        member = int(head["first"]) if rules.once[source] and joint >= second else -1
        while member >= 0 and rows[member]["source"] != source:
            member = int(rows[member]["after"])
        if member >= 0:
            continue
        if joint > value or (joint == value and group < choice):
            choice, value, second = group, joint, value
        elif joint > second:
            second = joint
    return choice, value, second


@inline
def _list_row(row: int, rows: _Rows, cells: Cells) -> None:
    """List `row` in the grids as coarse as it is, and coarser."""
    new, grids = rows[row], cells.grids
    wide, long = int(new["wide"]), int(new["long"])
    for width in range(wide, 3):
        band = _band(new["lat"], width, grids)
        column = _column(new["lon"], band, width, grids)
        for length in range(long, 3):
            number = _number(width, length, wide, long)
            key = _key(number, new["start"] // grids.steps[length], band, column)
            cell = cells.slots[_slot(key, cells.slots)]
            if cell["key"] < 0:
                cell["key"], cell["begin"], cell["end"], cell["head"] = key, 0, 0, -1
                cells.counts[IN_USE] += 1
            entry = cells.counts[CHAINED]
            cells.chain[entry, 0], cells.chain[entry, 1] = row, cell["head"]
            cell["head"] = entry
            cells.counts[CHAINED] += 1
    cells.counts[OF_CLASS + wide * 3 + long] += 1
