"""Reading a log's tree from its tiles: nothing read from a tile is believed before it leads to the signed root.

* The right edge of the tree is checked against the root once; every other tile against the tile above it.
* A tile that is missing in its partial form is looked for in its full form, of which the start is used.
* Memory is bounded, whatever the size of the log; the cost of a proof grows with the height of the tree.
"""

from collections.abc import Callable

from groundtruce.model.message import Phrase, quote
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.tlog.checkpoint import Head
from groundtruce.record.tlog.encoding import HASH_LENGTH
from groundtruce.record.tlog.leaf import checksum_of, statement_id
from groundtruce.record.tlog.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    levels_of,
    subtrees,
)
from groundtruce.record.tlog.tile import (
    TILE_WIDTH,
    Erased,
    Tile,
    body_path,
    bundle_leaves,
    bundle_path,
    check_tile,
    parse_bodies,
)

__all__ = ["Fetch", "Tree", "fetch_required"]

_HEIGHT = 8
_KEPT_TILES = 64

Fetch = Callable[[str], bytes | None]
"""A path of the log to the bytes there, or None: a folder, a mirror, a web server."""


def fetch_required(fetch: Fetch, path: str) -> bytes:
    """Return the bytes at a path; raises GroundtruceError `record.missing`."""
    content = fetch(path)
    if content is None:
        raise GroundtruceError(Problem.RECORD_MISSING, what=quote(path))
    return content


