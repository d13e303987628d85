"""Kernels: plain loops over arrays that numba compiles; small inputs run the same lines uncompiled.

* A kernel calls no other kernel, so that its uncompiled form starts no compiler. What several kernels do
  with one pair is an inlined function: compiled into each of them, plain in their plain form.
* Compiled code is kept on disk; the first use of a version on a machine costs some seconds.
* Kernels let go of the interpreter's lock: two threads run two parts of one input.
"""

from collections.abc import Callable
from threading import Thread
from typing import Any, Generic, ParamSpec, TypeVar, cast

import numba
import numba.extending

__all__ = ["SMALL_WORK", "Kernel", "inline", "kernel", "start"]

SMALL_WORK = 60_000
"""Steps of a loop below which starting compiled code costs more than it saves."""

_P = ParamSpec("_P")
_R = TypeVar("_R")


def _forget_unreadable(cache_file: Any) -> None:
    """Let compiled code count as none where it was kept for argument classes that are gone: numba would raise."""
    load = cache_file._load_index

    def load_index() -> dict[object, object]:
        try:
            return dict(load())
        except (AttributeError, ImportError):
            return {}

    cache_file._load_index = load_index


class Kernel(Generic[_P, _R]):
    """A function in two forms with one meaning; `for_work` chooses by the number of loop steps."""

    def __init__(self, function: Callable[_P, _R]) -> None:
        self.plain = function
        compiling: Any = numba.njit(cache=True, nogil=True, error_model="numpy")
        self._dispatcher = compiling(function)
        _forget_unreadable(self._dispatcher._cache._cache_file)
        self.compiled = cast(Callable[_P, _R], self._dispatcher)

    def for_work(self, steps: int) -> Callable[_P, _R]:
        """Return the form that is quicker for `steps` steps of the loop at most: compiled code once it is there."""
        started = steps >= SMALL_WORK or self._dispatcher.signatures
        return self.compiled if started else self.plain


def kernel(function: Callable[_P, _R]) -> Kernel[_P, _R]:
    """Make a kernel of a function of arrays and numbers."""
    return Kernel(function)


def inline(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Let kernels call a function of numbers and arrays.

    Compiled kernels are kept by the date of their own module: touch it when what it calls elsewhere changes.
    """
    marked: Callable[_P, _R] = numba.extending.register_jitable(function)
    return marked


@kernel
def _nothing(steps: int) -> int:
    return steps


def start() -> None:
    """Load what compiled code runs on, beside other work that does not need it yet."""
    Thread(target=_nothing.compiled, args=(0,), daemon=True).start()
