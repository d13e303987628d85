"""What the operating system refused, in words that can be translated."""

import errno

from groundtruce.model.message import Phrase, quote

__all__ = ["explain_refusal"]

_REFUSALS = {
    errno.EACCES: Phrase("permission denied"),
    errno.EPERM: Phrase("operation not permitted"),
    errno.ENOENT: Phrase("no such file or directory"),
    errno.EEXIST: Phrase("file exists"),
    errno.ENOTDIR: Phrase("not a directory"),
    errno.EISDIR: Phrase("is a directory"),
    errno.ENOTEMPTY: Phrase("directory not empty"),
    errno.ENOSPC: Phrase("no space left on device"),
    errno.EDQUOT: Phrase("disk quota exceeded"),
    errno.EROFS: Phrase("read-only file system"),
    errno.EFBIG: Phrase("file too large"),
    errno.ENAMETOOLONG: Phrase("file name too long"),
    errno.ELOOP: Phrase("too many levels of symbolic links"),
    errno.EMFILE: Phrase("too many open files"),
    errno.EIO: Phrase("input/output error"),
}
"""The common refusals, in the words of the C library; others are quoted."""


def explain_refusal(error: OSError | ValueError) -> Phrase:
    """Return why a file could not be opened, read or written."""
    if isinstance(error, OSError) and error.errno in _REFUSALS:
        return _REFUSALS[error.errno]
    said = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return quote(said.lower())
