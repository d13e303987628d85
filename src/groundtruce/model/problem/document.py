"""Problems of documents: agreements, mechanisms, mappings, and what is looked for in them."""

from groundtruce.model.problem.entry import CatalogueEntry


def _document(code: str, sentence: str, advice: str) -> CatalogueEntry:
    return CatalogueEntry(f"document.{code}", sentence, advice)


SYNTAX = _document(
    "syntax",
    "{file}, line {line}, column {column}: {cause}.",
    "Correct the YAML there; indent with spaces and put texts with a colon in quotes.",
)
FIELD = _document(
    "field",
    "{file}, line {line}, column {column}, {where}: {cause}. {remedy}",
    "See docs/reference/agreement.md and docs/how-to/add-a-source.md for what a field may hold.",
)
MAPPING_UNKNOWN = _document(
    "mapping_unknown",
    "No mapping is called {name}.",
    "Use one of {known}, or the path of a mapping file of your own.",
)
MAPPING_TABLE = _document(
    "mapping_table",
    "The mapping {name} reads counts, and this command needs reports.",
    "Read counts with `groundtruce intake`; a daily report takes its result as --counts.",
)
CASES_FAILED = _document(
    "cases_failed",
    "{failed} of {count} cases of {file} do not come out as expected.",
    "Read the listed cases; correct the clause or the expectation.",
)
INCIDENT_UNKNOWN = _document(
    "incident_unknown",
    "There is no incident {id} in {file}.",
    "Take its identifier from the column incident_id.",
)
CLAUSE_UNKNOWN = _document(
    "clause_unknown",
    "No clause {id} is assessed.",
    "Choose one of {known}.",
)
DAY_EMPTY = _document(
    "day_empty",
    "No incident is dated {day}.",
    "Choose a day from {first} to {last}; silence of the sources is not calm, so none is reported.",
)
