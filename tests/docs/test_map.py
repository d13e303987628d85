"""The map of the house: the journeys and the recipes name files that exist, in an order that the code has."""

import re
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
RECIPES = (ROOT / "docs" / "how-to" / "extend.md").read_text("utf-8")
PATH = re.compile(r"`([\w./-]+/[\w.-]+\.\w+)`")


def list_journeys() -> dict[str, list[str]]:
    """Return the files of each journey, below the package."""
    text = ARCHITECTURE.partition("## Ten journeys")[2].partition("\n## ")[0]
    journeys = re.findall(r"\*\*\d+\. ([^*]+)\*\*(.*?)(?=\n\*\*\d|\Z)", text, re.DOTALL)
    return {title: PATH.findall(body) for title, body in journeys}


def list_recipes() -> dict[str, list[str]]:
    """Return the files of each recipe, from the top of the repository."""
    sections = RECIPES.split("\n## ")[1:]
    return {section.partition("\n")[0]: PATH.findall(section) for section in sections}


@pytest.mark.parametrize("title", list_journeys())
def test_a_journey_names_files_that_exist(title: str) -> None:
    """A file that was moved or renamed would leave a traveller in nowhere."""
    files = list_journeys()[title]
    assert 5 <= len(files) <= 9
    assert [file for file in files if not (ROOT / "src" / "groundtruce" / file).is_file()] == []


def test_each_file_of_a_journey_is_reached_from_one_before_it() -> None:
    """The order of a journey is that of calls: each module is imported, in steps, by one that was named before."""
    graph = grimp.build_graph("groundtruce", cache_dir=None)
    strangers = []
    for title, files in list_journeys().items():
        modules = [
            f"groundtruce.{file.removesuffix('.py').replace('/', '.')}"
            for file in files
            if file.endswith(".py")
        ]
        for number, module in enumerate(modules[1:], 1):
            if not any(graph.chain_exists(before, module) for before in modules[:number]):
                strangers.append((title, module))
    assert strangers == []


@pytest.mark.parametrize("title", list_recipes())
def test_a_recipe_names_files_that_exist(title: str) -> None:
    """Whoever follows a recipe finds each file that it names."""
    files = list_recipes()[title]
    assert files
    assert [file for file in files if not (ROOT / file).is_file()] == []


@pytest.mark.parametrize(
    "addition",
    [
        "A source",
        "A kind of clause",
        "A kind of statement",
        "A computed table",
        "A page",
        "A filter",
        "A language",
    ],
)
def test_the_recipes_answer_what_newcomers_ask(addition: str) -> None:
    """Each question has an answer of its own."""
    assert addition in list_recipes()


def test_the_rooms_of_the_map_are_there() -> None:
    """Folders that the map names are folders."""
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", ARCHITECTURE, re.MULTILINE)
    assert rows
    for package, rooms in rows:
        for room in re.findall(r"`(\w+)`", rooms):
            assert (ROOT / "src" / "groundtruce" / package / room).is_dir(), (package, room)
