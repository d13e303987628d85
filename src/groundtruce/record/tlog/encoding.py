"""Strict text forms of numbers and bytes: one value has one spelling, and every other spelling is refused.

* Bytes in, value out: no locale, no Unicode digits, no translation of line ends.
* A number is `0` or starts with 1-9; base64 is padded and its unused bits are zero; hexadecimal is lower case.
* Who parses re-serialises and compares, so that no two parsers can read one text in two ways
  (`c2sp.org/tlog-checkpoint`, `c2sp.org/signed-note`).
"""

import re
from base64 import b64decode, b64encode
from binascii import Error
from hashlib import sha256

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem

__all__ = [
    "HASH_LENGTH",
    "LARGEST",
    "base64_bytes",
    "base64_text",
    "decimal",
    "digest",
    "format_error",
    "hex_bytes",
    "lines_of",
    "text_of",
]

HASH_LENGTH = 32
"""Bytes of a SHA-256 hash."""

LARGEST = 2**63 - 1
"""The largest size, index and POSIX time; Go and many databases hold no larger ones."""

_CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")

_DECIMAL = re.compile(rb"0|[1-9][0-9]{0,18}")
_HEX = re.compile(rb"(?:[0-9a-f]{2})*")


def format_error(what: Phrase, cause: Phrase) -> GroundtruceError:
    """Return the problem of bytes that no conforming program writes."""
    return GroundtruceError(Problem.RECORD_MALFORMED, what=what, cause=cause)


def digest(content: bytes) -> bytes:
    """Return SHA-256."""
    return sha256(content).digest()


def decimal(text: bytes, what: Phrase) -> int:
    """Return a number between 0 and 2^63-1; raises GroundtruceError `record.malformed`."""
    if _DECIMAL.fullmatch(text) is None or (value := int(text)) > LARGEST:
        raise format_error(what, Phrase("it is no decimal number from 0 to 2^63-1"))
    return value


def base64_bytes(text: bytes, what: Phrase, length: int | None = None) -> bytes:
    """Return what canonical base64 holds, of `length` bytes if given; raises `record.malformed`."""
    try:
        content = b64decode(text, validate=True)
    except (Error, ValueError):
        raise format_error(what, Phrase("it is no base64")) from None
    if b64encode(content) != text:
        raise format_error(what, Phrase("its base64 is not canonical"))
    return _of_length(content, what, length)


def base64_text(content: bytes) -> bytes:
    """Return base64 with padding."""
    return b64encode(content)


def hex_bytes(text: bytes, what: Phrase, length: int | None = None) -> bytes:
    """Return what lower-case hexadecimal holds, of `length` bytes if given; raises `record.malformed`."""
    if _HEX.fullmatch(text) is None:
        raise format_error(what, Phrase("it is no lower-case hexadecimal"))
    return _of_length(bytes.fromhex(text.decode("ascii")), what, length)


def text_of(content: bytes, what: Phrase) -> str:
    """Return UTF-8 text without control characters other than the line feed; raises `record.malformed`."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise format_error(what, Phrase("it is not UTF-8")) from None
    if _CONTROL.search(content):
        raise format_error(what, Phrase("it holds a control character"))
    return text


def lines_of(content: bytes, what: Phrase) -> list[bytes]:
    """Return the lines of text that ends in a line feed; raises `record.malformed`."""
    if not content.endswith(b"\n"):
        raise format_error(what, Phrase("its last line is not ended"))
    return content[:-1].split(b"\n")


def _of_length(content: bytes, what: Phrase, length: int | None) -> bytes:
    if length is not None and len(content) != length:
        raise format_error(
            what, Phrase("it holds {count} bytes, not {length}", count=len(content), length=length)
        )
    return content
