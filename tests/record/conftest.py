"""Logs of several sizes, made once."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.record.logs import QuietDisk, Told, write


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, Path], Told]:
    """Return a maker of logs of a size, and of what was told of them."""
    top, made = tmp_path_factory.mktemp("logs"), dict[int, Told]()

    def make(size: int, target: Path) -> Told:
        if size not in made:
            start = max((one for one in made if one < size), default=0)
            root, told = top / str(size), Told()
            if start:
                shutil.copytree(top / str(start), root)
                told = Told(dict(made[start].receipts), list(made[start].heads))
            else:
                root.mkdir()
            write(root, (size - start,) if size else (), QuietDisk(), told, lambda name: None)
            made[size] = told
        shutil.copytree(top / str(size), target)
        return Told(dict(made[size].receipts), list(made[size].heads))

    return make
