"""What an operator sees: the figures of an app for Prometheus, and its log, one line of JSON for each event.

* A fault says where in the program it arose, not with which values.
"""

import sys
import traceback
from typing import Any, cast

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from structlog.typing import EventDict, FilteringBoundLogger

__all__ = ["Watch", "locate_error", "make_logger"]

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def make_logger(*, quiet: bool = False) -> FilteringBoundLogger:
    """Return the logger of the server: JSON lines on standard error, or nowhere."""
    logger = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[
            *([_drop_event] if quiet else []),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    return cast(FilteringBoundLogger, logger)


def _drop_event(logger: object, method: str, event: EventDict) -> EventDict:
    raise structlog.DropEvent


class Watch:
    """The figures of one app, in a registry of its own."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "groundtruce_requests",
            "Requests that were answered",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "groundtruce_request_seconds",
            "Time from a request's head to the end of its answer",
            ["route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "groundtruce_requests_in_flight", "Requests being answered", registry=self.registry
        )
        self.faults = Counter(
            "groundtruce_faults", "Faults of the server itself", registry=self.registry
        )
        self.changes = Counter(
            "groundtruce_view_changes", "Changes of the view", registry=self.registry
        )
        self.change_seconds = Gauge(
            "groundtruce_view_change_seconds",
            "Time from a new head of the record to the view of it, the last time",
            registry=self.registry,
        )
        self.view_rows = Gauge(
            "groundtruce_view_rows", "Rows of the view", ["table"], registry=self.registry
        )

    def text(self) -> bytes:
        """Return the figures as Prometheus reads them."""
        return generate_latest(self.registry)


def locate_error(error: BaseException) -> dict[str, Any]:
    """Return where an error arose: types, files and lines, no values."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return {
        "error": type(error).__name__,
        "frames": [
            f"{frame.filename.rpartition('groundtruce/')[2]}:{frame.lineno}" for frame in frames
        ],
    }
