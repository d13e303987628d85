"""Problems of the folder of a node."""

from groundtruce.model.problem.entry import CatalogueEntry

MISSING = CatalogueEntry(
    "node.missing",
    "{folder} is no node.",
    "Make one with `groundtruce init {folder}`, or name the folder of one.",
    404,
)
EXISTS = CatalogueEntry(
    "node.exists",
    "{folder} is a node already, of {delegation}.",
    "Choose another folder; a node keeps its keys and its log for ever.",
    409,
)
