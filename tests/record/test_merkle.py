"""Trees of RFC 6962: proofs hold for every size and for nothing else, and tiles give what the definition gives."""

from collections.abc import Callable, Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree
from pymerkle import verify_consistency as peer_consistency
from pymerkle import verify_inclusion as peer_inclusion

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.checkpoint import Head
from groundtruce.record.encoding import LARGEST
from groundtruce.record.layout import grown, superseded
from groundtruce.record.merkle import (
    EMPTY_ROOT,
    Frontier,
    leaf_hash,
    root_of,
    subtrees,
    verify_consistency,
    verify_inclusion,
)
from groundtruce.record.tile import TILE_WIDTH
from groundtruce.record.tree import Tree

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


# --- Trees from tiles ------------------------------------------------------------------------------


def head(size: int) -> Head:
    """Return the head of a log."""
    return Head(origin="log", size=size, root=mth(DATA[:size]))


def grow(files: dict[str, bytes], old: int, new: int) -> None:
    """Let the files of a log grow."""
    tree = Tree(head(old), files.get)
    start = old // TILE_WIDTH * TILE_WIDTH
    files.update(grown(tree, new, DATA[start:new], DATA[start:new]))


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
        assert error.problem in {Problem.RECORD_PROOF, Problem.RECORD_MALFORMED}  # noqa: PT017 - either is right
        return True
    return False


def test_roots_are_those_of_the_definition() -> None:
    """For every size, from all leaves and from the right edge alone."""
    frontier = Frontier()
    assert root_of([]) == frontier.root() == EMPTY_ROOT == mth([])
    for size, leaf in enumerate(LEAVES[:300], start=1):
        frontier.append(leaf)
        assert frontier.root() == root_of(LEAVES[:size])
        if size < 70 or size % 37 == 0:
            assert frontier.root() == mth(DATA[:size])


@given(SIZES, st.data())
def test_inclusion_proofs_are_those_of_the_definition(
    tree_of: Callable[[int], Tree], size: int, data: st.DataObject
) -> None:
    """From tiles or by the definition the same hashes, which verify here and by another library."""
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


@given(st.integers(2, LONGEST), st.data())
def test_a_changed_inclusion_proof_is_refused(size: int, data: st.DataObject) -> None:
    """Another hash, one more, one less, two in another order, another place, leaf or root."""
    index = data.draw(st.integers(0, size - 1))
    proof, leaf, root = path(index, DATA[:size]), LEAVES[index], mth(DATA[:size])
    at = data.draw(st.integers(0, len(proof) - 1))
    other = bytes([proof[at][0] ^ 1]) + proof[at][1:]

    def with_(*replacing: bytes) -> list[bytes]:
        return [*proof[:at], *replacing, *proof[at + 1 :]]

    verify_inclusion(index, size, leaf, proof, root)
    for wrong in (
        *((index, size, leaf, one, root) for one in (with_(other), with_(), with_(proof[at][:-1]))),
        *(
            (index, size, leaf, one, root)
            for one in (with_(proof[at], proof[at]), [*proof, other], [])
        ),
        (index, size, other, proof, root),
        (index, size, leaf, proof, other),
        *((place, size, leaf, proof, root) for place in (index ^ 1, size, -1)),
        (index, LARGEST + 1, leaf, proof, root),
        (index, size, leaf[:-1], proof, root),
    ):
        assert refused(verify_inclusion, *wrong)
    if len(proof) > 1 and proof[0] != proof[-1]:
        assert refused(verify_inclusion, index, size, leaf, proof[::-1], root)


@given(st.integers(2, LONGEST), st.data())
def test_a_changed_consistency_proof_is_refused(size: int, data: st.DataObject) -> None:
    """Another hash, one more, one less, another size or root; also a proof for what needs none."""
    old = data.draw(st.integers(1, size - 1))
    proof, first, second = subproof(old, DATA[:size]), mth(DATA[:old]), mth(DATA[:size])
    at = data.draw(st.integers(0, len(proof) - 1))
    other = bytes([proof[at][0] ^ 1]) + proof[at][1:]
    for wrong in (
        (old, size, first, second, [*proof[:at], other, *proof[at + 1 :]]),
        (old, size, first, second, proof[:at] + proof[at + 1 :]),
        (old, size, first, second, [*proof, other]),
        (old, size, first, second, []),
        (old, size, other, second, proof),
        (old, size, first, other, proof),
        (size, old, second, first, proof),
        (size, size, second, second, proof),
        (size, size, first, second, []),
        (0, size, EMPTY_ROOT, second, proof),
        (-1, size, first, second, proof),
    ):
        assert refused(verify_consistency, *wrong)
    if old > 1:
        assert refused(verify_consistency, old - 1, size, first, second, proof)


def test_another_library_agrees() -> None:
    """pymerkle gives the same roots, and its verifiers accept its proofs of exactly what we prove."""
    peer = InmemoryTree(algorithm="sha256")
    for size, one in enumerate(DATA[:70], start=1):
        peer.append_entry(one)
        assert peer.get_root(size) == mth(DATA[:size])
        for index in range(size):
            theirs = peer.prove_inclusion(index + 1, size)
            peer_inclusion(LEAVES[index], peer.get_root(size), theirs)
            verify_inclusion(index, size, LEAVES[index], path(index, DATA[:size]), mth(DATA[:size]))
        for old in range(1, size + 1):
            peer_consistency(
                peer.get_root(old), peer.get_root(size), peer.prove_consistency(old, size)
            )


@given(st.lists(SIZES, min_size=1, max_size=8))
def test_growing_in_steps_gives_the_same_files(steps: list[int]) -> None:
    """Whatever the steps, the files of the last size are those of one step, byte for byte."""
    sizes = sorted(set(steps))
    in_steps: dict[str, bytes] = {}
    for old, new in zip([0, *sizes], sizes, strict=False):
        grow(in_steps, old, new)
        for gone in superseded(old, new):
            for name in [one for one in in_steps if one.startswith(gone)]:
                del in_steps[name]
    at_once: dict[str, bytes] = {}
    grow(at_once, 0, sizes[-1])
    assert {name: in_steps[name] for name in at_once} == at_once
    tree = Tree(head(sizes[-1]), in_steps.get)
    for size in sizes:
        assert tree.root_at(size) == mth(DATA[:size])


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_subtrees_cover_a_range_once(one: int, other: int) -> None:
    """Complete subtrees, aligned, one behind the other, and none of them could be larger."""
    start, end = sorted((one, other))
    at = start
    for height, index in subtrees(start, end):
        assert index << height == at
        at += 1 << height
    assert at == end
