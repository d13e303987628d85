"""What the server is given: a node or none, the database of the view, a clock, and the limits by which it answers.

* Here stands everything that the server does not make itself; tests give it other things and nothing is patched.
* The server reads; nothing here lets it write to the record.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from groundtruce.database.backend.protocol import Database
from groundtruce.federation.server import Cosign
from groundtruce.node.node import Node
from groundtruce.record.peers.witness import BODY_LIMIT

__all__ = ["Limits", "Settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one client may ask for, so that none disturbs the others."""

    body_bytes: int = BODY_LIMIT
    """The longest body that anything here takes: a request to cosign."""
    target_bytes: int = 8_192
    """The longest address; filters of a hundred incidents fit."""
    head_bytes: int = 16_384
    """The longest head of a request, the address included."""
    head_seconds: float = 10.0
    """Within which a head must have arrived, from the first byte or the opening of the connection."""
    body_seconds: float = 20.0
    """Within which a body must have arrived."""
    send_seconds: float = 30.0
    """For how long one part of an answer may wait for its reader."""
    requests_per_second: float = 50.0
    """What a client may ask for in the long run; a file of the record counts a fiftieth."""
    burst: float = 500.0
    """What it may ask for at once: a map that is opened asks for a hundred tiles."""
    connections: int = 2_000
    connections_per_client: int = 200
    """Behind one address there may be a whole office; the rest is for the others."""
    exports: int = 4
    """Whole tables that are sent at a time: each keeps a thread and a reader of the database."""
    makers: int = 4
    """Answers that are made at a time; more would only wait for each other."""
    kept_bytes: int = 64 * 1024 * 1024
    """Answers kept in memory until the view changes."""
    former_views: int = 8
    """Views of former record states that are kept as files; the one that was not asked for longest goes first."""
    stop_seconds: int = 20
    """For how long requests may finish after the signal to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an app serves: the database always, the files of a record where there is a node."""

    database: Database
    clock: Callable[[], datetime]
    node: Node | None = None
    cosign: Cosign | None = None
    """Answers requests to cosign; None where this server is no witness."""
    limits: Limits = field(default_factory=Limits)
