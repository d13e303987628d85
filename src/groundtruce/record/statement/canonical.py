"""The JSON of statements: RFC 8785 bytes of a profile in which nothing has two readings.

* Objects, arrays, strings, integers within 2^53-1 and booleans: no floats, no null, no duplicate key.
* Strings are in Unicode form NFC and hold no lone surrogate; depth is at most 8, length at most 48 KiB
  unless the caller allows another.
* Received bytes are parsed, written again and compared; what differs is refused, so one statement has one id.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import NoReturn
from unicodedata import is_normalized

import rfc8785

from groundtruce.model.message import Phrase
from groundtruce.record.tlog.encoding import format_error
from groundtruce.record.tlog.tile import BODY_LIMIT

__all__ = ["DEPTH_LIMIT", "INTEGER_LIMIT", "Value", "canonical_json", "parse_canonical"]

DEPTH_LIMIT = 8
"""Objects and arrays inside each other; the outermost counts."""

INTEGER_LIMIT = 2**53 - 1
"""The largest integer that every reader of JSON keeps exact."""

Value = str | int | bool | Sequence["Value"] | Mapping[str, "Value"]

_WHAT = Phrase("A statement")
_HIGH = re.compile("[\ue000-\U0010ffff]")
"""Characters whose order as keys differs between UTF-16, which RFC 8785 asks for, and code points."""


def canonical_json(value: Mapping[str, Value], limit: int = BODY_LIMIT) -> bytes:
    """Return the one byte form of an object; raises GroundtruceError `record.malformed`."""
    _check(value, 1)
    content = _serialize(value)
    if len(content) > limit:
        raise format_error(
            _WHAT,
            Phrase("it has {count} bytes; {limit} are allowed", count=len(content), limit=limit),
        )
    return content


def parse_canonical(content: bytes, limit: int = BODY_LIMIT) -> dict[str, Value]:
    """Return the object whose one byte form this is; raises GroundtruceError `record.malformed`."""
    if len(content) > limit:
        raise format_error(
            _WHAT,
            Phrase("it has {count} bytes; {limit} are allowed", count=len(content), limit=limit),
        )
    try:
        text = content.decode("utf-8")
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        raise format_error(_WHAT, Phrase("it is no JSON text in UTF-8")) from None
    if not isinstance(value, dict):
        raise format_error(_WHAT, Phrase("it is no object"))
    # Most texts show at a glance that all in them is as it should be; the others are gone through.
    if "null" in text or "\\" in text or text.count("[") + text.count("{") > DEPTH_LIMIT:
        _check(value, 1)
    elif not is_normalized("NFC", text):
        raise format_error(_WHAT, Phrase("a text is not in Unicode form NFC"))
    if _serialize(value) != content:
        raise format_error(_WHAT, Phrase("it is not in the form of RFC 8785"))
    return value


def _serialize(value: Mapping[str, Value]) -> bytes:
    """Return the form of RFC 8785 of a value of the profile.

    Python's own writer writes the same, and many times faster, but for the order of some keys.
    """
    text = _ENCODER.encode(value)
    return rfc8785.dumps(value) if _HIGH.search(text) else text.encode()


def _check(value: object, depth: int) -> None:
    """Raise `record.malformed` for a value outside of the profile."""
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, bool):
        return
    elif isinstance(value, int):
        _check_integer(value)
    elif isinstance(value, Mapping | list | tuple):
        if depth > DEPTH_LIMIT:
            raise format_error(
                _WHAT, Phrase("it is nested more than {limit} deep", limit=DEPTH_LIMIT)
            )
        if isinstance(value, Mapping):
            for key in value:
                if not isinstance(key, str):
                    raise format_error(_WHAT, Phrase("a key is no text"))
                _check_text(key)
        for item in value.values() if isinstance(value, Mapping) else value:
            _check(item, depth + 1)
    else:
        raise format_error(_WHAT, Phrase("it holds a {type}", type=type(value).__name__))


def _check_integer(value: int) -> None:
    if abs(value) > INTEGER_LIMIT:
        raise format_error(_WHAT, Phrase("the integer {value} is beyond 2^53-1", value=value))


def _check_text(text: str) -> None:
    if not is_normalized("NFC", text):
        raise format_error(_WHAT, Phrase("a text is not in Unicode form NFC"))
    # the fast way to find lone surrogates
    try:
        text.encode()
    except UnicodeEncodeError:
        raise format_error(_WHAT, Phrase("a text holds half a character")) from None


def _unique_fields(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    """Return an object from its pairs; raises `record.malformed` where a name comes twice."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise format_error(_WHAT, Phrase("an object names one field twice"))
    return value


def _refuse_number(text: str) -> NoReturn:
    """Raise `record.malformed`: the profile has integers only."""
    raise format_error(_WHAT, Phrase("it holds the number {text}", text=text[:40]))


def _integer(text: str) -> int:
    """Return an integer that every reader of JSON keeps exact (RFC 7493, 2.2)."""
    if len(text) > len(str(-INTEGER_LIMIT)):
        _refuse_number(text)
    value = int(text)
    _check_integer(value)
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique_fields,
    parse_float=_refuse_number,
    parse_constant=_refuse_number,
    parse_int=_integer,
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
