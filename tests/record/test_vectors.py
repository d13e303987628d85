"""Known answers: the record's formats as other programs write and read them."""

import json
from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from groundtruce.model.problem import GroundtruceError
from groundtruce.record.tlog.checkpoint import Head, log_key, parse_checkpoint, sign_head
from groundtruce.record.tlog.cosignature import cosign, cosigners, read_cosignature
from groundtruce.record.tlog.key import KeyType, SigningKey, VerifierKey
from groundtruce.record.tlog.leaf import Leaf, checksum_of, sign_leaf, signer_of, statement_id
from groundtruce.record.tlog.merkle import (
    Frontier,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from groundtruce.record.tlog.note import Note, note_line
from groundtruce.record.tlog.policy import Strength, parse_policy, policy_text, strength
from groundtruce.record.tlog.proof import LogProof, parse_proof, sigsum_proof
from groundtruce.record.tlog.tile import Tile, bundle_leaves, bundle_path, tiles
from groundtruce.record.tlog.tree import Fetch, Tree

LOG = SigningKey.from_seed("log.example/party-a", KeyType.NOTE, b"\x01" * 32)
WITNESSES = (
    SigningKey.from_seed("witness.a.example", KeyType.COSIGNATURE, b"\x02" * 32),
    SigningKey.from_seed("witness.b.example", KeyType.COSIGNATURE, b"\x03" * 32),
)
TIMES = (1700000000, 1700000060)
LEAVES = (b"", b"a", b"entry two", b"\x00\xff\x00\xff\x00\xff", "é".encode())


def folder(path: Path) -> Fetch:
    """Return the files of a folder as a log."""

    def fetch(name: str) -> bytes | None:
        file = path / name
        return file.read_bytes() if file.is_file() else None

    return fetch


def decoded(text: str) -> bytes:
    return b64decode(text)


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_every_merkle_case_of_the_field_is_answered(shared_vectors: Path, kind: str) -> None:
    """98 inclusion and 98 consistency cases: what is wrong is refused, what is right is not.

    One case is marked right although its roots are not 32 bytes long; we refuse it.
    """
    files = sorted((shared_vectors / "merkle" / kind).rglob("*.json"))
    wrong = []
    for path in files:
        case = json.loads(path.read_bytes())
        proof = [decoded(one) for one in case["proof"] or []]
        check: Callable[[], None]
        if kind == "inclusion":
            leaf, root = decoded(case["leafHash"] or ""), decoded(case["root"] or "")

            def check() -> None:
                verify_inclusion(case["leafIdx"], case["treeSize"], leaf, proof, root)  # noqa: B023

        else:
            roots = decoded(case["root1"] or ""), decoded(case["root2"] or "")

            def check() -> None:
                verify_consistency(case["size1"], case["size2"], *roots, proof)  # noqa: B023

        try:
            check()
            refused = False
        except GroundtruceError:
            refused = True
        if refused != case["wantErr"]:
            wrong.append(path.name)
    expected = [] if kind == "inclusion" else ["sizes-are-equal-one-and-proof-is-empty.json"]
    assert wrong == expected
    assert len(files) == 98


@pytest.mark.parametrize(
    ("size", "root"),
    [
        (1, "773885a613489e24ce2cf76199d6a423f042e4bbf12d7eecee912ef276c65701"),
        (255, "cf66793e6329dff242eb3cee0a6f36ad3e3a196dcc573a1ec775e102be863f1c"),
        (256, "da6596d95369f5fef322ab8e4e0da3b0b50236aa9c8a3b1d246f7411c9e2e32e"),
        (257, "5c1fdfe835358022f2392de478dbe053fc130cfe1d3a082879a90cf6bf14bf7e"),
        (65_537, "b99c570aaf13b96e026383e8e252e69c7142b3ad7e6e0264f3dc10dfd884d8c5"),
        (70_000, "a3920fba7f239a071a9bd10721f1341addefbaededb41c7e24437a9d16bdf00a"),
    ],
)
def test_roots_of_numbered_entries(size: int, root: str) -> None:
    """The root of `entry 0` … is the published one, leaf by leaf and all at once."""
    hashes = [leaf_hash(b"entry %d" % number) for number in range(size)]
    frontier = Frontier()
    for one in hashes:
        frontier.append(one)
    assert frontier.root().hex() == root
    assert root_of(hashes).hex() == root


def test_tiles_of_seventy_thousand_entries() -> None:
    """Tiles at every level have the published bytes."""
    level = [leaf_hash(b"entry %d" % number) for number in range(70_000)]
    levels = [level]
    while len(level) >= 256:
        level = [root_of(level[at : at + 256]) for at in range(0, len(level) - 255, 256)]
        levels.append(level)
    written = {
        tile.path: b"".join(levels[tile.level][tile.index * 256 :][: tile.width])
        for tile in tiles(0, 70_000)
    }
    digests = {path: sha256(content).hexdigest() for path, content in written.items()}
    expected = {
        "tile/0/000": "b0f6ca2ff42508faf8c6bb4ea8bb9c74243b19d4174fdc4fd17bdad9099e605e",
        "tile/0/273.p/112": "e31da4e768fc0d0f1f1f0046a1c4b68d71326b04a07951a7d3dcefef0de9b8cd",
        "tile/1/000": "44f879be76da41edaf37c0d67303fbd25f2ea44be93285b320561fbaaaaabbfa",
        "tile/1/001.p/17": "5a8eb2fe63c90ddf7fd813d165c04fa79d6eca48534b61bd312fcd2d1cf0aef3",
    }
    assert {path: digests[path] for path in expected} == expected
    assert written["tile/2/000.p/1"].hex() == (
        "07b1a377960a4e12e3348d6e9329ae6316a95b02fb1c22e909231b3aa44861a7"
    )
    assert len(written) == 274 + 2 + 1


def test_paths_of_tiles() -> None:
    """Numbers are in groups of three digits, all but the last after an x."""
    assert Tile(3, 1234067).path == "tile/3/x001/x234/067"
    assert bundle_path(5, 17) == "tile/entries/005.p/17"


def test_the_five_leaf_log(shared_vectors: Path) -> None:
    """Our own log of the vectors is written and read to the byte, cosignatures and proofs included."""
    log = shared_vectors / "record" / "log5"
    head = Head(origin=LOG.verifier.name, size=5, root=root_of(list(map(leaf_hash, LEAVES))))
    signed = sign_head(head, LOG)
    lines = tuple(cosign(head, key, time) for key, time in zip(WITNESSES, TIMES, strict=True))
    checkpoint = signed.with_lines(lines)
    assert bytes(checkpoint) == (log / "checkpoint").read_bytes()
    keys = [key.verifier for key in WITNESSES]
    assert [one.time_s for one in cosigners(checkpoint, keys)] == list(TIMES)
    assert [str(LOG.verifier), *map(str, keys)] == (
        shared_vectors / "record" / "vkeys"
    ).read_text().split()
    policy = parse_policy((shared_vectors / "record" / "policy.txt").read_bytes())
    assert len(policy.require(checkpoint)) == 2
    hashes = [leaf_hash(leaf) for leaf in LEAVES]
    for index, leaf in enumerate(LEAVES):
        content = (shared_vectors / "record" / f"{index}.tlog-proof").read_bytes()
        proof = parse_proof(content, LOG.verifier)
        proof.verify(leaf)
        assert bytes(proof) == content
        tree = Tree(head, {"tile/0/000.p/5": b"".join(hashes)}.get)
        made = LogProof(
            index=index, hashes=tuple(tree.inclusion_proof(index)), checkpoint=checkpoint
        )
        assert bytes(made) == content


def test_an_mldsa_cosignature(shared_vectors: Path) -> None:
    """A post-quantum line of another program verifies, and ours has the known key and message."""
    folder_ = shared_vectors / "record"
    note = Note.parse((folder_ / "checkpoint.mldsa").read_bytes())
    key = VerifierKey.parse((folder_ / "mldsa.vkey").read_text().strip())
    head = Head.parse(note.text)
    line = note.line_of(key)
    assert line is not None
    assert read_cosignature(head, line, key).time_s == TIMES[0]
    ours = SigningKey.from_seed("witness.c.example", KeyType.MLDSA_COSIGNATURE, b"\x04" * 32)
    assert ours.verifier == key
    assert read_cosignature(head, cosign(head, ours, TIMES[1]), key).time_s == TIMES[1]


def test_a_cosignature_of_another_log_system() -> None:
    """A line from Sunlight's test data verifies."""
    key = VerifierKey.parse(
        "mirror.example.org+3fb148ef+BAAjjch9GyYz0sJsJx7ALhbdAtz2ov0unbzSl1vMp94O"
    )
    text = "rome2026h1.example.org\n300\ngw31yQrqZZCcEOPrzX+bpy3nJ6QgngTKn8G1m0i62uU=\n"
    line = (
        "— mirror.example.org P7FI7wAAAABpVGeAjA1S4pJm6MbcXjX7UUImu4azZtrfcVW2uyr/LXIYlwEJzXC0N0E"
        "iZkbqfLdXt/4gVEEuGmxJjAfXKMCISpsJAg==\n"
    )
    note = Note.parse(f"{text}\n{line}".encode())
    assert read_cosignature(Head.parse(note.text), note.lines[0], key).time_s == 1767139200


@pytest.mark.parametrize(
    ("vkey", "text", "line"),
    [
        (
            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "This is an example message.\n",
            "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3m"
            "FXmRKuwHjG1Yu72IneyaQM=\n",
        ),
        (
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "If you think cryptography is the answer to your problem,\n"
            "then you don't know what your problem is.\n",
            "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
            "otpRZb6KE6RyyBwJnAM=\n",
        ),
    ],
)
def test_published_notes(vkey: str, text: str, line: str) -> None:
    """The notes in the specification and in Go's documentation verify."""
    key = VerifierKey.parse(vkey)
    note = Note.parse(f"{text}\n{line}".encode())
    assert note.signers([key]) == [key]
    assert str(key) == vkey


def test_a_published_signing_key() -> None:
    """Go's form of a signing key is read and written, and signs as Go does."""
    text = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    key = SigningKey.parse(text)
    assert key.secret_text() == text
    assert str(key.verifier).startswith("PeterNeumann+c74f20a3+ARpc2Qc")
    message = (
        b"If you think cryptography is the answer to your problem,\n"
        b"then you don't know what your problem is.\n"
    )
    assert bytes(note_line(message, key)).decode().split(" ")[2].startswith("x08go/ZJ")
    assert text[-20:] not in repr(key)


def test_the_sigsum_log(shared_vectors: Path) -> None:
    """Leaves, checkpoint and Sigsum proofs of the three-leaf log are made to the byte."""
    root = shared_vectors / "record" / "sigsum"
    log = SigningKey.from_seed(
        log_key(LOG.verifier.public).name, KeyType.NOTE, b"\x01" * 32
    ).verifier
    party = SigningKey.from_seed("party", KeyType.NOTE, b"\x09" * 32)
    checkpoint = parse_checkpoint((root / "log3" / "checkpoint").read_bytes(), log)
    tree = Tree(checkpoint.head, folder(root / "log3"))
    keys = [VerifierKey.parse(line) for line in (root / "vkeys").read_text().split()[1:]]
    for index in range(3):
        identifier = statement_id((root / f"{index}.document").read_bytes())
        leaf = sign_leaf(identifier, party)
        assert bytes(leaf) == (root / f"{index}.leaf").read_bytes() == tree.leaf(index)
        keyed = {party.verifier.key_hash: party.verifier}
        assert signer_of(Leaf.parse(tree.leaf(index)), keyed) == party.verifier
        assert leaf.checksum == checksum_of(identifier)
        proof = sigsum_proof(
            leaf, index, tree.inclusion_proof(index), checkpoint, cosigners(checkpoint, keys)
        )
        assert proof == (root / f"{index}.proof").read_bytes()
    assert bundle_leaves((root / "log3/tile/entries/000.p/3").read_bytes(), 3)[2] == tree.leaf(2)


def test_the_differential_corpus(shared_vectors: Path) -> None:
    """Of forty checkpoints that others read in eight to twenty-five different ways, one is accepted."""
    root = shared_vectors / "record" / "differential"
    log, witness = (VerifierKey.parse(one) for one in (root / "vkeys").read_text().split())
    rows = [row.split("\t") for row in (root / "expected.tsv").read_text().splitlines()[1:]]
    expected = {row[0]: row[1] for row in rows}
    answers = {}
    for path in sorted((root / "notes").iterdir()):
        try:
            cosigners(parse_checkpoint(path.read_bytes(), log), [witness])
            answers[path.name] = "A"
        except GroundtruceError:
            answers[path.name] = "r"
    assert answers == expected
    assert len(answers) == 40


KEYS = {
    name: str(
        SigningKey.from_seed(
            f"w.example/{name}", KeyType.COSIGNATURE, bytes([number]) * 32
        ).verifier
    )
    for number, name in enumerate("ABCDEFGHI", start=20)
}


def threshold(count: int, of: int) -> str:
    names = "ABCDEFGHI"[:of]
    lines = [f"witness {name} {KEYS[name]}" for name in names]
    return "\n".join([*lines, f"group q {count} {' '.join(names)}", "quorum q"])


@pytest.mark.parametrize(
    ("count", "of", "fork", "block"),
    [
        (2, 3, 1, 2),
        (3, 3, 3, 1),
        (3, 4, 2, 2),
        (3, 5, 1, 3),
        (4, 5, 3, 2),
        (4, 7, 1, 4),
        (5, 7, 3, 3),
        (6, 7, 5, 2),
        (7, 9, 5, 3),
        (1, 2, 0, 2),
    ],
)
def test_what_a_threshold_is_worth(count: int, of: int, fork: int, block: int) -> None:
    """For k of n, 2k - n witnesses must collude and n - k + 1 must be silent."""
    policy = parse_policy(threshold(count, of).encode())
    assert strength(policy) == Strength(fork=fork, block=block)
    assert parse_policy(policy_text(policy).encode()) == policy


@pytest.mark.parametrize(
    ("groups", "fork", "block"),
    [
        ("group n 2 C D E\ngroup q all A B n", 3, 1),
        ("group ab any A B\ngroup n 2 C D E\ngroup q all ab n", 1, 2),
        ("group a any A B\ngroup b any C D\ngroup n 3 E F G H\ngroup q all a b n", 2, 2),
    ],
)
def test_what_a_nested_policy_is_worth(groups: str, fork: int, block: int) -> None:
    """Belligerents in groups of their own, and neutrals: computed by enumeration."""
    names = sorted({word for word in groups.split() if word in KEYS})
    lines = [f"witness {name} {KEYS[name]}" for name in names]
    policy = parse_policy("\n".join([*lines, groups, "quorum q"]).encode())
    assert strength(policy) == Strength(fork=fork, block=block)


@pytest.mark.parametrize(
    "text",
    [
        "quorum none\nquorum none",
        "",
        "quorum x",
        f"witness A {KEYS['A']}\nwitness B {KEYS['A']}\nquorum none",
        f"witness A {KEYS['A']}\nwitness A {KEYS['B']}\nquorum none",
        f"witness A {KEYS['A']}\ngroup g any A\ngroup h any A\nquorum h",
        f"witness A {KEYS['A']}\ngroup g 2 A\nquorum g",
        f"witness A {KEYS['A']}\ngroup g 0 A\nquorum g",
        f"witness A {KEYS['A']}\ngroup g ² A\nquorum g",
        f"witness A {KEYS['A']} # mine\nquorum A # his\n",
        f"log {KEYS['A']}\nquorum none",
        "witness A rubbish\nquorum none",
        "quorum none\r\n",
        "gruop a any b\nquorum none",
    ],
)
def test_policies_that_are_refused(text: str) -> None:
    """A policy that two programs could read in two ways is no policy."""
    with pytest.raises(GroundtruceError):
        parse_policy(text.encode())
