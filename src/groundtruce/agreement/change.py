"""Changes: what differs between two versions of an agreement document, part by part.

Parts with an identifier are compared with the part of the same identifier, so that a new order is no change.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import yaml

from groundtruce.agreement.document import write_agreement
from groundtruce.agreement.terms import Agreement

__all__ = ["ChangeKind", "TermChange", "find_changes"]


class ChangeKind(StrEnum):
    """What became of a part."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class TermChange:
    """One difference: `where` names the part as people do; `old` and `new` are the values as YAML."""

    kind: ChangeKind
    where: str
    old: str | None
    new: str | None

    def __str__(self) -> str:
        """Return the change as one line."""
        if self.kind is ChangeKind.CHANGED:
            return f"{self.where}: {self.old} → {self.new}"
        return f"{self.where}: {self.kind.value} {self.new if self.old is None else self.old}"


def find_changes(old: Agreement, new: Agreement) -> tuple[TermChange, ...]:
    """Return all differences, in the order of the documents."""
    before, after = (yaml.safe_load(write_agreement(agreement)) for agreement in (old, new))
    return tuple(_differences("", before, after))


def _differences(where: str, old: Any, new: Any) -> Iterator[TermChange]:
    """Yield the differences of two values, going down where both have named parts."""
    if old == new:
        return
    old_parts, new_parts = _name_parts(old), _name_parts(new)
    if old_parts is None or new_parts is None:
        yield _change(where, old, new)
        return
    for name in dict.fromkeys([*old_parts, *new_parts]):
        inside = f"{where}.{name}" if where else str(name)
        if name not in old_parts:
            yield _change(inside, None, new_parts[name])
        elif name not in new_parts:
            yield _change(inside, old_parts[name], None)
        else:
            yield from _differences(inside, old_parts[name], new_parts[name])


def _name_parts(value: Any) -> Mapping[str, Any] | None:
    """Return the parts of a value by name, None where it has none."""
    if isinstance(value, dict):
        return value
    if (
        isinstance(value, list)
        and value
        and all(isinstance(part, dict) and "id" in part for part in value)
    ):
        return {str(part["id"]): part for part in value}
    return None


def _change(where: str, old: Any, new: Any) -> TermChange:
    if old is None:
        return TermChange(ChangeKind.ADDED, where, None, _write_value(new))
    if new is None:
        return TermChange(ChangeKind.REMOVED, where, _write_value(old), None)
    return TermChange(ChangeKind.CHANGED, where, _write_value(old), _write_value(new))


def _write_value(value: Any) -> str:
    text = yaml.safe_dump(
        value, allow_unicode=True, default_flow_style=True, sort_keys=False, width=2**31
    )
    return text.removesuffix("\n").removesuffix("\n...")
