"""Stored objects and secrets: durable when acknowledged, checked when read, gone when destroyed."""

import errno
import os
import stat
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import examples

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.evidence.disclosure import Disclosure, disclose, withhold
from groundtruce.record.evidence.sealed import (
    EvidenceSecret,
    ObjectId,
    Sensitive,
    commit,
    seal,
    unseal,
)
from groundtruce.record.evidence.store import ObjectStore, SecretStore, object_path
from groundtruce.record.log.durable import Disk

CONTENT = b"the bytes of a file"
ID = ObjectId(sha256(CONTENT).hexdigest())
OTHER_ID = ObjectId("ff" * 32)
SECRET = EvidenceSecret(
    key=Sensitive(bytes(range(32))), salt=Sensitive(bytes(range(32, 64))), size=Sensitive(19)
)
OPERATIONS = {"create", "extend", "sync", "rename", "sync_folder", "make_folder", "unlink"}


class PowerCutError(BaseException):
    """The machine stops; whatever is tried after it has no effect."""


class FaultyDisk(Disk):
    """A disk of which one operation fails, before or after it took effect."""

    def __init__(
        self, fail_at: int | None = None, failure: BaseException | None = None, when: str = "before"
    ) -> None:
        super().__init__()
        self.left = fail_at
        self.failure = failure or OSError(errno.EIO, "Input/output error")
        self.when = when
        self.seen: list[tuple[str, Path]] = []

    def __getattribute__(self, name: str) -> object:
        found = super().__getattribute__(name)
        if name not in OPERATIONS:
            return found

        def operation(*arguments: object) -> None:
            number, fail_at = len(self.seen), self.left
            path = arguments[-1] if name == "rename" else arguments[0]
            assert isinstance(path, Path)
            self.seen.append((name, path))
            if fail_at is not None and number > fail_at and isinstance(self.failure, PowerCutError):
                raise self.failure
            if number == fail_at and self.when == "before":
                raise self.failure
            found(*arguments)
            if number == fail_at:
                raise self.failure

        return operation


def problem_of(error: pytest.ExceptionInfo[GroundtruceError]) -> Problem:
    """Return which problem it was."""
    return error.value.problem


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    """An empty object store."""
    return ObjectStore(tmp_path, Disk())


@pytest.fixture
def secrets(tmp_path: Path) -> SecretStore:
    """An empty secret store."""
    return SecretStore(tmp_path / "secret", Disk())


def test_an_object_comes_back_under_its_hash(store: ObjectStore, tmp_path: Path) -> None:
    """Bytes and streams alike; the name is the hash and the place follows from the name."""
    assert not store.has(ID)
    assert store.put(CONTENT) == ID
    assert store.put(BytesIO(CONTENT)) == ID
    assert store.has(ID)
    assert store.read(ID) == CONTENT
    with store.open(ID) as stream:
        assert stream.read() == CONTENT
    assert (tmp_path / "object" / ID[:2] / ID).read_bytes() == CONTENT
    assert object_path(ID) == f"object/{ID[:2]}/{ID}"


@examples(10)
@given(st.lists(st.binary(max_size=40), max_size=4))
def test_names_are_listed_in_order(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes]
) -> None:
    """Each object once, sorted, whatever order they came in; what is read is what was put."""
    store = ObjectStore(tmp_path_factory.mktemp("store"), Disk())
    for content in contents:
        store.put(content)
    assert list(store) == sorted({sha256(content).hexdigest() for content in contents})
    assert {store.read(name) for name in store} == set(contents)


def test_a_large_stream_is_stored_in_parts(store: ObjectStore) -> None:
    """An object of several reads has the hash of the whole."""
    content = Random(1).randbytes((1 << 20) * 2 + 7)
    assert store.read(store.put(BytesIO(content))) == content


@pytest.mark.parametrize("place", [0, 7, len(CONTENT) - 1])
@pytest.mark.parametrize("bit", [0, 7])
def test_a_changed_object_is_refused_on_each_reading(
    store: ObjectStore, tmp_path: Path, place: int, bit: int
) -> None:
    """A flipped bit is told, by both ways of reading, and a new copy repairs it."""
    store.put(CONTENT)
    changed = bytearray(CONTENT)
    changed[place] ^= 1 << bit
    (tmp_path / object_path(ID)).write_bytes(changed)
    for read in (store.read, store.open):
        with pytest.raises(GroundtruceError) as caught:
            read(ID)
        assert problem_of(caught) is Problem.RECORD_HASH
    store.put(CONTENT)
    assert store.read(ID) == CONTENT


