"""The independent verifier, a Go program: what it accepts, and that it refuses everything else.

These tests write their logs with hashlib alone, so that they share no code with the record either.
"""

import csv
import shutil
import struct
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / ".venv" / "bin" / "recordverify"

LOG, WITNESS_A, WITNESS_B, PARTY = (
    Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32) for seed in (1, 2, 3, 9)
)
ERASED = b"\xff\xff\xff\xff"


@pytest.fixture(scope="module", autouse=True)
def program() -> None:
    """The program is built by the set-up."""
    assert PROGRAM.is_file(), "recordverify is not built; run tools/setup.sh dev"


@pytest.fixture(scope="session")
def vectors(shared_vectors: Path) -> Path:
    """The folder of the record's vectors."""
    return shared_vectors / "record"


# --- Running it ----------------------------------------------------------------------------------


def run(folder: Path, vkeys: Path, *options: object) -> subprocess.CompletedProcess[str]:
    """Run the verifier on a log folder."""
    command = [str(part) for part in (PROGRAM, "-dir", folder, "-vkeys", vkeys, *options)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def accepts(folder: Path, vkeys: Path, *options: object) -> list[str]:
    """Run it, assert that it passes, and return the checks that it says to have made."""
    done = run(folder, vkeys, *options)
    assert (done.returncode, done.stderr) == (0, "")
    *checks, last = done.stdout.splitlines()
    assert last == "PASS"
    return [check.partition(":")[0] for check in checks]


def refuses(folder: Path, vkeys: Path, *options: object) -> str:
    """Run it, assert that it fails with one reason, and return the reason."""
    done = run(folder, vkeys, *options)
    assert done.returncode == 1
    assert "PASS" not in done.stdout
    (reason,) = done.stderr.splitlines()
    return reason


# --- Logs of our own -----------------------------------------------------------------------------


def public(key: Ed25519PrivateKey) -> bytes:
    """Return the 32 bytes of a public key."""
    return key.public_key().public_bytes_raw()


ORIGIN = "sigsum.org/v1/tree/" + sha256(public(LOG)).hexdigest()


def key_id(name: str, typed: bytes) -> bytes:
    """Return the first four bytes that a note knows a key by."""
    return sha256(name.encode() + b"\n" + typed).digest()[:4]


def vkey(name: str, typed: bytes) -> str:
    """Return the line of a key in the file of keys."""
    return f"{name}+{key_id(name, typed).hex()}+{b64encode(typed).decode()}\n"


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the RFC 6962 root of leaf hashes."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return node(root_of(hashes[:half]), root_of(hashes[half:]))


def numbered(number: int) -> str:
    """Return a tile's number as it stands in a path: 1234067 is x001/x234/067."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03}")
    return "/".join(groups)


def write(path: Path, content: bytes) -> None:
    """Write a file and the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def write_tiles(folder: Path, entries: Sequence[bytes]) -> list[bytes]:
    """Write the bundles and tiles of these entries; return their leaf hashes."""

    def write_level(level: str, items: Sequence[bytes]) -> None:
        for number, first in enumerate(range(0, len(items), 256)):
            part = items[first : first + 256]
            partial = f".p/{len(part)}" if len(part) < 256 else ""
            write(folder / "tile" / level / f"{numbered(number)}{partial}", b"".join(part))

    write_level("entries", [struct.pack(">H", len(entry)) + entry for entry in entries])
    leaves = hashes = [sha256(b"\x00" + entry).digest() for entry in entries]
    level = 0
    while hashes:
        write_level(str(level), hashes)
        full = len(hashes) - len(hashes) % 256
        hashes = [root_of(hashes[first : first + 256]) for first in range(0, full, 256)]
        level += 1
    return leaves


def checkpoint(
    size: int,
    root: bytes,
    witnesses: Sequence[tuple[str, Ed25519PrivateKey]] = (),
) -> bytes:
    """Return a checkpoint, signed by the log and these witnesses."""
    text = f"{ORIGIN}\n{size}\n{b64encode(root).decode()}\n"

    def line(name: str, typed: bytes, signature: bytes) -> str:
        return f"\N{EM DASH} {name} {b64encode(key_id(name, typed) + signature).decode()}\n"

    signatures = line(ORIGIN, b"\x01" + public(LOG), LOG.sign(text.encode()))
    for name, key in witnesses:
        cosigned = f"cosignature/v1\ntime 1700000000\n{text}".encode()
        signature = struct.pack(">Q", 1700000000) + key.sign(cosigned)
        signatures += line(name, b"\x04" + public(key), signature)
    return f"{text}\n{signatures}".encode()


def vkeys_text(*witnesses: tuple[str, Ed25519PrivateKey]) -> str:
    """Return a file of keys: the log's, then the witnesses'."""
    rows = [vkey(name, b"\x04" + public(key)) for name, key in witnesses]
    return vkey(ORIGIN, b"\x01" + public(LOG)) + "".join(rows)


def leaf(body: bytes, key: Ed25519PrivateKey = PARTY) -> bytes:
    """Return the leaf of a statement."""
    checksum = sha256(sha256(body).digest()).digest()
    signature = key.sign(b"sigsum.org/v1/tree-leaf\x00" + checksum)
    return checksum + signature + sha256(public(key)).digest()


def kept(body: bytes) -> bytes:
    """Return the record of a body."""
    return struct.pack(">I", len(body)) + body


def erased(body: bytes) -> bytes:
    """Return the record of a body that was erased."""
    return ERASED + sha256(body).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A log of our own: its folder, the keys that it is checked with, and its leaf hashes."""

    folder: Path
    hashes: list[bytes]
    vkeys: Path
    parties: Path
    bodies: list[bytes] = field(default_factory=list)

    def file(self, name: str, content: bytes) -> Path:
        """Write a file beside the log."""
        path = self.folder.parent / name
        write(path, content)
        return path

    def checks(self) -> tuple[object, ...]:
        """Return the options that check everything."""
        return ("-quorum", 0, "-leaves", self.parties, "-bodies")


def make_log(folder: Path, entries: Sequence[bytes]) -> Made:
    """Write a log without witnesses."""
    hashes = write_tiles(folder, entries)
    write(folder / "checkpoint", checkpoint(len(entries), root_of(hashes)))
    vkeys, parties = folder.parent / "vkeys", folder.parent / "parties"
    write(vkeys, vkeys_text().encode())
    write(parties, public(PARTY).hex().encode() + b"\n")
    return Made(folder=folder, hashes=hashes, vkeys=vkeys, parties=parties)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The log of 70,000 entries whose hashes are known; not to be changed."""
    folder = tmp_path_factory.mktemp("long") / "log"
    return make_log(folder, [f"entry {number}".encode() for number in range(70_000)])


@pytest.fixture
def signed(tmp_path: Path) -> Made:
    """A log of 258 leaves with bodies: one full bundle and two leaves more."""
    bodies = [b"", *(f'{{"seq":"{number}"}}'.encode() for number in range(1, 258))]
    made = make_log(tmp_path / "log", [leaf(body) for body in bodies])
    write(made.folder / "body" / "000", b"".join(map(kept, bodies[:256])))
    write(made.folder / "body" / "001", b"".join(map(kept, bodies[256:])))
    made.bodies.extend(bodies)
    return made


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[Path], Path]:
    """Return a copier of log folders, for copies that may be changed."""

    def copy(folder: Path) -> Path:
        # not the modes: the vectors may be read only
        shutil.copytree(folder, tmp_path / "copy", copy_function=shutil.copyfile)
        for path in (tmp_path / "copy", *(tmp_path / "copy").rglob("*")):
            path.chmod(0o755)
        return tmp_path / "copy"

    return copy


