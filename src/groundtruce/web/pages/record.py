"""The record explorer: logs and who vouches for them, entries one by one, and proofs checked in the page."""

from collections.abc import Mapping

from fastapi import APIRouter

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.node.checking.proof import entry_files, read_entry
from groundtruce.node.history import list_known_states
from groundtruce.node.node import Node
from groundtruce.node.register import Member
from groundtruce.node.replay import grade_logs
from groundtruce.record.statement.statement import Statement, parse_statement
from groundtruce.record.tlog.leaf import statement_id
from groundtruce.record.tlog.tile import Erased
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import make_endpoint, page
from groundtruce.web.wording.cosigners import list_trusted_keys, name_log
from groundtruce.web.wording.entry import EntryLine, describe_entry, list_content
from groundtruce.web.wording.page import render_page

__all__ = ["router"]

router = APIRouter()

_ROWS = 50
_TYPES = {"json": "application/json", "yaml": "application/yaml"}
_TEXT = "text/plain; charset=utf-8"


@page(router, "/record")
def record(context: Context) -> str:
    """Show the heads of the record state, who cosigned them, and former states."""
    node, state = context.place.node, context.view_info.state
    if node is None or state is None:
        return render_page(context, "record.html", states=(), graded={}, state="", node=None)
    return render_page(
        context,
        "record.html",
        node=node,
        states=list_known_states(node),
        graded=grade_logs(node, state),
        state=bytes(state).decode(),
    )


@page(router, "/record/verify")
def verify(context: Context) -> str:
    """Check a proof in the page."""
    return render_page(context, "verify.html", entry=None, **list_trusted_keys(context.place.node))


@page(router, "/record/{log}", {"after"})
def log(context: Context, log: str) -> str:
    """Show the entries of a log, the latest first."""
    node = _node(context)
    member = _member(node, log)
    size = node.read(member).checkpoint.head.size
    end = min(size, _index(context.after) if context.after else size)
    start = max(0, end - _ROWS)
    lines: list[EntryLine] = [
        describe_entry(context.words, place) for place in node.read(member).entries(start, end)
    ]
    return render_page(
        context,
        "log.html",
        member=member,
        lines=lines[::-1],
        size=size,
        older=str(start) if start else None,
        newer=str(end + _ROWS) if end < size else None,
    )


@page(router, "/record/{log}/{index}")
def entry(context: Context, log: str, index: str) -> str:
    """Show one entry: what it says, its place, and its proof."""
    node = _node(context)
    member = _member(node, log)
    log_entry = read_entry(node, member.origin, _index(index))
    statement = None if isinstance(log_entry.body, Erased) else parse_statement(log_entry.body)
    return render_page(
        context,
        "entry.html",
        member=member,
        index=log_entry.index,
        size=node.read(member).checkpoint.head.size,
        leaf=log_entry.leaf,
        statement=statement,
        line=describe_entry(context.words, log_entry),
        content=list_content(statement) if statement else (),
        identifier=_identifier(log_entry.body, statement),
        entry=f"/record/{name_log(member.origin)}/{log_entry.index}/",
        files=sorted(entry_files(node, member.origin, log_entry.index)),
        **list_trusted_keys(node),
    )


def _file(context: Context, values: Mapping[str, str]) -> tuple[bytes, str]:
    """Return a file of the proof of an entry."""
    node = _node(context)
    member = _member(node, values["log"])
    files = entry_files(node, member.origin, _index(values["index"]))
    name = values["file"]
    if name not in files:
        raise GroundtruceError(Problem.WEB_UNKNOWN, what=Phrase("file"), id=name[:60])
    return files[name], _TYPES.get(name.rpartition(".")[2], _TEXT)


router.add_api_route(
    "/record/{log}/{index}/{file}",
    make_endpoint(_file, (), html=False),
    methods=["GET", "HEAD"],
    include_in_schema=False,
)


def _node(context: Context) -> Node:
    if context.place.node is None:
        raise GroundtruceError(Problem.WEB_UNKNOWN, what=Phrase("record"), id=context.address.path)
    return context.place.node


def _member(node: Node, log: str) -> Member:
    """Return the member whose log an address names; raises GroundtruceError."""
    for member in node.register.members.values():
        if name_log(member.origin) == log:
            return member
    raise GroundtruceError(Problem.WEB_UNKNOWN, what=Phrase("log"), id=log[:60])


def _index(text: str) -> int:
    """Return the number of an entry in an address; raises GroundtruceError."""
    if not text.isascii() or not text.isdigit() or len(text) > len(str(2**63)):
        raise GroundtruceError(Problem.WEB_UNKNOWN, what=Phrase("entry"), id=text[:60])
    return int(text)


def _identifier(body: bytes | Erased, statement: Statement | None) -> str:
    """Return the identifier of a statement, whether or not it is erased or can be read."""
    if isinstance(body, Erased):
        return body.identifier.hex()
    return statement.identifier.hex() if statement else statement_id(body).hex()
