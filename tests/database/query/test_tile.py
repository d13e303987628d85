"""Tiles: each chosen incident with a place is in exactly one of them at each zoom, alone or counted."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

import mapbox_vector_tile
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.database.plain import Plain, chosen_of, filters_of
from tests.effort import examples

from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.grid import DEEPEST, HIGHEST_LAT, sort_by_square
from groundtruce.database.filters.filters import Filters
from groundtruce.database.load.fill import fill
from groundtruce.database.load.update import apply
from groundtruce.database.query import tile as module
from groundtruce.database.query.tile import EXTENT, draw_tile
from groundtruce.model.code import VERDICTS
from groundtruce.view.view import View

_MANY = examples(20)
_NOTHING = Filters()
_CELLS = 144

Layers = Mapping[str, list[dict[str, object]]]


def layers_of(content: bytes) -> Layers:
    """Return the properties of the features of each layer, with their place as `x` and `y` from the north."""
    decoded = mapbox_vector_tile.decode(content, default_options={"y_coord_down": True})
    return {
        name: [
            {
                **one["properties"],
                "x": one["geometry"]["coordinates"][0],
                "y": one["geometry"]["coordinates"][1],
            }
            for one in layer["features"]
        ]
        for name, layer in decoded.items()
    }


def square_of(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    """Return column and line of the square in which a point lies, by the formula of every web map."""
    side = 1 << zoom
    column = int((lon + 180) / 360 * side) % side
    phi = math.radians(lat)
    line = int((1 - math.log(math.tan(phi) + 1 / math.cos(phi)) / math.pi) / 2 * side)
    return column, min(max(line, 0), side - 1)


def on_map(rows: Iterable[Plain]) -> list[tuple[Plain, float, float]]:
    """Return incidents with the places that a web map can show."""
    found = ((row, row.row["lon"], row.row["lat"]) for row in rows)
    return [
        (row, lon, lat)
        for row, lon, lat in found
        if isinstance(lon, float) and isinstance(lat, float) and abs(lat) < HIGHEST_LAT
    ]


def counted(layers: Layers) -> Counter[str]:
    """Return how many incidents of each verdict a tile stands for."""
    found = Counter(str(one["verdict"]) for one in layers["incident"])
    for cell in layers["cell"]:
        found.update({verdict: int(str(cell[verdict])) for verdict in VERDICTS})
    return +found


@_MANY
@given(data=st.data(), zoom=st.integers(0, 14))
def test_a_tile_has_what_is_chosen_there(
    data: st.DataObject, zoom: int, asked: Database, rows: tuple[Plain, ...]
) -> None:
    """Whatever the filters, a tile counts exactly the chosen incidents whose point lies in its square."""
    filters = data.draw(filters_of(rows))
    lying = on_map(chosen_of(rows, filters))
    _, lon, lat = data.draw(st.sampled_from(on_map(rows)))
    column, line = square_of(lon, lat, zoom)
    here = [row for row, lon, lat in lying if square_of(lon, lat, zoom) == (column, line)]
    layers = layers_of(draw_tile(asked, filters, zoom, column, line))
    assert counted(layers) == Counter(row.verdict for row in here)
    assert {str(one["id"]) for one in layers["incident"]} <= {row.id for row in here}
    assert len(layers["incident"]) + len(layers["cell"]) <= _CELLS


@pytest.mark.parametrize("zoom", [0, 4, 9])
def test_four_tiles_are_the_one_above(zoom: int, asked: Database, rows: tuple[Plain, ...]) -> None:
    """Going nearer loses nothing and doubles nothing."""
    _, lon, lat = on_map(rows)[0]
    column, line = square_of(lon, lat, zoom)
    below = Counter[str]()
    for right in (0, 1):
        for down in (0, 1):
            nearer = draw_tile(asked, _NOTHING, zoom + 1, 2 * column + right, 2 * line + down)
            below += counted(layers_of(nearer))
    assert counted(layers_of(draw_tile(asked, _NOTHING, zoom, column, line))) == below


def test_a_count_stands_among_its_incidents(asked: Database, rows: tuple[Plain, ...]) -> None:
    """A count lies within the box that it names, and the box holds as many incidents as it counts."""
    points = [(lon, lat) for _, lon, lat in on_map(rows)]
    cells = layers_of(draw_tile(asked, _NOTHING, 5, *square_of(37.1, 36.2, 5)))["cell"]
    assert len(cells) > 20
    for cell in cells:
        west, south, east, north = (
            float(str(cell[side])) for side in ("west", "south", "east", "north")
        )
        near = [
            1
            for lon, lat in points
            if west - 1e-5 <= lon <= east + 1e-5 and south - 1e-5 <= lat <= north + 1e-5
        ]
        assert len(near) >= int(str(cell["count"])) == sum(int(str(cell[one])) for one in VERDICTS)
        worst = next(verdict for verdict in VERDICTS if cell[verdict])
        assert (cell["verdict"], cell["rank"]) == (worst, VERDICTS.index(worst))


def test_circles_are_drawn_to_scale(asked: Database, rows: tuple[Plain, ...]) -> None:
    """A circle has the radius of a stated place, in pixels of the whole world on one tile of 512."""
    row, lon, lat = next(one for one in on_map(rows) if one[0].row["location_radius_m"] == 25_000.0)
    discs = layers_of(draw_tile(asked, _NOTHING, 14, *square_of(lon, lat, 14)))["disc"]
    metres_a_pixel = 40_075_016.686 * math.cos(math.radians(lat)) / 512
    found = [float(str(one["radius"])) * metres_a_pixel for one in discs]
    assert any(one == pytest.approx(row.row["location_radius_m"], rel=1e-3) for one in found)


def test_many_incidents_have_no_circles(
    asked: Database, rows: tuple[Plain, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where circles would cover the ground there are none, and every incident still counts."""
    lying = len(on_map(rows))
    assert "disc" in layers_of(draw_tile(asked, _NOTHING, 0, 0, 0))
    monkeypatch.setattr(module, "DISCS", lying - 1)
    layers = layers_of(draw_tile(asked, _NOTHING, 0, 0, 0))
    assert sum(counted(layers).values()) == lying
    assert "disc" not in layers


