"""Fusion on Spark, with workers in processes of their own: the files of one machine where no cut meets an incident."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from benchmarks.fusion.generator import Regime, generate
from benchmarks.fusion.metric import quality
from typer.testing import CliRunner, Result

from groundtruce.cli.app import app
from groundtruce.cli.command import spark as spark_command
from groundtruce.distributed.fuse import Job, fuse_in_slabs
from groundtruce.distributed.session import master_of, start_session
from groundtruce.fusion.clustering.decision import Decision
from groundtruce.fusion.fuse import fuse
from groundtruce.fusion.method import FusionMethod
from groundtruce.fusion.partition.time_slab import Cutting
from groundtruce.intake.read import read_reports
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.serial import write_table
from groundtruce.model.table import INCIDENTS, LINKS, REPORTS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

METHOD = FusionMethod()
GENERATED = generate(20_000, Regime.FRONT, seed=5)


@contextmanager
def silent(title: str, steps: int) -> Iterator[Callable[[str], None]]:
    """A bar of progress that nobody sees."""
    assert title
    assert steps > 0
    yield lambda step: None


@pytest.fixture(scope="module")
def spark() -> Iterator["SparkSession"]:
    """Spark with two workers, each a process of its own."""
    with start_session("local-cluster[2,1,1024]") as started:
        yield started


@pytest.fixture
def command(spark: "SparkSession", monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `fuse` on the Spark that is there."""

    @contextmanager
    def running(master: str) -> Iterator["SparkSession"]:
        assert master == "local-cluster[2,1,1024]"
        yield spark

    monkeypatch.setattr(spark_command, "start_session", running)

    def run(*arguments: object) -> Result:
        engine = ("--engine", "spark=local-cluster[2,1,1024]")
        result = CliRunner().invoke(app, ["fuse", *map(str, arguments), *engine])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return run


def with_gaps() -> pl.DataFrame:
    """Return four weeks of fighting with a month of quiet between each two."""
    reports = GENERATED.reports.filter(pl.col("time_precision").is_in(["hour", "day"]))
    week = (pl.col("occurred_from") - pl.col("occurred_from").min()).dt.total_days() // 7
    later = pl.duration(days=30) * week
    times = [(pl.col(name) + later).alias(name) for name in ("occurred_from", "occurred_to")]
    return reports.filter(week < 4).with_columns(times).select(REPORTS.names)


def test_slabs_give_the_bytes_of_one_machine(spark: "SparkSession", tmp_path: Path) -> None:
    """Model, links and incidents are equal byte for byte where all cuts fall into quiet weeks."""
    reports = with_gaps()
    paths = [tmp_path / name for name in ("a.parquet", "b.parquet")]
    reports.filter(pl.int_range(pl.len()) % 2 == 0).write_parquet(paths[0], row_group_size=1_000)
    reports.filter(pl.int_range(pl.len()) % 2 == 1).write_parquet(paths[1])
    job = Job(paths=paths, folder=tmp_path, method=METHOD, cutting=Cutting(reports=3_000))
    found = fuse_in_slabs(spark, job, silent)
    whole = fuse(read_reports(paths).rows, METHOD)
    assert found.slabs == 4
    assert found.model.digest == whole.linked.model.digest
    assert found.files["links.parquet"].read_bytes() == write_table(whole.links, ".parquet", LINKS)
    assert found.files["incidents.parquet"].read_bytes() == write_table(
        whole.incidents, ".parquet", INCIDENTS
    )
    assert (found.reports, found.incidents) == (reports.height, whole.incidents.height)


def test_small_slabs_of_a_dense_front_score_as_one_machine(
    spark: "SparkSession", tmp_path: Path
) -> None:
    """Where every cut goes through fighting, no report is lost and the score is .998 of that of the whole."""
    path = tmp_path / "front.parquet"
    GENERATED.reports.write_parquet(path)
    job = Job(paths=[path], folder=tmp_path, method=METHOD, cutting=Cutting(reports=5_000))
    found = fuse_in_slabs(spark, job, silent)
    truth = GENERATED.reports.select("report_id", truth=pl.Series(GENERATED.truth))

    def f1(links: pl.DataFrame) -> float:
        both = links.join(truth, on="report_id")
        assert both.height == GENERATED.reports.height
        group = both["incident_id"].rank("dense").to_numpy().astype(np.int64)
        return quality(group, both["truth"].to_numpy()).f1

    links = pl.read_parquet(found.files["links.parquet"])
    assert found.slabs > 3
    assert f1(links) >= 0.998 * f1(fuse(GENERATED.reports, METHOD).links)


