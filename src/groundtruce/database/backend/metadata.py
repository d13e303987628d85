"""What a database says of the view that it holds."""

from groundtruce.database.backend.protocol import Database
from groundtruce.database.backend.schema import SCHEMA
from groundtruce.model.problem import GroundtruceError, Problem

__all__ = ["read_metadata", "read_view_name"]


def read_view_name(database: Database) -> str | None:
    """Return the name of the view that a database holds, None where it holds none."""
    try:
        rows = database.rows("SELECT value FROM meta WHERE key = 'view'")
    except GroundtruceError as error:
        if error.problem is not Problem.DATABASE_MISSING:
            raise
        return None
    return rows[0]["value"] if rows else None


def read_metadata(database: Database) -> dict[str, str]:
    """Return what a database says of the view that it holds; empty where it holds none of this schema."""
    try:
        rows = database.rows("SELECT key, value FROM meta")
    except GroundtruceError as error:
        if error.problem is not Problem.DATABASE_MISSING:
            raise
        return {}
    values = {row["key"]: row["value"] for row in rows}
    return values if values.get("schema") == SCHEMA else {}
