"""The check of a log finds whatever is damaged, missing, erased without a reason, or no part of it."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from tests.peers import make_authoring, make_nodes
from tests.record.logs import FILED_AT, KEYS, LOG, STATEMENT, QuietDisk, add, drafts, files, read

from groundtruce.model.problem import GroundtruceError
from groundtruce.node.authoring.recording import record_drafts
from groundtruce.node.checking.check import check_node
from groundtruce.record.log.append import AppendLog
from groundtruce.record.log.audit import AuditState
from groundtruce.record.log.fsck import Finding, fsck, strays
from groundtruce.record.log.ledger import LedgerRole
from groundtruce.record.statement.schema import StatementKind
from groundtruce.record.statement.statement import Draft
from groundtruce.record.tlog.checkpoint import Head
from groundtruce.record.tlog.cosignature import cosign, cosigners, witness_name
from groundtruce.record.tlog.key import KeyType, SigningKey, public_key_of
from groundtruce.record.tlog.leaf import statement_id
from groundtruce.record.tlog.tile import CHECKPOINT, body_bytes, parse_bodies

SIZE = 300
SEEDS = (b"\x03" * 32, b"\x04" * 32)
WITNESSES = [
    SigningKey.from_seed(witness_name(public_key_of(seed)), kind, seed)
    for seed in SEEDS
    for kind in (KeyType.COSIGNATURE, KeyType.MLDSA_COSIGNATURE)
]
VERIFIERS = [key.verifier for key in WITNESSES]

EDGE = (CHECKPOINT, "tile/0/001.p/44", "tile/1/000.p/1")
"""What every reader needs first: the signed root and the tiles that are hashed up to it; damage refuses all reading."""

EARLIER = ("tile/0/001.p/24", "tile/entries/001.p/24")
"""Partial files of a size that was published before, served to whoever holds its checkpoint."""

FILES = (
    *EDGE,
    *("tile/0/000", "tile/entries/000", "tile/entries/001.p/44", "body/000", "body/001"),
)

REFUSED = "refused"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 300 statements with two cosigners of two keys each; not to be changed."""
    root = tmp_path_factory.mktemp("fsck") / "log"
    with AppendLog.create(files(root), KEYS, QuietDisk()) as log:
        for count in (100, 180, 20):
            add(log, count)
            log.publish()
        time_s = int(FILED_AT.timestamp())
        log.keep_cosignatures([cosign(log.head, key, time_s) for key in WITNESSES])
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    shutil.copytree(made, tmp_path / "log")
    return tmp_path / "log"


def found(root: Path) -> list[Finding]:
    """Return all findings; a log that is not opened is one."""
    try:
        log = read(root)
    except GroundtruceError as error:
        return [Finding(REFUSED, error.sentence)]
    state = AuditState(origin=LOG.name, keys={STATEMENT.key_hash: STATEMENT})
    return [*fsck(log, state, VERIFIERS), *strays(root / "public", log.checkpoint.head.size)]


def is_found(root: Path, name: str) -> bool:
    """Return whether damage is found under the name of the file, or of the bundle of its bodies, or refuses reading."""
    told = found(root)
    if name in EDGE and [one.where for one in told] == [REFUSED]:
        return True
    bundle = name.replace("body/", "tile/entries/")
    return any(name in f"{one.where} {one.sentence}" or bundle in one.where for one in told)


def test_a_sound_log_has_no_findings(made: Path) -> None:
    """Nothing is found, the files are those that the tests damage, and progress is told bundle by bundle."""
    public, done = made / "public", list[int]()
    names = {path.relative_to(public).as_posix() for path in public.rglob("*") if path.is_file()}
    assert names == {*FILES, *EARLIER}
    assert found(made) == []
    state = AuditState(origin=LOG.name, keys={STATEMENT.key_hash: STATEMENT})
    assert fsck(read(made), state, VERIFIERS, done.append) == []
    assert done == [256, SIZE]
    assert len(cosigners(read(made).checkpoint, VERIFIERS)) == len(VERIFIERS)


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_is_found(root: Path, name: str) -> None:
    """One bit anywhere in any file is found.

    A line of the checkpoint that no longer names its witness is an unknown one, which readers pass over by the
    format's rules: then the cosigner is missing.
    """
    path, random = root / "public" / name, Random(name)
    content = path.read_bytes()
    for bit in (random.randrange(8 * len(content)) for _ in range(12)):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        if not is_found(root, name):
            assert name == CHECKPOINT, bit
            assert len(cosigners(read(root).checkpoint, VERIFIERS)) < len(VERIFIERS), bit


