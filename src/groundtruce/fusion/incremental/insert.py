"""Insertion: one report among many that stand, found by the cells of a grid and joined where it suits best.

* Reports lie in rows of one array, so that a comparison touches one place in memory; a hash leads from a
  cell to its members: those that stood in the beginning side by side, later ones as a chain.
* A member is listed by the class of its precision in the grid of every class as coarse or coarser, so that
  a pair is looked for on the grid of the coarser of the two, as in the sweep.
* Cost grows with the neighbours, of which no cell gives more than `CELL_CROWD`.
"""

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.features.comparison import compared
from groundtruce.fusion.features.kernel import inlined, kernel
from groundtruce.fusion.matching.score import weighed

__all__ = ["CELL_CROWD", "NEAR", "ROW", "SLOT", "fill", "insert", "listed"]

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

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]
_Rows = NDArray[np.void]


@inlined
def _key(number: int, step: int, band: int, column: int) -> int:
    """Return the key of a cell; `number` is that of a grid, by width and length, and of a class of members."""
    return ((number * 2_097_152 + step + 1_048_576) * 4_096 + band) * 8_192 + column


@inlined
def _slot(key: int, slots: _Rows) -> int:
    """Return where the cell is, or where it would be; the number of slots is a power of two."""
    at = (((key ^ (key >> 27)) & 4_294_967_295) * 1_103_515_245 >> 22) & (len(slots) - 1)
    while slots[at]["key"] != key and slots[at]["key"] >= 0:
        at += 1
        if at == len(slots):
            at = 0
    return at


@kernel
def fill(slots: _Rows, cells: _Rows) -> None:
    """Enter cells that are not there yet."""
    for index in range(len(cells)):
        key = cells[index]["key"]
        cell = slots[_slot(key, slots)]
        cell["key"], cell["begin"] = key, cells[index]["begin"]
        cell["end"], cell["head"] = cells[index]["end"], cells[index]["head"]


