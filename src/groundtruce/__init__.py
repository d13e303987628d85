"""Groundtruce, the shared record of a ceasefire: from reports to incidents to assessments.

The names below are the Python interface; each loads what it needs when it is first used.
"""

from typing import TYPE_CHECKING

from groundtruce.model.version import __version__

if TYPE_CHECKING:
    from groundtruce.interface import (
        Agreement,
        ArrowTable,
        Explanation,
        Fused,
        GroundtruceError,
        Reports,
        Situation,
        View,
        assess,
        explain,
        fuse,
        open_database,
        open_node,
        read_agreement,
        read_reports,
        write_explanation,
    )

__all__ = [
    "Agreement",
    "ArrowTable",
    "Explanation",
    "Fused",
    "GroundtruceError",
    "Reports",
    "Situation",
    "View",
    "__version__",
    "assess",
    "explain",
    "fuse",
    "open_database",
    "open_node",
    "read_agreement",
    "read_reports",
    "write_explanation",
]


def __getattr__(name: str) -> object:
    """Load a name of the interface when it is first used (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from groundtruce import interface

    return getattr(interface, name)


def __dir__() -> list[str]:
    """Return the names of the interface."""
    return sorted(__all__)