@pytest.mark.parametrize("content", [CONTENT[:-1], b"", CONTENT + b"\0"])
def test_a_cut_object_is_refused(store: ObjectStore, tmp_path: Path, content: bytes) -> None:
    """Shorter, empty or longer is not the object."""
    store.put(CONTENT)
    (tmp_path / object_path(ID)).write_bytes(content)
    with pytest.raises(GroundtruceError) as caught:
        store.read(ID)
    assert problem_of(caught) is Problem.RECORD_HASH


def test_what_is_not_there_is_missing(store: ObjectStore, tmp_path: Path) -> None:
    """No object, or something else in its place, which is not waited for."""
    with pytest.raises(GroundtruceError) as caught:
        store.read(ID)
    assert problem_of(caught) is Problem.RECORD_MISSING
    (tmp_path / object_path(ID)).parent.mkdir(parents=True)
    os.mkfifo(tmp_path / object_path(ID))
    assert not store.has(ID)
    with pytest.raises(GroundtruceError) as caught:
        store.open(ID)
    assert problem_of(caught) is Problem.RECORD_MISSING


@pytest.mark.parametrize(
    "text", ["", "..", "../../etc/passwd", "AB" * 32, "a" * 63, "a" * 62 + "/a"]
)
def test_a_name_that_is_no_hash_reaches_no_file(
    store: ObjectStore, secrets: SecretStore, text: str
) -> None:
    """Neither store makes a path of it."""
    for use in (store.read, store.has, store.remove, secrets.evidence, secrets.destroy):
        with pytest.raises(GroundtruceError) as caught:
            use(ObjectId(text))
        assert problem_of(caught) is Problem.RECORD_MALFORMED


def test_a_removed_object_is_gone(store: ObjectStore) -> None:
    """Removing twice is the same as once, so that a retry after a crash is safe."""
    store.put(CONTENT)
    store.remove(ID)
    store.remove(ID)
    store.remove(OTHER_ID)
    assert not store.has(ID)
    assert list(store) == []


def test_foreign_files_are_passed_over(store: ObjectStore, tmp_path: Path) -> None:
    """Only well-named objects in their right folder are listed; leftovers can be swept."""
    store.put(CONTENT)
    folder = tmp_path / "object"
    (folder / ".partial-1234").write_bytes(b"")
    (folder / "README").write_bytes(b"")
    (folder / ID[:2] / "README").write_bytes(b"")
    (folder / ID[:2] / OTHER_ID).write_bytes(b"")
    assert list(store) == [ID]
    store.sweep()
    assert not (folder / ".partial-1234").exists()
    assert store.read(ID) == CONTENT


def test_effects_are_in_the_order_that_survives_a_power_cut(tmp_path: Path) -> None:
    """Content is synced before its name is given; each new name is synced in its folder."""
    disk = FaultyDisk()
    ObjectStore(tmp_path, disk).put(CONTENT)
    shard = tmp_path / "object" / ID[:2]
    steps = [
        (name, path)
        for name, path in disk.seen
        if ".partial-" not in path.name and path.is_relative_to(tmp_path)
    ]
    assert ("sync_folder", tmp_path.parent) in disk.seen
    assert steps == [
        ("make_folder", tmp_path / "object"),
        ("sync_folder", tmp_path),
        ("sync", tmp_path),
        ("make_folder", shard),
        ("sync_folder", tmp_path / "object"),
        ("sync", tmp_path / "object"),
        ("rename", shard / ID),
        ("sync_folder", shard),
        ("sync", shard),
    ]
    names = [name for name, path in disk.seen]
    assert names[names.index("create") : names.index("create") + 3] == ["create", "extend", "sync"]
    assert names.index("create") < names.index("rename")


def test_folders_are_synced_once(tmp_path: Path) -> None:
    """A second object in the same folder costs two syncs, its own and that of its folder."""
    disk = FaultyDisk()
    store = ObjectStore(tmp_path, disk)
    store.put(CONTENT)
    disk.seen.clear()
    store.put(CONTENT)
    assert [name for name, _ in disk.seen] == [
        "create", "extend", "sync", "rename", "sync_folder", "sync", "unlink",
    ]  # fmt: skip


