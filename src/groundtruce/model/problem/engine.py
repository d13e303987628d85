"""Problems of the engine that computes."""

from groundtruce.model.problem.entry import CatalogueEntry


def _engine(code: str, sentence: str, advice: str, http_status: int = 422) -> CatalogueEntry:
    return CatalogueEntry(f"engine.{code}", sentence, advice, http_status)


UNKNOWN = _engine(
    "unknown",
    "There is no engine {engine}.",
    "Use local, spark, or spark=MASTER as in spark=spark://host:7077.",
)
MISSING = _engine(
    "missing",
    "Spark is not installed beside Groundtruce.",
    "Install it: pip install 'groundtruce[spark]'; or use --engine local.",
)
JAVA = _engine(
    "java",
    "Spark needs Java, and there is none.",
    "Install a Java runtime of version 17 or newer, or set JAVA_HOME; or use --engine local.",
)
INPUT = _engine(
    "input",
    "{what}, which the engine spark does not take.",
    "Give it Parquet files of the report table, as `groundtruce intake --format parquet` writes them, and ask "
    "for no more than links and incidents.",
)
FAILED = _engine(
    "failed",
    "Spark stopped before the work was done: {cause}.",
    "Nothing was written. Look at the workers' logs; docs/how-to/fuse-on-a-cluster.md has what they need.",
    500,
)
