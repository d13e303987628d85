"""Groundtruce, the shared record of a ceasefire: from reports to incidents to assessments."""

from typing import Final

__all__ = ["__version__"]

__version__: Final = "0.1.0"