def put_steps(tmp_path: Path) -> int:
    """Return how many operations storing an object takes."""
    disk = FaultyDisk()
    ObjectStore(tmp_path / "count", disk).put(CONTENT)
    return len(disk.seen)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_failed_operation_stores_all_or_nothing(tmp_path: Path, when: str) -> None:
    """Failed and not kept, failed but kept: it is reported, nothing is left over, a retry succeeds."""
    for number in range(put_steps(tmp_path) - 1):
        root = tmp_path / f"{number}"
        store = ObjectStore(root, FaultyDisk(number, when=when))
        with pytest.raises(GroundtruceError) as caught:
            store.put(CONTENT)
        assert problem_of(caught) is Problem.RECORD_DISK
        after = ObjectStore(root, Disk())
        assert not after.has(ID) or after.read(ID) == CONTENT
        assert list(root.glob("object/.partial-*")) == []
        after.put(CONTENT)
        assert after.read(ID) == CONTENT


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_power_cut_stores_all_or_nothing(tmp_path: Path, when: str) -> None:
    """Whatever the last operation was, readers see the whole object or none, and a retry succeeds."""
    for number in range(put_steps(tmp_path)):
        root = tmp_path / f"{number}"
        with pytest.raises(PowerCutError):
            ObjectStore(root, FaultyDisk(number, PowerCutError(), when)).put(CONTENT)
        after = ObjectStore(root, Disk())
        assert list(after) in ([], [ID])
        assert not after.has(ID) or after.read(ID) == CONTENT
        after.sweep()
        assert list(root.glob("object/.partial-*")) == []
        assert after.put(CONTENT) == ID


def test_a_source_that_fails_leaves_nothing(store: ObjectStore, tmp_path: Path) -> None:
    """What a network or a verifier raises passes through; no half object stays."""

    class Broken(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if part := super().read(5):
                return part
            raise GroundtruceError(Problem.RECORD_MISSING, what=Phrase("the rest"))

    with pytest.raises(GroundtruceError) as caught:
        store.put(Broken(CONTENT))
    assert problem_of(caught) is Problem.RECORD_MISSING
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_secrets_come_back(secrets: SecretStore) -> None:
    """The key of a file, and the disclosures of a statement."""
    secrets.write(ID, SECRET)
    assert secrets.evidence(ID) == SECRET
    withheld = withhold({"observer": "Karl 7", "n": 4}, ["observer", "n"], Random(1).randbytes)
    secrets.write(OTHER_ID, withheld.disclosures)
    assert secrets.disclosures(OTHER_ID) == withheld.disclosures
    assert list(secrets) == sorted([ID, OTHER_ID])
    assert secrets.has(ID)


def test_secrets_are_for_their_owner_alone(secrets: SecretStore, tmp_path: Path) -> None:
    """Folder 0700, file 0600, also where the folder was open before."""
    (tmp_path / "secret").mkdir(mode=0o755)
    (tmp_path / "secret").chmod(0o755)
    secrets.write(ID, SECRET)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o700
    (file,) = (tmp_path / "secret").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.name == f"{ID}.json"


def test_a_secret_that_is_not_here_is_withheld(secrets: SecretStore) -> None:
    """Nothing tells whether another delegation holds it."""
    for read in (secrets.evidence, secrets.disclosures):
        with pytest.raises(GroundtruceError) as caught:
            read(ID)
        assert problem_of(caught) is Problem.EVIDENCE_WITHHELD


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"key": "00", "size": 1}', b'{"disclosures": 3}', b"\xff", b"[" * 20_000],
)
def test_a_damaged_secret_is_told_without_its_content(
    secrets: SecretStore, tmp_path: Path, content: bytes
) -> None:
    """Neither the message nor its cause quotes what may be half a key."""
    secrets.write(ID, SECRET)
    (tmp_path / "secret" / f"{ID}.json").write_bytes(content)
    for read in (secrets.evidence, secrets.disclosures):
        with pytest.raises(GroundtruceError) as caught:
            read(ID)
        assert problem_of(caught) is Problem.RECORD_MALFORMED
        assert caught.value.__cause__ is None


def test_a_key_of_the_wrong_form_is_told(secrets: SecretStore, tmp_path: Path) -> None:
    """A cut or misspelt key is not used."""
    file = tmp_path / "secret" / f"{ID}.json"
    for old, new, problem in (
        ("000102", "0001", Problem.RECORD_KEY),
        ("000102", "00010g", Problem.RECORD_MALFORMED),
    ):
        secrets.write(ID, SECRET)
        file.write_text(file.read_text().replace(old, new))
        with pytest.raises(GroundtruceError) as caught:
            secrets.evidence(ID)
        assert problem_of(caught) is problem


