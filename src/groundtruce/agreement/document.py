"""The agreement document: YAML in, `Agreement` out, and back to one spelling whose hash pins every verdict.

* The reference of the language is `docs/reference/agreement.md`; its JSON Schema is `spec/agreement.schema.json`.
* Local times are read in the agreement's own zone and written with their offset.
* `hash_terms` gives SHA-256 of the canonical JSON (RFC 8785) of the tree: terms change it, comments do not.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import rfc8785
import yaml

from groundtruce.agreement.check import check_agreement, find_misplaced_declarations
from groundtruce.agreement.duty import Declaration
from groundtruce.agreement.terms import Agreement
from groundtruce.model.document import Fault, Misplaced, Shape, find_faults, parse_document
from groundtruce.model.message import Phrase

__all__ = [
    "find_agreement_faults",
    "hash_terms",
    "parse_agreement",
    "parse_declarations",
    "write_agreement",
]


def parse_agreement(name: str, content: bytes) -> Agreement:
    """Return the agreement of a document; raises GroundtruceError `document.*`."""
    agreement, faults = find_agreement_faults(name, content)
    if agreement is None:
        raise faults[0].error(name)
    return agreement


def find_agreement_faults(name: str, content: bytes) -> tuple[Agreement | None, tuple[Fault, ...]]:
    """Return the agreement, or all that is wrong; raises GroundtruceError `document.syntax`."""
    return find_faults(name, content, Agreement, _context, _check)


class _Declared(Shape):
    declarations: tuple[Declaration, ...]


def parse_declarations(name: str, content: bytes, agreement: Agreement) -> tuple[Declaration, ...]:
    """Return what a document of its own puts on record; raises GroundtruceError `document.*`."""
    zone = {"zone": agreement.zone}
    return parse_document(
        name,
        content,
        _Declared,
        lambda _: zone,
        lambda document: find_misplaced_declarations(document.declarations, agreement),
    ).declarations


def _context(data: object) -> Mapping[str, object]:
    """Return the zone that the document names: local times cannot be read before it is known."""
    time = data.get("time") if isinstance(data, dict) else None
    zone = _zone(str(time.get("zone"))) if isinstance(time, dict) else None
    return {} if zone is None else {"zone": zone}


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _check(agreement: Agreement) -> Iterator[Misplaced]:
    if _zone(agreement.time.zone) is not None:
        yield from check_agreement(agreement)
        return
    yield Misplaced(
        ("time", "zone"),
        Phrase("{zone} is no IANA time zone", zone=agreement.time.zone),
        Phrase("Use a name such as Asia/Damascus, which knows when clocks change."),
    )


def write_agreement(agreement: Agreement) -> str:
    """Return the document in its one spelling; reading that and writing it again gives the same bytes."""
    plain = _plain(agreement)
    return yaml.safe_dump(
        plain, allow_unicode=True, sort_keys=False, width=100, default_flow_style=None
    )


def hash_terms(agreement: Agreement) -> str:
    """Return SHA-256 of the canonical JSON of the tree, in hexadecimal."""
    return hashlib.sha256(rfc8785.dumps(_plain(agreement))).hexdigest()


def _plain(agreement: Agreement) -> dict[str, Any]:
    """Return the tree as plain values, as YAML and JSON write them."""
    dumped = agreement.model_dump(by_alias=True, exclude_defaults=True)
    plain = {str(name): _value(value, agreement.zone) for name, value in dumped.items()}
    return {"groundtruce_agreement": 2, **plain}


def _value(value: Any, zone: ZoneInfo) -> Any:
    """Return what YAML and JSON know: times with the offset of the zone, lists for tuples."""
    match value:
        case datetime():
            return value.astimezone(zone).isoformat()
        case time():
            return value.isoformat()
        case dict():
            first = [name for name in ("id", "kind") if name in value]
            order = dict.fromkeys([*first, *value])
            return {str(key): _value(value[key], zone) for key in order}
        case tuple() | list():
            return [_value(element, zone) for element in value]
        case str():
            return str(value)
    return value
