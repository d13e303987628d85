"""Links that the sources themselves name, against what fusion linked: docs/explanation/linked.md prints it.

* The worked example: remarks of those who coded it, in linked.yaml.
* Syria: codes of Airwars that UCDP cites. Those of Russian strikes were numbered anew since, and are no key.
* Ukraine: rows of one page, text and place in VIINA's extract; corridors of one day with the same ends.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import polars as pl
import yaml
from tools.linked_sets import ROOT, Pair, Told

__all__ = ["cited", "duplicates", "known", "remarked"]

_CITED = r"\b((?:CS|TS|YS)\d{2,4})\b"
_CITED_RUSSIAN = r"\b(RS?\d{4})\b"


def known(all_seen: Sequence[Told], data: Path) -> Iterator[str]:
    """Tables of the known links of each set."""
    yield "| Known link | Pairs | Linked | Recall |\n|---|--:|--:|--:|"
    remarks: list[str] = []
    for seen in all_seen:
        if seen.case.name == "example":
            yield _row("remarked by those who coded it", seen, remarked())
        elif seen.case.name == "syria":
            named = cited(seen, data)
            yield _row("an Airwars code that UCDP cites", seen, named)
            remarks += [_precision(seen, named), *_citing(seen, data)]
        else:
            yield _row("one page, text and place in VIINA", seen, duplicates(seen, data))
            yield _row("a corridor with the same day and ends", seen, _listed_twice(seen))
    yield from ("", *remarks)


def _row(words: str, seen: Told, pairs: Sequence[Pair]) -> str:
    linked = sum(seen.together(pair) for pair in pairs)
    share = f"{linked / len(pairs):.2f}" if pairs else ""
    return f"| {seen.case.title}: {words} | {len(pairs)} | {linked} | {share} |"


def remarked() -> list[Pair]:
    """Pairs that the remarks of the worked example tell to be one event."""
    listed = yaml.safe_load((ROOT / "tools" / "linked.yaml").read_text("utf-8"))["known"]
    return [pair for one in listed for pair in combinations(map(str, one["reports"]), 2)]


def cited(seen: Told, data: Path) -> list[Pair]:
    """Pairs of an Airwars incident and the event of UCDP that cites its code."""
    found = _ucdp(data).with_columns(code=pl.col("source_article").str.extract_all(_CITED))
    pairs = found.select("id", "code").explode("code").drop_nulls().unique(maintain_order=True)
    ids = [(f"AIRWARS-{code}", f"GED-{number}") for number, code in pairs.iter_rows()]
    return [pair for pair in ids if pair[0] in seen.at and pair[1] in seen.at]


def _ucdp(data: Path) -> pl.DataFrame:
    return pl.read_csv(data / "ucdp-ged" / "syria_2018_2019.csv.gz", infer_schema=False)


def _precision(seen: Told, named: Sequence[Pair]) -> str:
    """Of the links of reports whose partner is known, how many are to that partner."""
    partners = set(named)
    ends = {name for pair in named for name in pair}
    linked = [pair for pair in _linked(seen) if ends & set(pair)]
    right = sum(pair in partners for pair in linked)
    return (
        f"Of the reports whose partner is so known, {len(linked)} links were made, "
        f"{right} of them to that partner."
    )


def _linked(seen: Told) -> list[Pair]:
    """All pairs of reports of Airwars and UCDP that stand in one incident."""
    own: dict[str, list[str]] = {}
    for report, incident in seen.incident.items():
        own.setdefault(incident, []).append(report)
    return [
        pair
        for some in own.values()
        for pair in combinations(sorted(some), 2)
        if pair[0].startswith("AIRWARS") and pair[1].startswith("GED")
    ]


def _citing(seen: Told, data: Path) -> Iterator[str]:
    """How often UCDP names Airwars among its sources: of the events linked, and of all that could have been."""
    raw = _ucdp(data)
    names = pl.col("source_article").str.contains("(?i)air ?wars")
    citing = {f"GED-{number}" for number in raw.filter(names)["id"]}
    linked = {two for _, two in _linked(seen)}
    near = _near(seen)
    yield (
        f"\nUCDP names Airwars among the sources of {_share(linked & citing, linked)} of the events that "
        f"were linked to Airwars, of {_share(near & citing, near)} of those that were candidates and "
        f"stayed apart, and of {_share(citing & seen.at.keys(), {n for n in seen.at if n[0] == 'G'})} of all."
    )
    codes = raw.select(
        pl.col("source_article").str.extract_all(_CITED_RUSSIAN).explode()
    ).to_series()
    held = {name.removeprefix("AIRWARS-") for name in seen.at}
    same = _same_day(raw, seen)
    yield (
        f"\nUCDP cites {codes.drop_nulls().n_unique()} codes of Russian strikes; of the citations whose code "
        f"the sample of {len([code for code in held if code.startswith('RS')])} such incidents holds today, "
        f"{same[0]} of {same[1]} agree on the day to within one."
    )


def _share(part: set[str], whole: set[str]) -> str:
    return f"{len(part):,} of {len(whole):,} ({len(part) / max(len(whole), 1):.0%})"


def _near(seen: Told) -> set[str]:
    """Events of UCDP that were candidates of an Airwars incident, and are linked to none."""
    ends = seen.fused.linked.around.sample
    pairs = [pair for pair in seen.pairs(ends) if pair[0].startswith("AIRWARS")]
    return {two for _, two in pairs if two.startswith("GED")} - {two for _, two in _linked(seen)}


def _same_day(raw: pl.DataFrame, seen: Told) -> tuple[int, int]:
    days = raw.select(
        day=pl.col("date_start").str.to_date(),
        code=pl.col("source_article").str.extract_all(_CITED_RUSSIAN),
    ).explode("code")
    here = seen.reports.select(
        code=pl.col("report_id").str.strip_prefix("AIRWARS-"),
        own=pl.col("occurred_from").dt.convert_time_zone(seen.case.zone).dt.date(),
    )
    both = days.with_columns(pl.col("code").str.replace("^R([0-9])", "RS$1")).join(here, on="code")
    apart = (both["day"] - both["own"]).dt.total_days().abs()
    return int((apart <= 1).sum()), both.height


def duplicates(seen: Told, data: Path) -> list[Pair]:
    """Pairs of rows of one page, text and place in VIINA's extract."""
    path = data / "viina-derived" / "exact_duplicate_clusters_2022.csv"
    clusters = pl.read_csv(path, infer_schema=False)["MemberEventIDs"].str.split("|")
    place = dict(seen.reports.select("report_id", "place_name").iter_rows())
    return [
        pair
        for members in clusters.to_list()
        for pair in combinations(sorted(f"VIINA-{member}" for member in members), 2)
        if pair[0] in place and pair[1] in place and place[pair[0]] == place[pair[1]]
    ]


def _listed_twice(seen: Told) -> list[Pair]:
    corridors = seen.reports.filter(pl.col("source") == "PeaceRep")
    groups = corridors.group_by("occurred_from", "place_name").agg(pl.col("report_id").sort())
    return [pair for some in groups["report_id"].sort().to_list() for pair in combinations(some, 2)]
