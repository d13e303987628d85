"""The demonstration, run once: reports with three nodes."""

from pathlib import Path
from shutil import copytree

import pytest


@pytest.fixture(scope="session")
def demonstration(demo_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a demonstration, of this worker alone; nobody changes it."""
    return copytree(demo_once, tmp_path_factory.mktemp("demonstration") / "out")


@pytest.fixture
def own_copy(demonstration: Path, tmp_path: Path) -> Path:
    """Return a copy of the demonstration, to be changed."""
    return copytree(demonstration, tmp_path / "out")