def test_decisions_reach_the_slabs_that_see_their_reports(
    spark: "SparkSession", tmp_path: Path
) -> None:
    """Two reports weeks apart that people hold to be one come out as one."""
    path = tmp_path / "gaps.parquet"
    reports = with_gaps()
    reports.write_parquet(path)
    ids = reports.sort("occurred_from")["report_id"]
    pair = (ids[0], ids[-1])
    decisions = (Decision(together=True, reports=pair),)
    cutting = Cutting(reports=3_000)
    job = Job(paths=[path], folder=tmp_path, method=METHOD, decisions=decisions, cutting=cutting)
    links = pl.read_parquet(fuse_in_slabs(spark, job, silent).files["links.parquet"])
    assert links.filter(pl.col("report_id").is_in(pair))["incident_id"].n_unique() == 1
    assert links["report_id"].to_list() == sorted(ids)


def hostile(folder: Path) -> list[Path]:
    """Write two files with bad rows, with identifiers that repeat within and across them, and a column of their own."""
    good = GENERATED.reports.head(300).with_columns(remark=pl.lit("as said"))
    first = good.head(200).with_columns(
        lat=pl.when(pl.int_range(pl.len()) == 3).then(95.0).otherwise("lat"),
        kind=pl.when(pl.int_range(pl.len()) == 7).then(pl.lit("fire.none")).otherwise("kind"),
        source=pl.when(pl.int_range(pl.len()) == 9).then(pl.lit("a\0b")).otherwise("source"),
    )
    again = good.slice(20, 5).with_columns(source=pl.lit("another"))
    second = pl.concat([good.tail(100), again, again.head(1).with_columns(remark=pl.lit("a"))])
    paths = [folder / "first.parquet", folder / "second.parquet"]
    first.write_parquet(paths[0])
    second.write_parquet(paths[1])
    return paths


def test_bad_rows_are_set_aside_as_on_one_machine(
    command: Callable[..., Result], tmp_path: Path
) -> None:
    """Quarantine, links, incidents and summary are the same; every row is accounted for."""
    paths = hostile(tmp_path)
    here = CliRunner().invoke(
        app, ["fuse", *map(str, paths), "--out", str(tmp_path / "a"), "--json"]
    )
    there = command(*paths, "--out", tmp_path / "b", "--json")
    assert here.exit_code == there.exit_code == 1
    summary = json.loads(there.stdout)
    assert summary.pop("slabs") == 1
    assert summary == json.loads(here.stdout)
    assert summary["rows_read"] == summary["reports"] + summary["quarantined"] == 306
    names = {path.name for path in (tmp_path / "a").iterdir()}
    assert {"links.parquet", "incidents.parquet", "quarantine.csv"} < names
    assert {path.name for path in (tmp_path / "b").iterdir()} == names
    for name in sorted(names):
        assert (tmp_path / "b" / name).read_bytes() == (tmp_path / "a" / name).read_bytes(), name


def test_a_folder_without_good_rows_is_told(command: Callable[..., Result], tmp_path: Path) -> None:
    """Nothing is written."""
    path = tmp_path / "bad.parquet"
    GENERATED.reports.head(9).with_columns(lat=pl.lit(95.0)).write_parquet(path)
    result = command(path, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "[file.no_good_rows]" in result.stderr
    assert not list((tmp_path / "out").iterdir())


def test_a_damaged_file_is_told(command: Callable[..., Result], tmp_path: Path) -> None:
    """What a worker finds is told in the same words as on one machine."""
    path = tmp_path / "damaged.parquet"
    GENERATED.reports.head(2_000).write_parquet(path)
    content = bytearray(path.read_bytes())
    content[4:4_000] = bytes(3_996)
    path.write_bytes(content)
    result = command(path, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "[file.damaged]" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["reports.csv"], "engine.input"),
        (["reports.parquet", "--mapping", "ucdp-ged"], "engine.input"),
        (["reports.parquet", "--format", "csv"], "engine.input"),
        (["other.parquet"], "file.columns_missing"),
        (["none.parquet"], "file.missing"),
    ],
)
def test_what_spark_does_not_take_is_told(
    command: Callable[..., Result], tmp_path: Path, arguments: list[str], code: str
) -> None:
    """Formats, mappings and foreign tables are left to one machine."""
    (tmp_path / "reports.csv").write_text("report_id\nA\n")
    GENERATED.reports.head(9).write_parquet(tmp_path / "reports.parquet")
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "other.parquet")
    result = command(tmp_path / arguments[0], *arguments[1:], "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert f"[{code}]" in result.stderr


@pytest.mark.parametrize("engine", ["dask", "spark=", "spark=nowhere", "local=2", ""])
def test_an_engine_that_is_not_known_is_told(engine: str, tmp_path: Path) -> None:
    """The known ones are named."""
    result = CliRunner().invoke(
        app, ["fuse", "a.parquet", "--out", str(tmp_path), "--engine", engine]
    )
    assert result.exit_code == 2
    assert "[engine.unknown]" in result.stderr


def test_engines_name_masters() -> None:
    """Without a master Spark takes all cores of this machine."""
    assert master_of("local") is None
    assert master_of("spark") == "local[*]"
    assert master_of("spark=spark://host:7077") == "spark://host:7077"


def test_a_machine_without_java_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The advice names what to install."""
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(GroundtruceError) as caught, start_session("local[1]"):
        pass
    assert caught.value.problem is Problem.ENGINE_JAVA
