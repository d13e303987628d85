"""Permanent identifiers: what became of an incident that is asked for and is not there."""

__all__ = ["Moved"]


class Moved(Exception):  # noqa: N818 - it is no error
    """The answer lies elsewhere, for good unless `status` says 303; `path` leads there."""

    def __init__(self, path: str, status: int = 308) -> None:
        """Name the path with its query; 303 where it is this once that the answer lies there."""
        super().__init__(path)
        self.path, self.status = path, status
