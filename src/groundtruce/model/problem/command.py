"""Problems of a command line: arguments that do not go together."""

from groundtruce.model.problem.entry import CatalogueEntry

ARGUMENT = CatalogueEntry("file.argument", "{sentence}", "{advice}", 400)
SLICE_UNKNOWN = CatalogueEntry(
    "slice.unknown",
    "There is nothing to slice by in {name}.",
    "Take day, week, month or a column of the report table, as kind or place_name.",
    422,
)
NODE_OR_FILES = CatalogueEntry(
    "node.or_files",
    "Nothing says where {what}.",
    "Give {either}.",
    422,
)
