"""Mapping files: every packaged one reads its table whole, and a wrong one is told in words."""

from pathlib import Path

import polars as pl
import pytest

from groundtruce.intake.counts import add_arithmetic
from groundtruce.intake.mapping import load_mapping, load_packaged_mappings
from groundtruce.intake.read import ReadTable, read_reports
from groundtruce.model.instant import format_instant
from groundtruce.model.problem import GroundtruceError, Problem

SOURCES = [
    (
        "ucdp-ged/ukraine_2014_2023.csv",
        "ucdp-ged",
        3883,
        {"row.range_order", "row.coordinates_copied"},
    ),
    (
        "ucdp-ged/syria_2018_2019.csv.gz",
        "ucdp-ged",
        4809,
        {"row.range_order", "row.coordinates_copied"},
    ),
    ("ucdp-ged/syria_coh_2016.csv", "ucdp-ged", 540, {"row.range_order"}),
    (
        "airwars/incidents_sample.csv",
        "airwars",
        617,
        {"row.reported_before", "row.end_before_start"},
    ),
    ("syrian-archive/violations.csv", "syrian-archive", 4135, set()),
    ("yemen-data-project/air_raids_2015_2016.csv.gz", "yemen-data-project", 10533, set()),
    ("yemen-data-project/air_raids_geocoded_2015_2016.csv.gz", "yemen-data-project", 10521, set()),
    (
        "awsd/incidents_syria_yemen_south_sudan.csv",
        "aid-worker-security",
        294,
        {"row.coordinates_copied"},
    ),
    ("viina-derived/events_2022.csv", "viina", 1027, set()),
    ("viina-derived/events_2023.csv", "viina", 339, set()),
    ("viina-derived/events_2024.csv", "viina", 273, set()),
    ("viina-derived/events_2025.csv", "viina", 174, set()),
    ("ukraine-humanitarian-corridors/corridors.csv", "humanitarian-corridors", 282, set()),
]


@pytest.mark.parametrize(("name", "mapping", "rows", "codes"), SOURCES, ids=[s[0] for s in SOURCES])
def test_a_source_is_recognised_and_accounted_for(
    shared_data: Path, name: str, mapping: str, rows: int, codes: set[str]
) -> None:
    """The columns give the source away; every row is read or quarantined, for known defects only."""
    read = read_reports([shared_data / name])
    assert set(read.mappings.values()) == {mapping}
    assert read.rows_read == rows == read.rows.height + len(read.quarantined)
    assert {entry.problem.code for entry in read.quarantined} <= codes
    assert len(read.quarantined) < rows / 50


@pytest.mark.parametrize(
    ("name", "mapping", "day", "total"),
    [
        (
            "ru_reconciliation_centre_counts_2016.csv",
            "bulletins-reconciliation-centre",
            "2016-02-28",
            9,
        ),
        ("ru_tr_joint_commission_counts.csv", "bulletins-joint-commission", "2017-02-14", 6),
        ("osce_smm_counts.csv", "bulletins-osce-smm", "2020-07-28", 111),
    ],
)
def test_bulletins_become_counts(
    shared_data: Path, name: str, mapping: str, day: str, total: int
) -> None:
    """One row of a bulletin becomes a count for each figure in it."""
    read = read_reports([shared_data / "bulletin-facts" / name], load_mapping(mapping))
    assert read.quarantined == ()
    assert total in read.rows.filter(pl.col("day") == day)["count"].to_list()


def test_parts_that_do_not_add_up_are_remarked(shared_data: Path) -> None:
    """14 February 2017: the Russian side's provinces make 5 where it says 6; the figures stay."""
    path = shared_data / "bulletin-facts" / "ru_tr_joint_commission_counts.csv"
    counts = add_arithmetic(
        read_reports([path], load_mapping("bulletins-joint-commission")).in_order()
    )
    row = counts.filter(
        (pl.col("day") == "2017-02-14")
        & pl.col("region").is_null()
        & (pl.col("on_behalf_of") == "Russian Federation")
        & (pl.col("measure") == "violations")
    )
    assert row["count"].to_list() == [6]
    assert "the parts add up to 5, the total is 6" in row["remark"].item()


def test_publication_is_not_occurrence(shared_data: Path) -> None:
    """A video gives an upper bound of its event and no lower one."""
    read = read_reports([shared_data / "syrian-archive" / "violations.csv"])
    assert read.rows["occurred_from"].null_count() == read.rows.height
    assert read.rows["occurred_to"].null_count() == 0


MAPPING = """
mapping: {id: own, title: t, version: 1, attribution: a, licence: l}
zone: Asia/Damascus
records:
  - time: [{from: "{day}", formats: ["%d/%m/%Y"], unit: day}]
    fields:
      report_id: {column: id}
      source: {value: own}
      kind: {column: what, codes: {bomb: fire.airstrike, shell: fire.shelling}}
      actor: {column: who, pattern: '^([^,]+)$'}
      involved: {column: who, pattern: '^(.+,.+)$', separator: ","}
      location_radius_m: {column: km, scale: 1000}
"""


