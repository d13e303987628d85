"""The demonstration, run once: reports with three nodes."""

from pathlib import Path
from shutil import copytree

import pytest
from tests.peers import run


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a demonstration; nobody changes it."""
    folder = tmp_path_factory.mktemp("demonstration") / "out"
    assert run("demo", "--out", folder).exit_code == 0
    return folder


@pytest.fixture
def own_copy(demonstration: Path, tmp_path: Path) -> Path:
    """Return a copy of the demonstration, to be changed."""
    return copytree(demonstration, tmp_path / "out")
