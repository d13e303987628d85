"""Threads: work in shares, a few at once; the outcomes come in the order of the shares, however many run."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["THREADS", "in_order"]

THREADS = 2
"""Shares that are worked on at once; kernels and columns let go of the interpreter's lock."""

_Share = TypeVar("_Share")
_Outcome = TypeVar("_Outcome")


def in_order(work: Callable[[_Share], _Outcome], shares: Iterable[_Share]) -> Iterator[_Outcome]:
    """Yield the outcome of each share in their order, a few of them at work ahead."""
    waiting: deque[Future[_Outcome]] = deque()
    with ThreadPoolExecutor(THREADS) as threads:
        for share in shares:
            waiting.append(threads.submit(work, share))
            if len(waiting) > 2 * THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
