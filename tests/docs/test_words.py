"""The glossary of words: each word stands in the code where the page says, and for nothing else there."""

import re
from pathlib import Path

import pytest
from tools.counts import Module, read_modules

ROOT = Path(__file__).parents[2]
FACE = "interface"
"""Gives out for Python what the code below calls so."""
ROWS = re.findall(
    r"^\| ([^|]+?) \| [^|]+ \| `([\w/]+)\.py` `(\w+)` \|$",
    (ROOT / "docs" / "reference" / "words.md").read_text("utf-8"),
    re.MULTILINE,
)


@pytest.fixture(scope="module")
def modules() -> list[Module]:
    """The modules of the package."""
    return read_modules()


@pytest.mark.parametrize(("word", "path", "name"), ROWS)
def test_a_word_stands_for_one_thing(
    word: str, path: str, name: str, modules: list[Module]
) -> None:
    """The module gives the name to others, and no other module gives a class of that name."""
    module = next(module for module in modules if module.path == path)
    assert name in module.public, word
    others = [
        other.path
        for other in modules
        if name in other.public & other.classes and other.path not in {path, FACE}
    ]
    assert others == [], word
