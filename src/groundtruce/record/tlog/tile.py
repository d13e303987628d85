"""Tiles: the paths of the parts of a log, and the forms of its files (`c2sp.org/tlog-tiles`).

* `tile/<level>/<n>` holds 256 hashes; `tile/entries/<n>` holds 256 leaves, each after its length.
* `body/<n>` holds the statement bodies of the same 256 leaves, or the ids of those that were erased.
  It is ours, not of the specification, and is checked against the leaves.
* A part that is not full is named `.p/<width>`, except `body/<n>`, which is replaced as it grows.
* This module alone knows a path.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from groundtruce.model.message import Phrase
from groundtruce.record.tlog.encoding import HASH_LENGTH, format_error
from groundtruce.record.tlog.leaf import LEAF_LENGTH

__all__ = [
    "BODY_LIMIT",
    "BUNDLED_LENGTH",
    "CHECKPOINT",
    "TILE_WIDTH",
    "Erased",
    "Tile",
    "body_bytes",
    "body_path",
    "bundle_bytes",
    "bundle_leaves",
    "bundle_path",
    "bundles",
    "check_tile",
    "parse_bodies",
    "tiles",
]

CHECKPOINT = "checkpoint"

TILE_WIDTH = 256
"""Hashes in a full tile, leaves in a full bundle."""

BODY_LIMIT = 48 * 1024
"""Bytes of a statement body at most."""

_TILE_HEIGHT = 8
_LEAF_LENGTH = LEAF_LENGTH.to_bytes(2, "big")
BUNDLED_LENGTH = len(_LEAF_LENGTH) + LEAF_LENGTH
"""Bytes of a leaf in a bundle."""
_ERASED = b"\xff\xff\xff\xff"


@dataclass(frozen=True, slots=True)
class Erased:
    """What is left of an erased body: its id, which still leads to the leaf."""

    identifier: bytes


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile by its place: the hashes at `level` from 256 * `index`, of which `width` are there."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """The path of the tile, from the folder or address of the log."""
        return f"tile/{self.level}/{_path_of(self.index, self.width)}"

    @property
    def full(self) -> "Tile":
        """The same tile when it is full."""
        return Tile(self.level, self.index)


def tiles(old: int, new: int) -> Iterator[Tile]:
    """Yield the tiles that a tree of `new` leaves has and one of `old` leaves has not, level by level."""
    level = 0
    while new >> (_TILE_HEIGHT * level):
        before, after = old >> (_TILE_HEIGHT * level), new >> (_TILE_HEIGHT * level)
        for index, width in _bundles_between(before, after):
            yield Tile(level, index, width)
        level += 1


def bundles(old: int, new: int) -> Iterator[tuple[int, int]]:
    """Yield (index, width) of the bundles that changed between `old` and `new` leaves."""
    yield from _bundles_between(old, new)


def bundle_path(index: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a bundle of leaves (`c2sp.org/tlog-tiles`, entry bundles)."""
    return f"tile/entries/{_path_of(index, width)}"


def body_path(index: int) -> str:
    """Return the path of the bodies of a bundle, a format of our own (`docs/reference/record.md`)."""
    return f"body/{_path_of(index, TILE_WIDTH)}"


def bundle_bytes(leaves: Sequence[bytes]) -> bytes:
    """Return a bundle of leaves of 128 bytes each."""
    return b"".join([_LEAF_LENGTH + leaf for leaf in leaves])


def bundle_leaves(content: bytes, width: int) -> list[bytes]:
    """Return the leaves of a bundle of that width; raises GroundtruceError `record.malformed`."""
    if len(content) != width * BUNDLED_LENGTH:
        raise format_error(
            Phrase("A bundle of leaves"),
            Phrase(
                "it has {count} bytes, not {length}",
                count=len(content),
                length=width * BUNDLED_LENGTH,
            ),
        )
    leaves = [
        content[start + 2 : start + BUNDLED_LENGTH]
        for start in range(0, len(content), BUNDLED_LENGTH)
    ]
    if bundle_bytes(leaves) != content:
        raise format_error(Phrase("A bundle of leaves"), Phrase("a leaf does not have 128 bytes"))
    return leaves


def check_tile(content: bytes, width: int) -> list[bytes]:
    """Return the hashes of a tile of that width; raises GroundtruceError `record.malformed`."""
    if len(content) != width * HASH_LENGTH:
        raise format_error(
            Phrase("A tile"),
            Phrase(
                "it has {count} bytes, not {length}", count=len(content), length=width * HASH_LENGTH
            ),
        )
    return [content[start : start + HASH_LENGTH] for start in range(0, len(content), HASH_LENGTH)]


def body_bytes(bodies: Sequence[bytes | Erased]) -> bytes:
    """Return the file of bodies, or ids of erased ones, in the order of their leaves."""
    return b"".join(
        [
            _ERASED + body.identifier
            if isinstance(body, Erased)
            else len(body).to_bytes(4, "big") + body
            for body in bodies
        ]
    )


def parse_bodies(content: bytes) -> list[bytes | Erased]:
    """Return what a file of bodies holds; raises GroundtruceError `record.malformed`."""
    what, bodies, position = Phrase("A file of bodies"), list[bytes | Erased](), 0
    while position < len(content):
        head = content[position : position + 4]
        erased = head == _ERASED
        length = HASH_LENGTH if erased else int.from_bytes(head, "big")
        if not erased and length > BODY_LIMIT:
            raise format_error(what, Phrase("a body has {length} bytes", length=length))
        body = content[position + 4 : position + 4 + length]
        position += 4 + length
        if position > len(content) or len(bodies) == TILE_WIDTH:
            raise format_error(what, Phrase("it does not end with its last body"))
        bodies.append(Erased(body) if erased else body)
    return bodies


def _bundles_between(old: int, new: int) -> Iterator[tuple[int, int]]:
    """Yield number and width of each bundle that is new or wider at the size `new` than at `old`."""
    if old == new:
        return
    for index in range(old // TILE_WIDTH, -(-new // TILE_WIDTH)):
        yield index, min(new - index * TILE_WIDTH, TILE_WIDTH)


def _path_of(index: int, width: int) -> str:
    """Return the number of a tile as a path (`c2sp.org/tlog-tiles`): 1234067 is `x001/x234/067`, `.p/5` if partial."""
    digits = f"{index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    path = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return path if width == TILE_WIDTH else f"{path}.p/{width}"
