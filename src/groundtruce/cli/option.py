"""The options and arguments that several commands share, with their help texts."""

from pathlib import Path
from typing import Annotated

import typer

from groundtruce.model.code import Language

__all__ = [
    "AgreementArgument",
    "AsJson",
    "Format",
    "LanguageOption",
    "MappingName",
    "Out",
    "ReportFiles",
]

ReportFiles = Annotated[
    list[Path],
    typer.Argument(
        help="Files of reports: .csv, .csv.gz, .parquet or .jsonl; several are one table.",
        show_default=False,
    ),
]
AgreementArgument = Annotated[
    Path,
    typer.Argument(
        help="The agreement: a document, its folder, or the name of one in the library.",
        show_default=False,
    ),
]
LanguageOption = Annotated[Language, typer.Option("--language", help="Language of the words.")]
Out = Annotated[
    Path,
    typer.Option("--out", help="Directory of the outputs; made if missing.", show_default=False),
]
MappingName = Annotated[
    str | None,
    typer.Option(
        "--mapping",
        help="Name of a packaged mapping, or path of a mapping file, for a foreign table.",
        show_default="recognised by the columns",
    ),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        help="csv, csv.gz, parquet or jsonl.",
        show_default="as the input",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object.")]
