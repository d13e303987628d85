"""What `groundtruce fuse` is asked for: a method, and beside links and incidents reasons, estimates, redirects."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from groundtruce.fusion.fuse import Fused
from groundtruce.fusion.incremental.redirect import find_redirects
from groundtruce.fusion.method import FusionMethod, parse_method
from groundtruce.fusion.review.estimate import PERIODS, chances, count_intervals, slices_of
from groundtruce.fusion.review.reason import reasons
from groundtruce.intake.library import read_document
from groundtruce.intake.read import read_table
from groundtruce.model.message import Phrase
from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.model.serial import write_table
from groundtruce.model.table import ESTIMATES, LINKS, REASONS, REDIRECTS, REPORTS

__all__ = ["Asked", "By", "MethodFile", "Previous", "Reasons", "method_file", "method_of"]

METHOD = "method.json"

MethodFile = Annotated[
    Path | None,
    typer.Option(
        "--method",
        help="A method as JSON, as the method.json of an earlier run: the same weights again.",
        show_default="learned from the reports",
    ),
]
Previous = Annotated[
    Path | None,
    typer.Option(
        "--previous",
        help="The links of an earlier run: writes where each incident that is gone leads to.",
        show_default=False,
    ),
]
By = Annotated[
    list[str] | None,
    typer.Option(
        "--by",
        help="day, week, month or a column: writes how many incidents each slice has, with its interval of 90 %.",
        show_default=False,
    ),
]
Reasons = Annotated[
    bool, typer.Option("--reasons", help="Write why each report stands where it stands.")
]


def method_of(path: Path | None) -> FusionMethod:
    """Return the method of a file, or the program's own; raises GroundtruceError."""
    return FusionMethod() if path is None else parse_method(str(path), read_document(path))


def method_file(method: FusionMethod) -> dict[str, bytes]:
    """Return the file that holds a method, by its name: the same weights again for whoever has it."""
    return {METHOD: json.dumps(method.as_json(), sort_keys=True, indent=1).encode() + b"\n"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """By which method, and what is asked for beside links and incidents."""

    method: FusionMethod
    by: tuple[str, ...] = ()
    previous: Path | None = None
    reasons: bool = False

    def names(self, ending: str) -> list[str]:
        """Return the names of the files; raises GroundtruceError `slice.unknown`."""
        for name in self.by:
            if name not in PERIODS and name not in REPORTS.schema:
                raise GroundtruceError(Problem.SLICE_UNKNOWN, name=name)
        asked = {
            "reasons": self.reasons,
            "estimates": bool(self.by),
            "redirects": self.previous is not None,
        }
        return [METHOD, *(f"{name}{ending}" for name, wanted in asked.items() if wanted)]

    def refuse_on_spark(self) -> None:
        """Raise GroundtruceError `engine.input` where anything is asked for that needs all reports at once."""
        if self.by or self.previous is not None or self.reasons:
            raise GroundtruceError(
                Problem.ENGINE_INPUT,
                what=Phrase("An estimate, a redirect or a reason is asked for"),
            )

    def earlier(self) -> pl.DataFrame | None:
        """Return the links of the earlier run; raises GroundtruceError."""
        return None if self.previous is None else read_table(LINKS, [self.previous]).rows

    def files(
        self, reports: pl.DataFrame, fused: Fused, ending: str, earlier: pl.DataFrame | None
    ) -> dict[str, bytes]:
        """Return the files by name."""
        linked = fused.linked
        contents = method_file(replace(self.method, model=linked.model))
        if self.reasons:
            contents[f"reasons{ending}"] = write_table(reasons(linked), ending, REASONS)
        if self.by:
            chance = chances(linked, self.method.clustering)
            counted = count_intervals(chance, slices_of(reports, linked, self.by))
            contents[f"estimates{ending}"] = write_table(counted, ending, ESTIMATES)
        if earlier is not None:
            gone = find_redirects(earlier, fused.links)
            contents[f"redirects{ending}"] = write_table(gone, ending, REDIRECTS)
        return contents
