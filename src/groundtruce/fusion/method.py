"""The parameters of fusion, each with its reason: with the reports they decide every link.

Scores are natural-log odds; a pair starts at the prior and each comparison adds or takes away.
The weights were set by judgement on hand-checked pairs and are not learned: a probability that comes
of them orders links and is not yet calibrated.
"""

from dataclasses import asdict, dataclass

__all__ = ["FusionMethod"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionMethod:
    """One version of the method; distances in metres, times in hours or days."""

    version: str = "fusion-1"

    unknown_radius_m: float = 10_000.0
    """For a point without a stated radius: a settlement and its surroundings."""
    longest_radius_m: float = 100_000.0
    """A coarser place tells too little: the report stays an incident of its own."""
    longest_days: int = 10
    """A longer interval tells too little, in the same way."""
    open_bound_days: int = 3
    """How far an unknown bound is looked for; what is published as news is seldom older."""
    crowd_limit: int = 256
    """Reports of one cell and day that are compared with each other at most; bounds the cost."""

    prior: float = -2.0
    link_at: float = 0.85
    """Log odds of 0.7: conservative, a wrong merge hides a violation and a missed one counts twice."""
    refuse_below: float = -0.5
    """No two reports of one incident may score lower than this."""

    place_scale_m: float = 25_000.0
    place_span: float = 2.0
    nearness: float = 1.0
    time_scale_hours: float = 48.0
    time_span: float = 2.0

    kind_same: float = 1.5
    kind_covered: float = 0.7
    kind_other_family: float = 0.0
    kind_differs: float = -2.5
    actor_same: float = 1.5
    actor_involved: float = 0.8
    actor_differs: float = -2.5
    involved_same: float = 1.0
    involved_overlap: float = 0.3
    involved_differs: float = -2.0
    code_same: float = 0.6
    code_covered: float = 0.3
    code_differs: float = -1.0
    killed_overlap: float = 0.8
    killed_exact: float = 1.5
    killed_few: int = 2
    """Up to here equal figures say little: one or two dead are the commonest figures."""
    killed_differs: float = -1.5

    def as_json(self) -> dict[str, object]:
        """Return the parameters by name."""
        return asdict(self)
