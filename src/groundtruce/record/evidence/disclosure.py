"""Fields that a statement commits to without showing them: withheld by the author, disclosed to whom it concerns.

* The form is that of SD-JWT (RFC 9901): a disclosure is the base64url text of `[salt, name, value]`, and the
  statement holds the SHA-256 of that text. Names are withheld with the values.
* The salt keeps anybody from guessing a value and comparing digests.
* The list of digests is sorted and filled up with decoys, so that neither the number nor the order of the withheld
  fields is shown; that something is withheld is.
* A digest is over the text as received: others may put spaces into their JSON. What the JSON holds is read strictly.
* A disclosure opens one listed digest and adds one new name; it never replaces what the statement says.

>>> withheld = withhold({"kind": "fire", "observer": "K. 7"}, {"observer"}, lambda size: bytes(size))
>>> withheld.kept, len(withheld.digests)
({'kind': 'fire'}, 8)
>>> texts = [disclosure.text.reveal() for disclosure in withheld.disclosures]
>>> disclose(withheld.kept, withheld.digests[-1:], []).fields
{'kind': 'fire'}
>>> disclosure = Disclosure.parse(texts[0])
>>> disclosure.value
Sensitive(...)
>>> disclose(withheld.kept, [disclosure.digest], texts).fields
{'kind': 'fire', 'observer': 'K. 7'}
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from typing import Self
from unicodedata import is_normalized

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.evidence.sealed import Sensitive
from groundtruce.record.statement.canonical import INTEGER_LIMIT
from groundtruce.record.tlog.encoding import HASH_LENGTH, format_error
from groundtruce.record.tlog.tile import BODY_LIMIT

__all__ = ["Disclosed", "Disclosure", "FieldValue", "Withheld", "disclose", "withhold"]

FieldValue = str | int
"""What a field may hold that is withheld: NFC text, or a whole number within ±(2^53-1)."""

_GROUP = 8
"""Digests are listed in multiples of this: few statements withhold more, and eight cost 0.4 kB."""
_SALT = 16
"""128 bits, the least that RFC 9901 recommends (section 9.3)."""
_SALT_TEXT = re.compile(r"[A-Za-z0-9_-]{22,128}", re.ASCII)
"""22 characters of base64url hold 132 bits; the upper bound only keeps texts small."""
_LONGEST = BODY_LIMIT * 4 // 3
"""Characters of a disclosure: its JSON is no longer than the body of a statement."""
_RESERVED = {"_sd", "..."}
"""Names that mean something else in RFC 9901."""
_WHAT = Phrase("A disclosure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """One withheld field; shows nothing of itself unless it is asked to."""

    text: Sensitive[str]
    """As made or received: the digest is over these very characters."""
    name: Sensitive[str]
    value: Sensitive[FieldValue]

    @classmethod
    def make(cls, name: str, value: FieldValue, random: Callable[[int], bytes]) -> Self:
        """Withhold one field; raises GroundtruceError `record.malformed` for what no field may hold."""
        _check_name(name, Phrase("A field to withhold"))
        _check_value(value, Phrase("The field {name}", name=name))
        content = [_base64url(random(_SALT)), name, value]
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        return cls.parse(_base64url(text))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a disclosure; raises GroundtruceError `record.malformed`, which quotes nothing of its content."""
        match _json_of(_bytes_of(text, _WHAT)):
            case [str(salt), str(name), str() | int() as value]:
                pass
            case _:
                cause = Phrase("it is no list of a salt, a name and a text or whole number")
                raise format_error(_WHAT, cause)
        if _SALT_TEXT.fullmatch(salt) is None:
            raise format_error(_WHAT, Phrase("its salt is not base64url of 128 bits or more"))
        _check_name(name, _WHAT)
        _check_value(value, _WHAT)
        return cls(text=Sensitive(text), name=Sensitive(name), value=Sensitive(value))

    @property
    def digest(self) -> str:
        """What the statement lists: base64url of the SHA-256 of the text."""
        return _digest(self.text.reveal().encode("ascii"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """The two halves of a statement's fields: what everybody reads, and what travels apart."""

    kept: Mapping[str, FieldValue]
    digests: tuple[str, ...]
    """Sorted, with decoys; for the body of the statement."""
    disclosures: tuple[Disclosure, ...]
    """By name; for the secret store, and for whom it concerns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """The fields as far as the disclosures at hand show them."""

    fields: Mapping[str, FieldValue] = field(repr=False)
    closed: tuple[str, ...]
    """Digests that nothing at hand opens: fields still withheld, and decoys, which look the same."""


def withhold(
    fields: Mapping[str, FieldValue], names: Collection[str], random: Callable[[int], bytes]
) -> Withheld:
    """Take the named fields out; `random` must be fit for keys, as `secrets.token_bytes`.

    Raises GroundtruceError: `record.missing` when there is no such field, `record.malformed` when its name or
    value may not be withheld. Where nothing is withheld, nothing is listed.
    """
    disclosures = []
    for name in sorted(set(names)):
        if name not in fields:
            raise GroundtruceError(
                Problem.RECORD_MISSING, what=Phrase("The field {name} to withhold", name=name)
            )
        disclosures.append(Disclosure.make(name, fields[name], random))
    digests = [disclosure.digest for disclosure in disclosures]
    # a decoy is a digest like any other; what it is the digest of was never kept
    digests += [_digest(random(HASH_LENGTH)) for _ in range(-len(digests) % _GROUP)]
    return Withheld(
        kept={name: value for name, value in fields.items() if name not in names},
        digests=tuple(sorted(digests)),
        disclosures=tuple(disclosures),
    )


def disclose(
    kept: Mapping[str, FieldValue], digests: Sequence[str], texts: Iterable[str]
) -> Disclosed:
    """Put back what the disclosures at hand show.

    Raises GroundtruceError: `record.malformed` for a list of digests or a disclosure that no conforming program
    writes, or for a name that is open already; `record.hash` for a disclosure that the list does not hold.
    """
    for digest in digests:
        if len(_bytes_of(digest, Phrase("A digest of a withheld field"))) != HASH_LENGTH:
            raise format_error(Phrase("A digest of a withheld field"), Phrase("it is no SHA-256"))
    if any(digest_text >= other for digest_text, other in pairwise(digests)):
        raise format_error(
            Phrase("The list of withheld fields"), Phrase("it is not sorted, or repeats a digest")
        )
    fields = dict(kept)
    listed = set(digests)
    closed = set(digests)
    for disclosure in map(Disclosure.parse, texts):
        if disclosure.digest not in listed:
            raise GroundtruceError(Problem.RECORD_HASH, what=_WHAT)
        name = disclosure.name.reveal()
        if name in fields:
            raise format_error(_WHAT, Phrase("it names a field that is open already"))
        fields[name] = disclosure.value.reveal()
        closed.discard(disclosure.digest)
    return Disclosed(fields=fields, closed=tuple(sorted(closed)))


def _check_name(name: str, what: Phrase) -> None:
    """Raise `record.malformed` for a name that no field can have."""
    _check_text(name, what)
    if not name or name in _RESERVED:
        raise format_error(what, Phrase("its name is empty or reserved"))


def _check_value(value: FieldValue, what: Phrase) -> None:
    """Raise `record.malformed` for a value that is neither a text nor an exact integer."""
    if isinstance(value, str):
        _check_text(value, what)
    # True and False are numbers to Python and words to JSON
    elif type(value) is not int or not -INTEGER_LIMIT <= value <= INTEGER_LIMIT:
        raise format_error(
            what, Phrase("its value is neither text nor a whole number within ±(2^53-1)")
        )


def _check_text(text: str, what: Phrase) -> None:
    """Raise `record.malformed` for half a character, or a text that is not in Unicode form NFC."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise format_error(what, Phrase("it holds half a character"))
    if not is_normalized("NFC", text):
        raise format_error(what, Phrase("it holds text that is not normalised (NFC)"))


def _json_of(content: bytes) -> object:
    """Read JSON whose numbers are whole; raises `record.malformed`, which quotes nothing of it."""
    try:
        return json.loads(content.decode("utf-8"), parse_int=_whole_number)
    except (ValueError, RecursionError):
        # the cause would quote what is withheld
        raise format_error(
            _WHAT, Phrase("it is no JSON, or holds a number beyond 2^53-1")
        ) from None


def _whole_number(digits: str) -> int:
    # the one number with two spellings; and int() is slow on thousands of digits
    if digits == "-0" or len(digits) > len(str(-INTEGER_LIMIT)):
        raise ValueError(digits)
    return int(digits)


def _digest(content: bytes) -> str:
    """Return the digest of a disclosure, as RFC 9901 (4.2.3) computes it."""
    return _base64url(sha256(content).digest())


def _base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _bytes_of(text: str, what: Phrase) -> bytes:
    """Return what base64url without padding holds; one value has one spelling."""
    if len(text) > _LONGEST:
        raise format_error(what, Phrase("it is longer than {limit} characters", limit=_LONGEST))
    try:
        content = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (Error, ValueError):
        raise format_error(what, Phrase("it is no base64url")) from None
    # the decoder skips what it does not know, so compare
    if _base64url(content) != text:
        raise format_error(what, Phrase("its base64url is not canonical"))
    return content
