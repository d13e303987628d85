"""Masks over the incidents in memory: which of them are chosen, as a whole and by each key that narrows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from groundtruce.database.columnar.columns import Columns, Whole

__all__ = ["Mask", "Masks", "Selection"]

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The incidents that were chosen; `mask` is None where that is all of them."""

    columns: Columns
    mask: Mask | None
    at_least: bool = False
    """Whether more incidents than these may be meant."""

    @property
    def count(self) -> int:
        """How many incidents are chosen."""
        return self.columns.rows if self.mask is None else int(np.count_nonzero(self.mask))

    @property
    def rows(self) -> Whole:
        """The rows of those chosen, in the order of their numbers."""
        return np.arange(self.columns.rows) if self.mask is None else np.flatnonzero(self.mask)


@dataclass(frozen=True, slots=True, kw_only=True)
class Masks:
    """A mask for each key that narrows; `cut` are the keys of masks that lack some incidents."""

    columns: Columns
    by_key: Mapping[str, Mask] = field(default_factory=dict)
    cut: frozenset[str] = frozenset()

    def all_but(self, *keys: str) -> Selection:
        """Return what the filters choose without those of some keys."""
        both: Mask | None = None
        for key, mask in self.by_key.items():
            if key not in keys:
                both = mask if both is None else both & mask
        return Selection(columns=self.columns, mask=both, at_least=bool(self.cut.difference(keys)))
