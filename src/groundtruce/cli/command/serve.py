"""`groundtruce serve`: the pages of a node, its data, the files of its record, and the answers of its witness."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from groundtruce.cli.node import NodeArgument, connect_peers, open_own_node
from groundtruce.cli.output import print_lines, report_problems

__all__ = ["serve"]

_BURST_S = 10


def serve(
    node: NodeArgument,
    listen: Annotated[str, typer.Option(help="Address and port to answer at.")] = "127.0.0.1:8750",
    database: Annotated[
        str | None,
        typer.Option(
            help="Where the view is kept: sqlite:///PATH or postgresql://…",
            show_default="NODE/view.sqlite",
        ),
    ] = None,
    per_second: Annotated[
        float,
        typer.Option(
            "--requests-per-second",
            help="What one client may ask for in the long run; ten seconds of it at once.",
            min=0.1,
        ),
    ] = 50.0,
) -> None:
    """Show the view on pages and as data; serve the log and the copies of others' logs; cosign what was audited.

    Another process may record into the same node meanwhile: what it records is on the pages soon after.
    Nothing is written to the record by anyone who asks.

    Examples:

    * `groundtruce serve node/`
    * `groundtruce serve node/ --listen 0.0.0.0:8750 --database postgresql://localhost/groundtruce`
    """
    with report_problems(as_json=False):
        from groundtruce.database.backend.open import open_database
        from groundtruce.web.app import create_app
        from groundtruce.web.http.server import serve_until_stopped as answer
        from groundtruce.web.state.settings import Limits, Settings

        here = open_own_node(node)
        host, _, port = listen.rpartition(":")
        view = open_database(database or f"sqlite:///{here.view}")
        limits = Limits(requests_per_second=per_second, burst=_BURST_S * per_second)
        with connect_peers(here) as dealings:
            for head in dealings.recall_heads():
                print_lines(
                    f"The ledger was behind; it stands by {head.size} of {head.origin} again."
                )
            place = Settings(
                database=view,
                clock=lambda: datetime.now(UTC),
                node=here,
                cosign=dealings.answer,
                limits=limits,
            )
            print_lines(f"{here.delegation} answers at http://{listen}")
            answer(create_app(place, follow=True), host.strip("[]"), int(port), limits)
        view.close()
