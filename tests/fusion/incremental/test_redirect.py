"""Redirects: whoever cites an incident of an earlier run is led to where its reports are now."""

from collections import Counter

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import examples

from groundtruce.fusion.incremental.redirect import find_redirects, resolve
from groundtruce.model.table import REDIRECTS

MOST = 14
GROUPS = st.lists(st.integers(0, 6), min_size=1, max_size=MOST)
ANCHORS = st.integers(0, 3)


def links(groups: list[int], anchor: int = 0) -> pl.DataFrame:
    """Return links of reports in groups; each is named by one of its reports, which depends on `anchor`."""
    members: dict[int, list[int]] = {}
    for report, group in enumerate(groups):
        members.setdefault(group, []).append(report)
    return pl.DataFrame(
        [
            (f"R{report}", f"I{members[group][anchor % len(members[group])]:02}", 0.9)
            for report, group in enumerate(groups)
        ],
        schema={"report_id": pl.String, "incident_id": pl.String, "probability": pl.Float64},
        orient="row",
    )


def led(before: list[int], after: list[int], anchors: tuple[int, int] = (0, 0)) -> pl.DataFrame:
    """Return the redirects from one grouping to another."""
    return find_redirects(links(before, anchors[0]), links(after, anchors[1]))


def told(found: pl.DataFrame) -> set[tuple[str, str, str]]:
    """Return the rows."""
    return set(found.iter_rows())


def test_each_reason_by_example() -> None:
    """Merged into one that holds another's reports, split in two, renamed with the same reports."""
    assert told(led([0, 0, 1, 1], [0, 0, 0, 0])) == {("I02", "I00", "merged")}
    assert told(led([0, 0, 0, 1], [0, 1, 1, 1], (2, 0))) == {
        ("I02", "I01", "split"),
        ("I03", "I01", "merged"),
    }
    assert told(led([0, 0, 0], [0, 0, 0], (0, 2))) == {("I00", "I02", "renamed")}


def test_of_equal_shares_the_first_identifier_is_led_to() -> None:
    """Two halves: the smallest identifier, not the order of rows, decides."""
    split = led([0, 0, 0, 0], [0, 0, 1, 1], (3, 0))
    assert told(split) == {("I03", "I00", "split")}
    assert find_redirects(links([0] * 4, 3)[::-1], links([0, 0, 1, 1])[::-1]).equals(split)


def test_what_still_stands_or_left_no_report_is_not_redirected() -> None:
    """An identifier that is still there leads to itself; one without reports leads nowhere."""
    same = [0, 1, 1, 2]
    assert led(same, same).is_empty()
    gone = find_redirects(links([0, 1]), links([0]))
    assert gone.is_empty()
    assert gone.columns == list(REDIRECTS.names)


@examples(60)
@given(before=GROUPS, after=GROUPS, anchors=st.tuples(ANCHORS, ANCHORS))
def test_redirects_are_those_of_the_plain_rule(
    before: list[int], after: list[int], anchors: tuple[int, int]
) -> None:
    """Counted one incident at a time, the outcome is the same."""
    old = dict(links(before, anchors[0]).select("report_id", "incident_id").iter_rows())
    new = dict(links(after, anchors[1]).select("report_id", "incident_id").iter_rows())
    expected = set()
    for incident in set(old.values()) - set(new.values()):
        went = Counter(new[report] for report in old if old[report] == incident and report in new)
        if not went:
            continue
        target = min(went, key=lambda one: (-went[one], one))
        formers = {old[report] for report in old if new.get(report) == target}
        why = "split" if len(went) > 1 else "merged" if len(formers) > 1 else "renamed"
        expected.add((incident, target, why))
    assert told(led(before, after, anchors)) == expected


@examples(60)
@given(
    groups=st.lists(st.integers(0, 6), min_size=MOST, max_size=MOST),
    joins=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=4),
    more=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=4),
    anchors=st.tuples(ANCHORS, ANCHORS, ANCHORS),
)
def test_two_steps_lead_where_one_leads(
    groups: list[int],
    joins: list[tuple[int, int]],
    more: list[tuple[int, int]],
    anchors: tuple[int, int, int],
) -> None:
    """Incidents that only merge and change their names: chains resolve to the redirect in one step."""
    second = list(groups)
    for one, two in joins:
        second = [one if group == two else group for group in second]
    third = list(second)
    for one, two in more:
        third = [one if group == two else group for group in third]
    start, middle, end = (
        links(each, anchor) for each, anchor in zip((groups, second, third), anchors, strict=True)
    )
    chained = resolve(find_redirects(start, middle), find_redirects(middle, end))
    outdated = set(start["incident_id"]) - set(end["incident_id"])
    assert {row[:2] for row in told(chained) if row[0] in outdated} == {
        row[:2] for row in told(find_redirects(start, end))
    }


def test_of_two_reasons_the_graver_stands() -> None:
    """Renamed and later merged is merged; what came in later does not change why another left."""
    start, middle, end = links([0, 0, 1], 1), links([0, 0, 1]), links([1, 1, 1], 2)
    chained = resolve(find_redirects(start, middle), find_redirects(middle, end))
    assert told(chained) == {("I01", "I02", "merged"), ("I00", "I02", "merged")}
