"""What a node answers to others: files of its log, never another file, and refusals with their status."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.effort import LONGEST_WAIT_S
from tests.peers import node_app, served

from groundtruce.record.peers.witness import BODY_LIMIT, AddCheckpoint, WitnessConflict
from groundtruce.record.tlog.note import SignatureLine

REQUEST = bytes(
    AddCheckpoint(old=0, proof=(), note=b"origin\n1\nAAAA\n\n\xe2\x80\x94 a AAAAAAAA\n")
)


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """Return a public folder beside a private one."""
    for name, content in {
        "public/checkpoint": b"a checkpoint\n",
        "public/tile/0/000": b"a tile",
        "public/body/0": b"bodies",
        "public/mirror/ab/tile/entries/000.p/3": b"a bundle",
        "public/tile/.partial-000": b"not yet",
        "public/secret.txt": b"another file",
        "private/keys": b"the keys",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return tmp_path / "public"


def refused(_: AddCheckpoint) -> list[SignatureLine]:
    """Refuse as a witness that has another size."""
    raise WitnessConflict("o", size=7, old=0)


@pytest.fixture
def address(public: Path) -> Iterator[str]:
    """Return where a node answers that has cosigned seven statements."""
    with served(node_app(public, refused)) as address:
        yield address


def get(address: str, path: str) -> httpx2.Response:
    """Ask for a path as it is written, without tidying it up."""
    return httpx2.get(
        httpx2.URL(address).copy_with(raw_path=path.encode()),
        timeout=LONGEST_WAIT_S,
        trust_env=False,
    )


@pytest.mark.parametrize(
    ("path", "content", "fixed"),
    [
        ("/checkpoint", b"a checkpoint\n", False),
        ("/tile/0/000", b"a tile", True),
        ("/body/0", b"bodies", False),
        ("/mirror/ab/tile/entries/000.p/3", b"a bundle", True),
    ],
)
def test_files_of_the_log_are_served(
    address: str, path: str, content: bytes, *, fixed: bool
) -> None:
    """What never changes may be kept for good."""
    response = get(address, path)
    assert response.status_code == 200
    assert response.content == content
    assert ("immutable" in response.headers["cache-control"]) == fixed
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/",
            "/secret.txt",
            "/tile/.partial-000",
            "/tile",
            "/tile/",
            "/tile//0/000",
            "/tile/0/001",
        ),
        *("/../private/keys", "/tile/../../private/keys", "/tile/%2e%2e/%2e%2e/private/keys"),
        *("/tile/..%2f..%2fprivate/keys", "/%2fetc/passwd", "//etc/passwd", "/tile/0/000%00"),
        "/tile/" + "a/" * 2000,
        "/tile/" + "a" * 4000,
    ],
)
def test_nothing_else_is_served(address: str, path: str) -> None:
    """Neither folders nor hidden files, nor anything outside, however the path is written."""
    response = get(address, path)
    assert response.status_code == 404
    assert b"keys" not in response.content


def test_a_part_of_a_file_is_served(address: str) -> None:
    """Readers of long files ask for ranges."""
    response = httpx2.get(
        f"{address}/tile/0/000",
        headers={"Range": "bytes=2-5"},
        timeout=LONGEST_WAIT_S,
        trust_env=False,
    )
    assert (response.status_code, response.content) == (206, b"tile")


def test_a_conflict_tells_the_size(address: str) -> None:
    """As c2sp.org/tlog-witness asks for it."""
    response = httpx2.post(
        f"{address}/add-checkpoint", content=REQUEST, timeout=LONGEST_WAIT_S, trust_env=False
    )
    assert (response.status_code, response.content) == (409, b"7\n")
    assert response.headers["content-type"] == "text/x.tlog.size"


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 400), (b"old 1\n", 400), (b"\xff" * 100, 400), (b"x" * (BODY_LIMIT + 1), 413)],
)
def test_a_request_that_is_none_is_refused(address: str, content: bytes, status: int) -> None:
    """Unreadable or too long."""
    response = httpx2.post(
        f"{address}/add-checkpoint", content=content, timeout=LONGEST_WAIT_S, trust_env=False
    )
    assert response.status_code == status


def test_other_methods_are_refused(address: str) -> None:
    """Nothing is written by anyone who asks."""
    for method in ("PUT", "DELETE", "PATCH", "POST"):
        response = httpx2.request(
            method, f"{address}/checkpoint", timeout=LONGEST_WAIT_S, trust_env=False
        )
        assert response.status_code == 405
