"""The situation of a day and its bulletins: the same from a view and a database, and what a count is compared with."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import quantiles

import polars as pl
import pytest
from tests.database.plain import Plain
from tests.database.views import SYRIA, random_report, terms, view_of
from tests.fusion.worlds import table

from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.protocol import Database
from groundtruce.database.columnar.columns import read_columns
from groundtruce.database.filters.filters import Filters
from groundtruce.database.load.fill import fill
from groundtruce.database.query import situation as situations
from groundtruce.database.query.bulletin import Compared, list_bulletin_days
from groundtruce.database.query.incident import list_incidents
from groundtruce.database.query.obligation import read_obligations
from groundtruce.database.query.situation import describe_situation
from groundtruce.day.dating import from_day_number
from groundtruce.day.day import count_day
from groundtruce.model.code import Verdict
from groundtruce.model.table import ASSESSMENTS, COUNTS, INCIDENTS, LINKS, OBLIGATIONS
from groundtruce.publish.daily import daily_report, make_day_rows
from groundtruce.view.view import View

_AGREEMENT = terms(SYRIA).agreement
_DAYS = [date(2016, 2, 20) + timedelta(days=number) for number in range(50)]


def _assert_same_days(database: Database, view: View, days_asked: Iterable[date]) -> int:
    """Count each day from the view and from the database, compare, and return how many had incidents."""
    held = read_columns(database)
    first = from_day_number(int(held.first_day[held.dated].min()))
    busy = 0
    for day in days_asked:
        from_view = count_day(make_day_rows(view, day), view.agreement)
        from_database = count_day(
            situations.read_day_rows(database, held, day, first), view.agreement
        )
        assert from_view == from_database
        shown = situations.describe_situation(database, view.agreement, day)
        assert shown is not None
        assert (shown.today, shown.gaps) == (from_view.today, from_view.gaps)
        busy += from_view.today.incidents > 0
    return busy


def test_a_day_is_the_same_from_a_view_and_from_a_database(asked: Database, view: View) -> None:
    """On every day, quiet ones among them, everything is equal: both fill the same rows."""
    assert _assert_same_days(asked, view, _DAYS) > 30


@pytest.mark.parametrize("seed", range(6))
def test_a_day_is_the_same_of_random_records(seed: int, tmp_path: Path) -> None:
    """With open times, unknown authors, licences that differ and counts in parts, both come to the same."""
    chance = Random(seed)
    reports = table([random_report(chance) for _ in range(150)], text=True)
    licences = pl.Series([chance.choice((None, "CC-BY-4.0", "ODbL")) for _ in range(150)])
    view = view_of(
        reports.with_columns(licence=licences.cast(pl.String)), counts=_random_counts(chance)
    )
    with closing(open_database(f"sqlite:///{tmp_path / 'view.sqlite'}")) as database:
        fill(database, view)
        assert _assert_same_days(database, view, _DAYS) > 5


def _random_counts(chance: Random) -> pl.DataFrame:
    """Return published counts of few sources: totals, parts by region and by party, and some without a day."""
    rows = [
        {
            "count_id": f"C{number}",
            "source": chance.choice(("centre", "Zentrale", "Émile")),
            "on_behalf_of": chance.choice((None, "Russia", "United States")),
            "measure": chance.choice(("violations", "shellings")),
            "day": chance.choice((None, *(day.isoformat() for day in _DAYS[5:20]))),
            "region": chance.choice((None, None, "Aleppo", "Idlib")),
            "attributed_to": chance.choice((None, None, "Y")),
            "count": chance.randrange(40),
        }
        for number in range(60)
    ]
    return pl.DataFrame(rows, schema=COUNTS.schema)


def test_the_list_of_a_day_is_that_of_its_report(asked: Database, view: View) -> None:
    """Who broke what on 4 March: the day's filters lead to the incidents of the daily report."""
    filters = Filters.parse([("day__gte", "2016-03-04"), ("day__lte", "2016-03-04")])
    expected = {entry.incident_id for entry in daily_report(view, date(2016, 3, 4)).entries}
    assert {row.incident_id for row in list_incidents(asked, filters, limit=1_000).rows} == expected


def test_what_is_usual_are_days_that_were(asked: Database, rows: tuple[Plain, ...]) -> None:
    """The middle and the range of the four weeks before, from counts of days that occurred."""
    found = describe_situation(asked, _AGREEMENT, date(2016, 3, 29))
    assert found is not None
    assert found.baseline is not None
    counts = [
        sum(row.day == found.day - timedelta(days=back) for row in rows) for back in range(1, 29)
    ]
    low, median, high = (quantiles(counts, n=10, method="inclusive")[place] for place in (0, 4, 8))
    shown = found.baseline.incidents
    assert found.baseline.days == 28
    assert {shown.low, shown.median, shown.high} <= set(counts)
    assert abs(shown.low - low) <= 2
    assert abs(shown.median - median) <= 2
    assert abs(shown.high - high) <= 2


