"""What a declaration changes: the sets whose outlets repeat themselves, fused with that said, for the page on links.

Only sources of single posts, news and bulletins are declared; data sets list an event once by their own rules.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.linked_judged import Judged
from tools.linked_known import duplicates, remarked
from tools.linked_sets import Told, fused_by

from groundtruce.fusion.habit import Habit
from groundtruce.fusion.method import FusionMethod

__all__ = ["declared"]

_DATA_SETS = frozenset({"UCDP GED", "PeaceRep", "Airwars"})


def declared(all_seen: Sequence[Told], by_hand: Sequence[Judged], data: Path) -> Iterator[str]:
    """Known links and judged pairs, with habits learned and with the repetition declared."""
    yield "| Set | Habits | Incidents | Known links found | Judged right | Judged wrong |"
    yield "|---|---|--:|--:|--:|--:|"
    for seen in all_seen:
        names = sorted(set(seen.reports["source"]) - _DATA_SETS)
        if not names:
            continue
        method = FusionMethod(declared=dict.fromkeys(names, Habit(once=False)))
        said = fused_by(seen.case, seen.reports, method)
        own = [one for one in by_hand if one.case == seen.case.name]
        for words, told in (("learned", seen), ("repetition declared", said)):
            known = remarked() if seen.case.name == "example" else duplicates(told, data)
            right = [one.right(together=told.together(one.pair)) for one in own]
            yield (
                f"| {seen.case.title} | {words} | {told.fused.incidents.height:,} | "
                f"{sum(map(told.together, known))} of {len(known)} | "
                f"{right.count(True)} | {right.count(False)} |"
            )
