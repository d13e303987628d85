"""The engine: where fusion runs, on this machine or on Apache Spark, and how Spark is started.

* `local` is this process; `spark` is Spark on all cores of this machine; `spark=MASTER` any other.
* A driver without a cluster listens on 127.0.0.1 only, and shows no pages.
* Workers run the interpreter that runs here, unless PYSPARK_PYTHON names another.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from importlib.util import find_spec
from typing import TYPE_CHECKING

from groundtruce.model.message import quote
from groundtruce.model.problem import GroundtruceError, Problem

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["LOCAL", "master_of", "start_session"]

LOCAL = "local"
"""The engine that is this process."""
_SPARK = "spark"
_MASTER = re.compile(
    r"local(\[[\d*]+(,\d+)?\])?|local-cluster\[\d+,\d+,\d+\]|(spark|k8s)://.+|yarn"
)


def master_of(engine: str) -> str | None:
    """Return the Spark master that an engine names, None for `local`; raises GroundtruceError."""
    if engine == LOCAL:
        return None
    name, given, master = engine.partition("=")
    chosen = master if given else "local[*]"
    if name != _SPARK or not _MASTER.fullmatch(chosen):
        raise GroundtruceError(Problem.ENGINE_UNKNOWN, engine=engine)
    return chosen


@contextmanager
def start_session(master: str) -> Iterator["SparkSession"]:
    """Start Spark, and stop it at the end; raises GroundtruceError with an `engine.*` problem."""
    _check_installed()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    from pyspark.errors import PySparkException, PySparkRuntimeError
    from pyspark.sql import SparkSession

    with as_file(files(__package__) / "log4j2.properties") as logging:
        quiet = f"-Dlog4j2.configurationFile={logging.as_uri()}"
        builder = SparkSession.builder.master(master).appName("groundtruce fuse")
        for name, value in _settings(master, quiet).items():
            builder = builder.config(name, value)
        try:
            spark = builder.getOrCreate()
        except (PySparkException, PySparkRuntimeError, RuntimeError, OSError) as error:
            raise describe_failure(error) from error
        try:
            yield spark
        finally:
            spark.stop()


def describe_failure(error: Exception) -> GroundtruceError:
    """Return the error that describes a failure of the engine: its last line that says something."""
    lines = [line.strip() for line in str(error).splitlines()]
    error_lines = [line for line in lines if re.match(r"[\w.]*(Error|Exception)\b", line)]
    shown = (error_lines or [line for line in lines if line] or [type(error).__name__])[-1]
    return GroundtruceError(Problem.ENGINE_FAILED, cause=quote(shown[:300].rstrip(".")))


def _check_installed() -> None:
    if find_spec("pyspark") is None or find_spec("pandas") is None:
        raise GroundtruceError(Problem.ENGINE_MISSING)
    home = os.environ.get("JAVA_HOME")
    if not shutil.which("java", path=f"{home}/bin" if home else None):
        raise GroundtruceError(Problem.ENGINE_JAVA)


def _settings(master: str, quiet: str) -> dict[str, str]:
    settings = {
        "spark.driver.extraJavaOptions": quiet,
        "spark.executorEnv.POLARS_MAX_THREADS": "2",
        # a row is a share of a table: a few of them fill a batch
        "spark.sql.execution.arrow.maxRecordsPerBatch": "4",
        "spark.sql.adaptive.enabled": "false",
        # what is packed is compressed already
        "spark.shuffle.compress": "false",
        "spark.sql.inMemoryColumnarStorage.compressed": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    if master.startswith("local"):
        here = "127.0.0.1"
        settings |= {
            "spark.driver.bindAddress": here,
            "spark.driver.host": here,
            "spark.executor.extraJavaOptions": quiet,
        }
    return settings
