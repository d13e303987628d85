"""Trees of RFC 6962: proofs hold for every size and for nothing else, and tiles give what the definition gives."""

from collections.abc import Callable, Sequence
from functools import reduce
from hashlib import sha256
from itertools import combinations_with_replacement, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree
from pymerkle import verify_consistency as peer_consistency
from pymerkle import verify_inclusion as peer_inclusion

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.tlog.checkpoint import Head
from groundtruce.record.tlog.encoding import LARGEST
from groundtruce.record.tlog.layout import grow_files, list_superseded
from groundtruce.record.tlog.merkle import (
    EMPTY_ROOT,
    Frontier,
    leaf_hash,
    node_hash,
    root_of,
    subtrees,
    verify_consistency,
    verify_inclusion,
)
from groundtruce.record.tlog.tile import TILE_WIDTH, tiles
from groundtruce.record.tlog.tree import Tree

LONGEST = 600
DATA = [number.to_bytes(2, "big") * 64 for number in range(LONGEST)]
LEAVES = [leaf_hash(one) for one in DATA]
SIZES = st.integers(1, LONGEST)


# --- The definition, section 2.1 of RFC 6962 -------------------------------------------------------


def split(size: int) -> int:
    """Return the largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1


def mth(data: Sequence[bytes]) -> bytes:
    """Return the Merkle tree hash."""
    if not data:
        return sha256().digest()
    if len(data) == 1:
        return sha256(b"\0" + data[0]).digest()
    k = split(len(data))
    return sha256(b"\1" + mth(data[:k]) + mth(data[k:])).digest()


def path(m: int, data: Sequence[bytes]) -> list[bytes]:
    """Return the audit path."""
    if len(data) == 1:
        return []
    k = split(len(data))
    if m < k:
        return [*path(m, data[:k]), mth(data[k:])]
    return [*path(m - k, data[k:]), mth(data[:k])]


def subproof(m: int, data: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    """Return the consistency proof."""
    if m == len(data):
        return [] if whole else [mth(data)]
    k = split(len(data))
    if m <= k:
        return [*subproof(m, data[:k], whole=whole), mth(data[k:])]
    return [*subproof(m - k, data[k:], whole=False), mth(data[:k])]


def path_sides(m: int, size: int) -> str:
    """Return on which side each hash of an audit path stands: all that it says of place and size."""
    if size == 1:
        return ""
    k = split(size)
    return path_sides(m, k) + "R" if m < k else path_sides(m - k, size - k) + "L"


def subproof_sides(m: int, size: int, *, whole: bool = True) -> str:
    """Return the same of a consistency proof, after what it starts from."""
    if m == size:
        return "old root " if whole else "first hash "
    k = split(size)
    if m <= k:
        return subproof_sides(m, k, whole=whole) + "R"
    return subproof_sides(m - k, size - k, whole=False) + "L"


ROOTS = [mth(DATA[:size]) for size in range(17)]
PATHS = {(m, n): path(m, DATA[:n]) for n in range(1, 17) for m in range(n)}
SUBPROOFS = {(m, n): subproof(m, DATA[:n]) for n in range(1, 17) for m in range(1, n + 1)}


# --- Trees from tiles ------------------------------------------------------------------------------


def head(size: int) -> Head:
    """Return the head of a log."""
    return Head(origin="log", size=size, root=mth(DATA[:size]))


def grow(files: dict[str, bytes], old: int, new: int) -> None:
    """Let the files of a log grow."""
    tree = Tree(head(old), files.get)
    start = old // TILE_WIDTH * TILE_WIDTH
    files.update(grow_files(tree, new, DATA[start:new], DATA[start:new]))


@pytest.fixture(scope="session")
def tree_of() -> Callable[[int], Tree]:
    """Return a maker of trees from tiles, each made in one step."""

    def make(size: int) -> Tree:
        files: dict[str, bytes] = {}
        grow(files, 0, size)
        return Tree(head(size), files.get)

    return make


def refused(check: Callable[..., None], *arguments: object) -> bool:
    """Return whether a check refuses, with the problem of a proof."""
    try:
        check(*arguments)
    except GroundtruceError as error:
        return error.problem is Problem.RECORD_PROOF
    return False


def test_roots_are_those_of_the_definition() -> None:
    """For every size, from all leaves and from the right edge alone."""
    frontier = Frontier()
    assert root_of([]) == frontier.root() == EMPTY_ROOT == mth([])
    for size, leaf in enumerate(LEAVES, start=1):
        frontier.append(leaf)
        assert frontier.root() == root_of(LEAVES[:size])
        if size < 70 or size % 37 == 0:
            assert frontier.root() == mth(DATA[:size])


@given(SIZES, st.data())
def test_inclusion_proofs_are_those_of_the_definition(
    tree_of: Callable[[int], Tree], size: int, data: st.DataObject
) -> None:
    """From tiles or by the definition the same hashes, and they verify."""
    index = data.draw(st.integers(0, size - 1))
    proof = tree_of(size).inclusion_proof(index)
    assert proof == path(index, DATA[:size])
    verify_inclusion(index, size, LEAVES[index], proof, mth(DATA[:size]))


@given(SIZES, st.data())
def test_consistency_proofs_are_those_of_the_definition(
    tree_of: Callable[[int], Tree], size: int, data: st.DataObject
) -> None:
    """From tiles or by the definition the same hashes, and they verify."""
    old = data.draw(st.integers(1, size))
    proof = tree_of(size).consistency_proof(old)
    assert proof == subproof(old, DATA[:size])
    verify_consistency(old, size, mth(DATA[:old]), mth(DATA[:size]), proof)


def changed_proofs(proof: list[bytes], data: st.DataObject) -> list[list[bytes]]:
    """Return a proof with a hash changed, cut, dropped, doubled, added at either end, or two of them swapped."""
    at = data.draw(st.integers(0, len(proof) - 1))
    other = flipped(proof[at])
    before, after = proof[:at], proof[at + 1 :]
    swapped = [[*before, *reversed(proof[at : at + 2]), *proof[at + 2 :]], proof[::-1]]
    return [
        *([*before, *inner, *after] for inner in ([other], [], [proof[at][:-1]], [proof[at]] * 2)),
        *([*proof, other], [other, *proof], []),
        *(one for one in swapped if one != proof),
    ]


def flipped(content: bytes) -> bytes:
    """Return a hash of which one bit differs."""
    return bytes([content[0] ^ 1]) + content[1:]


@given(st.integers(2, LONGEST), st.data())
def test_a_changed_inclusion_proof_is_refused(size: int, data: st.DataObject) -> None:
    """Other hashes, another place, leaf or root, and sizes that no tree has."""
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    proof, leaf, root = path(index, DATA[:size]), LEAVES[index], mth(DATA[:size])
    for wrong in (
        *((index, size, leaf, one, root) for one in changed_proofs(proof, data)),
        *((index, size, one, proof, root) for one in (flipped(leaf), leaf[:-1], b"")),
        *((index, size, leaf, proof, one) for one in (flipped(root), root[:-1], EMPTY_ROOT)),
        *((place, size, leaf, proof, root) for place in (index ^ 1, size, -1)),
        *((index, one, leaf, proof, root) for one in (index, 0, -1, LARGEST + 1)),
    ):
        assert refused(verify_inclusion, *wrong)
    assert refused(verify_inclusion, other, size, leaf, proof, root) == (other != index)


@given(st.integers(2, LONGEST), st.data())
def test_a_changed_consistency_proof_is_refused(size: int, data: st.DataObject) -> None:
    """Other hashes, another old size or root, and a proof for what needs none."""
    old, other = data.draw(st.integers(1, size - 1)), data.draw(st.integers(1, size - 1))
    proof, first, second = subproof(old, DATA[:size]), mth(DATA[:old]), mth(DATA[:size])
    for wrong in (
        *((old, size, first, second, one) for one in changed_proofs(proof, data)),
        *((old, size, one, second, proof) for one in (flipped(first), first[:-1], EMPTY_ROOT)),
        *((old, size, first, one, proof) for one in (flipped(second), second[:-1], EMPTY_ROOT)),
        (size, old, second, first, proof),
        (size, size, second, second, proof),
        (size, size, first, second, []),
        (0, size, EMPTY_ROOT, second, proof),
        (0, size, first, second, []),
        (-1, size, first, second, proof),
        (old, LARGEST + 1, first, second, proof),
    ):
        assert refused(verify_consistency, *wrong)
    assert refused(verify_consistency, other, size, first, second, proof) == (other != old)


def test_what_hashes_alike_is_refused_by_its_form() -> None:
    """A byte moved from one hash to the next, a tree that shrinks, and sizes beyond the largest."""
    one, two, root = LEAVES[0], LEAVES[1], mth(DATA[:2])
    assert refused(verify_inclusion, 1, 2, two[1:], [one + two[:1]], root)
    assert refused(verify_consistency, 1, 2, one + two[:1], root, [two[1:]])
    assert refused(verify_consistency, 6, 5, root, root, [two, one])
    long = LEAVES[: LARGEST.bit_length()]
    far = reduce(node_hash, long, LEAVES[-1])
    verify_inclusion(0, LARGEST, LEAVES[-1], long, far)
    verify_consistency(1, LARGEST, LEAVES[-1], far, long)
    assert refused(verify_inclusion, 0, LARGEST + 1, LEAVES[-1], long, far)
    assert refused(verify_consistency, 1, LARGEST + 1, LEAVES[-1], far, long)


def test_a_proof_holds_for_its_place_and_size_alone() -> None:
    """Up to 16 leaves, every proof against every place and size: it holds where the same hashes have the same sides.

    So a size is believed because a head is signed, never because a proof holds.
    """
    places = [(index, size) for size in range(1, 17) for index in range(size)]
    for (index, size), (other, wrong) in product(places, repeat=2):
        proof, root = PATHS[index, size], ROOTS[size]
        holds = not refused(verify_inclusion, other, wrong, LEAVES[index], proof, root)
        assert holds == (path_sides(other, wrong) == path_sides(index, size))
    growths = list(combinations_with_replacement(range(1, 17), 2))
    for (old, size), (other, wrong) in product(growths, repeat=2):
        proof, roots = SUBPROOFS[old, size], (ROOTS[old], ROOTS[size])
        holds = not refused(verify_consistency, other, wrong, *roots, proof)
        assert holds == (subproof_sides(other, wrong) == subproof_sides(old, size))


def test_another_library_agrees() -> None:
    """pymerkle has our roots and inclusion proofs; its consistency proofs have another form, and hold where ours do."""
    peer = InmemoryTree(algorithm="sha256")
    for size, one in enumerate(DATA[:70], start=1):
        peer.append_entry(one)
        root = mth(DATA[:size])
        assert peer.get_root(size) == root
        for index in range(size):
            theirs = peer.prove_inclusion(index + 1, size)
            assert [LEAVES[index], *path(index, DATA[:size])] == list(theirs.path)
            peer_inclusion(LEAVES[index], root, theirs)
            verify_inclusion(index, size, LEAVES[index], theirs.path[1:], root)
        for old in range(1, size + 1):
            peer_consistency(peer.get_root(old), root, peer.prove_consistency(old, size))
            verify_consistency(old, size, mth(DATA[:old]), root, subproof(old, DATA[:size]))


@given(st.lists(SIZES, min_size=1, max_size=8))
def test_growing_in_steps_gives_the_same_files(steps: list[int]) -> None:
    """Whatever the steps, the files of the last size are those of one step, byte for byte."""
    sizes = sorted(set(steps))
    in_steps: dict[str, bytes] = {}
    for old, new in zip([0, *sizes], sizes, strict=False):
        grow(in_steps, old, new)
        for gone in list_superseded(old, new):
            for name in [one for one in in_steps if one.startswith(gone)]:
                del in_steps[name]
    at_once: dict[str, bytes] = {}
    grow(at_once, 0, sizes[-1])
    assert {name: in_steps[name] for name in at_once} == at_once
    assert all(".p/" in name for name in in_steps.keys() - at_once.keys())
    tree = Tree(head(sizes[-1]), in_steps.get)
    for size in [0, *sizes]:
        assert tree.root_at(size) == mth(DATA[:size])


@given(st.integers(1, LONGEST), st.data())
def test_a_changed_tile_is_refused(size: int, data: st.DataObject) -> None:
    """Any byte of any tile: the tree does not open, or what is proved from that tile is refused."""
    files: dict[str, bytes] = {}
    grow(files, 0, size)
    tile = data.draw(st.sampled_from(list(tiles(0, size))))
    at = data.draw(st.integers(0, len(files[tile.path]) - 1))
    files[tile.path] = files[tile.path][:at] + flipped(files[tile.path][at:])
    with pytest.raises(GroundtruceError) as caught:
        Tree(head(size), files.get).check(tile)
    assert caught.value.problem is Problem.RECORD_HASH


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_subtrees_cover_a_range_once(one: int, other: int) -> None:
    """Complete subtrees, aligned, one behind the other, and none of them could be larger."""
    start, end = sorted((one, other))
    at = start
    for height, index in subtrees(start, end):
        assert index << height == at
        at += 1 << height
    assert at == end
