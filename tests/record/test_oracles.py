"""Programs of others against our logs: both accept a log of 100,000 statements, and refuse it after one flipped bit."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from os import environ
from pathlib import Path
from random import Random
from secrets import token_hex
from shutil import copytree

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_public_key
from tests.conftest import ROOT
from tests.effort import LONGEST_WAIT_S, wait_until
from tests.peers import free_ports
from tests.record.logs import KEYS, LOG, STATEMENT, QuietDisk, add, files

from groundtruce.federation.client import ask_over_http, ask_witness
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.log.append import AppendLog
from groundtruce.record.log.read import ReadLog, fetch_from_folder
from groundtruce.record.tlog.checkpoint import Checkpoint, Head, sign_head
from groundtruce.record.tlog.cosignature import cosign, cosigners, witness_name
from groundtruce.record.tlog.key import KeyType, SigningKey, VerifierKey, public_key_of
from groundtruce.record.tlog.policy import Group, Policy, policy_text
from groundtruce.record.tlog.proof import sigsum_proof

SIZE = 100_000
BATCH = 1000
TIME_S = 1457100000
SEEDS = (b"\x11" * 32, b"\x12" * 32)
WITNESSES = [
    SigningKey.from_seed(witness_name(public_key_of(seed)), KeyType.COSIGNATURE, seed)
    for seed in SEEDS
]
QUANTUM = SigningKey.from_seed(WITNESSES[0].verifier.name, KeyType.MLDSA_COSIGNATURE, b"\x13" * 32)
POLICY = Policy(
    logs=(LOG,),
    witnesses={"A": WITNESSES[0].verifier, "B": WITNESSES[1].verifier},
    groups={"both": Group(2, ("A", "B"))},
    quorum="both",
)
RECORDVERIFY = ROOT / ".venv" / "bin" / "recordverify"


@pytest.fixture(scope="session")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the public folder of a log of 100,000 statements, cosigned by two, one of them with ML-DSA as well."""
    root = tmp_path_factory.mktemp("long")
    with AppendLog.create(files(root), KEYS, QuietDisk()) as log:
        for start in range(0, SIZE, BATCH):
            add(log, BATCH)
            if start % (20 * BATCH) == 0:
                log.publish()
        head = log.publish().head
        log.keep_cosignatures([cosign(head, key, TIME_S) for key in (*WITNESSES, QUANTUM)])
    return root / "public"


# --- The Go verifier ---------------------------------------------------------------------------------


def audited(public: Path, work: Path) -> subprocess.CompletedProcess[str]:
    """Let the Go verifier audit a log: keys, checkpoint, quorum, tiles, leaves and bodies."""
    (work / "vkeys").write_text("".join(f"{key}\n" for key in (LOG, *POLICY.witnesses.values())))
    (work / "parties").write_text(STATEMENT.public.hex() + "\n")
    command: list[object] = [
        *(RECORDVERIFY, "-dir", public, "-vkeys", work / "vkeys", "-quorum", "2"),
        *("-leaves", work / "parties", "-bodies"),
    ]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