@kernel
def listed(
    rows: _Rows, counts: _Ints, heights: _Floats, begins: _Ints, around: _Ints, steps: _Ints
) -> tuple[_Ints, NDArray[np.int32]]:
    """Return the key of each cell that a row is listed in, and the row; count the members of each class."""
    keys = np.empty(9 * len(rows), np.int64)
    members = np.empty(9 * len(rows), np.int32)
    found = 0
    for index in range(len(rows)):
        one = rows[index]
        if not one["linkable"]:
            continue
        wide, long = int(one["wide"]), int(one["long"])
        counts[2 + wide * 3 + long] += 1
        east = (one["lon"] % 360) / 360
        for width in range(wide, 3):
            bands = begins[width + 1] - begins[width]
            band = min(max(int((one["lat"] + 90) / heights[width]), 0), bands - 1)
            ring = around[begins[width] + band]
            column = min(int(east * ring), ring - 1)
            for length in range(long, 3):
                number = (width * 3 + length) * 9 + wide * 3 + long
                keys[found] = _key(number, one["start"] // steps[length], band, column)
                members[found] = index
                found += 1
    return keys[:found].copy(), members[:found].copy()


@kernel
def insert(
    one: int,
    rows: _Rows,
    text: NDArray[np.float32],
    slots: _Rows,
    members: NDArray[np.int32],
    chain: NDArray[np.int32],
    counts: _Ints,
    near: NDArray[np.int32],
    heights: _Floats,
    begins: _Ints,
    around: _Ints,
    steps: _Ints,
    slack: _Ints,
    kind_same: NDArray[np.uint8],
    weapon_same: NDArray[np.uint8],
    target_same: NDArray[np.uint8],
    rare_actor: NDArray[np.bool_],
    repeats: _Floats,
    once: NDArray[np.bool_],
    table: _Floats,
    prior: _Floats,
    fields: _Ints,
    text_bounds: _Floats,
    distances: _Floats,
    missing: float,
    stop: float,
    growth: float,
    floor: float,
    crowd: int,
) -> tuple[int, int, float, float, int]:
    """Place row `one`, the last; return its group, how many that has, the odds to stay and to leave, and neighbours.

    `counts` are the entries of `chain`, the cells in use, and the members of each class.
    """
    new = rows[one]
    earth = 6_371_008.8
    found, degree = 0, 0
    wide, long = int(new["wide"]), int(new["long"])
    east = (new["lon"] % 360) / 360
    classes = 9 if new["linkable"] else 0
    for rank in range(classes):
        if counts[2 + rank] == 0:
            continue
        width, length = max(wide, rank // 3), max(long, rank % 3)
        number = (width * 3 + length) * 9 + rank
        bands = begins[width + 1] - begins[width]
        band = min(max(int((new["lat"] + 90) / heights[width]), 0), bands - 1)
        within = slack[new["length_class"]] + slack[rank % 3 + 2]
        longest = steps[rank % 3] - 2 * slack[rank % 3 + 2]
        first = (new["start"] - longest - within) // steps[length]
        last = (new["end"] + within) // steps[length]
        for step in range(first, last + 1):
            for up in range(max(band - 1, 0), min(band + 2, bands)):
                ring = around[begins[width] + up]
                middle = min(int(east * ring), ring - 1)
                for aside in range(min(ring, 3)):
                    column = middle + aside - 1
                    if column < 0 or column >= ring:
                        column += ring if column < 0 else -ring
                    cell = slots[_slot(_key(number, step, up, column), slots)]
                    if cell["key"] < 0:
                        continue
                    begin, end = int(cell["begin"]), int(cell["end"])
                    if end - begin > crowd:
                        low, high = begin, end
                        while low < high:
                            half = (low + high) // 2
                            if rows[members[half]]["start"] < new["start"]:
                                low = half + 1
                            else:
                                high = half
                        begin = max(begin, min(low - crowd // 2, end - crowd))
                        end = begin + crowd
                    link, left = int(cell["head"]), crowd
                    while (begin < end or (link >= 0 and left > 0)) and found < len(near):
                        if begin < end:
                            two = members[begin]
                            begin += 1
                        else:
                            two, link = chain[link, 0], chain[link, 1]
                            left -= 1
                        other = rows[two]
                        gap = max(new["start"], other["start"]) - min(new["end"], other["end"])
                        if gap >= slack[new["length_class"]] + slack[other["length_class"]]:
                            continue
                        dx, dy, dz = (
                            new["x"] - other["x"],
                            new["y"] - other["y"],
                            new["z"] - other["z"],
                        )
                        reach = 1.3 * np.sqrt(new["radius"] ** 2 + other["radius"] ** 2) + 4_000.0
                        if (dx * dx + dy * dy + dz * dz) * earth * earth > reach * reach:
                            continue
                        near[found] = two
                        found += 1
                        if new["source"] != other["source"]:
                            degree += 1
    density = np.float32(np.log2(1.0 + degree))
    new["density"] = density

    # the evidence for each group that a neighbour stands in
    groups = 0
    touched = np.empty(found, np.int64)
    number_of, evidence, before = np.zeros(found), np.zeros(found), np.zeros(found)
    for index in range(found):
        two = near[index]
        other = rows[two]
        dx, dy, dz = new["x"] - other["x"], new["y"] - other["y"], new["z"] - other["z"]
        worded = new["has_text"] and other["has_text"]
        cosine = np.float64(0.0)
        if worded:
            for column in range(text.shape[1]):
                cosine += text[one, column] * text[two, column]
        weapons = new["weapon"] >= 0 and other["weapon"] >= 0
        targets = new["target"] >= 0 and other["target"] >= 0
        pattern = compared(
            np.sqrt(dx * dx + dy * dy + dz * dz) * earth,
            new["radius_class"],
            other["radius_class"],
            new["start"],
            other["start"],
            new["end"],
            other["end"],
            new["length_class"],
            other["length_class"],
            kind_same[new["kind"], other["kind"]],
            new["actor"],
            other["actor"],
            rare_actor,
            new["involved"],
            other["involved"],
            weapon_same[new["weapon"], other["weapon"]] if weapons else 0,
            target_same[new["target"], other["target"]] if targets else 0,
            new["killed_low"],
            other["killed_low"],
            new["killed_high"],
            other["killed_high"],
            worded,
            cosine,
            text_bounds,
            distances,
        )
        own = new["source"] == other["source"]
        again = repeats[new["source"]] if own else 0.0
        ratio, odds = weighed(
            pattern,
            density + other["density"],
            again,
            table[1 if own else 0],
            prior,
            fields[0],
            fields[1],
            fields[2],
        )
        if ratio + odds < floor:
            continue
        head = rows[other["group"]]
        if head["spot"] < 0:
            head["spot"] = groups
            touched[groups] = other["group"]
            groups += 1
        spot = head["spot"]
        number_of[spot] += 1
        evidence[spot] += ratio
        before[spot] += odds
    choice, value, second = -1, -np.inf, -np.inf
    for spot in range(groups):
        group = touched[spot]
        head = rows[group]
        head["spot"] = -1
        many = int(head["size"])
        mean = (evidence[spot] + missing * (many - number_of[spot])) / many
        joint = mean * many**growth + before[spot] / number_of[spot]
        member = int(head["first"]) if once[new["source"]] and joint >= second else -1
        while member >= 0 and rows[member]["source"] != new["source"]:
            member = int(rows[member]["after"])
        if member >= 0:
            continue
        if joint > value or (joint == value and group < choice):
            choice, value, second = group, joint, value
        elif joint > second:
            second = joint
    stay, leave = value, second
    if choice < 0 or value <= stop + 1e-9:
        choice, stay, leave = one, -np.inf, value
        new["size"], new["first"], new["spot"] = 0, -1, -1
    head = rows[choice]
    new["group"], new["after"] = choice, head["first"]
    head["size"] += 1
    head["first"] = one

    # listed in the grids as coarse as it is, and coarser
    for width in range(wide, 3 if classes > 0 else 0):
        for length in range(long, 3):
            number = (width * 3 + length) * 9 + wide * 3 + long
            bands = begins[width + 1] - begins[width]
            band = min(max(int((new["lat"] + 90) / heights[width]), 0), bands - 1)
            ring = around[begins[width] + band]
            column = min(int(east * ring), ring - 1)
            key = _key(number, new["start"] // steps[length], band, column)
            cell = slots[_slot(key, slots)]
            if cell["key"] < 0:
                cell["key"], cell["begin"], cell["end"], cell["head"] = key, 0, 0, -1
                counts[1] += 1
            chain[counts[0], 0], chain[counts[0], 1] = one, cell["head"]
            cell["head"] = counts[0]
            counts[0] += 1
    if classes > 0:
        counts[2 + wide * 3 + long] += 1
    return choice, rows[choice]["size"], stay, leave, found