def test_days_before_the_terms_began_are_not_usual_for_those_after(asked: Database) -> None:
    """Six days of the truce went before 4 March, seven before 5 March; 26 February has those before it."""
    baselines = {}
    for day in (date(2016, 2, 26), date(2016, 3, 4), date(2016, 3, 5)):
        found = describe_situation(asked, _AGREEMENT, day)
        assert found is not None
        baselines[day] = found.baseline and found.baseline.days
        assert found.previous.day == day - timedelta(days=1)
    assert baselines[date(2016, 3, 4)] is None
    assert baselines[date(2016, 3, 5)] == 7
    assert baselines[date(2016, 2, 26)] not in (None, 0)


def test_the_last_day_is_shown_unless_one_is_asked_for(
    asked: Database, rows: tuple[Plain, ...]
) -> None:
    """Without a day it is the last to which an incident is dated; a day without any has zeros, not an error."""
    found = describe_situation(asked, _AGREEMENT)
    assert found is not None
    assert found.day == found.last_day == max(row.day for row in rows if row.day is not None)
    before = describe_situation(asked, _AGREEMENT, found.first_day - timedelta(days=30))
    assert before is not None
    assert before.today.incidents == 0
    assert before.today.killed.figures is None
    assert before.baseline is None


def test_changes_go_from_the_largest_down(asked: Database) -> None:
    """What changed is named by its key, and nothing that stayed the same is."""
    found = describe_situation(asked, _AGREEMENT, date(2016, 3, 4))
    assert found is not None
    sizes = [abs(one.today - one.previous) for one in found.changes]
    assert sizes == sorted(sizes, reverse=True)
    assert min(sizes) > 0


def _brute(rows: tuple[Plain, ...], begin: datetime, end: datetime) -> tuple[int, int]:
    low = high = 0
    for row in rows:
        first, last = row.row["occurred_from"], row.row["occurred_to"]
        after = not isinstance(last, datetime) or last > begin
        before = not isinstance(first, datetime) or first < end
        within = (
            isinstance(first, datetime)
            and isinstance(last, datetime)
            and begin <= first
            and last <= end
        )
        low += within and row.verdict == Verdict.BREACH
        high += after and before and row.verdict in (Verdict.BREACH, Verdict.NOT_DETERMINABLE)
    return low, high


def test_a_bulletin_stands_beside_the_range_of_its_time(
    asked: Database, rows: tuple[Plain, ...]
) -> None:
    """Counts of violations are compared with what is certain and what is possible; other measures are not."""
    compared: list[Compared] = [one for day in list_bulletin_days(asked) for one in day.bulletins]
    beside = [one for one in compared if one.agrees is not None]
    assert len(beside) > 15
    for one in beside:
        begin, end = one.bulletin.period_from, one.bulletin.period_to
        assert begin is not None
        assert end is not None
        assert (one.low, one.high) == _brute(rows, begin, end)
        assert one.agrees == (_brute(rows, begin, end)[0] <= one.bulletin.count <= (one.high or 0))
    assert {one.bulletin.measure for one in beside} == {"violations"}
    assert any(one.agrees for one in beside)
    assert not all(one.agrees for one in beside)


def test_days_with_bulletins_come_with_their_own_figures(asked: Database) -> None:
    """The days are those for which something was published, within what is asked for, in order."""
    first, last = date(2016, 3, 1), date(2016, 3, 10)
    found = list_bulletin_days(asked, first, last)
    assert [one.day for one in found] == sorted(one.day for one in found)
    assert all(first <= one.day <= last for one in found)
    for one in found:
        shown = describe_situation(asked, _AGREEMENT, one.day)
        assert shown is not None
        assert one.figures == shown.today
        assert one.bulletins == shown.bulletins
    assert list_bulletin_days(asked, date(1999, 1, 1), date(1999, 1, 2)) == ()


def test_obligations_stand_in_the_order_of_the_terms(asked: Database, view: View) -> None:
    """Every obligation of the view is there, with its time and its amounts."""
    expected = list(view.tables[OBLIGATIONS].select(OBLIGATIONS.names).iter_rows(named=True))
    shown = [
        {name: getattr(one, name) for name in OBLIGATIONS.names} for one in read_obligations(asked)
    ]
    assert expected == shown


def test_without_incidents_there_is_no_situation(
    view: View, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Nothing is dated where nothing is known: that is said, not zeros."""
    empty = view.with_tables(
        {LINKS: view.links[:0], INCIDENTS: view.incidents[:0], ASSESSMENTS: view.assessments[:0]}
    )
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('empty') / 'view.sqlite'}")
    fill(database, replace(empty, reports=view.reports[:0], entries=view.entries[:0]))
    assert describe_situation(database, _AGREEMENT) is None
    assert len(list_bulletin_days(database)) > 10
    database.close()
