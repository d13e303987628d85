"""Writes the JSON Schemas of statements under `spec/`, from the tables of the code.

Usage: `.venv/bin/python tools/schemas.py` (rewrites), or with `--check` (exit 1 when a file is out of date).
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from groundtruce.record import kind, statement
from groundtruce.record.kind import VERSION, Kind

FOLDER = Path(__file__).resolve().parents[1] / "spec" / "statement" / f"v{VERSION}"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> Iterator[tuple[str, dict[str, object]]]:
    """Yield file names and schemas: the statement, and the content of each kind."""
    yield "statement.schema.json", _named("A statement", statement.json_schema())
    for one in Kind:
        title = f"The content of a statement of kind {one}"
        yield f"{one}.schema.json", _named(title, kind.json_schema(one))


def _named(title: str, schema: dict[str, object]) -> dict[str, object]:
    return {"$schema": _DIALECT, "title": title, **schema}


def main() -> int:
    """Write the schemas, or compare them; returns the exit status."""
    stale, writes = [], "--check" not in sys.argv
    if writes:
        FOLDER.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas():
        path, text = FOLDER / name, json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        if writes:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    known = {name for name, _ in schemas()}
    stale += [path.name for path in sorted(FOLDER.glob("*")) if path.name not in known]
    for name in stale:
        print(f"{FOLDER / name} is not what the code says; run tools/schemas.py")
    return int(bool(stale))


if __name__ == "__main__":
    raise SystemExit(main())
