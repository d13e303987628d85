"""The record as data: the state that the view rests on, who cosigned its heads, the states that can be asked for."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from groundtruce.node.history import list_known_states
from groundtruce.web.export.document import Basis, Document
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import data
from groundtruce.web.wording.cosigners import list_vouchers

__all__ = ["router"]

router = APIRouter()
_TAGS = ("record",)


class Cosignature(BaseModel):
    """Who cosigned, and when it last did by its own clock."""

    delegation: str
    at: datetime


class SignedHead(BaseModel):
    """A log's size and root, and who vouches for it."""

    origin: str
    delegation: str
    size: int
    root: str
    cosignatures: tuple[Cosignature, ...]


class RecordDocument(Document):
    """The heads of a record state."""

    heads: tuple[SignedHead, ...]


class State(BaseModel):
    """A record state that `as_of` can name; `subjects` are what was published of it."""

    digest: str
    statements: int
    subjects: tuple[str, ...]


class StateDocument(Document):
    """Record states, the present one first."""

    states: tuple[State, ...]


@data(router, "/record.json", RecordDocument, tags=_TAGS)
def record(context: Context) -> RecordDocument:
    """The heads that the view rests on, each with who cosigned it."""
    heads = tuple(
        SignedHead(
            origin=voucher.head.origin,
            delegation=voucher.delegation,
            size=voucher.head.size,
            root=voucher.head.root.hex(),
            cosignatures=tuple(
                Cosignature(delegation=by.name, at=by.at) for by in voucher.cosigners
            ),
        )
        for voucher in list_vouchers(context.place.node, context.view_info.state)
    )
    return RecordDocument(basis=Basis.of(context), heads=heads)


@data(router, "/record/states.json", StateDocument, tags=_TAGS)
def states(context: Context) -> StateDocument:
    """The record states that this server can show: the present one, those of published reports, those kept here."""
    node = context.place.node
    shown_states = tuple(
        State(
            digest=known_state.state.digest,
            statements=sum(head.size for head in known_state.state.heads),
            subjects=known_state.subjects,
        )
        for known_state in (list_known_states(node) if node is not None else ())
    )
    return StateDocument(basis=Basis.of(context), states=shown_states)
