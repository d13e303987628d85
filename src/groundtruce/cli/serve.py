"""`groundtruce serve`: answer other nodes, with the files of the record and as their witness."""

from typing import Annotated

import typer

from groundtruce.cli.node import NodeArgument, exchange, opened
from groundtruce.cli.output import in_words, told
from groundtruce.federation.server import node_app

__all__ = ["serve"]


def serve(
    node: NodeArgument,
    listen: Annotated[str, typer.Option(help="Address and port to answer at.")] = "127.0.0.1:8750",
) -> None:
    """Answer others: serve the log and the copies of others' logs, and cosign what was audited.

    Another process may record into the same node meanwhile.

    Examples:

    * `groundtruce serve node/ --listen 0.0.0.0:8750`
    """
    import uvicorn

    with told(as_json=False):
        here = opened(node)
        host, _, port = listen.rpartition(":")
        with exchange(here) as dealings:
            for head in dealings.recall():
                in_words(f"The ledger was behind; it stands by {head.size} of {head.origin} again.")
            in_words(f"{here.delegation} answers at http://{listen}")
            config = uvicorn.Config(
                node_app(here.public, dealings.answer),
                host=host.strip("[]"),
                port=int(port),
                log_level="warning",
                server_header=False,
                timeout_keep_alive=5,
                limit_concurrency=100,
            )
            uvicorn.Server(config).run()
