"""Atom feeds (RFC 4287): the newest incidents that the filters choose, and the daily reports.

* The id of an entry is a tag of what it is about and never changes; links are relative to the feed's own address.
* An entry says what the list says, in the language of the address; nobody's guilt is in a title, only what is reported.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi import APIRouter

from groundtruce.database.filters.filters import Filters
from groundtruce.database.query import incident
from groundtruce.database.query.incident import Incident, Order
from groundtruce.database.query.timeline import TimelineBar, TimelineStep, count_by_step
from groundtruce.model.code import Verdict
from groundtruce.model.instant import format_instant
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import raw
from groundtruce.web.http.url import FILTER_KEYS, write_url

__all__ = ["router"]

router = APIRouter()

_ATOM = "application/atom+xml; charset=utf-8"
_SPACE = "http://www.w3.org/2005/Atom"
_TAG = "tag:groundtruce.org,2026:"
_MOST = 50
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Every character that XML 1.0 may not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One entry of a feed."""

    identifier: str
    title: str
    updated: datetime
    link: str
    summary: str


@raw(router, "/incidents.atom", _ATOM, FILTER_KEYS | {"limit"}, spoken=True)
def incidents(context: Context) -> bytes:
    """Return the newest incidents that the filters choose, as a feed."""
    listing = incident.list_incidents(
        context.database, context.filters, Order.NEWEST, None, min(context.limit, _MOST)
    )
    title = context.words.say("Incidents: {agreement}").format(
        agreement=context.agreement.title[context.language]
    )
    return _feed(
        context, "incidents", title, "/incidents", [_incident(context, row) for row in listing.rows]
    )


@raw(router, "/daily.atom", _ATOM, spoken=True)
def daily(context: Context) -> bytes:
    """Return the newest days on record, as a feed."""
    bars = count_by_step(context.database, Filters(), TimelineStep.DAY).bars
    days = sorted(bars, key=lambda bar: bar.start, reverse=True)[:_MOST]
    title = context.words.say("Daily reports: {agreement}").format(
        agreement=context.agreement.title[context.language]
    )
    return _feed(context, "daily", title, "/daily", [_day(context, bar) for bar in days])


def _incident(context: Context, row: Incident) -> _Entry:
    """Return the entry of an incident, dated by when it happened, or by the end of the view."""
    words = context.words
    when = row.occurred_from or row.occurred_to
    parts = [words.label("kind", row.kind), row.place_name or words.say("place not known")]
    if row.first_day is not None:
        parts.append(words.day(row.first_day))
    reports = words.say_many("{n} report", "{n} reports", row.n_reports)
    return _Entry(
        identifier=f"{_TAG}incident/{row.incident_id}",
        title=words.enumerate_texts(parts),
        updated=when or context.view_info.as_of,
        link=context.link(f"/incidents/{row.incident_id}"),
        summary=words.enumerate_texts([_verdict(context, row.verdict), reports]),
    )


def _day(context: Context, bar: TimelineBar) -> _Entry:
    """Return the entry of a day, dated by its last second in UTC."""
    words, day = context.words, bar.start
    breaches = bar.verdicts.get(Verdict.BREACH.value, 0)
    counts = [
        words.say_many("{n} incident", "{n} incidents", bar.incidents),
        words.say_many("{n} breach as alleged", "{n} breaches as alleged", breaches),
    ]
    return _Entry(
        identifier=f"{_TAG}daily/{context.agreement.id}/{day.isoformat()}",
        title=words.say("Daily report of {day}").format(day=words.day(day)),
        updated=datetime.combine(day, datetime.max.time(), UTC).replace(microsecond=0),
        link=context.link(f"/daily/{day.isoformat()}"),
        summary=words.enumerate_texts(counts),
    )


def _verdict(context: Context, verdict: str) -> str:
    if verdict in list(Verdict):
        return context.words.verdict(Verdict(verdict))
    return context.words.say("not assessed")


def _feed(context: Context, name: str, title: str, path: str, entries: Sequence[_Entry]) -> bytes:
    """Return an Atom feed of entries (RFC 4287)."""
    top = Element("feed", {"xmlns": _SPACE, "xml:lang": context.language.value})
    _texts(
        top,
        ("id", _iri(f"{_TAG}feed/{name}{write_url('', context.address.pairs)}")),
        ("title", title),
        (
            "updated",
            format_instant(
                max((entry.updated for entry in entries), default=context.view_info.as_of)
            ),
        ),
        ("generator", "Groundtruce"),
        ("rights", context.words.say("Each report has its own licence, which its page names.")),
    )
    own, page = _iri(context.address.url), _iri(context.address.to(path, limit=None))
    SubElement(top, "link", {"rel": "self", "href": own, "type": "application/atom+xml"})
    SubElement(top, "link", {"rel": "alternate", "href": page})
    _texts(SubElement(top, "author"), ("name", _author(context)))
    for entry in entries:
        element = SubElement(top, "entry")
        _texts(
            element,
            ("id", entry.identifier),
            ("title", entry.title),
            ("updated", format_instant(entry.updated)),
            ("summary", entry.summary),
        )
        SubElement(element, "link", {"rel": "alternate", "href": entry.link})
    content: bytes = tostring(top, "utf-8", xml_declaration=True)
    return content + b"\n"


def _texts(parent: Element, *texts: tuple[str, str]) -> None:
    """Add an element for each text, without the characters that XML cannot hold."""
    for name, text in texts:
        SubElement(parent, name).text = _UNPRINTABLE.sub("", text)


def _iri(address: str) -> str:
    """Return an address as RFC 3987 has it: the addresses of pages may hold a sign that it does not know."""
    return address.replace("|", "%7C")


def _author(context: Context) -> str:
    node = context.place.node
    return node.delegation if node is not None else "Groundtruce"