def flip(path: Path, position: int = 0) -> None:
    """Flip the lowest bit of one byte of a file."""
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


# --- What it accepts -----------------------------------------------------------------------------


def test_five_leaf_log_passes(vectors: Path) -> None:
    """The log of five free entries passes in full, and so does each entry by itself."""
    log, vkeys = vectors / "log5", vectors / "vkeys"
    assert accepts(log, vkeys, "-quorum", 2, "-full") == [
        *("keys", "checkpoint", "cosigned", "cosigned", "quorum", "tree"),
    ]
    for index in range(5):
        assert accepts(log, vkeys, "-quorum", 2, "-index", index)[-1] == "inclusion"


def test_log_of_party_leaves_passes(vectors: Path, copied: Callable[[Path], Path]) -> None:
    """The log of three leaves passes with its party's key, and with its statement bodies."""
    folder = vectors / "sigsum"
    log = copied(folder / "log3")
    documents = [(folder / f"{number}.document").read_bytes() for number in range(3)]
    write(log / "body" / "000", b"".join(map(kept, documents)))
    parties = log.parent / "parties"
    # as record.md tells it; the vectors have it in OpenSSH's form
    parties.write_text("fd1724385aa0c75b64fb78cd602fa1d991fdebf76b13c58ed702eac835e9f618")
    options = ("-quorum", 2, "-leaves", parties, "-bodies")
    assert accepts(log, folder / "vkeys", *options)[-3:] == ["tree", "leaves", "bodies"]


