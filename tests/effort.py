"""How much a run of the tests tries, and how long it waits: none of it depends on the speed of the machine.

* `make test` tries few examples of each property, other ones at each run; `make soak` tries many times as many,
  and runs the tests marked `soak`, which take minutes each.
* What happens elsewhere is waited for until it has happened: `wait_until` and `LONGEST_WAIT_S` are the only limit,
  far above what the slowest machine takes, and say what did not come.
* No test asserts how long anything took: that is what benchmarks are for.
"""

from collections.abc import Callable
from random import randrange
from time import monotonic, sleep

from hypothesis import HealthCheck, settings

__all__ = [
    "LONGEST_WAIT_MS",
    "LONGEST_WAIT_S",
    "QUICK",
    "SOAK",
    "examples",
    "is_soak",
    "pause",
    "some_of",
    "times",
    "wait_until",
]

LONGEST_WAIT_S = 300.0
"""After how long a test takes it that what it waits for will never happen."""

QUICK, SOAK = "quick", "soak"
"""The names of the profiles of hypothesis: `--hypothesis-profile=soak` chooses the other."""

_SOAK_TIMES = 20
"""How many examples `make soak` tries for each of `make test`."""

LONGEST_WAIT_MS = LONGEST_WAIT_S * 1000
"""The same for a browser."""

_PAUSE_S = 0.02

settings.register_profile(
    QUICK,
    deadline=None,
    max_examples=50,
    print_blob=True,
    # a fixture is shared by the examples of a test, which leave it as it is
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile(SOAK, settings.get_profile(QUICK), max_examples=50 * _SOAK_TIMES)
settings.load_profile(QUICK)


def is_soak() -> bool:
    """Return whether this run tries much and takes long."""
    return settings.get_current_profile_name() == SOAK


def times(count: int) -> int:
    """Return how often to try what a quick run tries `count` times."""
    return count * _SOAK_TIMES if is_soak() else count


def examples(count: int) -> settings:
    """Return the settings of a property of which a quick run tries so many examples."""
    return settings(max_examples=times(count))


def some_of(count: int, stride: int) -> range:
    """Return numbers below `count`: every one in a soak, else one in `stride`, other ones at each run."""
    return range(count) if is_soak() else range(randrange(stride), count, stride)


def wait_until(holds: Callable[[], object], what: str) -> None:
    """Return once a condition holds; `what` says for the message what was waited for."""
    until = monotonic() + LONGEST_WAIT_S
    while not holds():
        assert monotonic() < until, f"waited {LONGEST_WAIT_S:.0f} s in vain for {what}"
        pause(_PAUSE_S)


def pause(seconds: float) -> None:
    """Let others run for a moment of which nothing depends on the length."""
    sleep(seconds)
