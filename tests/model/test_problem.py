"""The catalogue of problems: every entry is indexed once, under a code of its own."""

from importlib import import_module
from pkgutil import iter_modules

import groundtruce.model.problem
from groundtruce.model.problem import CatalogueEntry, Details, Problem


def _written() -> list[CatalogueEntry]:
    """Return the entries of all areas, whether indexed or not."""
    package = groundtruce.model.problem
    return [
        value
        for module in iter_modules(package.__path__, f"{package.__name__}.")
        for value in vars(import_module(module.name)).values()
        if isinstance(value, CatalogueEntry)
    ]


def test_every_entry_of_an_area_is_a_problem() -> None:
    """No entry is written and left out of the index, and none is indexed under two names."""
    assert sorted(entry.code for entry in _written()) == sorted(one.code for one in Problem)
    assert len(Problem.__members__) == len(list(Problem))


def test_every_slot_of_a_problem_has_its_type() -> None:
    """What an exception fills into a sentence is declared, as prose or as a value; rows have values only."""
    slots = {
        slot
        for problem in Problem
        if not problem.code.startswith("row.")
        for slot in problem.value.slots
    }
    assert slots == set(Details.__annotations__)
