"""The command line: one module for each command, loaded when the command is asked for."""

import sys
from collections.abc import Iterator, Mapping, MutableMapping
from functools import cache
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperGroup

__all__ = ["app", "main"]

_MODULES = {
    "demo": "demo:demo",
    "init": "init:init",
    "intake": "intake:intake",
    "fuse": "fuse:fuse_reports",
    "assess": "assess:assess_table",
    "explain": "explain:explain_incident",
    "replay": "replay:replay",
    "verify": "verify:verify",
    "serve": "serve:serve",
    "agreement": "agreement:app",
    "report": "report:app",
    "review": "review:app",
    "record": "record:app",
    "evidence": "evidence:app",
}
"""Each command with the module of this package and the name there of its function or its group of commands."""


class _Commands(Mapping[str, Any]):
    """The commands by name; one command does not wait for what the others import."""

    def __getitem__(self, name: str) -> Any:
        return _load_command(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


@cache
def _load_command(name: str) -> Any:
    module, _, attribute = _MODULES[name].partition(":")
    command = getattr(import_module(f"groundtruce.cli.command.{module}"), attribute)
    holder = typer.Typer(callback=_program, add_completion=False, rich_markup_mode="markdown")
    if isinstance(command, typer.Typer):
        holder.add_typer(command, name=name)
    else:
        holder.command(name)(command)
    return typer.main.get_group(holder).commands[name]


class _Group(TyperGroup):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = cast("MutableMapping[str, Any]", _Commands())


def _program() -> None:
    """Stand above the commands, so that even one alone is called by its name."""


app = typer.Typer(
    cls=_Group,
    callback=_program,
    name="groundtruce",
    help="The shared record of a ceasefire: from reports to incidents, verdicts and a daily report.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line; the entry point of the installed program."""
    try:
        app()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. Nothing was left half-written.\n")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)


if __name__ == "__main__":
    main()
