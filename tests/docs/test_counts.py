"""The form of the house stays what it is: rooms that one looks through, names that are found, verbs for functions."""

import pytest
from tools.counts import SOURCE, Module, find_doubles, read_modules

MOST_FILES = 16
FACE = {"Fused", "View"}
"""The face for Python gives tables out under the names that the code below has for them."""


@pytest.fixture(scope="module")
def modules() -> list[Module]:
    """The modules of the package."""
    return read_modules()


def test_no_folder_has_more_files_than_one_looks_through() -> None:
    """A folder that grows beyond is to be parted."""
    folders = {path.parent for path in SOURCE.rglob("*.py")}
    assert [f for f in folders if len(list(f.glob("*.py"))) > MOST_FILES] == []


def test_a_public_name_is_defined_once(modules: list[Module]) -> None:
    """Whoever looks for a name finds one place."""
    assert find_doubles(modules, classes=True).keys() == FACE
    assert find_doubles(modules, classes=False) == {}


def test_public_functions_are_named_by_verbs(modules: list[Module]) -> None:
    """A participle says what a value is, not what is done."""
    assert [
        f"{function.module}.{function.name}"
        for module in modules
        for function in module.functions
        if function.is_public and function.is_named_by_participle
    ] == []