def test_a_destroyed_secret_is_gone_from_the_file(secrets: SecretStore, tmp_path: Path) -> None:
    """Whoever held the file open sees zeros; destroying twice is the same as once."""
    secrets.write(ID, SECRET)
    with (tmp_path / "secret" / f"{ID}.json").open("rb") as held:
        secrets.destroy(ID)
        assert set(held.read()) == {0}
    secrets.destroy(ID)
    assert not secrets.has(ID)
    assert list((tmp_path / "secret").iterdir()) == []
    with pytest.raises(GroundtruceError) as caught:
        secrets.evidence(ID)
    assert problem_of(caught) is Problem.EVIDENCE_WITHHELD


def test_a_replaced_secret_is_destroyed(secrets: SecretStore, tmp_path: Path) -> None:
    """Keeping fewer disclosures than before erases those that are left out."""
    one = Disclosure.make("observer", "Karl 7", Random(1).randbytes)
    other = Disclosure.make("place", "mill", Random(2).randbytes)
    secrets.write(ID, [one, other])
    with (tmp_path / "secret" / f"{ID}.json").open("rb") as held:
        secrets.write(ID, [other])
        assert set(held.read()) == {0}
    assert secrets.disclosures(ID) == (other,)


def test_an_interrupted_erasure_is_an_erasure(secrets: SecretStore, tmp_path: Path) -> None:
    """A power cut between the overwriting and the removal leaves zeros, which are told as erased."""
    secrets.write(ID, SECRET)
    cut = SecretStore(tmp_path / "secret", FaultyDisk(1, PowerCutError()))
    with pytest.raises(PowerCutError):
        cut.destroy(ID)
    with pytest.raises(GroundtruceError) as caught:
        secrets.evidence(ID)
    assert problem_of(caught) is Problem.EVIDENCE_ERASED
    secrets.destroy(ID)
    assert not secrets.has(ID)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("cut", [True, False], ids=["power cut", "error"])
def test_an_interrupted_writing_keeps_a_whole_secret(
    tmp_path: Path, when: str, *, cut: bool
) -> None:
    """The old secret or the new one is there, and destroying reaches what was left half-written."""
    new = replace(SECRET, size=Sensitive(20))
    counting = FaultyDisk()
    SecretStore(tmp_path / "count", counting).write(ID, new)
    for number in range(len(counting.seen)):
        folder = tmp_path / f"{number}"
        secrets = SecretStore(folder, Disk())
        secrets.write(ID, SECRET)
        failing = FaultyDisk(number, PowerCutError() if cut else None, when)
        try:
            SecretStore(folder, failing).write(ID, new)
        except (GroundtruceError, PowerCutError):
            assert secrets.evidence(ID) in (SECRET, new)
        else:
            assert secrets.evidence(ID) == new
        secrets.destroy(ID)
        assert list(folder.iterdir()) == []


def test_erasure_leaves_the_commitment_and_nothing_to_read(
    store: ObjectStore, secrets: SecretStore
) -> None:
    """After the secret is destroyed the object still proves its name, and its content is out of reach.

    Who kept the file and the salt can still show that this file was the one committed to.
    """
    photograph = b"a photograph"
    box = BytesIO()
    about, secret = seal(BytesIO(photograph), box, Random(1).randbytes)
    assert store.put(box.getvalue()) == about.object_id
    secrets.write(about.object_id, secret)
    with store.open(about.object_id) as stream:
        opened = BytesIO()
        unseal(stream, opened, secrets.evidence(about.object_id), about)
    assert opened.getvalue() == photograph

    secrets.destroy(about.object_id)

    with pytest.raises(GroundtruceError) as caught:
        secrets.evidence(about.object_id)
    assert problem_of(caught) is Problem.EVIDENCE_WITHHELD
    assert photograph not in store.read(about.object_id)
    assert commit(secret.salt, sha256(photograph).digest()) == about.commitment


def test_erased_disclosures_leave_the_statement_as_it_was(secrets: SecretStore) -> None:
    """The digests stay in the body; without the disclosures they stay closed."""
    withheld = withhold({"kind": "fire", "observer": "K"}, ["observer"], Random(1).randbytes)
    secrets.write(ID, withheld.disclosures)
    secrets.destroy(ID)
    with pytest.raises(GroundtruceError):
        secrets.disclosures(ID)
    left = disclose(withheld.kept, withheld.digests, [])
    assert left.fields == {"kind": "fire"}
    assert left.closed == withheld.digests
