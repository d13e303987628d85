"""What every document of the API begins with: the view that it is of, and what was chosen."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from groundtruce.web.http.context import Context

__all__ = ["Basis", "Chosen", "Document"]


class Chosen(BaseModel):
    """A filter of the address with its value."""

    key: str
    value: str


class Basis(BaseModel):
    """What an answer rests on: the same basis and the same address give the same answer."""

    view: str = Field(description="digest of the view")
    record_state: str | None = Field(
        description="digest of the record state; null where the rows did not come from a record"
    )
    agreement: str = Field(description="identifier and version of the agreement")
    agreement_sha256: str = Field(description="SHA-256 of the agreement's document")
    as_of: datetime = Field(description="the end of the last incident: until then the view tells")
    filters: tuple[Chosen, ...] = Field(description="what was chosen, in canonical order")

    @classmethod
    def of(cls, context: Context) -> Self:
        """Return the basis of an answer."""
        view_info = context.view_info
        return cls(
            view=view_info.view,
            record_state=view_info.state_digest,
            agreement=view_info.agreement.label,
            agreement_sha256=view_info.agreement_digest,
            as_of=view_info.as_of,
            filters=tuple(Chosen(key=key, value=value) for key, value in context.filters.pairs()),
        )


class Document(BaseModel):
    """An answer with its basis."""

    model_config = ConfigDict(extra="forbid")

    basis: Basis
