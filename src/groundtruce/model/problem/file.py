"""Problems of files: what cannot be read or written as a whole."""

from groundtruce.model.problem.entry import CatalogueEntry


def _file(code: str, sentence: str, advice: str, http_status: int = 400) -> CatalogueEntry:
    return CatalogueEntry(f"file.{code}", sentence, advice, http_status)


MISSING = _file(
    "missing", "{file} does not exist.", "Check the path; a link must lead to a file.", 404
)
DIRECTORY = _file(
    "directory", "{file} is a directory.", "Name the files in it, for example {file}/*.csv."
)
SPECIAL = _file(
    "special",
    "{file} is a device, pipe or socket.",
    "Save the data as a regular file first; a rerun must be able to read the same bytes.",
)
UNREADABLE = _file(
    "unreadable",
    "{file} cannot be opened: {cause}.",
    "Ask its owner for permission to read it, or copy it to a place where you may.",
    403,
)
EMPTY = _file(
    "empty",
    "{file} holds no header and no rows.",
    "Export it again; a table starts with a row of column names.",
)
FORMAT = _file(
    "format",
    "{file} has an ending that is not known.",
    "Rename it to .csv, .csv.gz, .parquet or .jsonl, whichever it is.",
    415,
)
CONTENT = _file(
    "content",
    "{file} is named as {expected} but holds {found}.",
    "Unpack or convert it, or give it the ending of what it holds.",
    415,
)
DAMAGED = _file(
    "damaged",
    "{file} is damaged or incomplete: {cause}.",
    "Copy or export it again; nothing of it was used.",
)
BOMB = _file(
    "bomb",
    "{file} unpacks to more than {limit}.",
    "Check where it comes from; unpack it by hand if it is meant to be so large.",
    413,
)
TOO_LARGE = _file(
    "too_large",
    "{file} is larger than {limit}.",
    "Split it by month or by source and give all parts to one command.",
    413,
)
ENCODING = _file(
    "encoding",
    "{file} is not text in {encoding}.",
    "Save it as UTF-8, or name its encoding under `read: encodings:` of a mapping file.",
    415,
)
DELIMITER = _file(
    "delimiter",
    "The header of {file} is a single column, {header}, that holds {delimiter}.",
    "Save it with commas, or name the delimiter under `read: delimiter:` of a mapping file.",
)
HEADER_REPEATS = _file(
    "header_repeats",
    "The header of {file} names {column} more than once.",
    "Rename one of the two columns.",
)
COLUMN_RESERVED = _file(
    "column_reserved",
    "{file} has a column {column}, a name that the program keeps for itself.",
    "Rename the column.",
)
COLUMNS_MISSING = _file(
    "columns_missing",
    "{file} lacks {columns}, which the {table} table requires.",
    "Add the columns, or read it through a mapping file: --mapping FILE.",
)
COLUMNS_TOO_MANY = _file(
    "columns_too_many",
    "{file} has {count} columns; more than {limit} are not read.",
    "Check that it is a table of reports, one report a row.",
)
NO_ROWS = _file(
    "no_rows",
    "{file} has a header and no rows.",
    "Check the export; to state that nothing was seen, file a report of kind context.quiet.",
)
NO_GOOD_ROWS = _file(
    "no_good_rows",
    "None of the {count} rows can be used; the first problem is: {sentence}",
    "Correct the table, or read it through a mapping file: --mapping FILE.",
)
BAD_ROWS = _file(
    "bad_rows",
    "{count} rows of the table cannot be used; the first problem is: {sentence}",
    "Correct them; or give the table to read_reports, which sets bad rows aside.",
)
OUTPUT_UNWRITABLE = _file(
    "unwritable",
    "{file} cannot be written: {cause}.",
    "Choose another --out; nothing was left half-written.",
    500,
)
OUTPUT_IS_INPUT = _file(
    "output_is_input",
    "{file} is an input of this command and would be overwritten.",
    "Choose another --out directory.",
)
OUTPUT_EXISTS = _file(
    "output_exists",
    "{file} is there already.",
    "Choose another folder, or change the file by hand.",
)
