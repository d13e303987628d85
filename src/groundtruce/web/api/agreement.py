"""The agreement as data: its clauses in three languages, and the document that is computed with, byte for byte."""

from fastapi import APIRouter
from pydantic import BaseModel

from groundtruce.agreement.terms import Clause
from groundtruce.model.code import Language
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.web.export.document import Basis, Document
from groundtruce.web.http.context import Context
from groundtruce.web.http.routing import data, raw

__all__ = ["find_clause", "router"]

router = APIRouter()
_TAGS = ("agreement",)


class ClauseOutline(BaseModel):
    """A clause by its title; the conditions are in the document."""

    clause_id: str
    kind: str
    title: dict[str, str]


class AgreementDocument(Document):
    """The terms in outline, and the document as text."""

    title: dict[str, str]
    zone: str
    clauses: tuple[ClauseOutline, ...]
    document: str


class ClauseDocument(Document):
    """One clause."""

    clause: ClauseOutline


def find_clause(context: Context, clause_id: str) -> Clause:
    """Return a clause of the agreement; raises GroundtruceError."""
    for clause in context.agreement.clauses:
        if clause.id == clause_id:
            return clause
    raise GroundtruceError(Problem.WEB_UNKNOWN, what=Phrase("clause"), id=clause_id[:60])


@data(router, "/agreement.json", AgreementDocument, tags=_TAGS)
def agreement(context: Context) -> AgreementDocument:
    """The terms under which incidents are assessed, in outline, with the whole document as YAML."""
    terms = context.agreement
    return AgreementDocument(
        basis=Basis.of(context),
        title={language.value: terms.title[language] for language in Language},
        zone=terms.zone.key,
        clauses=tuple(map(_outline_clause, terms.clauses)),
        document=context.view_info.agreement_document,
    )


@data(router, "/agreement/{clause_id}.json", ClauseDocument, tags=_TAGS)
def clause(context: Context, clause_id: str) -> ClauseDocument:
    """One clause in outline; its verdicts are in `/assessments.csv?clause=`."""
    return ClauseDocument(
        basis=Basis.of(context), clause=_outline_clause(find_clause(context, clause_id))
    )


@raw(router, "/agreement.yaml", "application/yaml; charset=utf-8")
def agreement_yaml(context: Context) -> bytes:
    """The document as it was recorded, byte for byte."""
    return context.view_info.agreement_document.encode()


def _outline_clause(clause: Clause) -> ClauseOutline:
    return ClauseOutline(
        clause_id=clause.id,
        kind=clause.kind.value,
        title={language.value: clause.title[language] for language in Language},
    )
