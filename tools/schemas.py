"""Writes the JSON Schemas under `spec/`: of statements and of agreement documents, from the code.

Usage: `.venv/bin/python tools/schemas.py` (rewrites), or with `--check` (exit 1 when a file is out of date).
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from groundtruce.agreement.terms import Agreement
from groundtruce.record.statement import schema as kind
from groundtruce.record.statement import statement
from groundtruce.record.statement.schema import VERSION, StatementKind

SPEC = Path(__file__).resolve().parents[1] / "spec"
STATEMENTS = SPEC / "statement" / f"v{VERSION}"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> Iterator[tuple[Path, dict[str, object]]]:
    """Yield files and schemas: the statement, the content of each kind, and the agreement document."""
    yield STATEMENTS / "statement.schema.json", _named("A statement", statement.json_schema())
    for one in StatementKind:
        title = f"The content of a statement of kind {one}"
        yield STATEMENTS / f"{one}.schema.json", _named(title, kind.json_schema(one))
    document = Agreement.model_json_schema(by_alias=True)
    yield (
        SPEC / "agreement.schema.json",
        {**_named("An agreement", document), "title": "An agreement"},
    )


def _named(title: str, schema: dict[str, object]) -> dict[str, object]:
    return {"$schema": _DIALECT, "title": title, **schema}


def main() -> int:
    """Write the schemas, or compare them; returns the exit status."""
    stale, writes = [], "--check" not in sys.argv
    known = dict(schemas())
    for path, schema in known.items():
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        if writes:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(path)
    stale += [path for path in sorted(SPEC.rglob("*.schema.json")) if path not in known]
    for path in stale:
        print(f"{path} is not what the code says; run tools/schemas.py")
    return int(bool(stale))


if __name__ == "__main__":
    raise SystemExit(main())
