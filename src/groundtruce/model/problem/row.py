"""Problems of rows: each sets one row aside, into the quarantine file."""

from groundtruce.model.problem.entry import CatalogueEntry, ExitStatus


def _row(code: str, sentence: str, advice: str) -> CatalogueEntry:
    return CatalogueEntry(f"row.{code}", sentence, advice, 422, ExitStatus.QUARANTINED)


FIELDS = _row(
    "fields",
    "The row has {count} fields where the header has {width}.",
    "Put texts that hold commas or line breaks in double quotes.",
)
QUOTE = _row(
    "quote",
    "A quotation mark opens and is not closed.",
    "Close it, or double the marks that belong to the text.",
)
ENCODING = _row(
    "encoding",
    "The bytes of this cell are not readable text.",
    "Export the row again as UTF-8, or name the file's encoding in a mapping file.",
)
CELL_TOO_LONG = _row(
    "cell_too_long",
    "The cell is longer than {limit} characters.",
    "Keep the text elsewhere and put its address in `reference`.",
)
JSON = _row("json", "The line is not one JSON object.", "Write one object a line.")
REQUIRED = _row("required", "The field is empty and is required.", "Fill it from the source.")
TIME = _row(
    "time",
    "This is not a time.",
    "Write ISO 8601 with an offset, as 2016-02-27T00:00:00+02:00.",
)
TIME_OFFSET = _row(
    "time_offset",
    "The time has no offset from UTC.",
    "Add the offset of the place and day, as +02:00; a mapping file can name the time zone.",
)
TIME_MISSING = _row(
    "time_missing",
    "Neither the start nor the end of the time is known.",
    "Give at least one: the time of publication is an upper bound.",
)
TIME_IMPLAUSIBLE = _row(
    "time_implausible",
    "The date lies outside {first} to {last}.",
    "A date of 1970 or 1900 usually stands for an empty cell: leave it empty or correct it.",
)
END_BEFORE_START = _row(
    "end_before_start",
    "The event ends before or when it starts.",
    "Check the order of day and month; the end is exclusive, a day ends at the next midnight.",
)
REPORTED_BEFORE = _row(
    "reported_before",
    "It was reported before it happened.",
    "One of the two dates is wrong: check both at the source.",
)
NUMBER = _row("number", "This is not a number.", "Write digits with a point, as 36.2012.")
WHOLE_NUMBER = _row(
    "whole_number", "This is not a whole number from 0.", "Write digits only; unknown is empty."
)
OUT_OF_RANGE = _row(
    "out_of_range",
    "The number lies outside {low} to {high}.",
    "Check the unit and the decimal point.",
)
COORDINATES_HALF = _row(
    "coordinates_half",
    "Only one of latitude and longitude is given.",
    "Give both, or neither and the name of the place.",
)
COORDINATES_COPIED = _row(
    "coordinates_copied",
    "Latitude and longitude are the same number.",
    "One was copied over the other, or both stand for unknown: look the place up again.",
)
CODE = _row(
    "code",
    "The code is not in the vocabulary {vocabulary}.",
    "Use a code of docs/reference/lexicon.md; a parent code is a valid, less precise answer.",
)
LANGUAGE = _row("language", "This is not a language tag.", "Write a BCP 47 tag, as ar or en-GB.")
RANGE_ORDER = _row(
    "range_order",
    "Low, best and high are not in this order.",
    "Check the three figures; leave empty what the source does not say.",
)
IDENTIFIER = _row(
    "identifier",
    "The identifier holds a bar or a control character.",
    "Use letters, digits and punctuation other than |, which separates identifiers in lists.",
)
DUPLICATE_ID = _row(
    "duplicate_id",
    "Another row has the same identifier.",
    "Give each report its own identifier; a correction is a new report.",
)
RECORDED = _row(
    "recorded",
    "A report with this identifier is recorded, and it says something else.",
    "Give the new report an identifier of its own, or correct the recorded one: --correct REASON.",
)
TOO_LONG = _row(
    "too_long",
    "The report takes more than {limit} as a statement.",
    "Shorten its text, or record the whole table as one file: --bulk.",
)
UNMAPPED = _row(
    "unmapped",
    "The mapping {mapping} says nothing about this value.",
    "Add the value to the mapping file, or correct it at the source.",
)
