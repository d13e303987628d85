"""The fusion model: what agreement and difference weigh, learned from the reports themselves.

* Three classes of pairs: *match* (one incident), *sibling* (another incident of the same operation),
  *random*. For each class and field a distribution over the codes of the comparison pattern.
* Prior shares of the classes by density, that is by how many candidates the two reports have.
* For each source: how often two of its own reports are on one incident, its habits, and whom it copies.
* What is said so often that agreeing on it tells little.

As JSON it is versioned, recorded and hashed; with the reports it decides every link.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from zlib import compress, decompressobj

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.features.comparison import DENSITIES, FIELDS
from groundtruce.fusion.features.encode import CODED, Common
from groundtruce.fusion.features.text import BUCKETS
from groundtruce.fusion.matching.source_bias import Habit

__all__ = ["CLASSES", "MODEL_VERSION", "FusionModel", "offsets"]

MODEL_VERSION = "fusion-4"
CLASSES = ("match", "sibling", "random")

_Floats = NDArray[np.float64]


def offsets() -> NDArray[np.int64]:
    """Return where the codes of each field begin in a table of all codes, and the total."""
    return np.cumsum([0, *(part.size for part in FIELDS)])


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionModel:
    """`share` (3, all codes) probabilities of each class; `prior` (densities, 3) shares of the classes.

    `own` (codes,) how much more often by chance each code occurs within a source than between two.
    `repeats` for each source: the odds that two of its reports are one incident, relative to two sources.
    `text_bounds` ascending cosines that part the levels of text. `copying` pairs of sources of which one
    repeats the other, in order. `mean_size` reports of an incident, on average.
    """

    share: _Floats
    own: _Floats
    prior: _Floats
    repeats: Mapping[str, float]
    other_repeats: float
    """For a source that the model does not know."""
    text_bounds: _Floats
    common: Common
    habits: Mapping[str, Habit] = field(default_factory=dict)
    copying: tuple[tuple[str, str], ...] = ()
    mean_size: float = 1.0
    version: str = MODEL_VERSION

    def repeats_of(self, sources: tuple[str, ...]) -> _Floats:
        """Return the log of `repeats` of each source."""
        return np.log([self.repeats.get(name, self.other_repeats) for name in sources])

    def as_json(self) -> dict[str, object]:
        """Return the model as a JSON object; figures rounded to 9 digits, which is what counts."""
        parts = offsets()
        return {
            "version": self.version,
            "share": {
                name: {
                    part.name: _round(self.share[number, parts[index] : parts[index + 1]])
                    for index, part in enumerate(FIELDS)
                }
                for number, name in enumerate(CLASSES)
            },
            "own": _round(self.own),
            "prior": [_round(row) for row in self.prior],
            "repeats": {name: round(value, 9) for name, value in sorted(self.repeats.items())},
            "other_repeats": self.other_repeats,
            "text_bounds": _round(self.text_bounds),
            "common": {
                **{name.value: dict(codes) for name, codes in self.common.codes.items()},
                "actor": list(self.common.actors),
                "text": b64encode(compress(self.common.rarity.tobytes(), 9)).decode(),
            },
            "habits": {name: habit.as_json() for name, habit in sorted(self.habits.items())},
            "copying": [list(pair) for pair in self.copying],
            "mean_size": round(self.mean_size, 6),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> "FusionModel":
        """Return the model of a JSON object; raises ValueError, TypeError or KeyError when it is none."""
        if document["version"] != MODEL_VERSION:
            raise ValueError(f"version {document['version']}")
        share, repeats, common, habits, copying = (
            document[name] for name in ("share", "repeats", "common", "habits", "copying")
        )
        assert isinstance(share, Mapping)
        assert isinstance(repeats, Mapping)
        assert isinstance(common, Mapping)
        assert isinstance(habits, Mapping)
        assert isinstance(copying, list)
        table = [
            np.concatenate([np.array(share[name][part.name], float) for part in FIELDS])
            for name in CLASSES
        ]
        model = cls(
            share=np.array(table),
            own=np.array(document["own"], float),
            prior=np.array(document["prior"], float),
            repeats={str(name): float(value) for name, value in repeats.items()},
            other_repeats=float(str(document["other_repeats"])),
            text_bounds=np.array(document["text_bounds"], float),
            common=Common(
                codes={
                    name: {str(code): int(level) for code, level in common[name.value].items()}
                    for name in CODED
                },
                actors=tuple(common["actor"]),
                rarity=np.frombuffer(_unpack(common["text"]), np.uint8),
            ),
            habits={name: Habit.from_json(habit) for name, habit in habits.items()},
            copying=tuple((str(first), str(second)) for first, second in copying),
            mean_size=float(str(document["mean_size"])),
        )
        if len(model.common.rarity) not in {0, BUCKETS}:
            raise ValueError("the rarity of text has another size")
        if model.own.shape != (offsets()[-1],):
            raise ValueError("the tables have another size")
        if model.share.shape != (3, offsets()[-1]) or model.prior.shape != (DENSITIES, 3):
            raise ValueError("the tables have another size")
        return model

    def round_numbers(self) -> "FusionModel":
        """Return the model as its JSON says it, so that a learned and a recorded one decide alike."""
        return self.from_json(self.as_json())

    @property
    def digest(self) -> str:
        """SHA-256 of the JSON with sorted keys and no spaces."""
        text = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()


def _unpack(text: str) -> bytes:
    """Return what was packed, no more than there can be."""
    return decompressobj().decompress(b64decode(text), BUCKETS + 1)


def _round(values: _Floats) -> list[float]:
    return [float(f"{value:.9g}") for value in values]
