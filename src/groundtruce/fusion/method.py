"""The method of fusion as it is recorded: its version, how groups are scored, and a frozen model if any."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from groundtruce.fusion.clustering.agglomerate import Clustering
from groundtruce.fusion.matching.model import MODEL_VERSION, FusionModel
from groundtruce.fusion.matching.source_bias import Habit
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem

__all__ = ["FusionMethod", "parse_method"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionMethod:
    """With the reports and people's decisions it decides every link.

    Without a model, the model is learned from the reports themselves: the same reports, the same model.
    """

    version: str = MODEL_VERSION
    clustering: Clustering = field(default_factory=Clustering)
    model: FusionModel | None = None
    declared: Mapping[str, Habit] = field(default_factory=dict)
    """Habits of sources that are known; they come before what is learned."""

    def as_json(self) -> dict[str, object]:
        """Return the method as a JSON object."""
        return {
            "version": self.version,
            "clustering": asdict(self.clustering),
            "model": None if self.model is None else self.model.as_json(),
            "declared": {name: habit.as_json() for name, habit in sorted(self.declared.items())},
        }

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> "FusionMethod":
        """Return the method of a JSON object; raises ValueError, TypeError or KeyError when it is none."""
        if document["version"] != MODEL_VERSION:
            raise ValueError(f"version {document['version']}")
        clustering, model = document["clustering"], document["model"]
        declared = document["declared"]
        if not isinstance(clustering, Mapping) or not isinstance(model, Mapping | None):
            raise TypeError("clustering and model are objects")
        if not isinstance(declared, Mapping):
            raise TypeError("declared is an object")
        return cls(
            clustering=Clustering(**clustering),
            model=None if model is None else FusionModel.from_json(model),
            declared={name: Habit.from_json(habit) for name, habit in declared.items()},
        )

    def describe(self) -> dict[str, object]:
        """Return the method in short, the model by its SHA-256."""
        said = "learned from the reports" if self.model is None else self.model.digest
        return {**self.as_json(), "model": said}


def parse_method(name: str, content: bytes) -> FusionMethod:
    """Return the method of a document; raises GroundtruceError `document.field`."""
    try:
        return FusionMethod.from_json(json.loads(content))
    except (ValueError, TypeError, KeyError, AttributeError, AssertionError) as error:
        raise GroundtruceError(
            Problem.DOCUMENT_FIELD,
            file=name,
            line=1,
            column=1,
            where=Phrase("a parameter"),
            cause=Phrase("it is not known here"),
            remedy=Phrase(
                "Record the method anew with a version that knows it, or take the method.json of a run of fuse."
            ),
        ) from error
