"""The pairs judged by hand, as docs/explanation/linked.md shows them: facts side by side, numbers, judgement, shares.

* Right is a link of one event and a refusal of two; what cannot be told counts neither way.
* Figures are those of today's links: a pair that changed sides is counted where it stands now.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tools.linked_sets import BANDS, DOUBT, Pair, Told, drawn

from groundtruce.fusion.review.reason import NUMBERS, pair_reasons

__all__ = ["Judged", "Verdict", "drawn_today", "draws", "shares", "shown"]

_METRES = 1_000


class Verdict(StrEnum):
    """What a person makes of two reports."""

    SAME = "same event"
    DIFFERENT = "different events"
    UNKNOWN = "cannot be told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One judgement; `draw` numbers the draw, `drawn` says whether it was as a `link` or as a `refusal`."""

    case: str
    draw: int
    drawn: str
    pair: Pair
    verdict: Verdict
    why: str

    def right(self, *, together: bool) -> bool | None:
        """Whether the program is right to have the two together, or apart; None where it cannot be told."""
        return (
            None if self.verdict is Verdict.UNKNOWN else together == (self.verdict is Verdict.SAME)
        )


def draws(all_seen: Sequence[Told], by_hand: Sequence[Judged]) -> Iterator[str]:
    """What was judged in each draw, and in brackets how many of these pairs are linked now."""
    seen_in = {seen.case.name: seen for seen in all_seen}
    yield "| Draw | As | " + " | ".join(one.capitalize() for one in Verdict) + " |"
    yield "|--:|---|--:|--:|--:|"
    for draw in sorted({one.draw for one in by_hand}):
        for sort in ("link", "refusal"):
            cells = []
            for verdict in Verdict:
                found = [
                    seen_in[one.case].together(one.pair)
                    for one in by_hand
                    if (one.draw, one.drawn, one.verdict) == (draw, sort, verdict)
                    and one.case in seen_in
                ]
                cells.append(f"{len(found)} ({sum(found)})")
            yield f"| {draw} | {sort} | " + " | ".join(cells) + " |"


def drawn_today(all_seen: Sequence[Told], by_hand: Sequence[Judged]) -> list[Judged]:
    """Return the judgements on the pairs that the rule draws now."""
    pairs = {pair for seen in all_seen for some in drawn(seen) for pair in some}
    return [one for one in by_hand if one.pair in pairs]


def shares(all_seen: Sequence[Told], by_hand: Sequence[Judged]) -> Iterator[str]:
    """How many judged pairs are right, by whether they are linked now, band of probability and set."""
    tally: dict[tuple[str, str], list[bool | None]] = {}
    for seen in all_seen:
        own = [one for one in by_hand if one.case == seen.case.name]
        said = pair_reasons(seen.fused.linked, seen.ends([one.pair for one in own]))
        for one, probability in zip(own, said["probability"].to_list(), strict=True):
            together = seen.together(one.pair)
            side = "Links" if together else "Refusals"
            right = one.right(together=together)
            for row in (_band(probability, together=together), seen.case.title, "all"):
                tally.setdefault((side, row), []).append(right)
    yield "| Now | Which | Judged | Right | Wrong | Cannot be told |\n|---|---|--:|--:|--:|--:|"
    order = [*_band_names(), *(seen.case.title for seen in all_seen), "all"]
    for side, row in sorted(tally, key=lambda key: (key[0], order.index(key[1]))):
        some = tally[side, row]
        yield (
            f"| {side} | {row} | {len(some)} | {some.count(True)} | {some.count(False)} "
            f"| {some.count(None)} |"
        )


def _band_names() -> list[str]:
    lower = [f"probability from {bound:g}" if bound else f"below {BANDS[1]:g}" for bound in BANDS]
    return [*reversed(lower), f"in doubt, from {DOUBT:g}", f"below {DOUBT:g}"]


def _band(probability: float, *, together: bool) -> str:
    names = _band_names()
    at = sum(probability >= bound for bound in BANDS)
    if together:
        return names[len(BANDS) - at]
    if at == len(BANDS):
        return names[0]
    return names[-2] if probability >= DOUBT else names[-1]


def shown(seen: Told, by_hand: Sequence[Judged]) -> Iterator[str]:
    """The judged pairs of a set, each with both reports' facts, the numbers and the judgement."""
    own = [one for one in by_hand if one.case == seen.case.name]
    rows = {row["report_id"]: row for row in seen.reports.iter_rows(named=True)}
    zone = ZoneInfo(seen.case.zone)
    said = pair_reasons(seen.fused.linked, seen.ends([one.pair for one in own]))
    for number, (one, reason) in enumerate(zip(own, said.iter_rows(named=True), strict=True), 1):
        together = seen.together(one.pair)
        now = "linked" if together else "refused"
        right = {True: "right", False: "wrong", None: "open"}[one.right(together=together)]
        changed = "" if together == (one.drawn == "link") else f" It was drawn as a {one.drawn}."
        yield f"**{seen.case.name.capitalize()} {number}: {now}, {right}.**{changed}\n"
        yield "| Report | Source | When | Where | What | Who | Killed |\n|---|---|---|---|---|---|---|"
        for name in one.pair:
            yield "| " + " | ".join([f"`{name}`", *_facts(rows[name], zone)]) + " |"
        numbers = ", ".join(f"{name} {reason[name]:+.1f}" for name in NUMBERS)
        yield f"\n{reason['sentence']} In log odds: {numbers}.\n"
        yield f"*{str(one.verdict).capitalize()}.* {one.why}\n"


def _facts(row: Mapping[str, object], zone: ZoneInfo) -> list[str]:
    who = row["actor"] or str(row["involved"] or "").replace("|", " / ")
    what = ", ".join(str(row[name]) for name in ("kind", "weapon", "target") if row[name])
    radius = row["location_radius_m"]
    extent = f", within {float(str(radius)) / _METRES:g} km" if radius is not None else ""
    return [
        str(row["source"]),
        _when(row, zone),
        f"{row['place_name']}{extent}",
        what,
        str(who),
        _killed(row),
    ]


def _killed(row: Mapping[str, object]) -> str:
    low, high = (row[f"killed_{bound}"] for bound in ("low", "high"))
    if low is None and high is None:
        return "" if row["killed_best"] is None else str(row["killed_best"])
    return str(low) if low == high else f"{low} to {high}"


def _when(row: Mapping[str, object], zone: ZoneInfo) -> str:
    """Return the interval in local time, whole days without hours."""
    start, end = row["occurred_from"], row["occurred_to"]
    if not isinstance(end, datetime):
        return "" if not isinstance(start, datetime) else f"not before {_moment(start, zone)}"
    if not isinstance(start, datetime):
        return f"not after {_moment(end, zone)}"
    first, last = start.astimezone(zone), end.astimezone(zone)
    if (first.hour, first.minute, last.hour, last.minute) == (0, 0, 0, 0):
        day = (last - timedelta(hours=12)).date()
        return f"{first:%Y-%m-%d}" if day == first.date() else f"{first:%Y-%m-%d} to {day}"
    return f"{_moment(start, zone)} to {_moment(end, zone)}"


def _moment(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"
