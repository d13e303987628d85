"""The situation of a day, the parties' bulletins beside it, and the days that there are, as data."""

from collections.abc import Iterator
from datetime import date

from fastapi import APIRouter

from groundtruce.database.query import bulletin
from groundtruce.database.query import situation as situations
from groundtruce.database.query.bulletin import BulletinDay
from groundtruce.database.query.situation import Situation
from groundtruce.model.code import Verdict
from groundtruce.model.instant import EARLIEST, LATEST
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.table import COUNTS, Column, Content
from groundtruce.web.export.document import Basis, Document
from groundtruce.web.export.rows import Row
from groundtruce.web.export.tables import Whole, offer
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import data

__all__ = ["parse_day", "read_situation", "router"]

router = APIRouter()
_TAGS = ("situation",)


class SituationDocument(Document):
    """A day against the day before and what is usual."""

    situation: Situation


class BulletinDocument(Document):
    """The counts that parties and guarantors publish, beside those of the mechanism."""

    days: tuple[BulletinDay, ...]


def parse_day(text: str) -> date:
    """Return the day of an address; raises GroundtruceError."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise _day_error(text) from error
    if day.isoformat() != text or not EARLIEST.date() <= day < LATEST.date():
        raise _day_error(text)
    return day


def read_situation(context: Context, day: date | None = None) -> Situation:
    """Return the situation of a day, or of the last one; raises GroundtruceError outside of the days that there are."""
    day_situation = situations.describe_situation(context.database, context.agreement, day)
    if day_situation is None or (
        day is not None and not day_situation.first_day <= day <= day_situation.last_day
    ):
        raise _day_error(day.isoformat() if day else "today")
    return day_situation


@data(router, "/situation.json", SituationDocument, tags=_TAGS)
def situation(context: Context) -> SituationDocument:
    """The last day that has incidents, against the day before and what is usual."""
    return SituationDocument(basis=Basis.of(context), situation=read_situation(context))


@data(router, "/daily/{day}.json", SituationDocument, tags=_TAGS)
def daily(context: Context, day: str) -> SituationDocument:
    """The figures of the daily report of a day; its incidents are those of `day__gte` and `day__lte` of that day."""
    return SituationDocument(
        basis=Basis.of(context), situation=read_situation(context, parse_day(day))
    )


@data(router, "/bulletins.json", BulletinDocument, tags=_TAGS)
def bulletins(context: Context) -> BulletinDocument:
    """Each published count beside the incidents of the same time, and whether the two agree.

    `agrees` is null where they cannot be compared.
    """
    return BulletinDocument(
        basis=Basis.of(context), days=bulletin.list_bulletin_days(context.database)
    )


_COMPARED_COLUMNS = (
    Column(name="day", meaning="the day of the count", required=True),
    *(
        column
        for column in COUNTS.columns
        if column.name in ("source", "measure", "count", "reference")
    ),
    Column(name="low", content=Content.WHOLE_NUMBER, meaning="incidents that surely count"),
    Column(name="high", content=Content.WHOLE_NUMBER, meaning="incidents that may count"),
    Column(name="agrees", meaning="yes or no; empty where the two cannot be compared"),
    *(
        Column(
            name=verdict.value,
            content=Content.WHOLE_NUMBER,
            meaning=f"incidents of the day whose verdict is {verdict.value}",
        )
        for verdict in Verdict
    ),
)


def _compare_bulletins(context: Context) -> Iterator[Row]:
    """Yield a row for each published count, with the incidents and verdicts of its day."""
    for day in bulletin.list_bulletin_days(context.database):
        verdicts = {
            verdict.value: day.figures.verdicts.get(verdict.value, 0) for verdict in Verdict
        }
        for comparison in day.bulletins:
            yield {
                "day": day.day.isoformat(),
                "source": comparison.bulletin.source,
                "measure": comparison.bulletin.measure,
                "count": comparison.bulletin.count,
                "reference": comparison.bulletin.reference,
                "low": comparison.low,
                "high": comparison.high,
                "agrees": None
                if comparison.agrees is None
                else "yes"
                if comparison.agrees
                else "no",
                **verdicts,
            }


offer(
    router,
    "/bulletins",
    Whole(
        name="bulletins",
        what="Published counts beside those of the mechanism",
        columns=_COMPARED_COLUMNS,
        key="day",
        count=lambda context: sum(1 for _ in _compare_bulletins(context)),
        rows=_compare_bulletins,
    ),
    (),
    _TAGS,
)


def _day_error(text: str) -> GroundtruceError:
    return GroundtruceError(Problem.WEB_UNKNOWN, what=Phrase("day"), id=text[:60])
