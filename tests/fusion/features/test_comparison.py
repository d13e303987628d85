"""Comparison: how two reports agree, field by field."""

import numpy as np
import polars as pl
import pytest
from tests.fusion.worlds import table

from groundtruce.fusion.features.comparison import (
    DISTANCES_M,
    FIELDS,
    codes_of,
    compare_pairs,
)
from groundtruce.fusion.features.encode import encode
from groundtruce.model.place import distance_m

_ROW: dict[str, object] = {
    "source": "A",
    "hour": 0,
    "precision": "hour",
    "place": 0,
    "location_radius_m": 500.0,
    "kind": "fire.mortar",
    "weapon": "mortar",
    "actor": "X",
    "involved": None,
    "killed_best": 3,
    "text": None,
}


def levels(reports: pl.DataFrame) -> dict[str, int]:
    """Return the code of each field of the first two reports."""
    encoded = encode(reports)
    pattern = compare_pairs(encoded, np.array([[1], [0]], np.int32), np.array([0.5, 0.9]))
    return {field.name: int(codes_of(pattern, field)[0]) for field in FIELDS}


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"weapon": None}, "weapon", 0),
        ({"actor": "Y"}, "actor", 3),
        ({"actor": None}, "actor", 0),
        ({"actor": None, "involved": "X|Y"}, "actor", 4),
        ({"actor": None, "involved": "Y"}, "actor", 5),
        ({"killed_best": None}, "killed", 0),
        ({"killed_best": 0}, "killed", 8),
        ({"killed_best": 4}, "killed", 6),
        ({"killed_best": 30}, "killed", 10),
    ],
)
def test_a_field_is_compared_by_itself(change: dict[str, object], field: str, code: int) -> None:
    """What differs in one field changes its code and no other; what one does not say is 0."""
    same = levels(table([_ROW, _ROW], text=False))
    other = levels(table([_ROW, _ROW | change], text=False))
    assert other[field] == code != same[field]
    assert {name for name in same if same[name] != other[name]} == {field}


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_distance_is_a_level_within_the_classes_of_precision(place: int) -> None:
    """The number of bounds that it exceeds, in the block of the two classes."""
    reports = table([_ROW, _ROW | {"place": place}], text=False)
    apart = distance_m(
        *(reports[name].to_numpy()[row] for row in (0, 1) for name in ("lon", "lat"))
    )
    level = levels(reports)["place"] % 11
    assert level == int(np.searchsorted(DISTANCES_M, apart))


@pytest.mark.parametrize(("cosine", "level"), [(0.4, 1), (0.7, 2), (1.0, 3)])
def test_texts_are_compared_by_their_cosine(cosine: float, level: int) -> None:
    """By the number of bounds below it, counted from 1."""
    vectors = [[1.0, 0.0], [cosine, (1 - cosine**2) ** 0.5]]
    reports = table([_ROW, _ROW], text=False).with_columns(text_vector=pl.Series(vectors))
    assert levels(reports)["text"] == level
