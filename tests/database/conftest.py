"""A view that knows many things, in a database of each kind, to be asked and not to be changed."""

from collections.abc import Iterator
from contextlib import closing
from random import Random

import polars as pl
import pytest
from tests.conftest import EXAMPLE
from tests.database.plain import Plain, plain
from tests.database.views import random_report, view_of
from tests.fusion.worlds import table
from tools.postgres import Server

from groundtruce.database.backend.dialect import DIALECTS, SQLITE
from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.protocol import Database
from groundtruce.database.load.fill import fill
from groundtruce.intake.read import read_reports, read_table
from groundtruce.model.table import COUNTS
from groundtruce.view.view import View


@pytest.fixture(scope="session")
def view() -> View:
    """The worked example with some reports at the edges of what can be said."""
    chance = Random(6)
    example = read_reports([EXAMPLE / "reports.csv"]).in_order()
    edges = table([random_report(chance) for _ in range(200)], text=True)
    counts = read_table(COUNTS, [EXAMPLE / "counts.csv"]).in_order()
    reports = pl.concat([example.select(edges.columns), edges]).sort("report_id")
    return view_of(reports, counts=counts)


@pytest.fixture(scope="session", params=DIALECTS, ids=[dialect.name for dialect in DIALECTS])
def asked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, view: View
) -> Iterator[Database]:
    """A database that holds the view: of each kind in turn."""
    if request.param is SQLITE:
        url = f"sqlite:///{tmp_path_factory.mktemp('asked') / 'view.sqlite'}"
    else:
        running: Server = request.getfixturevalue("postgres")
        url = running.database()
    with closing(open_database(url)) as opened:
        fill(opened, view)
        yield opened


@pytest.fixture(scope="session")
def rows(view: View) -> tuple[Plain, ...]:
    """The incidents of the view, read without a database."""
    return plain(view)
