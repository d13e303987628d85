"""Fetching the files of a log from its address: a folder, a memory stick, a web server.

* Nothing that comes is believed here; the reader checks it against signatures and hashes.
* Answers are bounded in size and time; an address that redirects is not followed.
"""

from pathlib import Path

import httpx2

from groundtruce.federation.error import PeerUnavailable
from groundtruce.model.message import Phrase, quote
from groundtruce.record.log.read import fetch_from_folder
from groundtruce.record.tlog.tree import Fetch

__all__ = ["ANSWER_LIMIT", "fetch_from", "is_web"]

ANSWER_LIMIT = 64 << 20
"""Bytes of an answer: the largest file is one of 256 bodies; objects may be larger and are bounded too."""

_TIMEOUT_S = 20.0
_NOT_FOUND = 404
_OK = 200


def is_web(address: str) -> bool:
    """Return whether an address is one of the web and not a folder."""
    return address.startswith(("http://", "https://"))


def fetch_from(address: str, client: httpx2.Client) -> Fetch:
    """Return the files of the log at an address, by path; it raises PeerUnavailable."""
    if not is_web(address):
        return fetch_from_folder(Path(address))
    prefix = address.rstrip("/")

    def fetch(path: str) -> bytes | None:
        url = f"{prefix}/{path}"
        try:
            with client.stream("GET", url, timeout=_TIMEOUT_S) as answer:
                if answer.status_code == _NOT_FOUND:
                    return None
                if answer.status_code != _OK:
                    raise PeerUnavailable(
                        url, Phrase("it answered {status}", status=answer.status_code)
                    )
                return _read_bounded(answer, url)
        except httpx2.HTTPError as error:
            raise PeerUnavailable(url, quote(type(error).__name__)) from error

    return fetch


def _read_bounded(answer: httpx2.Response, url: str) -> bytes:
    """Return an answer's body; raises PeerUnavailable when it is too long."""
    parts, size = [], 0
    for part in answer.iter_bytes():
        size += len(part)
        if size > ANSWER_LIMIT:
            raise PeerUnavailable(
                url, Phrase("its answer is longer than {limit} MB", limit=ANSWER_LIMIT >> 20)
            )
        parts.append(part)
    return b"".join(parts)
