"""Sides as columns: who acted, who was hit, and how both stand, answered once for each distinct pair of names.

* `by_*` is the side that acted and `on_*` the side that was hit; where the author is open both are sides of a fight,
  and `undirected` is true.
* A fight of three or more camps is reduced to two: the exempt, outside or unclear ones decide before the bound.
"""

from collections.abc import Iterable

import polars as pl

from groundtruce.agreement.terms import Agreement, PartyStanding
from groundtruce.compliance.questions.register import Register, Side
from groundtruce.model.instant import INSTANT

__all__ = ["PAIR", "add_sides"]

PAIR = ("actor", "involved", "disputed")
_SIDE: dict[str, pl.DataType | type[pl.DataType]] = {
    "label": pl.String(),
    "standing": pl.String(),
    "from": INSTANT,
    "members": pl.List(pl.String()),
}
_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "actor": pl.String(),
    "involved": pl.String(),
    "disputed": pl.Boolean(),
    **{f"by_{name}": dtype for name, dtype in _SIDE.items()},
    **{f"on_{name}": dtype for name, dtype in _SIDE.items()},
    "undirected": pl.Boolean(),
}


def add_sides(incidents: pl.DataFrame, agreement: Agreement) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the incidents with `pair`, the number of their pair, and the pairs with their sides."""
    register = Register(agreement)
    known = incidents.with_columns(
        disputed=(pl.col("actor_probability") < 1).fill_null(value=False)
        & pl.col("actor").is_not_null()
    )
    distinct = known.select(PAIR).unique(maintain_order=True)
    rows = [_pair(register, *row) for row in distinct.iter_rows()]
    pairs = pl.DataFrame(rows, schema=_SCHEMA, orient="row").with_row_index("pair")
    numbered = pairs.select("pair", *PAIR)
    joined = known.join(
        numbered, on=list(PAIR), how="left", nulls_equal=True, maintain_order="left"
    )
    return joined, pairs


def _pair(
    register: Register, actor: str | None, involved: str | None, disputed: bool
) -> tuple[object, ...]:
    """Return a pair of names as a row of `_SCHEMA`."""
    sides = register.sides(actor, involved, disputed=disputed)
    if sides.undirected:
        first, second = _two(sides.undirected)
        return (actor, involved, disputed, *_columns(first), *_columns(second), True)
    return (actor, involved, disputed, *_columns(sides.actor), *_columns(sides.target), False)


def _columns(side: Side | None) -> tuple[object, ...]:
    """Return a side as the columns of `_SIDE`."""
    if side is None:
        return (None, None, None, None)
    return (side.label, side.standing.value, side.bound_from, list(side.members))


def _two(sides: Iterable[Side]) -> tuple[Side, Side]:
    """Reduce the camps of a fight to the two that decide."""
    order = [
        PartyStanding.EXEMPT,
        PartyStanding.UNCLEAR,
        PartyStanding.OUTSIDE,
        PartyStanding.BOUND,
    ]
    ranked = sorted(sides, key=lambda side: (order.index(side.standing), side.label))
    rest = [side for side in ranked if side.standing is not PartyStanding.EXEMPT]
    if ranked[0].standing is PartyStanding.EXEMPT and len(rest) > 1:
        # a fight of three camps is exempt only if no two of the others can have fought each other
        mixed = Side(
            label=", ".join(side.label for side in ranked),
            standing=PartyStanding.UNCLEAR,
            bound_from=None,
            members=tuple(member for side in ranked for member in side.members),
        )
        return mixed, rest[0]
    return ranked[0], ranked[1]
