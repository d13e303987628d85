"""Writes the figures of docs/explanation/linked.md: what fusion linked in three sets of real reports, and how well.

Usage: `.venv/bin/python -m tools.linked` prints them and rewrites what stands between the marks of the page;
`--draw` prints the pairs that the rule draws now, with their texts, for judging. The development data lie in
../shared/data, or where `--data` says; without them only the worked example is printed, and the page stays.

Judgements stand in linked.yaml by the two ids. A judged pair stays on the page whatever becomes of it.
"""

import argparse
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from tools.linked_declared import declared
from tools.linked_figures import across, counts, histogram, sources
from tools.linked_judged import Judged, Verdict, drawn_today, draws, shares, shown
from tools.linked_known import known
from tools.linked_sets import CASES, DATA, ROOT, Pair, Told, drawn, told

from groundtruce.fusion.review.reason import pair_reasons

__all__ = ["JUDGED", "PAGE", "blocks", "judged", "main", "rewritten"]

PAGE = ROOT / "docs" / "explanation" / "linked.md"
JUDGED = ROOT / "tools" / "linked.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the drawn pairs stand: `new` are drawn and not judged, `gone` judged and not drawn any more."""

    new: tuple[Pair, ...]
    gone: tuple[Pair, ...]


def judged(path: Path = JUDGED) -> list[Judged]:
    """Return the judgements by hand, in the order of the file."""
    return [
        Judged(
            case=str(one["case"]),
            draw=int(one["draw"]),
            drawn=str(one["drawn"]),
            pair=(str(one["pair"][0]), str(one["pair"][1])),
            verdict=Verdict(one["verdict"]),
            why=" ".join(str(one["why"]).split()),
        )
        for one in yaml.safe_load(path.read_text("utf-8"))["judged"]
    ]


def standing(all_seen: Iterable[Told], by_hand: Sequence[Judged]) -> Standing:
    """Compare the pairs that are judged with those that the rule draws now."""
    draws = [pair for seen in all_seen for pairs in drawn(seen) for pair in pairs]
    known_pairs = [one.pair for one in by_hand]
    return Standing(
        new=tuple(pair for pair in draws if pair not in known_pairs),
        gone=tuple(pair for pair in known_pairs if pair not in draws),
    )


def blocks(all_seen: Sequence[Told], by_hand: Sequence[Judged], data: Path) -> dict[str, str]:
    """Return what stands between the marks of the page, by the name of the mark."""
    out = {
        "counts": counts(all_seen),
        "histogram": histogram(all_seen),
        "draws": draws(all_seen, by_hand),
        "shares-today": shares(all_seen, drawn_today(all_seen, by_hand)),
        "shares-all": shares(all_seen, by_hand),
        "known": known(all_seen, data),
        "declared": declared(all_seen, by_hand, data),
    }
    for seen in all_seen:
        out[f"sources-{seen.case.name}"] = sources(seen)
        out[f"across-{seen.case.name}"] = across(seen)
        out[f"judged-{seen.case.name}"] = shown(seen, by_hand)
    return {name: "\n".join(lines) for name, lines in out.items()}


def rewritten(page: str, made: Mapping[str, str]) -> str:
    """Return the page with its marked parts as made; a part without a mark, or a mark without a part, is an error."""
    marks = re.findall(r"<!-- made: ([\w-]+) -->", page)
    if sorted(marks) != sorted(made):
        raise ValueError(f"marks and parts differ: {sorted(set(marks) ^ set(made))}")
    for name, text in made.items():
        begin, end = f"<!-- made: {name} -->", f"<!-- end: {name} -->"
        head, rest = page.split(begin)
        page = f"{head}{begin}\n\n{text}\n\n{end}{rest.split(end)[1]}"
    return page


def _draw(seen: Told) -> None:
    """Print the pairs that are drawn now, with what their reports say."""
    rows = {row["report_id"]: row for row in seen.reports.iter_rows(named=True)}
    for sort, pairs in zip(("link", "refusal"), drawn(seen), strict=True):
        said = pair_reasons(seen.fused.linked, seen.ends(pairs))["sentence"]
        for pair, sentence in zip(pairs, said, strict=True):
            print(f"\n{seen.case.name}, {sort}: {pair[0]}, {pair[1]}\n{sentence}")
            for name in pair:
                print({key: str(value) for key, value in rows[name].items() if value is not None})


def main(arguments: Sequence[str] | None = None) -> None:
    """Print every figure; rewrite the page where all three sets can be read."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=DATA, help="the development data")
    parser.add_argument("--draw", action="store_true", help="print the drawn pairs for judging")
    chosen = parser.parse_args(arguments)
    all_seen = []
    for case in CASES:
        seen = told(case, chosen.data)
        if seen is None:
            print(f"{case.title}: skipped, its files are not in {chosen.data}.")
        else:
            print(f"{case.title}: fused in {seen.seconds:.1f} s.")
            all_seen.append(seen)
    if chosen.draw:
        for seen in all_seen:
            _draw(seen)
        return
    by_hand = judged()
    made = blocks(all_seen, by_hand, chosen.data)
    for name, text in made.items():
        print(f"\n## {name}\n\n{text}")
    now = standing(all_seen, [one for one in by_hand if any(one.pair[0] in s.at for s in all_seen)])
    print(f"\nDrawn now and not judged: {', '.join(map(' and '.join, now.new)) or 'none'}.")
    print(f"Judged and not drawn now: {', '.join(map(' and '.join, now.gone)) or 'none'}.")
    if len(all_seen) == len(CASES):
        PAGE.write_text(rewritten(PAGE.read_text("utf-8"), made), "utf-8")
        print(f"Written to {PAGE.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
