"""The exception that stops a command: a problem of the catalogue with its parts."""

from collections.abc import Mapping

from groundtruce.model.problem.catalogue import Problem

__all__ = ["GroundtruceError"]


class GroundtruceError(Exception):
    """A catalogued problem that stops a command.

    `details` are the named values of its sentence and advice.
    """

    def __init__(self, problem: Problem, **details: object) -> None:
        self.problem = problem
        self.details: Mapping[str, object] = details
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """What happened, naming the thing."""
        return self.problem.sentence(self.details)

    @property
    def advice(self) -> str:
        """What to do next."""
        return self.problem.advice(self.details)

    def as_json(self) -> dict[str, object]:
        """Return the problem as an object for `--json`."""
        return {
            "code": self.problem.code,
            "sentence": self.sentence,
            "advice": self.advice,
            "exit_status": int(self.problem.exit_status),
        }
