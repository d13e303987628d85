"""Merkle trees of RFC 6962: hashes, roots, proofs and their verification, as functions of values.

* A leaf hash is `H(0x00 || data)`, a node hash `H(0x01 || left || right)`; nothing is padded or repeated.
* A complete subtree of height h that starts at leaf i * 2^h is named (h, i).
* Proof verification follows RFC 9162, 2.1.3.2 and 2.1.4.2. A proof that does not hold raises; none returns false,
  so that a result cannot be forgotten.

>>> tree = Frontier()
>>> for leaf in (b"", b"\\x00"):
...     tree.append(leaf_hash(leaf))
>>> tree.root().hex()[:16]
'fac54203e7cc696c'
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.tlog.encoding import HASH_LENGTH, LARGEST

__all__ = [
    "EMPTY_ROOT",
    "PROOF_LIMIT",
    "Frontier",
    "NodeHash",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "levels_of",
    "node_hash",
    "root_of",
    "subtrees",
    "verify_consistency",
    "verify_inclusion",
]

EMPTY_ROOT = sha256(b"").digest()
"""Root of the tree without leaves."""

PROOF_LIMIT = 63
"""Hashes in a proof at most: the height of the largest tree."""

NodeHash = Callable[[int, int], bytes]
"""(height, index) to the hash of a complete subtree."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: roots in O(log n) memory.

    `size` is the number of leaves so far.
    """

    __slots__ = ("_edge", "size")

    def __init__(self, size: int = 0, edge: Sequence[bytes] = ()) -> None:
        """Start from the hashes of the complete subtrees of a tree of `size`, the largest first."""
        self.size = size
        self._edge = list(edge)

    def append(self, leaf: bytes) -> None:
        """Add a leaf by its hash."""
        trailing = self.size
        while trailing & 1:
            leaf = sha256(b"\x01" + self._edge.pop() + leaf).digest()
            trailing >>= 1
        self._edge.append(leaf)
        self.size += 1

    def append_subtree(self, height: int, subtree: bytes) -> None:
        """Add a complete subtree of 2^height leaves; the tree's size must be a multiple of that."""
        trailing = self.size >> height
        while trailing & 1:
            subtree = sha256(b"\x01" + self._edge.pop() + subtree).digest()
            trailing >>= 1
        self._edge.append(subtree)
        self.size += 1 << height

    def root(self) -> bytes:
        """Return the root of the tree so far."""
        return _fold(self._edge)


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes; the root of a complete subtree over the hashes of its parts."""
    level = list(leaves)
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        level = _pair_up(level) + level[len(level) & ~1 :]
    return level[0]


def levels_of(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Return the hashes of all complete subtrees over leaf hashes, by height."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        levels.append(_pair_up(levels[-1]))
    return levels


def subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the complete subtrees (height, index) that cover leaves [start, end), from left to right.

    For start 0 they are the binary digits of `end`, the largest first.
    """
    while start < end:
        height = (end - start).bit_length() - 1
        if start:
            height = min(height, (start & -start).bit_length() - 1)
        yield height, start >> height
        start += 1 << height


def inclusion_proof(index: int, size: int, node: NodeHash) -> list[bytes]:
    """Return PATH(index, D[0:size]), the leaf's sibling first; raises GroundtruceError `record.proof`."""
    if not 0 <= index < size:
        raise _unproven(
            Phrase("Leaf {index}", index=index), Phrase("the tree has {size} leaves", size=size)
        )
    return _path(index, 0, size, node)


