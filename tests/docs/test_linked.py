"""The page on what was linked: judgements that hold together, a stated rule, figures made by the tool."""

from pathlib import Path

import pytest
from tools import linked
from tools.linked import JUDGED, PAGE, judged, main, rewritten
from tools.linked_declared import declared
from tools.linked_judged import Judged, Verdict, drawn_today, draws
from tools.linked_known import known
from tools.linked_sets import CASES, EXAMPLE, Told, drawn, reports_of, told


@pytest.fixture(scope="module")
def example() -> Told:
    """The worked example, fused."""
    seen = told(EXAMPLE, Path("nowhere"))
    assert seen is not None
    return seen


def test_every_pair_is_judged_once_and_the_first_draw_is_whole() -> None:
    """Every set has as many of both sorts as it draws, and every judgement has a reason."""
    by_hand = judged()
    assert len({one.pair for one in by_hand}) == len(by_hand)
    for case in CASES:
        own = [one.drawn for one in by_hand if (one.case, one.draw) == (case.name, 1)]
        assert (own.count("link"), own.count("refusal")) == (case.draws, case.draws)
    assert all(len(one.why) > 40 for one in by_hand)


def test_the_page_shows_twenty_links_and_twenty_refusals() -> None:
    """As they stand now, whatever they were drawn as; its first words say how many of today's are right."""
    page = PAGE.read_text("utf-8")
    assert page.count(": linked, ") >= 20
    assert page.count(": refused, ") >= 20
    assert "| Links | all | 20 | 6 | 12 | 2 |" in page
    assert "six join one event and twelve join two; two cannot be told" in page
    assert "| Refusals | all | 20 | 16 | 1 | 3 |" in page
    assert "sixteen are right and one wrong" in page


def test_the_page_shows_every_judgement() -> None:
    """Both ids, the verdict and the reason stand on the page as in the file."""
    page = PAGE.read_text("utf-8")
    for one in judged():
        assert f"*{str(one.verdict).capitalize()}.* {one.why}" in page
        assert all(f"| `{name}` |" in page for name in one.pair)


def test_judged_pairs_are_read_from_the_sets(shared_data: Path) -> None:
    """No judgement is on a report that the set has not."""
    for case in CASES:
        reports = reports_of(case, shared_data)
        assert reports is not None
        ids = set(reports["report_id"])
        own = [name for one in judged() if one.case == case.name for name in one.pair]
        assert ids.issuperset(own)


def test_the_draw_takes_links_and_refusals_and_no_report_twice(example: Told) -> None:
    """A link is together and a refusal apart, as many as stated, and a second draw is the same."""
    links, refused = drawn(example)
    assert (links, refused) == drawn(example)
    assert [example.together(pair) for pair in links] == [True] * EXAMPLE.draws
    assert [example.together(pair) for pair in refused] == [False] * EXAMPLE.draws
    for pairs in (links, refused):
        assert len({name for pair in pairs for name in pair}) == 2 * EXAMPLE.draws


@pytest.mark.parametrize(
    ("verdict", "together", "right"),
    [
        (Verdict.SAME, True, True),
        (Verdict.SAME, False, False),
        (Verdict.DIFFERENT, True, False),
        (Verdict.DIFFERENT, False, True),
        (Verdict.UNKNOWN, True, None),
    ],
)
def test_a_link_of_one_event_and_a_refusal_of_two_are_right(
    verdict: Verdict, *, together: bool, right: bool | None
) -> None:
    """What cannot be told is neither right nor wrong."""
    one = Judged(case="example", draw=1, drawn="link", pair=("a", "b"), verdict=verdict, why="")
    assert one.right(together=together) is right


def test_links_that_the_example_remarks_are_counted(example: Told) -> None:
    """The row of the worked example has a recall between none and all."""
    row = next(line for line in known([example], Path("nowhere")) if "remarked" in line)
    pairs, found, recall = (cell.strip() for cell in row.split("|")[2:5])
    assert int(pairs) == 34
    assert float(recall) == pytest.approx(int(found) / int(pairs), abs=0.005)


def test_the_pairs_that_the_rule_draws_today_are_told_from_the_rest(example: Told) -> None:
    """All are judgements on pairs of today's draw, and every draw has its row of each sort."""
    links, refused = drawn(example)
    today = {one.pair for one in drawn_today([example], judged())}
    assert today
    assert today <= {*links, *refused}
    assert [line.split(" | ")[:2] for line in list(draws([example], judged()))[2:]] == [
        ["| 1", "link"],
        ["| 1", "refusal"],
        ["| 2", "link"],
        ["| 2", "refusal"],
        ["| 3", "link"],
        ["| 3", "refusal"],
    ]


def test_declared_repetition_finds_more_known_links(example: Told) -> None:
    """Outlets of the worked example repeat themselves; told so, the program joins what they repeat."""
    rows = list(declared([example], judged(), Path("nowhere")))[2:]
    learned, said = (int(row.split("|")[4].split(" of ")[0]) for row in rows)
    assert said > learned


def test_a_page_keeps_its_prose_and_takes_new_figures() -> None:
    """What stands between two marks is replaced; a mark that nothing is made for is an error."""
    page = "before\n<!-- made: counts -->\nold\n<!-- end: counts -->\nafter\n"
    kept = "before\n<!-- made: counts -->\n\nnew\n\n<!-- end: counts -->\nafter\n"
    assert rewritten(page, {"counts": "new"}) == kept
    assert rewritten(kept, {"counts": "new"}) == kept
    with pytest.raises(ValueError, match="shares"):
        rewritten(page, {"counts": "new", "shares": "none"})


def test_without_the_data_the_example_is_printed_and_the_page_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A plain message names the sets that were skipped; nothing is written."""
    page = tmp_path / "linked.md"
    page.write_text("untouched")
    monkeypatch.setattr(linked, "PAGE", page)
    main(["--data", str(tmp_path / "nowhere")])
    said = capsys.readouterr().out
    assert said.count("skipped, its files are not in") == len(CASES) - 1
    assert "## judged-example" in said
    assert page.read_text() == "untouched"
    assert JUDGED.is_file()
