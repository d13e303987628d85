"""Tags: what an answer depends on, as one short text; who has the same answer already is sent nothing.

* An answer follows from the view, the address, the language, the cosignatures that are here, and this edition of
  the program; when none of them changed, neither did the answer.
* Tags are weak: the same page may travel compressed or not.
"""

import gzip
import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from threading import Lock

from starlette.datastructures import Headers
from starlette.responses import Response

from groundtruce.model.version import __version__

__all__ = [
    "Keeper",
    "Kept",
    "make_tag",
    "matches_tag",
    "pack_answer",
    "program_edition",
    "takes_gzip",
]

_LENGTH = 27
_WORTH_PACKING = 900
_NEVER = re.compile(r"q\s*=\s*0(\.0{0,3})?")


def make_tag(*parts: str) -> str:
    """Return the ETag of an answer that depends on these texts alone."""
    digest = sha256("\n".join(parts).encode()).hexdigest()
    return f'W/"{digest[:_LENGTH]}"'


def matches_tag(header: str | None, tag: str) -> bool:
    """Return whether an `If-None-Match` names a tag, weakly compared (RFC 9110, 13.1.2).

    `*` names any answer, and so none before it is known that there is one.
    """
    if header is None:
        return False
    named = (entity_tag.strip().removeprefix("W/") for entity_tag in header.split(","))
    return tag.removeprefix("W/") in named


def takes_gzip(header: str) -> bool:
    """Return whether an `Accept-Encoding` takes gzip (RFC 9110, 12.5.3).

    >>> takes_gzip("br, GZIP;q=0.5"), takes_gzip("gzip; q=0, identity")
    (True, False)
    """
    for coding in header.lower().split(","):
        name, _, weight = coding.partition(";")
        if name.strip() == "gzip":
            return not _NEVER.fullmatch(weight.strip())
    return False


@cache
def program_edition() -> str:
    """Return what names this edition of the program: its version, templates, scripts and words."""
    parts = sha256(__version__.encode())
    for package, folder in (("web", "templates"), ("web", "static"), ("language", "locale")):
        top = Path(str(files(f"groundtruce.{package}"))) / folder
        for path in sorted(entry for entry in top.rglob("*") if entry.is_file()):
            parts.update(str(path.relative_to(top)).encode() + path.read_bytes())
    return parts.hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer as it was given, compressed as well where that is shorter."""

    body: bytes
    packed: bytes | None
    media_type: str

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return len(self.body) + len(self.packed or b"")

    def answer(self, asked: Headers, headers: Mapping[str, str]) -> Response:
        """Return the answer to a request with these headers, packed where that is taken."""
        if asked.get("if-none-match", "").strip() == "*":
            return Response(status_code=304, headers=headers)
        if self.packed is not None and takes_gzip(asked.get("accept-encoding", "")):
            given = {**headers, "Content-Encoding": "gzip"}
            return Response(self.packed, 200, given, self.media_type)
        return Response(self.body, 200, headers, self.media_type)


def pack_answer(body: bytes, media_type: str) -> Kept:
    """Return an answer as it is kept."""
    short = gzip.compress(body, compresslevel=5, mtime=0) if len(body) > _WORTH_PACKING else None
    return Kept(body=body, packed=short, media_type=media_type)


class Keeper:
    """Answers by tag, up to a number of bytes; what was not asked for longest goes first. Threads share it."""

    def __init__(self, limit_bytes: int) -> None:
        """Begin empty."""
        self._limit, self._size = limit_bytes, 0
        self._lock = Lock()
        self._found: OrderedDict[str, Kept] = OrderedDict()
        self._making: dict[str, Lock] = {}

    def get(self, tag: str) -> Kept | None:
        """Return an answer that is kept."""
        with self._lock:
            answer = self._found.get(tag)
            if answer is not None:
                self._found.move_to_end(tag)
            return answer

    @contextmanager
    def make_once(self, tag: str) -> Iterator[None]:
        """Let one thread at a time make an answer; the others find it kept when they come to it."""
        with self._lock:
            lock = self._making.setdefault(tag, Lock())
        try:
            with lock:
                yield
        finally:
            with self._lock:
                self._making.pop(tag, None)

    def keep(self, tag: str, answer: Kept) -> None:
        """Keep an answer, unless it alone would take an eighth of the room."""
        if answer.size > self._limit // 8:
            return
        with self._lock:
            former = self._found.pop(tag, None)
            self._size += answer.size - (former.size if former else 0)
            self._found[tag] = answer
            while self._size > self._limit:
                _, gone = self._found.popitem(last=False)
                self._size -= gone.size