def consistency_proof(old: int, new: int, node: NodeHash) -> list[bytes]:
    """Return PROOF(old, D[0:new]); raises GroundtruceError `record.proof` when old > new."""
    if not 0 <= old <= new:
        raise _unproven(
            Phrase("The tree"), Phrase("it shrank from {old} to {new} leaves", old=old, new=new)
        )
    if old in (0, new):
        return []
    return _subproof(old, 0, new, node, whole=True)


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Return when the leaf hash is at `index` under `root`; raises GroundtruceError `record.proof`.

    RFC 9162, 2.1.3.2, whose `fn` and `sn` are the numbers of the node and of the last node on a level.
    """
    what = Phrase("Leaf {index}", index=index)
    _check_hashes(what, leaf, root, *proof)
    if not 0 <= index < size <= LARGEST:
        raise _unproven(what, Phrase("the tree has {size} leaves", size=size))
    fn, sn = index, size - 1
    for sibling in proof:
        if sn == 0:
            raise _unproven(what, Phrase("the proof is too long"))
        if fn & 1 or fn == sn:
            leaf = node_hash(sibling, leaf)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            leaf = node_hash(leaf, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn or leaf != root:
        raise _unproven(what, Phrase("the hashes do not lead to the root"))


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Return when the tree of `old` leaves is a prefix of that of `new`; raises `record.proof`.

    From size 0 everything follows, which is evidence of nothing.
    """
    what = Phrase("That the tree grew from {old} to {new} leaves", old=old, new=new)
    _check_hashes(what, old_root, new_root, *proof)
    for size, root in ((old, old_root), (new, new_root)):
        if not 0 <= size <= LARGEST or (size == 0) != (root == EMPTY_ROOT):
            raise _unproven(what, Phrase("size {size} has another root", size=size))
    if old > new:
        raise _unproven(what, Phrase("it shrank"))
    if old in (0, new):
        if proof or (old == new and old_root != new_root):
            raise _unproven(
                what, Phrase("the proof is too long") if proof else Phrase("the roots differ")
            )
        return
    _verify_growth(what, (old, new), (old_root, new_root), list(proof))


def _verify_growth(
    what: Phrase, sizes: tuple[int, int], roots: tuple[bytes, bytes], proof: list[bytes]
) -> None:
    """RFC 9162, 2.1.4.2, for 0 < old < new."""
    old, new = sizes
    if not proof:
        raise _unproven(what, Phrase("the proof is empty"))
    if old & (old - 1) == 0:
        proof.insert(0, roots[0])
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    small = large = proof[0]
    for sibling in proof[1:]:
        if sn == 0:
            raise _unproven(what, Phrase("the proof is too long"))
        if fn & 1 or fn == sn:
            small, large = node_hash(sibling, small), node_hash(sibling, large)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            large = node_hash(large, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn or (small, large) != roots:
        raise _unproven(what, Phrase("the hashes do not lead to both roots"))


def _pair_up(level: Sequence[bytes]) -> list[bytes]:
    """Return the hashes one level higher: RFC 9162, 2.1.1."""
    return [
        sha256(b"\x01" + level[position] + level[position + 1]).digest()
        for position in range(0, len(level) - 1, 2)
    ]


def _path(index: int, start: int, end: int, node: NodeHash) -> list[bytes]:
    """Return PATH(index, D[start:end]) of RFC 9162, 2.1.3.1."""
    if end - start == 1:
        return []
    middle = start + _split(end - start)
    if index < middle:
        return [*_path(index, start, middle, node), _range_root(middle, end, node)]
    return [*_path(index, middle, end, node), _range_root(start, middle, node)]


def _subproof(old: int, start: int, end: int, node: NodeHash, *, whole: bool) -> list[bytes]:
    """Return SUBPROOF(old, D[start:end], whole) of RFC 9162, 2.1.4.1."""
    if old == end:
        return [] if whole else [_range_root(start, end, node)]
    middle = start + _split(end - start)
    if old <= middle:
        left = _subproof(old, start, middle, node, whole=whole)
        return [*left, _range_root(middle, end, node)]
    right = _subproof(old, middle, end, node, whole=False)
    return [*right, _range_root(start, middle, node)]


def _range_root(start: int, end: int, node: NodeHash) -> bytes:
    """Return MTH(D[start:end]) for a range that begins where a subtree can."""
    return _fold([node(height, index) for height, index in subtrees(start, end)])


def _fold(edge: Sequence[bytes]) -> bytes:
    """Return the root over the subtrees of the binary digits of a size, the largest first."""
    if not edge:
        return EMPTY_ROOT
    root = edge[-1]
    for left in reversed(edge[:-1]):
        root = node_hash(left, root)
    return root


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _check_hashes(what: Phrase, *hashes: bytes) -> None:
    """Raise `record.proof` for too many hashes, or one of another length."""
    if len(hashes) > PROOF_LIMIT + 2:
        raise _unproven(what, Phrase("the proof is too long"))
    if any(len(node_hash_bytes) != HASH_LENGTH for node_hash_bytes in hashes):
        raise _unproven(what, Phrase("a hash is not 32 bytes long"))


def _unproven(what: Phrase, cause: Phrase) -> GroundtruceError:
    return GroundtruceError(Problem.RECORD_PROOF, what=what, cause=cause)
