"""The shape of a log's files from its leaves: which files a growth from one size to another writes.

* Full tiles above level 0 hold the roots of full tiles below; partial tiles are never hashed upward.
* A growth needs the hashes of the tiles on the old right edge and the new leaves, nothing else.
"""

from collections.abc import Sequence

from groundtruce.record.tlog.leaf import statement_id
from groundtruce.record.tlog.merkle import leaf_hash, root_of
from groundtruce.record.tlog.tile import (
    TILE_WIDTH,
    Erased,
    body_bytes,
    body_path,
    bundle_bytes,
    bundle_path,
    bundles,
    tiles,
)
from groundtruce.record.tlog.tree import Tree

__all__ = ["Growth", "erase_body", "grow_files", "list_superseded"]

Growth = dict[str, bytes]
"""Path in the log to content."""


def grow_files(
    old: Tree, new: int, leaves: Sequence[bytes], bodies: Sequence[bytes | Erased]
) -> Growth:
    """Return the files that change when `leaves` and `bodies` follow the tree `old`, up to size `new`.

    `leaves` and `bodies` start at the first leaf of the bundle that `old` ends in, so that a bundle is whole.
    """
    size = old.head.size
    first = size // TILE_WIDTH
    files: Growth = {}
    for index, width in bundles(size, new):
        start_in_run = (index - first) * TILE_WIDTH
        files[bundle_path(index, width)] = bundle_bytes(leaves[start_in_run : start_in_run + width])
        files[body_path(index)] = body_bytes(bodies[start_in_run : start_in_run + width])
    hashes = [leaf_hash(leaf) for leaf in leaves]
    start, level = first * TILE_WIDTH, 0
    for tile in tiles(size, new):
        if tile.level > level:
            level = tile.level
            start, hashes = _tiles_above(old, level, start, hashes)
        start_in_run = tile.index * TILE_WIDTH - start
        files[tile.path] = b"".join(hashes[start_in_run : start_in_run + tile.width])
    return files


def erase_body(tree: Tree, index: int) -> Growth:
    """Return the file of bodies without that of leaf `index`; its id stays."""
    bundle, offset = divmod(index, TILE_WIDTH)
    bodies = tree.bodies(bundle)
    body = bodies[offset]
    if isinstance(body, Erased):
        return {}
    bodies[offset] = Erased(statement_id(body))
    return {body_path(bundle): body_bytes(bodies)}


def list_superseded(old: int, new: int) -> list[str]:
    """Return the partial paths that full ones replace when a log grows from `old` to `new` leaves."""
    full = [tile.path for tile in tiles(old, new) if tile.width == TILE_WIDTH]
    full += [bundle_path(index) for index, width in bundles(old, new) if width == TILE_WIDTH]
    return [f"{path}.p" for path in full]


def _tiles_above(old: Tree, level: int, start: int, hashes: list[bytes]) -> tuple[int, list[bytes]]:
    """Return the hashes of the next level from the start of the tile that the old tree ends in there."""
    whole = len(hashes) // TILE_WIDTH * TILE_WIDTH
    made = [
        root_of(hashes[position : position + TILE_WIDTH])
        for position in range(0, whole, TILE_WIDTH)
    ]
    first = start // TILE_WIDTH
    begin = first // TILE_WIDTH * TILE_WIDTH
    kept = [old.node(8 * level, position) for position in range(begin, first)]
    return begin, kept + made
