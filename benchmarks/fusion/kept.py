"""Results of finished runs, kept as JSON lines so that a benchmark that was stopped goes on where it was.

A result counts for the sources that it was measured with: fusion itself, and what generates, runs and scores.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import groundtruce.fusion

__all__ = ["Kept", "digest"]

_MEASURING = (
    "answer",
    "command",
    "generator",
    "meltt_peer",
    "metric",
    "ours",
    "run",
    "splink_peer",
)


def digest() -> str:
    """Return the SHA-256 of the sources that decide what a run gives."""
    own = Path(__file__).parent
    sources = [
        *sorted(Path(groundtruce.fusion.__path__[0]).glob("*.py")),
        *(own / f"{name}.py" for name in _MEASURING),
    ]
    texts = [f"{path.name}\n{path.read_text('utf-8')}" for path in sources]
    return sha256("\0".join(texts).encode()).hexdigest()


class Kept:
    """Results by case, in a file of which each line is one run."""

    def __init__(self, path: Path, of: str, *, fresh: bool = False) -> None:
        self._path, self.of = path, of
        if fresh:
            path.unlink(missing_ok=True)
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        entries = [json.loads(line) for line in lines]
        self._found = {
            _key(entry["case"]): entry["figures"] for entry in entries if entry["digest"] == of
        }

    def get(self, case: Mapping[str, object]) -> dict[str, object] | None:
        """Return the figures of a case that was measured before."""
        return self._found.get(_key(case))

    def put(self, case: Mapping[str, object], figures: Mapping[str, object]) -> None:
        """Keep the figures of a case."""
        self._found[_key(case)] = dict(figures)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        entry = {"digest": self.of, "case": dict(case), "figures": dict(figures)}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, sort_keys=True) + "\n")


def _key(case: Mapping[str, object]) -> str:
    return json.dumps(case, sort_keys=True)
