"""`groundtruce replay`: compute the view of a record state, fill a database with it and print its digest."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from groundtruce.cli.node import NodeArgument, open_own_node
from groundtruce.cli.option import AsJson
from groundtruce.cli.output import print_summary, report_problems, show_progress
from groundtruce.database.backend.open import open_database
from groundtruce.database.load.fill import fill
from groundtruce.intake.library import read_document
from groundtruce.model.serial import write_table
from groundtruce.node.node import Node
from groundtruce.node.replay import current_state, replay_view
from groundtruce.publish.atomic_folder import write_folder
from groundtruce.record.log.state import RecordState

__all__ = ["replay", "state_of"]


def replay(
    node: NodeArgument,
    state: Annotated[
        Path | None,
        typer.Option(
            help="A record state, as `record heads` prints it.", show_default="the latest"
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Directory for the tables.", show_default=False)
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            help="Address of the database: sqlite:///PATH or postgresql://USER@HOST/NAME.",
            show_default="NODE/view.sqlite; with --state, none",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compute incidents, assessments and obligations from a record state, and print their digest.

    Whoever holds the same record state gets the same digest, on any machine.
    A database is filled as a whole: who reads it meanwhile sees the view that stood there.

    Examples:

    * `groundtruce replay node/`
    * `groundtruce replay node/ --state state.txt --out tables/`
    * `groundtruce replay node/ --database postgresql://me@localhost/truce`
    """
    with report_problems(as_json=as_json):
        here = open_own_node(node)
        address = f"sqlite:///{here.view}" if database is None and state is None else database
        with show_progress("Replaying", 1 if address is None else 2) as begin:
            begin("Replaying the record")
            view = replay_view(here, state_of(here, state))
            if address is not None:
                begin("Filling the database")
                with closing(open_database(address)) as filled:
                    fill(filled, view)
        assert view.basis is not None
        summary: dict[str, object] = {
            "record_state": view.basis.state.digest,
            "view": view.digest,
            "tables": view.digests,
            "reports": view.reports.height,
            "incidents": view.incidents.height,
            "withheld": view.withheld,
            "quarantined": view.quarantined,
        }
        if out is not None:
            files = {
                f"{table.file}.csv": write_table(rows, ".csv", table)
                for table, rows in view.tables.items()
            }
            write_folder(out, "replay", files, summary)
    print_summary(
        summary,
        [
            f"Record state {view.basis.state.digest}",
            f"View {view.digest}",
            f"{view.reports.height:,} reports, {view.incidents.height:,} incidents; "
            f"{view.withheld} digests stay closed to this node.",
        ],
        as_json=as_json,
    )


def state_of(node: Node, path: Path | None) -> RecordState:
    """Return the state in a file, or the latest of the node; raises GroundtruceError."""
    return current_state(node) if path is None else RecordState.parse(read_document(path))