def read_own(folder: Path, table: str, mapping: str = MAPPING) -> ReadTable:
    """Read a table through a mapping, both given as text."""
    (folder / "m.yaml").write_text(mapping)
    (folder / "t.csv").write_text(table)
    return read_reports([folder / "t.csv"], load_mapping(str(folder / "m.yaml")))


def test_a_table_of_ones_own_needs_no_code(tmp_path: Path) -> None:
    """Day first, a code in any case, kilometres, one name or several."""
    read = read_own(
        tmp_path, "id,day,what,who,km\na,03/04/2016, BOMB ,X,2\nb,03/04/2016,shell,X; Y,\n"
    )
    first, second = read.rows.to_dicts()
    assert format_instant(first["occurred_from"]) == "2016-04-02T21:00:00Z"
    assert (first["kind"], first["actor"], first["location_radius_m"]) == (
        "fire.airstrike",
        "X",
        2000,
    )
    assert (second["actor"], second["location_radius_m"]) == ("X; Y", None)


def test_several_names_are_involved_and_none_is_charged(tmp_path: Path) -> None:
    """Alternatives and joint actors are not told apart by such a source."""
    read = read_own(tmp_path, 'id,day,what,who,km\na,03/04/2016,bomb,"X, Y",1\n')
    assert read.rows.select("actor", "involved").row(0) == (None, "X|Y")


def test_a_value_that_the_mapping_does_not_know_is_quarantined(tmp_path: Path) -> None:
    """Never guessed: the reason names column, value and mapping."""
    read = read_own(tmp_path, "id,day,what,who,km\na,03/04/2016,raid,X,1\nb,03/04/2016,bomb,X,1\n")
    (entry,) = read.quarantined
    assert (entry.row, entry.field, entry.value) == (2, "what", "raid")
    assert entry.problem is Problem.ROW_UNMAPPED
    assert "own" in entry.reason


@pytest.mark.parametrize(
    ("day", "hours"), [("24/03/2016", 24), ("25/03/2016", 23), ("27/10/2016", 25)]
)
def test_a_day_is_a_local_day_also_when_clocks_change(tmp_path: Path, day: str, hours: int) -> None:
    """Damascus moved its clocks at midnight: 25 March 2016 has no 00:00."""
    read = read_own(tmp_path, f"id,day,what,who,km\na,{day},bomb,X,1\n")
    row = read.rows.row(0, named=True)
    assert (row["occurred_to"] - row["occurred_from"]).total_seconds() == hours * 3600


def test_a_day_without_a_zone_stretches_over_all_zones(tmp_path: Path) -> None:
    """From its first minute at UTC+14 to its last at UTC-12: what is known, and no more."""
    mapping = MAPPING.replace("zone: Asia/Damascus", "zone: anywhere")
    row = read_own(tmp_path, "id,day,what,who,km\na,04/03/2016,bomb,X,1\n", mapping).rows.row(
        0, named=True
    )
    assert format_instant(row["occurred_from"]) == "2016-03-03T10:00:00Z"
    assert format_instant(row["occurred_to"]) == "2016-03-05T12:00:00Z"


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("column: id", "colum: id", "records.0.fields.report_id"),
        ("report_id:", "report_ID:", "the document"),
        ("unit: day", "unit: fortnight", "records.0.time.0.unit"),
        ("{value: own}", "{value: own, column: id}", "records.0.fields.source"),
        ("records:", "rows:", "the document"),
        ("zone: Asia/Damascus", "zone: Asia/Damascas", "zone"),
        ("'^(.+,.+)$'", "'^((.+$'", "records.0.fields.involved.pattern"),
        ("mapping: {id", "read: {delimiter: ab}\nmapping: {id", "read.delimiter"),
    ],
)
def test_a_malformed_mapping_is_named(tmp_path: Path, old: str, new: str, where: str) -> None:
    """The place in the document is told."""
    with pytest.raises(GroundtruceError) as caught:
        read_own(tmp_path, "id,day,what,who,km\n", MAPPING.replace(old, new))
    assert caught.value.problem is Problem.DOCUMENT_FIELD
    assert str(caught.value.details["where"]).startswith(where)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    """A table of another source is not read by mistake."""
    with pytest.raises(GroundtruceError, match="km"):
        read_own(tmp_path, "id,day,what,who\na,03/04/2016,bomb,X\n")


def test_every_packaged_mapping_names_its_terms() -> None:
    """Licence and attribution travel with the data."""
    for name, mapping in load_packaged_mappings().items():
        assert mapping.mapping.id == name
        assert mapping.mapping.licence
        assert mapping.mapping.attribution