@pytest.mark.parametrize("address", [(0, 0, 1), (3, 8, 0), (3, -1, 0), (DEEPEST + 1, 0, 0)])
def test_what_is_not_on_the_grid_is_refused(address: tuple[int, int, int], asked: Database) -> None:
    """A square that no map has is an error, not an empty tile."""
    with pytest.raises(ValueError, match="no square"):
        draw_tile(asked, _NOTHING, *address)


@_MANY
@given(
    points=st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), max_size=30),
    zoom=st.integers(0, DEEPEST),
)
def test_a_square_is_a_run_of_rows(points: list[tuple[float, float]], zoom: int) -> None:
    """Sorted along the curve, the rows of any square stand together: each row with a place in just one run."""
    lon, lat = (np.array([point[axis] for point in points]) for axis in (0, 1))
    where = sort_by_square(lon, lat)
    side = 1 << zoom
    seen: list[int] = []
    for column, line in {
        (min(int(x * side), side - 1), min(int(y * side), side - 1))
        for x, y in zip(where.x.tolist(), where.y.tolist(), strict=True)
    }:
        seen += where.find_rows(zoom, column, line).tolist()
    assert sorted(seen) == np.flatnonzero(np.abs(lat) < HIGHEST_LAT).tolist()


def test_places_in_a_tile_are_steps_across_it(asked: Database, rows: tuple[Plain, ...]) -> None:
    """What stands in a tile lies within its edges."""
    _, lon, lat = on_map(rows)[0]
    layers = layers_of(draw_tile(asked, _NOTHING, 7, *square_of(lon, lat, 7)))
    found = [one for layer in layers.values() for one in layer]
    assert found
    assert all(0 <= float(str(one[axis])) <= EXTENT for one in found for axis in ("x", "y"))


def test_a_tile_of_words_changes_with_the_texts(view: View, database: Database) -> None:
    """Where nothing but texts changed, a tile narrowed by words is that of the new texts."""
    fill(database, view)
    filters = Filters.parse([("q", "silence")])
    assert not any(layers_of(draw_tile(database, filters, 0, 0, 0)).values())
    told = view.reports.with_columns(text=pl.lit("silence"))
    digests = {**view.input_digests, "reports": "another"}
    apply(database, replace(view, reports=told, input_digests=digests))
    changed = counted(layers_of(draw_tile(database, filters, 0, 0, 0)))
    assert changed == counted(layers_of(draw_tile(database, _NOTHING, 0, 0, 0)))
    assert changed
