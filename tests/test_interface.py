"""The Python interface: light to import, whole, and honest about bad rows."""

import subprocess
import sys
from datetime import date
from pathlib import Path
from random import Random

import polars as pl
import pytest
from tests.conftest import EXAMPLE
from tests.database.views import random_report, view_of
from tests.fusion.worlds import table

import groundtruce as gt
from groundtruce import interface
from groundtruce.database.backend.open import open_database
from groundtruce.database.load.fill import fill
from groundtruce.model.problem import Problem

_HEAVY = ("fastapi", "numba", "numpy", "pandas", "polars", "pyarrow", "pydantic", "shapely")


def _random_reports(many: int) -> pl.DataFrame:
    chance = Random(7)
    return table([random_report(chance) for _ in range(many)], text=True)


def test_importing_loads_nothing_heavy() -> None:
    """`import groundtruce` loads three of our modules, and no library for tables."""
    script = "import sys; before = set(sys.modules); import groundtruce; print(*(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    own = {name for name in loaded if name.partition(".")[0] == "groundtruce"}
    assert own == {"groundtruce", "groundtruce.model", "groundtruce.model.version"}
    assert loaded.isdisjoint(_HEAVY)


def test_every_name_is_there() -> None:
    """The package offers what the interface defines, and no other name."""
    assert set(gt.__all__) - {"__version__"} == set(interface.__all__)
    assert all(getattr(gt, name) is getattr(interface, name) for name in interface.__all__)
    assert set(gt.__all__) <= set(dir(gt))
    with pytest.raises(AttributeError, match="no_such_name"):
        gt.no_such_name  # noqa: B018


def test_a_file_a_frame_and_a_pandas_table_are_read_alike() -> None:
    """Wherever the rows come from, they are the same, and so are their incidents."""
    read = gt.read_reports(EXAMPLE / "reports.csv")
    assert gt.read_reports(read.rows).rows.equals(read.rows)
    assert gt.read_reports(read.rows.to_pandas()).rows.equals(read.rows)
    fused = gt.fuse(read)
    assert gt.fuse(read.rows.to_pandas()).incidents.equals(fused.incidents)
    assert fused.links.height == read.rows.height


def test_bad_rows_are_set_aside_or_refused() -> None:
    """Reading sets a bad row aside with its reason; what needs whole tables names it and goes no further."""
    rows = _random_reports(2).with_columns(lat=pl.Series([36.0, 36.0]), lon=pl.Series([37.0, 37.0]))
    broken = rows.with_columns(lat=pl.Series([200.0, 36.0]))
    read = gt.read_reports(broken)
    assert read.rows.height == 1
    assert read.quarantined["field"].to_list() == ["lat"]
    assert read.quarantined["row"].to_list() == ["1"]
    with pytest.raises(gt.GroundtruceError) as caught:
        gt.fuse(broken)
    assert caught.value.problem is Problem.FILE_BAD_ROWS
    with pytest.raises(gt.GroundtruceError) as caught:
        gt.fuse(rows.drop("source"))
    assert caught.value.problem is Problem.FILE_COLUMNS_MISSING


def test_an_unknown_incident_is_refused() -> None:
    """Explaining what is not in the table is a problem of the catalogue, not a KeyError."""
    fused = gt.fuse(_random_reports(3))
    with pytest.raises(gt.GroundtruceError) as caught:
        gt.explain(fused.incidents, gt.read_agreement("syria-2016-02"), "I-aaaaaaaaaaaa")
    assert caught.value.problem is Problem.INCIDENT_UNKNOWN


def test_a_database_is_read_with_filters(tmp_path: Path) -> None:
    """Tables come as frames with the types of the model; filters narrow, and a wrong one is named."""
    reports = _random_reports(40)
    view = view_of(reports)
    url = f"sqlite:///{tmp_path / 'view.sqlite'}"
    database = open_database(url)
    fill(database, view)
    database.close()
    with gt.open_database(url) as opened:
        incidents = opened.incidents()
        names = view.incidents.columns
        assert (
            incidents.select(names).sort("incident_id").equals(view.incidents.sort("incident_id"))
        )
        assert opened.reports().height == reports.height
        assert set(opened.reports(source=["A"])["source"]) == {"A"}
        assert opened.incidents(day__gte=date(2099, 1, 1)).is_empty()
        assert opened.assessments().height == view.assessments.height
        assert opened.agreement.label == view.agreement.label
        assert opened.situation() is not None
        with pytest.raises(gt.GroundtruceError) as caught:
            opened.incidents(colour="red")
    assert caught.value.problem is Problem.QUERY_UNKNOWN_KEY


def test_an_empty_database_is_said_to_be_empty(tmp_path: Path) -> None:
    """A database without a view is a problem that names the remedy."""
    with (
        pytest.raises(gt.GroundtruceError) as caught,
        gt.open_database(f"sqlite:///{tmp_path / 'nothing.sqlite'}"),
    ):
        pass
    assert caught.value.problem is Problem.DATABASE_MISSING
