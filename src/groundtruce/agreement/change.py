"""Changes: what differs between two versions of an agreement document, part by part.

Parts with an identifier are compared with the part of the same identifier, so that a new order is no change.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import yaml

from groundtruce.agreement.document import agreement_yaml
from groundtruce.agreement.terms import Agreement

__all__ = ["Change", "ChangeKind", "changes"]


class ChangeKind(StrEnum):
    """What became of a part."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
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


def changes(old: Agreement, new: Agreement) -> tuple[Change, ...]:
    """Return all differences, in the order of the documents."""
    before, after = (yaml.safe_load(agreement_yaml(one)) for one in (old, new))
    return tuple(_differences("", before, after))


def _differences(where: str, old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    one, other = _named(old), _named(new)
    if one is None or other is None:
        yield _change(where, old, new)
        return
    for name in dict.fromkeys([*one, *other]):
        inside = f"{where}.{name}" if where else str(name)
        if name not in one:
            yield _change(inside, None, other[name])
        elif name not in other:
            yield _change(inside, one[name], None)
        else:
            yield from _differences(inside, one[name], other[name])


def _named(value: Any) -> Mapping[str, Any] | None:
    """Return the parts of a value by name, None where it has none."""
    if isinstance(value, dict):
        return value
    if (
        isinstance(value, list)
        and value
        and all(isinstance(one, dict) and "id" in one for one in value)
    ):
        return {str(one["id"]): one for one in value}
    return None


def _change(where: str, old: Any, new: Any) -> Change:
    if old is None:
        return Change(ChangeKind.ADDED, where, None, _shown(new))
    if new is None:
        return Change(ChangeKind.REMOVED, where, _shown(old), None)
    return Change(ChangeKind.CHANGED, where, _shown(old), _shown(new))


def _shown(value: Any) -> str:
    text = yaml.safe_dump(
        value, allow_unicode=True, default_flow_style=True, sort_keys=False, width=2**31
    )
    return text.removesuffix("\n").removesuffix("\n...")