def test_log_of_70000_entries_passes(long: Made) -> None:
    """The tiles have the known hashes, and the log passes in full, by entry and from older heads."""
    known = {
        "0/000": "b0f6ca2ff42508faf8c6bb4ea8bb9c74243b19d4174fdc4fd17bdad9099e605e",
        "0/273.p/112": "e31da4e768fc0d0f1f1f0046a1c4b68d71326b04a07951a7d3dcefef0de9b8cd",
        "1/000": "44f879be76da41edaf37c0d67303fbd25f2ea44be93285b320561fbaaaaabbfa",
        "1/001.p/17": "5a8eb2fe63c90ddf7fd813d165c04fa79d6eca48534b61bd312fcd2d1cf0aef3",
        "entries/000": "c378282cb2167eb29f7e0c483ef2ce284728c12286469737cf8c3dc71e412ff1",
    }
    for name, digest in known.items():
        assert sha256((long.folder / "tile" / name).read_bytes()).hexdigest() == digest
    assert root_of(long.hashes).hex() == (
        "a3920fba7f239a071a9bd10721f1341addefbaededb41c7e24437a9d16bdf00a"
    )
    assert accepts(long.folder, long.vkeys, "-quorum", 0, "-full")[-1] == "tree"
    for index in (0, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999):
        assert accepts(long.folder, long.vkeys, "-quorum", 0, "-index", index)[-1] == "inclusion"
    for size in (0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 69_999, 70_000):
        old = long.file("old", checkpoint(size, root_of(long.hashes[:size])))
        assert accepts(long.folder, long.vkeys, "-quorum", 0, "-old", old)[-1] == "consistency"


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 512])
def test_logs_around_a_full_tile_pass(tmp_path: Path, size: int) -> None:
    """A log passes whether its last tile is empty, partial or full; so does the empty log."""
    made = make_log(tmp_path / "log", [leaf(b"%d" % number) for number in range(size)])
    options = ("-quorum", 0, "-leaves", made.parties)
    assert accepts(made.folder, made.vkeys, *options)[-2:] == ["tree", "leaves"]


def test_full_tile_serves_for_a_partial_one(long: Made, copied: Callable[[Path], Path]) -> None:
    """Partial tiles and bundles may go once the full ones exist, whatever these hold beyond."""
    log = copied(long.folder)
    more = [b"later %d" % number for number in range(144)]
    later = b"".join(struct.pack(">H", len(entry)) + entry for entry in more)
    hashes = b"".join(sha256(b"\x00" + entry).digest() for entry in more)
    for level, addition in (("0", hashes), ("entries", later)):
        partial = log / "tile" / level / "273.p" / "112"
        write(log / "tile" / level / "273", partial.read_bytes() + addition)
        partial.unlink()
    assert accepts(log, long.vkeys, "-quorum", 0, "-full", "-index", 69_999)[-1] == "tree"


# --- What it refuses -----------------------------------------------------------------------------


def test_only_the_good_one_of_the_odd_checkpoints_passes(vectors: Path, tmp_path: Path) -> None:
    """Forty checkpoints, each signed over its own bytes: the answer to each is as required."""
    folder = vectors / "differential"
    with (folder / "expected.tsv").open(encoding="utf-8", newline="") as rows:
        required = {row["case"]: row["groundtruce"] for row in csv.DictReader(rows, delimiter="\t")}
    assert len(required) == 40
    answers = {}
    for case in required:
        shutil.copyfile(folder / "notes" / case, tmp_path / "checkpoint")
        if run(tmp_path, folder / "vkeys", "-quorum", 0).returncode == 0:
            accepts(tmp_path, folder / "vkeys", "-quorum", 0)
            answers[case] = "A"
        else:
            refuses(tmp_path, folder / "vkeys", "-quorum", 0)
            answers[case] = "r"
    assert answers == required