def test_the_go_verifier_accepts_the_log(long_log: Path, tmp_path: Path) -> None:
    """Every tile, leaf, body and signature of 100,000 statements."""
    done = audited(long_log, tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"size {SIZE}" in done.stdout
    assert done.stdout.endswith("PASS\n")


@pytest.fixture(scope="session")
def own_copy(long_log: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the log, to be changed and put right again."""
    return copytree(long_log, tmp_path_factory.mktemp("copy") / "public")


DAMAGED: dict[str, Callable[[Path], Path]] = {
    "a tile": lambda public: public / "tile" / "0" / "123",
    "a tile above": lambda public: public / "tile" / "1" / "000",
    "a leaf": lambda public: public / "tile" / "entries" / "200",
    "a body": lambda public: public / "body" / "300",
}


@pytest.mark.parametrize("part", DAMAGED)
def test_one_flipped_bit_is_refused(own_copy: Path, tmp_path: Path, part: str) -> None:
    """In a tile, a leaf or a body; by the Go verifier and by us."""
    path = DAMAGED[part](own_copy)
    with flipped(path, Random(part)):
        done = audited(own_copy, tmp_path)
        assert done.returncode == 1, done.stdout
        with pytest.raises(GroundtruceError):
            everything(own_copy)


def test_a_flipped_bit_of_any_signature_is_refused(own_copy: Path, tmp_path: Path) -> None:
    """In the text of the checkpoint, the log's signature and either cosignature that counts."""
    path = own_copy / "checkpoint"
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines):
        if not line or len(line) > 1000:
            # the long line is the post-quantum one, which no Debian program reads
            continue
        at = sum(len(one) + 1 for one in lines[:number]) + len(line) - 6
        with flipped(path, at=at):
            assert audited(own_copy, tmp_path).returncode == 1, line
            with pytest.raises(GroundtruceError):
                POLICY.require(ReadLog(LOG, fetch_from_folder(own_copy)).checkpoint)


def everything(public: Path) -> None:
    """Read all of a log."""
    log = ReadLog(LOG, fetch_from_folder(public))
    tile = log.tree
    for level in range(3):
        for index in range(SIZE >> (8 * (level + 1))):
            tile.node(8 * level, index * 256)
    assert sum(1 for _ in log.entries()) == SIZE


@contextmanager
def flipped(path: Path, random: Random | None = None, at: int | None = None) -> Iterator[None]:
    """Flip one bit of a file while the block runs."""
    content = path.read_bytes()
    changed = bytearray(content)
    where = random.randrange(len(changed)) if random is not None else at or 0
    changed[where] ^= 1 << (random.randrange(8) if random is not None else 0)
    path.write_bytes(changed)
    try:
        yield
    finally:
        path.write_bytes(content)


def test_a_flipped_bit_of_the_post_quantum_line_is_refused(own_copy: Path) -> None:
    """Which no Debian program reads, and we do."""
    path = own_copy / "checkpoint"
    keys = [QUANTUM.verifier]
    assert len(cosigners(ReadLog(LOG, fetch_from_folder(own_copy)).checkpoint, keys)) == 1
    with flipped(path, at=len(path.read_bytes()) - 1000), pytest.raises(GroundtruceError):
        cosigners(ReadLog(LOG, fetch_from_folder(own_copy)).checkpoint, keys)


# --- sigsum-verify -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proven:
    """A statement with its Sigsum proof."""

    index: int
    body: bytes
    proof: bytes


def openssh(key: VerifierKey) -> str:
    """Return a public key as OpenSSH writes it."""
    public = Ed25519PublicKey.from_public_bytes(key.public)
    return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode() + "\n"


@pytest.fixture(scope="session")
def proven(long_log: Path) -> list[Proven]:
    """Return statements all over the log with their proofs."""
    log, found = ReadLog(LOG, fetch_from_folder(long_log)), []
    for index in (0, 255, 256, 54_321, SIZE - 1):
        entry = next(log.entries(index, index + 1))
        assert isinstance(entry.body, bytes)
        hashes = log.tree.inclusion_proof(index)
        signers = POLICY.cosigners(log.checkpoint)
        proof = sigsum_proof(entry.leaf, index, hashes, log.checkpoint, signers)
        found.append(Proven(index, entry.body, proof))
    return found


def sigsum_accepts(proof: bytes, body: bytes, work: Path) -> bool:
    """Return whether `sigsum-verify` accepts that the party signed the body and the log holds it."""
    (work / "party.pub").write_text(openssh(STATEMENT))
    (work / "policy").write_text(policy_text(POLICY, bare=True))
    (work / "proof").write_bytes(proof)
    command = ["sigsum-verify", "-k", "party.pub", "-p", "policy", "proof"]
    done = subprocess.run(command, input=body, capture_output=True, cwd=work, check=False)
    assert done.returncode in {0, 1}
    return done.returncode == 0


def test_sigsum_verify_accepts_each_statement(proven: list[Proven], tmp_path: Path) -> None:
    """From the first to the last, in full and in partial tiles."""
    for one in proven:
        assert sigsum_accepts(one.proof, one.body, tmp_path), one.index


def test_sigsum_verify_refuses_a_flipped_digit(proven: list[Proven], tmp_path: Path) -> None:
    """In every line of the proof: the leaf, the tree head, each cosignature, each hash of the path."""
    one = proven[3]
    lines = one.proof.split(b"\n")
    # the first two lines are the version and the log, which the policy knows
    for number, line in enumerate(lines):
        digits = line.rpartition(b" ")[2].rpartition(b"=")[2]
        if number < 2 or not digits:
            continue
        other = bytes([digits[-1] ^ 1]) if digits[-1:].isdigit() else b"0"
        changed = b"\n".join([*lines[:number], line[:-1] + other, *lines[number + 1 :]])
        assert not sigsum_accepts(changed, one.body, tmp_path), line


def test_sigsum_verify_refuses_a_flipped_body(proven: list[Proven], tmp_path: Path) -> None:
    """One bit of the statement."""
    for one in proven:
        body = bytearray(one.body)
        body[Random(one.index).randrange(len(body))] ^= 1
        assert not sigsum_accepts(one.proof, bytes(body), tmp_path)


def test_sigsum_verify_asks_for_the_quorum(long_log: Path, tmp_path: Path) -> None:
    """With one cosignature of two the proof is refused."""
    log = ReadLog(LOG, fetch_from_folder(long_log))
    entry = next(log.entries(7, 8))
    assert isinstance(entry.body, bytes)
    signers = cosigners(log.checkpoint, [WITNESSES[0].verifier])
    proof = sigsum_proof(entry.leaf, 7, log.tree.inclusion_proof(7), log.checkpoint, signers)
    assert not sigsum_accepts(proof, entry.body, tmp_path)


# --- sigsum-witness ----------------------------------------------------------------------------------


@contextmanager
def sigsum_witness(work: Path) -> Iterator[tuple[str, VerifierKey]]:
    """Run a witness of others for our log; yields its address and its key."""
    subprocess.run(
        ["ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", str(work / "witness")], check=True
    )
    (work / "log.pub").write_text(openssh(LOG))
    (port,) = free_ports(1)
    command = [
        *("sigsum-witness", "-k", "witness", "--log-key", "log.pub"),
        *("--state-file", f"state-{token_hex(4)}", "--url-prefix", "w", f"127.0.0.1:{port}"),
    ]
    public = load_ssh_public_key((work / "witness.pub").read_bytes())
    assert isinstance(public, Ed25519PublicKey)
    raw = public.public_bytes_raw()
    key = VerifierKey(name=witness_name(raw), type=KeyType.COSIGNATURE, public=raw)
    # Debian's build has the router of an older Go, which answers 404 to everything
    environment = {**environ, "GODEBUG": "httpmuxgo121=0"}
    process = subprocess.Popen(command, cwd=work, env=environment, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/w"
    try:
        listening(address, process)
        yield address, key
    finally:
        process.terminate()
        process.wait(timeout=LONGEST_WAIT_S)


def listening(address: str, process: subprocess.Popen[bytes]) -> None:
    """Return when something answers at an address."""

    def answers() -> bool:
        assert process.poll() is None
        with suppress(httpx2.TransportError):
            return bool(client.get(address).status_code)
        return False

    with httpx2.Client(timeout=LONGEST_WAIT_S, trust_env=False) as client:
        wait_until(answers, f"{address} to answer")


def grown(public: Path, size: int) -> Checkpoint:
    """Return a checkpoint of an earlier size of the log."""
    root = ReadLog(LOG, fetch_from_folder(public)).tree.root_at(size)
    return sign_head(Head(origin=LOG.name, size=size, root=root), KEYS.log)


def test_a_witness_of_others_cosigns_growth_and_no_fork(long_log: Path, tmp_path: Path) -> None:
    """First, grown, and the same head again are cosigned; a fork is refused; a rollback raises our alarm."""
    with (
        sigsum_witness(tmp_path) as (address, key),
        httpx2.Client(trust_env=False) as client,
    ):
        ask = ask_over_http(address, client)
        for size in (7, 300, 300, SIZE):
            checkpoint = grown(long_log, size)
            tree = ReadLog(LOG, fetch_from_folder(long_log), checkpoint).tree
            lines = ask_witness(checkpoint, tree, ask, [key])
            assert [one.key for one in cosigners(checkpoint.with_lines(tuple(lines)), [key])] == [
                key
            ]
        older = grown(long_log, 300)
        tree = ReadLog(LOG, fetch_from_folder(long_log), older).tree
        with pytest.raises(GroundtruceError) as caught:
            ask_witness(older, tree, ask, [key])
        assert caught.value.problem is Problem.RECORD_ROLLBACK
        forked = sign_head(Head(origin=LOG.name, size=SIZE, root=b"\x07" * 32), KEYS.log)
        with pytest.raises(GroundtruceError) as caught:
            ask_witness(forked, ReadLog(LOG, fetch_from_folder(long_log)).tree, ask, [key])
        assert "422" in caught.value.sentence