DAMAGES: dict[str, Callable[[Path, bytes], object]] = {
    "a byte less": lambda path, content: path.write_bytes(content[:-1]),
    "half": lambda path, content: path.write_bytes(content[: len(content) // 2]),
    "empty": lambda path, content: path.write_bytes(b""),
    "a byte more": lambda path, content: path.write_bytes(content + b"\x00"),
    "twice": lambda path, content: path.write_bytes(content * 2),
    "gone": lambda path, content: path.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_length_is_found(root: Path, name: str, damage: str) -> None:
    """Each file is there and has exactly its length; only the last bodies may go on, since they are written first."""
    path = root / "public" / name
    DAMAGES[damage](path, path.read_bytes())
    assert is_found(root, name) is not ((name, damage) == ("body/001", "twice"))


@pytest.mark.parametrize("name", EARLIER)
def test_a_damaged_file_of_an_earlier_size_is_found(root: Path, name: str) -> None:
    """Whoever holds an older checkpoint asks for these files, so they are checked as well while they are there."""
    path = root / "public" / name
    content = path.read_bytes()
    for damage in ("a byte less", "empty", "a byte more", "twice"):
        DAMAGES[damage](path, content)
        assert is_found(root, name), damage
    for at in (0, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert is_found(root, name), at
    path.unlink()
    assert found(root) == []


def test_everything_damaged_is_found(root: Path) -> None:
    """The check goes on after a finding, and exchanged bodies are found like changed ones."""
    public = root / "public"
    first = parse_bodies((public / "body/000").read_bytes())
    (public / "body/000").write_bytes(body_bytes([first[1], first[0], *first[2:]]))
    (public / "tile/entries/001.p/44").unlink()
    told = " ".join(f"{one.where} {one.sentence}" for one in found(root))
    assert "Body 0 of body/000" in told
    assert "tile/entries/001" in told


def test_a_statement_of_another_key_is_found(root: Path) -> None:
    """A tree that is sound does not make what is in it so: the statement is named by its index."""
    stranger = SigningKey.from_seed("stranger", KeyType.NOTE, b"\x09" * 32)
    with AppendLog(files(root), replace(KEYS, statement=stranger), QuietDisk()) as log:
        add(log, 1)
        log.publish()
    (finding,) = found(root)
    assert finding.where == "tile/entries/001.p/45"
    assert f"Statement {SIZE} of {LOG.name}" in finding.sentence


@pytest.mark.parametrize(
    ("buried", "left"), [(None, [7, 299]), (7, [299]), (8, [7, 299]), (299, [7])]
)
def test_an_erased_body_needs_a_tombstone(root: Path, buried: int | None, left: list[int]) -> None:
    """The ids of erased statements that no tombstone names are found, in order, and no others."""
    ids = [statement_id(one.body) for one in read(root).entries() if isinstance(one.body, bytes)]
    with AppendLog(files(root), KEYS, QuietDisk()) as log:
        if buried is not None:
            content = {"authority": "both", "reason": "names a person", "approvals": []}
            draft = Draft(StatementKind.TOMBSTONE, {"erases": [ids[buried].hex()], **content})
            log.append([draft], FILED_AT, (), Random(0).randbytes)
            log.publish()
        for index in (7, 299):
            log.erase(index)
    assert [one.where for one in found(root)] == sorted(ids[index].hex() for index in left)


@pytest.mark.parametrize(
    "name",
    [
        *("tile/0/002", "tile/0/002.p/1", "tile/1/001.p/1", "tile/2/000.p/1", "tile/9/000"),
        *("tile/entries/002", "body/002", "body/notes.txt", "tile/0/.partial-000"),
        *("tile/0/001", "tile/entries/001", "tile/1/000", "tile/0/001.p/45", "tile/1/000.p/2"),
        *("tile/0/001.p/044", "tile/0/001.p/0", "tile/0/000.p/256", "tile/0/001.p/.partial-44"),
    ],
)
def test_a_stray_is_found(root: Path, name: str) -> None:
    """A file below `tile/` or `body/` that belongs to no size up to that of the log is named."""
    path = root / "public" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"stray")
    assert strays(root / "public", SIZE) == [Finding(name, "This file is no part of the log.")]


def test_files_of_published_sizes_are_no_strays(root: Path) -> None:
    """Partial files of any size up to that of the log belong to it, as a crash or a mirror may leave them."""
    public = root / "public"
    for width in (1, 100, 255):
        for level, length in (("0", 32), ("entries", 130)):
            whole = public / "tile" / level / "000"
            path = public / "tile" / level / "000.p" / str(width)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(whole.read_bytes()[: length * width])
    assert strays(public, SIZE) == []


@pytest.mark.parametrize("damage", ["gone", "flipped"])
@pytest.mark.parametrize("name", [CHECKPOINT, "tile/0/000.p/3", "tile/entries/000.p/3", "body/000"])
def test_a_node_names_the_log_that_is_damaged(tmp_path: Path, name: str, damage: str) -> None:
    """The check of a node tells of a log that can't be read, and goes on with the other one."""
    nodes = make_nodes(tmp_path, "A", "B", at_least=2)
    for node in nodes:
        with node.append() as log:
            record_drafts(node, log, drafts(3), make_authoring())
            log.publish()
    node, copied = nodes[0], nodes[0].mirror(nodes[0].others[0]).path
    shutil.copytree(nodes[1].public, copied, dirs_exist_ok=True)
    assert check_node(node, lambda text: None)[1] == []
    (copied / "body/000").unlink()
    path = node.public / name
    content = path.read_bytes()
    path.unlink()
    if damage == "flipped":
        path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    told = [one.where for one in check_node(node, lambda text: None)[1]]
    assert any(one.startswith("A: ") for one in told)
    assert any(one.startswith("B: ") for one in told)


def test_a_lost_copy_is_named(tmp_path: Path) -> None:
    """A node that cosigned a log and holds nothing of it any more says so; one that never did has nothing to say."""
    nodes = make_nodes(tmp_path, "A", "B", at_least=2)
    node, member = nodes[0], nodes[0].others[0]
    assert check_node(node, lambda text: None)[1] == []
    head = Head(origin=member.origin, size=3, root=b"\x01" * 32)
    assert node.ledger.advance(LedgerRole.WITNESS, None, head)
    (finding,) = check_node(node, lambda text: None)[1]
    assert finding.where == "B: checkpoint"
