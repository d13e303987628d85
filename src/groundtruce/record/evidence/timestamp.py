"""Time stamps (RFC 3161): an outside authority signs that certain bytes existed at its time.

* A stamp is evidence in addition to the cosignatures, never a condition of recording; others send the request, and keep
  the reply as it came.
* Verification is a function of its arguments: certificates count as of the stamped time, the machine's clock and
  network are not asked, and nothing is trusted but the roots that are given.
* The digest is SHA-256 or longer and everything that is returned is signed. Where a reply could be changed without
  breaking its signature (versions, names of algorithms, unsigned attributes), only the one regular form is accepted.
* A reply must be DER to the byte. Some authorities, `openssl ts` with `certs` set among them, embed a chain of
  certificates out of order: such replies are refused, so try an authority before relying on it.

>>> request(b"a checkpoint", lambda size: bytes(size)).hex()[:24]
'30430201013031300d060960'
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from rfc3161_client import (
    Accuracy,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.tlog.encoding import digest, format_error

__all__ = ["TimeStamp", "request_stamp", "verify_stamp"]

_NONCE = 8
"""The length that RFC 3161 (section 2.4.1) gives as an example; some authorities take no longer one."""
_BEFORE_DIGEST = bytes.fromhex("3043020101 3031300d060960864801650304020105000420")
"""A request of version 1 that begins to name a SHA-256 digest."""
_BEFORE_NONCE = bytes.fromhex("0208")
_CERTIFICATE = bytes.fromhex("0101ff")
"""The reply shall hold the certificate of the authority."""

_SIGNED_ATTRIBUTES = 0xA0
_SHA2 = {
    256: bytes.fromhex("0609608648016503040201"),
    384: bytes.fromhex("0609608648016503040202"),
    512: bytes.fromhex("0609608648016503040203"),
}
_ECDSA = {
    256: bytes.fromhex("300a06082a8648ce3d040302"),
    384: bytes.fromhex("300a06082a8648ce3d040303"),
    512: bytes.fromhex("300a06082a8648ce3d040304"),
}
_RSA = {
    256: bytes.fromhex("300d06092a864886f70d01010b0500"),
    384: bytes.fromhex("300d06092a864886f70d01010c0500"),
    512: bytes.fromhex("300d06092a864886f70d01010d0500"),
}
_RSA_UNNAMED = bytes.fromhex("300d06092a864886f70d0101010500")
"""RSA without the name of the digest, which is in a field of its own: what `openssl ts` writes."""
_ALGORITHMS = {
    (bytes([0x30, len(oid + parameters)]) + oid + parameters, signature)
    for size, oid in _SHA2.items()
    # both spellings are in use: RFC 5754 (section 2) asks to accept them
    for parameters in (b"", b"\x05\x00")
    for signature in (_ECDSA[size], _RSA[size], _RSA_UNNAMED)
}
"""The algorithms of a digest and of the signature over it that may be combined."""

_REPLY = Phrase("The time stamp")
_REQUEST = Phrase("The time-stamp request")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeStamp:
    """What an authority signed of some bytes: they existed at this time."""

    time: datetime
    """UTC, rounded down to a second: finer parts are not read."""
    accuracy: timedelta | None
    """The time may be off by this to either side; None where the authority does not say."""
    authority: str
    """The subject of its certificate, as in RFC 4514."""
    serial: int
    """Of the stamp; with the authority, its name."""


def request_stamp(digest_of: bytes, random: Callable[[int], bytes]) -> bytes:
    """Return the request to stamp these bytes, in DER; only their SHA-256 is in it (RFC 3161, 2.4.1)."""
    # 62 random bits: a DER integer of this length is positive and has no leading zeros
    nonce = bytearray(random(_NONCE))
    nonce[0] = nonce[0] & 0x3F | 0x40
    return _BEFORE_DIGEST + digest(digest_of) + _BEFORE_NONCE + bytes(nonce) + _CERTIFICATE


def verify_stamp(
    response: bytes, message: bytes, roots: bytes, asked: bytes | None = None
) -> TimeStamp:
    """Return what the reply of an authority proves about the message.

    `roots` are the trusted certificates in PEM, root authorities and any intermediate ones; `asked` is the request,
    where it was kept, and the reply must be to it. Raises GroundtruceError: `record.malformed` for what is no reply,
    request or certificate, or when the authority refused; `record.signature` for anything that is not proven.
    """
    trusted = _certificates(roots)
    nonce = None if asked is None else _nonce(asked, message)
    try:
        reply = decode_timestamp_response(response)
        if reply.status != 0:
            raise format_error(
                _REPLY,
                Phrase(
                    "the authority answered with status {status} and granted nothing",
                    status=reply.status,
                ),
            )
        if not (token := reply.time_stamp_token()):
            raise format_error(_REPLY, Phrase("it holds no stamp"))
        _check_form(token)
        info = reply.tst_info
        _verify(reply, message, trusted)
        stamped = TimeStamp(
            time=info.gen_time,
            accuracy=_accuracy(info.accuracy),
            authority=_authority(reply),
            serial=info.serial_number,
        )
    except VerificationError as error:
        raise _signature_error(Phrase("a trusted authority over these bytes")) from error
    except (ValueError, OverflowError) as error:
        # the library raises these for what is no DER and for numbers beyond reason
        raise format_error(_REPLY, Phrase("it is no time-stamp reply in DER")) from error
    if nonce is not None and info.nonce != nonce:
        raise _signature_error(Phrase("a trusted authority for this request"))
    return stamped


def _verify(reply: TimeStampResponse, message: bytes, trusted: list[x509.Certificate]) -> None:
    """Verify the signature of a reply against each trusted root (RFC 3161, 2.3); raises VerificationError."""
    try:
        VerifierBuilder(roots=trusted).build().verify_message(reply, message)
    except BaseException as error:
        # the library panics on certificates that OpenSSL does not read and `cryptography` does
        if type(error).__name__ != "PanicException":
            raise
        raise _unreadable_roots() from error


def _certificates(pem: bytes) -> list[x509.Certificate]:
    """Read certificates in PEM (RFC 7468); raises `record.malformed`."""
    try:
        return list(dict.fromkeys(x509.load_pem_x509_certificates(pem)))
    except (ValueError, x509.InvalidVersion) as error:
        raise _unreadable_roots() from error


def _unreadable_roots() -> GroundtruceError:
    return format_error(
        Phrase("The list of trusted authorities"), Phrase("it holds no certificates in PEM")
    )


def _nonce(asked: bytes, message: bytes) -> int:
    """Return the nonce of a request that `request` made for the message."""
    before = _BEFORE_DIGEST + digest(message) + _BEFORE_NONCE
    nonce = asked[len(before) : len(before) + _NONCE]
    if asked != before + nonce + _CERTIFICATE:
        raise format_error(_REQUEST, Phrase("it does not ask for a stamp of these bytes"))
    return int.from_bytes(nonce, "big")


def _check_form(token: bytes) -> None:
    """Refuse what the signature does not cover and what it does not need.

    The library has read the token as DER, so the lengths in it can be relied on.
    """
    signed_data = _inside(_inside(_inside(token)[1])[0])
    signers = _inside(signed_data[-1])
    signer = _inside(signers[0]) if len(signers) == 1 else []
    match signer:
        case [b"\x02\x01\x01", _, hashing, attributes, signing, _] if (
            signed_data[0] == b"\x02\x01\x03"
            and attributes[0] == _SIGNED_ATTRIBUTES
            and (hashing, signing) in _ALGORITHMS
        ):
            return
        case _:
            cause = Phrase("it is not signed once, in the regular form, with SHA-256 or longer")
            raise format_error(_REPLY, cause)


def _inside(element: bytes) -> list[bytes]:
    """Return the elements, with their headers, inside one element of DER."""
    contents = []
    start, end = _content(element, 0)
    while start < end:
        _, stop = _content(element, start)
        contents.append(element[start:stop])
        start = stop
    return contents


def _content(der: bytes, start: int) -> tuple[int, int]:
    """Return where the content of the element at `start` begins and ends."""
    length, begin = der[start + 1], start + 2
    if length & 0x80:
        begin += length & 0x7F
        length = int.from_bytes(der[start + 2 : begin], "big")
    return begin, begin + length


def _authority(reply: TimeStampResponse) -> str:
    """Return the subject of the certificate that the one signer names; the library has verified it."""
    (signer,) = reply.signed_data.signer_infos
    for content in reply.signed_data.certificates:
        certificate = x509.load_der_x509_certificate(content)
        # byte for byte: the same name can be spelled with another type of text
        same = certificate.issuer.public_bytes() == signer.issuer.public_bytes()
        if same and certificate.serial_number == signer.serial_number:
            return certificate.subject.rfc4514_string()
    raise _signature_error(Phrase("an authority whose certificate it holds"))


def _accuracy(given: Accuracy | None) -> timedelta | None:
    """Return the accuracy that the authority states (RFC 3161, 2.4.2)."""
    if given is None:
        return None
    # the library types leave out that each part may be missing
    parts = (given.seconds or 0, given.millis or 0, given.micros or 0)
    return timedelta(seconds=parts[0], milliseconds=parts[1], microseconds=parts[2])


def _signature_error(who: Phrase) -> GroundtruceError:
    return GroundtruceError(Problem.RECORD_SIGNATURE, what=_REPLY, who=who)
