"""What declarations change: every set fused with it said who reports an incident once, for the page on links.

Data sets list an event once by their own rules; sources of single posts, news and bulletins repeat themselves.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.linked_judged import Judged
from tools.linked_known import cited, duplicates, remarked
from tools.linked_sets import Pair, Told, fused_by

from groundtruce.fusion.matching.source_bias import Habit
from groundtruce.fusion.method import FusionMethod

__all__ = ["declared"]

_DATA_SETS = frozenset({"UCDP GED", "PeaceRep", "Airwars"})


def declared(all_seen: Sequence[Told], by_hand: Sequence[Judged], data: Path) -> Iterator[str]:
    """Known links and judged pairs, with habits learned and with habits declared."""
    yield "| Set | Habits | Incidents | Known links found | Judged right | Judged wrong |"
    yield "|---|---|--:|--:|--:|--:|"
    for seen in all_seen:
        names = sorted(set(seen.reports["source"]))
        method = FusionMethod(declared={name: Habit(once=name in _DATA_SETS) for name in names})
        said = fused_by(seen.case, seen.reports, method)
        own = [one for one in by_hand if one.case == seen.case.name]
        for words, told in (("learned", seen), ("declared", said)):
            known = _known(told, data)
            right = [one.right(together=told.together(one.pair)) for one in own]
            yield (
                f"| {seen.case.title} | {words} | {told.fused.incidents.height:,} | "
                f"{sum(map(told.together, known))} of {len(known)} | "
                f"{right.count(True)} | {right.count(False)} |"
            )


def _known(told: Told, data: Path) -> list[Pair]:
    """Return the pairs that sources of the set tell to be one event."""
    if told.case.name == "example":
        return remarked()
    return cited(told, data) if told.case.name == "syria" else duplicates(told, data)