class Tree:
    """The authenticated tree of one head."""

    def __init__(self, head: Head, fetch: Fetch) -> None:
        """Check the right edge against the root; raises GroundtruceError `record.hash` and others."""
        self.head = head
        self._fetch = fetch
        self._checked: dict[tuple[int, int], list[list[bytes]]] = {}
        self._edge = self._right_edge()

    def node(self, height: int, index: int) -> bytes:
        """Return the hash of a complete subtree, authenticated; raises GroundtruceError."""
        known = self._edge.get((height, index))
        if known is not None:
            return known
        level, within = divmod(height, _HEIGHT)
        first = index << within
        return self._tile(level, first // TILE_WIDTH)[within][(first % TILE_WIDTH) >> within]

    def inclusion_proof(self, index: int) -> list[bytes]:
        """Return the proof that leaf `index` is in the tree."""
        return inclusion_proof(index, self.head.size, self.node)

    def consistency_proof(self, old: int) -> list[bytes]:
        """Return the proof that the tree of `old` leaves is a prefix of this one."""
        return consistency_proof(old, self.head.size, self.node)

    def root_at(self, size: int) -> bytes:
        """Return the root that the tree had at an earlier size."""
        return self.frontier(size).root()

    def frontier(self, size: int) -> Frontier:
        """Return the right edge of the tree at an earlier size."""
        return Frontier(size, [self.node(height, index) for height, index in subtrees(0, size)])

    def leaf(self, index: int) -> bytes:
        """Return leaf `index`, authenticated; raises GroundtruceError."""
        leaves = self.leaves(index // TILE_WIDTH) if index < self.head.size else []
        if not leaves:
            raise GroundtruceError(Problem.RECORD_MISSING, what=Phrase("Leaf {index}", index=index))
        return leaves[index % TILE_WIDTH]

    def leaves(self, bundle: int) -> list[bytes]:
        """Return the leaves of a bundle, authenticated; raises GroundtruceError."""
        width = min(self.head.size - bundle * TILE_WIDTH, TILE_WIDTH)
        path = bundle_path(bundle, width)
        content = self._fetch(path)
        if content is not None:
            leaves = bundle_leaves(content, width)
        elif width < TILE_WIDTH:
            full = fetch_required(self._fetch, bundle_path(bundle))
            leaves = bundle_leaves(full, TILE_WIDTH)[:width]
        else:
            raise GroundtruceError(Problem.RECORD_MISSING, what=quote(path))
        if list(map(leaf_hash, leaves)) != self._tile(0, bundle)[0]:
            raise GroundtruceError(Problem.RECORD_HASH, what=quote(path))
        return leaves

    def bodies(self, bundle: int) -> list[bytes | Erased]:
        """Return the bodies of a bundle, each checked against its leaf; raises GroundtruceError."""
        return self.contents(bundle)[1]

    def contents(self, bundle: int) -> tuple[list[bytes], list[bytes | Erased]]:
        """Return the leaves and the bodies of a bundle, authenticated; raises GroundtruceError."""
        leaves = self.leaves(bundle)
        path = body_path(bundle)
        bodies = parse_bodies(fetch_required(self._fetch, path))[: len(leaves)]
        if len(bodies) < len(leaves):
            raise GroundtruceError(
                Problem.RECORD_MISSING,
                what=Phrase("Body {index} of {path}", index=len(bodies), path=path),
            )
        for offset, (leaf, body) in enumerate(zip(leaves, bodies, strict=True)):
            identifier = body.identifier if isinstance(body, Erased) else statement_id(body)
            if checksum_of(identifier) != leaf[:HASH_LENGTH]:
                raise GroundtruceError(
                    Problem.RECORD_HASH,
                    what=Phrase("Body {index} of {path}", index=offset, path=path),
                )
        return leaves, bodies

    def check(self, tile: Tile) -> None:
        """Read a tile and check that it leads to the root; raises GroundtruceError `record.hash`."""
        self._tile(tile.level, tile.index)

    def _right_edge(self) -> dict[tuple[int, int], bytes]:
        """Read the subtrees of the binary digits of the size, and compare their fold with the root."""
        subtree_hashes: dict[tuple[int, int], bytes] = {}
        tiles: dict[tuple[int, int], list[list[bytes]]] = {}
        for height, index in subtrees(0, self.head.size):
            level, within = divmod(height, _HEIGHT)
            first = index << within
            address = level, first // TILE_WIDTH
            if address not in tiles:
                tiles[address] = levels_of(self._read(*address))
            subtree_hashes[height, index] = tiles[address][within][(first % TILE_WIDTH) >> within]
        if Frontier(self.head.size, list(subtree_hashes.values())).root() != self.head.root:
            raise GroundtruceError(
                Problem.RECORD_HASH,
                what=Phrase("The right edge of {origin}", origin=self.head.origin),
            )
        self._checked.update(tiles)
        return subtree_hashes

    def _tile(self, level: int, index: int) -> list[list[bytes]]:
        """Return the hashes of a tile that leads to the root, and those of the subtrees in it by height."""
        known = self._checked.get((level, index))
        if known is not None:
            return known
        levels = levels_of(self._read(level, index))
        width = len(levels[0])
        if width == TILE_WIDTH:
            sound = levels[_HEIGHT][0] == self.node(_HEIGHT * (level + 1), index)
        else:
            # a partial tile is on the right edge: its parts are subtrees of the binary digits of the size
            sound = all(
                levels[within][number]
                == self._edge[_HEIGHT * level + within, ((index * TILE_WIDTH) >> within) + number]
                for within, number in subtrees(0, width)
            )
        if not sound:
            raise GroundtruceError(Problem.RECORD_HASH, what=quote(Tile(level, index, width).path))
        if len(self._checked) >= _KEPT_TILES:
            self._checked.clear()
        self._checked[level, index] = levels
        return levels

    def _read(self, level: int, index: int) -> list[bytes]:
        """Read a tile as wide as this head has it."""
        width = min((self.head.size >> (_HEIGHT * level)) - index * TILE_WIDTH, TILE_WIDTH)
        tile = Tile(level, index, width)
        content = self._fetch(tile.path)
        if content is not None:
            return check_tile(content, width)
        if width < TILE_WIDTH:
            return check_tile(fetch_required(self._fetch, tile.full.path), TILE_WIDTH)[:width]
        raise GroundtruceError(Problem.RECORD_MISSING, what=quote(tile.path))