def test_no_bit_of_a_log_may_change(vectors: Path, copied: Callable[[Path], Path]) -> None:
    """One flipped bit in any byte of checkpoint, tile or bundle is found."""
    log = copied(vectors / "sigsum" / "log3")
    options = (vectors / "sigsum" / "vkeys", "-quorum", 2, "-full")
    accepts(log, *options)
    for path in [path for path in log.rglob("*") if path.is_file()]:
        for position in range(path.stat().st_size):
            flip(path, position)
            refuses(log, *options)
            flip(path, position)
    accepts(log, *options)


@pytest.mark.parametrize(
    "name",
    [
        *("0/000", "0/150", "0/273.p/112", "1/000", "1/001.p/17", "2/000.p/1"),
        *("entries/000", "entries/150", "entries/273.p/112"),
    ],
)
@pytest.mark.parametrize("damage", ["flipped", "cut", "longer", "gone"])
def test_damage_anywhere_in_a_long_log_is_found(
    long: Made, copied: Callable[[Path], Path], name: str, damage: str
) -> None:
    """Full or partial, first or last, on each level: a tile that is not the log's own is found."""
    log = copied(long.folder)
    path = log / "tile" / name
    content = path.read_bytes()
    match damage:
        case "flipped":
            flip(path, len(content) // 2)
        case "cut":
            path.write_bytes(content[:-1])
        case "longer":
            path.write_bytes(content + b"\x00")
        case _:
            path.unlink()
    assert name in refuses(log, long.vkeys, "-quorum", 0, "-full")


@pytest.mark.parametrize("name", ["0/000", "entries/000", "1/000", "1/001.p/17", "2/000.p/1"])
def test_damage_on_the_way_to_an_entry_is_found(
    long: Made, copied: Callable[[Path], Path], name: str
) -> None:
    """A tile read for a proof is held against the one above it, which the library forgets at times."""
    log = copied(long.folder)
    flip(log / "tile" / name, 30)
    assert "inclusion" in refuses(log, long.vkeys, "-quorum", 0, "-index", 3)


def test_entry_must_exist(long: Made) -> None:
    """There is no entry after the last."""
    assert "no entry 70000" in refuses(long.folder, long.vkeys, "-quorum", 0, "-index", 70_000)


def test_root_must_be_that_of_the_entries(signed: Made) -> None:
    """A head that the log signed, but for other entries, is refused."""
    for size, root in ((258, sha256(b"x").digest()), (257, root_of(signed.hashes))):
        write(signed.folder / "checkpoint", checkpoint(size, root))
        refuses(signed.folder, signed.vkeys, "-quorum", 0, "-full")


def test_quorum_must_be_met(vectors: Path, copied: Callable[[Path], Path]) -> None:
    """As many witnesses as asked for must have cosigned; unknown ones do not count."""
    vkeys = vectors / "vkeys"
    log = copied(vectors / "log5")
    assert "needed" in refuses(log, vkeys, "-quorum", 3)
    first, second = vkeys.read_text().splitlines(keepends=True)[:2]
    fewer = log.parent / "fewer"
    fewer.write_text(first + second)
    accepts(log, fewer, "-quorum", 1)
    assert "needed" in refuses(log, fewer, "-quorum", 2)
    lines = (log / "checkpoint").read_text().splitlines(keepends=True)
    (log / "checkpoint").write_text("".join(lines[:-1]))
    accepts(log, vkeys, "-quorum", 1)
    assert "needed" in refuses(log, vkeys, "-quorum", 2)


def test_two_keys_of_one_witness_count_once(signed: Made) -> None:
    """A quorum is of distinct names."""
    both = (("witness.example", WITNESS_A), ("witness.example", WITNESS_B))
    write(signed.folder / "checkpoint", checkpoint(258, root_of(signed.hashes), both))
    signed.vkeys.write_text(vkeys_text(*both))
    accepts(signed.folder, signed.vkeys, "-quorum", 1)
    assert "needed" in refuses(signed.folder, signed.vkeys, "-quorum", 2)


def test_quorum_has_no_default(signed: Made) -> None:
    """Who forgets the quorum is told so, and nothing passes."""
    done = run(signed.folder, signed.vkeys)
    assert (done.returncode, done.stdout) == (2, "")
    assert "-quorum is needed" in done.stderr


def test_log_signature_comes_first(signed: Made) -> None:
    """A checkpoint whose first line is a witness's is not in the profile."""
    witnesses = (("witness.example", WITNESS_A),)
    content = checkpoint(258, root_of(signed.hashes), witnesses).decode()
    text, _, signatures = content.rpartition("\n\n")
    swapped = "".join(reversed(signatures.splitlines(keepends=True)))
    signed.vkeys.write_text(vkeys_text(*witnesses))
    write(signed.folder / "checkpoint", f"{text}\n\n{swapped}".encode())
    assert "first signature line" in refuses(signed.folder, signed.vkeys, "-quorum", 0)


@pytest.mark.parametrize("size", [1, 256, 65_536, 69_999, 70_000])
def test_forked_log_is_found(long: Made, tmp_path: Path, size: int) -> None:
    """An older head of other entries is refused, as is one of the same size with another root."""
    other = [*long.hashes[: size - 1], sha256(b"other").digest()]
    write(tmp_path / "old", checkpoint(size, root_of(other)))
    reason = refuses(long.folder, long.vkeys, "-quorum", 0, "-old", tmp_path / "old")
    assert "forked" in reason


def test_log_that_was_cut_is_found(long: Made, tmp_path: Path) -> None:
    """A log may not have fewer entries than it had."""
    write(tmp_path / "old", checkpoint(70_001, sha256(b"longer").digest()))
    reason = refuses(long.folder, long.vkeys, "-quorum", 0, "-old", tmp_path / "old")
    assert "taken away" in reason


def test_old_checkpoint_must_be_the_logs(long: Made, tmp_path: Path) -> None:
    """What shows a fork must be signed by the log itself."""
    content = checkpoint(5, root_of(long.hashes[:5]))
    write(tmp_path / "old", content.replace(b"\n5\n", b"\n6\n"))
    reason = refuses(long.folder, long.vkeys, "-quorum", 0, "-old", tmp_path / "old")
    assert "invalid signature" in reason


def bad_keys() -> Iterator[tuple[str, str]]:
    """Yield files of keys that must be refused, with a word of the reason."""
    log, witness = b"\x01" + public(LOG), b"\x04" + public(WITNESS_A)
    good = vkey(ORIGIN, log)
    yield "", "holds no key"
    yield good + "\n", "not a vkey"
    yield good + "x\n", "not a vkey"
    yield vkey("witness.example", witness) + good, "must come first"
    yield good + vkey("witness.example", log), "0x04"
    yield good + vkey("witness.example", b"\x04" + public(LOG)), "the same key"
    yield good + vkey("a.example", witness) + vkey("b.example", witness), "the same key"
    yield good + vkey("witness.example", witness).replace("+", "+0", 1), "key id"
    yield good + vkey("witness.example", witness[:-1]), "32 bytes"
    for low in (bytes(32), b"\x01" + bytes(31), b"\xed" + b"\xff" * 30 + b"\x7f"):
        yield good + vkey("witness.example", b"\x04" + low), "no honest party"


@pytest.mark.parametrize(("text", "reason"), list(bad_keys()))
def test_bad_keys_are_refused(signed: Made, text: str, reason: str) -> None:
    """Keys that are misspelt, repeated, of the wrong kind or forgeable check nothing."""
    signed.vkeys.write_text(text)
    assert reason in refuses(signed.folder, signed.vkeys, "-quorum", 0)


# --- Leaves and bodies ---------------------------------------------------------------------------


def test_entries_must_be_leaves(vectors: Path, signed: Made) -> None:
    """With party keys at hand, an entry that is not 128 bytes is refused."""
    options = ("-quorum", 2, "-leaves", signed.parties)
    assert "128" in refuses(vectors / "log5", vectors / "vkeys", *options)


@pytest.mark.parametrize("position", [0, 255, 256, 257])
def test_each_leaf_must_be_a_known_partys(tmp_path: Path, position: int) -> None:
    """A leaf of another key, or whose signature is wrong, is found wherever it stands."""
    leaves = [leaf(b"%d" % number) for number in range(258)]
    for wrong, reason in (
        (leaf(b"%d" % position, WITNESS_A), "not known"),
        (leaf(b"another")[:32] + leaves[position][32:], "does not hold"),
        (leaves[position][:32] + bytes(64) + leaves[position][96:], "does not hold"),
    ):
        entries = [*leaves[:position], wrong, *leaves[position + 1 :]]
        made = make_log(tmp_path / reason / "log", entries)
        told = refuses(made.folder, made.vkeys, "-quorum", 0, "-leaves", made.parties)
        assert f"leaf {position}" in told
        assert reason in told


@pytest.mark.parametrize("text", ["", "00" * 32, "AB" * 32, "ab" * 31, "zz"])
def test_party_keys_are_read_strictly(signed: Made, text: str) -> None:
    """A file of party keys holds lower-case hex digits of keys that an honest party can have."""
    signed.parties.write_text(text)
    refuses(signed.folder, signed.vkeys, "-quorum", 0, "-leaves", signed.parties)


def test_body_may_be_erased(signed: Made) -> None:
    """An erased body leaves its statement id behind, and with it the log passes."""
    first, last = signed.folder / "body" / "000", signed.folder / "body" / "001"
    first.write_bytes(b"".join(map(erased, signed.bodies[:256])))
    last.write_bytes(erased(signed.bodies[256]) + kept(signed.bodies[257]))
    done = run(signed.folder, signed.vkeys, *signed.checks())
    assert "bodies: 1 kept and 257 erased" in done.stdout


def test_last_bodies_may_be_newer_than_the_checkpoint(signed: Made) -> None:
    """What the last file holds beyond the checkpoint is not looked at."""
    last = signed.folder / "body" / "001"
    last.write_bytes(last.read_bytes() + kept(b"newer") + b"\x00\x00")
    assert accepts(signed.folder, signed.vkeys, *signed.checks())[-1] == "bodies"


def bad_bodies() -> Iterator[tuple[str, Callable[[list[bytes]], tuple[str, bytes] | None], str]]:
    """Yield what can be wrong with the files of bodies, how to make it, and a word of the reason."""

    def full(*records: bytes) -> bytes:
        return b"".join(records)

    yield "missing", lambda bodies: None, "body/000"
    yield "empty", lambda bodies: ("000", b""), "body/000"
    yield "trailing", lambda b: ("000", full(*map(kept, b[:256]), b"\x00")), "goes on"
    yield "257 of 256", lambda b: ("000", full(*map(kept, b[:257]))), "goes on"
    yield "255 of 256", lambda b: ("000", full(*map(kept, b[:255]))), "leaf 255"
    yield "one short", lambda b: ("001", kept(b[256])), "leaf 257"
    yield "cut", lambda b: ("001", full(*map(kept, b[256:]))[:-1]), "leaf 257"
    yield "swapped", lambda b: ("001", kept(b[257]) + kept(b[256])), "leaf 256"
    yield "changed", lambda b: ("001", kept(b[256] + b" ") + kept(b[257])), "leaf 256"
    yield "wrong id", lambda b: ("001", erased(b[257]) + kept(b[257])), "leaf 256"
    yield "cut id", lambda b: ("001", kept(b[256]) + erased(b[257])[:-1]), "leaf 257"
    yield "too long", lambda b: ("001", kept(bytes(49_153)) + kept(b[257])), "49153"


@pytest.mark.parametrize(("make", "reason"), [case[1:] for case in bad_bodies()])
def test_bodies_must_be_those_of_the_leaves(
    signed: Made, make: Callable[[list[bytes]], tuple[str, bytes] | None], reason: str
) -> None:
    """Each leaf has its own body, whole, in order and within bounds; nothing stands between."""
    if (wrong := make(signed.bodies)) is None:
        (signed.folder / "body" / "000").unlink()
    else:
        write(signed.folder / "body" / wrong[0], wrong[1])
    assert reason in refuses(signed.folder, signed.vkeys, *signed.checks())


def test_largest_body_passes(tmp_path: Path) -> None:
    """A body may have 49,152 bytes."""
    body = bytes(49_152)
    made = make_log(tmp_path / "log", [leaf(body)])
    write(made.folder / "body" / "000", kept(body))
    assert accepts(made.folder, made.vkeys, *made.checks())[-1] == "bodies"
