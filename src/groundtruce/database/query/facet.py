"""Facets: how many incidents each value of a key would choose, within what is chosen already.

* The values of a key are counted as if none of its own were chosen, so that another one can be compared and added.
* A parent code counts what is below it; `unknown` counts what no source says; what chooses nothing is left out.
"""

from groundtruce.database.backend.protocol import Database
from groundtruce.database.filters.choose import make_masks
from groundtruce.database.filters.facet_value import Facet
from groundtruce.database.filters.filters import Filters
from groundtruce.database.filters.registry import FACETS

__all__ = ["count_facets"]


def count_facets(database: Database, filters: Filters) -> tuple[Facet, ...]:
    """Return the values of each key that has few, counted within what is chosen."""
    masks, given = make_masks(database, filters), dict(filters.given)
    return tuple(choice.facet(masks, given) for choice in FACETS)
