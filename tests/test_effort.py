"""No test depends on the speed of the machine: what would is found in the source of the tests."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import ROOT

_CLOCKS = frozenset(
    {"monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "sleep"}
    | {"process_time_ns", "thread_time", "time", "time_ns"}
)
_LEAST_S = 60
_COUNTED = frozenset({"deadline", "max_examples"})
_MAY = frozenset({"tests/effort.py", "tests/test_effort.py"})
_MAY_COUNT = frozenset({"tests/web/api/test_schema.py"})
"""Schemathesis draws the same few cases each time: they are for each of some hundred addresses."""


def _faults(source: str) -> Iterator[tuple[int, str]]:
    """Return the line and the reason of each thing that depends on how fast the machine is."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            names = {name.name for name in node.names} & _CLOCKS
            yield from ((node.lineno, f"time.{name}") for name in names)
        if isinstance(node, ast.Import) and any(name.name == "time" for name in node.names):
            yield node.lineno, "time"
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        for word in node.keywords:
            if word.arg in _COUNTED:
                yield node.lineno, word.arg
            if word.arg == "timeout" and _is_short(word.value):
                yield node.lineno, "a short timeout"
        if called in {"join", "wait", "result", "settimeout"} and any(
            map(_is_short, node.args[:1])
        ):
            yield node.lineno, f"a short {called}"


def _is_short(value: ast.expr) -> bool:
    return (
        isinstance(value, ast.Constant)
        and isinstance(value.value, int | float)
        and value.value < _LEAST_S
    )


def test_no_test_depends_on_the_speed_of_the_machine() -> None:
    """No clock, no deadline and no wait shorter than a minute outside of `tests/effort.py`."""
    found = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name in _MAY:
            continue
        for line, fault in _faults(path.read_text(encoding="utf-8")):
            if not (name in _MAY_COUNT and fault in _COUNTED):
                found.append(f"{name}:{line}: {fault}")
    assert found == [], "use tests/effort.py"


@pytest.mark.parametrize(
    "source",
    [
        "from time import perf_counter",
        "import time",
        "@settings(deadline=None)\ndef test(): ...",
        "@settings(max_examples=1000)\ndef test(): ...",
        "process.wait(timeout=30)",
        "thread.join(5)",
        "connection.settimeout(0.05)",
        "future.result(1.5)",
    ],
)
def test_each_such_thing_is_found(source: str) -> None:
    """A guard that finds nothing would be of no use."""
    assert list(_faults(source))


@pytest.mark.parametrize("source", ["wait_until(done, 'it')", "thread.join()", "', '.join('ab')"])
def test_what_waits_for_something_is_let_be(source: str) -> None:
    """Also a wait without an end: it waits for its condition."""
    assert not list(_faults(source))


def test_the_files_that_may_are_there() -> None:
    """An exception for a file that is gone would be forgotten."""
    assert all(Path(ROOT / name).is_file() for name in _MAY | _MAY_COUNT)
