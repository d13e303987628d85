"""What a command says: messages and progress to standard error, a summary to standard output.

* `--json` prints one object; without it the summary is text for people.
* A catalogued problem is told in its own words and ends the command with its exit status.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from unicodedata import category

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from groundtruce.intake.quarantine import Quarantined, tabulate_quarantined
from groundtruce.model.problem import ExitStatus, GroundtruceError, Problem
from groundtruce.model.serial import write_table

__all__ = [
    "QUARANTINE",
    "finish",
    "print_lines",
    "print_summary",
    "quarantine_file",
    "refuse_overwriting",
    "report_problems",
    "show_progress",
]

QUARANTINE = "quarantine.csv"

_STEERS = ("Cc", "Cs")
"""Unicode categories of control characters and of lone surrogates."""

_console = Console(stderr=True, highlight=False, soft_wrap=True)


def print_lines(*lines: str) -> None:
    """Print lines for people to standard error, without reading markup in them."""
    for line in lines:
        _console.print(_printable(line), markup=False)


@contextmanager
def show_progress(title: str, total: int) -> Iterator[Callable[[str], None]]:
    """Show a bar of `total` steps on a terminal; yields a function that begins the next step."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=_console,
        transient=True,
        disable=not _console.is_terminal,
    )
    with bar:
        task = bar.add_task(title, total=total)
        begun = False

        def begin(step: str) -> None:
            nonlocal begun
            if begun:
                bar.advance(task)
            begun = True
            bar.update(task, description=step)

        yield begin


@contextmanager
def report_problems(*, as_json: bool) -> Iterator[None]:
    """Tell a catalogued problem in its own words and exit with its status."""
    try:
        yield
    except GroundtruceError as error:
        if as_json:
            _print_json({"problem": error.as_json()})
        print_lines(f"{error.sentence} {error.advice} [{error.problem.code}]")
        sys.exit(int(error.problem.exit_status))


def finish(
    summary: Mapping[str, object],
    lines: Sequence[str],
    quarantined: Sequence[Quarantined],
    *,
    as_json: bool,
    folder: Path | None,
) -> None:
    """Print the summary and exit: 0 when done, 1 when rows were quarantined."""
    print_summary(
        {**summary, "quarantined": len(quarantined)} if as_json else summary, lines, as_json=as_json
    )
    if quarantined:
        print_lines(
            f"{len(quarantined):,} rows were quarantined"
            + (f": {folder / QUARANTINE}" if folder else "; --out FOLDER writes them to a file."),
            f"The first: {quarantined[0].told} {quarantined[0].remedy} "
            f"[{quarantined[0].problem.code}]",
        )
        sys.exit(int(ExitStatus.QUARANTINED))


def print_summary(summary: Mapping[str, object], lines: Sequence[str], *, as_json: bool) -> None:
    """Print the summary of a command that sets no rows aside."""
    if as_json:
        _print_json(summary)
    else:
        sys.stdout.write("\n".join(map(_printable, lines)) + "\n")


def quarantine_file(quarantined: Sequence[Quarantined]) -> dict[str, bytes]:
    """Return the quarantine as a file by name, or nothing."""
    if not quarantined:
        return {}
    return {QUARANTINE: write_table(tabulate_quarantined(quarantined), ".csv")}


def refuse_overwriting(inputs: Sequence[Path], folder: Path, names: Sequence[str]) -> None:
    """Raise GroundtruceError when an output would overwrite an input."""
    outputs = {os.path.realpath(folder / name) for name in names}
    for path in inputs:
        if os.path.realpath(path) in outputs:
            raise GroundtruceError(Problem.OUTPUT_IS_INPUT, file=str(path))


def _print_json(value: Mapping[str, object]) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    sys.stdout.write(text.encode("utf-8", "replace").decode() + "\n")


def _printable(text: str) -> str:
    """Return the text without what could steer a terminal or cannot be encoded.

    Names of files and columns come from others.
    """
    return "".join("\N{REPLACEMENT CHARACTER}" if category(c) in _STEERS else c for c in text)
