"""The command line: one module for each command, gathered here."""

import sys

import typer

from groundtruce.cli import (
    agreement,
    assess,
    demo,
    evidence,
    explain,
    fuse,
    init,
    intake,
    record,
    replay,
    report,
    review,
    serve,
    verify,
)

__all__ = ["app", "main"]

app = typer.Typer(
    name="groundtruce",
    help="The shared record of a ceasefire: from reports to incidents, verdicts and a daily report.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("init")(init.init)
app.command("intake")(intake.intake)
app.command("fuse")(fuse.fuse_reports)
app.command("assess")(assess.assess_table)
app.command("explain")(explain.explain_incident)
app.command("replay")(replay.replay)
app.command("verify")(verify.verify)
app.command("serve")(serve.serve)
app.add_typer(agreement.app, name="agreement")
app.add_typer(report.app, name="report")
app.add_typer(review.app, name="review")
app.add_typer(record.app, name="record")
app.add_typer(evidence.app, name="evidence")


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
