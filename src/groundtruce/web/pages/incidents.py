"""The list of incidents: facets with counts, what was chosen as chips and as one sentence, a page of rows, exports."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fastapi import APIRouter

from groundtruce.database.filters.facet_value import Facet, FacetValue
from groundtruce.database.filters.registry import BY_KEY
from groundtruce.database.query.facet import count_facets
from groundtruce.database.query.incident import Order, list_incidents
from groundtruce.model.message import translatable as _
from groundtruce.model.problem import GroundtruceError
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import page
from groundtruce.web.http.url import LIST
from groundtruce.web.wording.page import render_page
from groundtruce.web.wording.phrase import chips, filter_sentence, write_narrowed_url

__all__ = ["router"]

router = APIRouter()

_SHOWN = 8
"""Values of a facet that are open; the others are one step away."""

_MOST = 60

_ORDERS = {
    Order.NEWEST: _("Newest first"),
    Order.OLDEST: _("Oldest first"),
    Order.DEADLIEST: _("Most killed first"),
    Order.MOST_REPORTED: _("Most reported first"),
}

_OPEN = ("verdict", "kind", "actor")
"""Facets that are open from the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value of a facet: in words, with its count, and where choosing it or taking it back leads."""

    text: str
    code: str
    incidents: int
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A facet as the page shows it."""

    key: str
    title: str
    choices: Sequence[Choice]
    more: Sequence[Choice]
    open: bool


@page(router, "/incidents", LIST)
def incidents(context: Context) -> str:
    """Show the incidents that the address chooses."""
    listing = list_incidents(
        context.database, context.filters, Order(context.order), context.after, context.limit
    )
    return render_page(
        context,
        "incidents.html",
        found=listing,
        sides=tuple(_sides(context)),
        chips=chips(context.words, context.address),
        sentence=filter_sentence(context.words, context.filters),
        orders=[
            (order.value, context.words.say(title), order.value == context.order)
            for order, title in _ORDERS.items()
        ],
        without=write_narrowed_url(context.address, type(context.filters)()),
        typed=("q", "day__gte", "day__lte", "killed__gte"),
        labels={
            key: context.words.say(address_filter.label) for key, address_filter in BY_KEY.items()
        },
    )


def _sides(context: Context) -> Iterator[Side]:
    """Yield each facet that has a value to choose."""
    for facet in count_facets(context.database, context.filters):
        choices = tuple(_choices(context, facet))
        if not choices:
            continue
        chosen = any(choice.chosen for choice in choices)
        yield Side(
            key=facet.key,
            title=context.words.say(BY_KEY[facet.key].label),
            choices=choices[:_SHOWN],
            more=choices[_SHOWN:_MOST],
            open=chosen or facet.key in _OPEN,
        )


def _choices(context: Context, facet: Facet) -> Iterator[Choice]:
    """Yield the values of a facet, each with the address that adds it or takes it away."""
    asked = BY_KEY[facet.key]
    given = context.filters.values(facet.key)
    counted = list(facet.values)
    # what was chosen stays in sight, whatever its count
    counted += [
        FacetValue(code, 0) for code in given if code not in {value.code for value in counted}
    ]
    for value in counted:
        chosen = value.code in given
        change = context.filters.minus if chosen else context.filters.plus
        try:
            filters = change(facet.key, value.code)
        except GroundtruceError:
            continue  # longer than an address takes, or one value too many
        yield Choice(
            text=asked.phrase(context.words, value.code),
            code=value.code,
            incidents=value.incidents,
            address=write_narrowed_url(context.address, filters),
            chosen=chosen,
        )
