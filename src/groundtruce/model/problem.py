"""The catalogue of everything that can go wrong, with the words in which people are told.

* One problem, one code; the sentence, the advice, the exit status and the HTTP status stand beside it.
* The same words appear on the command line, in a quarantine file and, later, in the API and the pages.
* A sentence names the thing and the value; the advice says what to do next; neither blames anyone.

>>> problem = GroundtruceError(Problem.FILE_MISSING, file="reports.csv")
>>> problem.sentence
'reports.csv does not exist.'
>>> problem.problem.exit_status
2
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum

__all__ = ["ExitStatus", "GroundtruceError", "Problem"]


class ExitStatus(IntEnum):
    """What a command tells the shell (`design/formats.md`)."""

    DONE = 0
    QUARANTINED = 1
    UNUSABLE = 2


@dataclass(frozen=True, slots=True)
class _Words:
    code: str
    sentence: str
    advice: str
    http_status: int = 422
    exit_status: ExitStatus = ExitStatus.UNUSABLE


def _file(code: str, sentence: str, advice: str, http_status: int = 400) -> _Words:
    return _Words(f"file.{code}", sentence, advice, http_status)


def _row(code: str, sentence: str, advice: str) -> _Words:
    return _Words(f"row.{code}", sentence, advice, 422, ExitStatus.QUARANTINED)


def _document(code: str, sentence: str, advice: str) -> _Words:
    return _Words(f"document.{code}", sentence, advice)


def _decision(code: str, sentence: str, advice: str, http_status: int = 422) -> _Words:
    return _Words(f"decision.{code}", sentence, advice, http_status)


def _record(code: str, sentence: str, advice: str, http_status: int = 422) -> _Words:
    return _Words(f"record.{code}", sentence, advice, http_status)


def _query(code: str, sentence: str, advice: str) -> _Words:
    return _Words(f"query.{code}", sentence, advice, 400)


def _web(code: str, sentence: str, advice: str, http_status: int) -> _Words:
    return _Words(f"web.{code}", sentence, advice, http_status)


def _engine(code: str, sentence: str, advice: str, http_status: int = 422) -> _Words:
    return _Words(f"engine.{code}", sentence, advice, http_status)


def _database(code: str, sentence: str, advice: str, http_status: int = 503) -> _Words:
    return _Words(f"database.{code}", sentence, advice, http_status)


class Problem(Enum):
    """Every catalogued problem: `row.*` quarantine a row, all others stop the command."""

    FILE_MISSING = _file(
        "missing", "{file} does not exist.", "Check the path; a link must lead to a file.", 404
    )
    FILE_DIRECTORY = _file(
        "directory", "{file} is a directory.", "Name the files in it, for example {file}/*.csv."
    )
    FILE_SPECIAL = _file(
        "special",
        "{file} is a device, pipe or socket.",
        "Save the data as a regular file first; a rerun must be able to read the same bytes.",
    )
    FILE_UNREADABLE = _file(
        "unreadable",
        "{file} cannot be opened: {cause}.",
        "Ask its owner for permission to read it, or copy it to a place where you may.",
        403,
    )
    FILE_EMPTY = _file(
        "empty",
        "{file} holds no header and no rows.",
        "Export it again; a table starts with a row of column names.",
    )
    FILE_FORMAT = _file(
        "format",
        "{file} has an ending that is not known.",
        "Rename it to .csv, .csv.gz, .parquet or .jsonl, whichever it is.",
        415,
    )
    FILE_CONTENT = _file(
        "content",
        "{file} is named as {expected} but holds {found}.",
        "Unpack or convert it, or give it the ending of what it holds.",
        415,
    )
    FILE_DAMAGED = _file(
        "damaged",
        "{file} is damaged or incomplete: {cause}.",
        "Copy or export it again; nothing of it was used.",
    )
    FILE_BOMB = _file(
        "bomb",
        "{file} unpacks to more than {limit}.",
        "Check where it comes from; unpack it by hand if it is meant to be so large.",
        413,
    )
    FILE_TOO_LARGE = _file(
        "too_large",
        "{file} is larger than {limit}.",
        "Split it by month or by source and give all parts to one command.",
        413,
    )
    FILE_ENCODING = _file(
        "encoding",
        "{file} is not text in {encoding}.",
        "Save it as UTF-8, or name its encoding under `read: encodings:` of a mapping file.",
        415,
    )
    FILE_DELIMITER = _file(
        "delimiter",
        "The header of {file} is a single column, {header}, that holds {delimiter}.",
        "Save it with commas, or name the delimiter under `read: delimiter:` of a mapping file.",
    )
    FILE_HEADER_REPEATS = _file(
        "header_repeats",
        "The header of {file} names {column} more than once.",
        "Rename one of the two columns.",
    )
    FILE_COLUMN_RESERVED = _file(
        "column_reserved",
        "{file} has a column {column}, a name that the program keeps for itself.",
        "Rename the column.",
    )
    FILE_COLUMNS_MISSING = _file(
        "columns_missing",
        "{file} lacks {columns}, which the {table} table requires.",
        "Add the columns, or read it through a mapping file: --mapping FILE.",
    )
    FILE_COLUMNS_TOO_MANY = _file(
        "columns_too_many",
        "{file} has {count} columns; more than {limit} are not read.",
        "Check that it is a table of reports, one report a row.",
    )
    FILE_NO_ROWS = _file(
        "no_rows",
        "{file} has a header and no rows.",
        "Check the export; to state that nothing was seen, file a report of kind context.quiet.",
    )
    FILE_NO_GOOD_ROWS = _file(
        "no_good_rows",
        "None of the {count} rows can be used; the first problem is: {first}",
        "Correct the table, or read it through a mapping file: --mapping FILE.",
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
    ARGUMENT = _file("argument", "{sentence}", "{advice}")

    DOCUMENT_SYNTAX = _document(
        "syntax",
        "{file}, line {line}, column {column}: {cause}.",
        "Correct the YAML there; indent with spaces and put texts with a colon in quotes.",
    )
    DOCUMENT_FIELD = _document(
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

    ROW_FIELDS = _row(
        "fields",
        "The row has {found} fields where the header has {expected}.",
        "Put texts that hold commas or line breaks in double quotes.",
    )
    ROW_QUOTE = _row(
        "quote",
        "A quotation mark opens and is not closed.",
        "Close it, or double the marks that belong to the text.",
    )
    ROW_ENCODING = _row(
        "encoding",
        "The bytes of this cell are not readable text.",
        "Export the row again as UTF-8, or name the file's encoding in a mapping file.",
    )
    ROW_CELL_TOO_LONG = _row(
        "cell_too_long",
        "The cell is longer than {limit} characters.",
        "Keep the text elsewhere and put its address in `reference`.",
    )
    ROW_JSON = _row("json", "The line is not one JSON object.", "Write one object a line.")
    ROW_REQUIRED = _row(
        "required", "The field is empty and is required.", "Fill it from the source."
    )
    ROW_TIME = _row(
        "time",
        "This is not a time.",
        "Write ISO 8601 with an offset, as 2016-02-27T00:00:00+02:00.",
    )
    ROW_TIME_OFFSET = _row(
        "time_offset",
        "The time has no offset from UTC.",
        "Add the offset of the place and day, as +02:00; a mapping file can name the time zone.",
    )
    ROW_TIME_MISSING = _row(
        "time_missing",
        "Neither the start nor the end of the time is known.",
        "Give at least one: the time of publication is an upper bound.",
    )
    ROW_TIME_IMPLAUSIBLE = _row(
        "time_implausible",
        "The date lies outside {first} to {last}.",
        "A date of 1970 or 1900 usually stands for an empty cell: leave it empty or correct it.",
    )
    ROW_END_BEFORE_START = _row(
        "end_before_start",
        "The event ends before or when it starts.",
        "Check the order of day and month; the end is exclusive, a day ends at the next midnight.",
    )
    ROW_REPORTED_BEFORE = _row(
        "reported_before",
        "It was reported before it happened.",
        "One of the two dates is wrong: check both at the source.",
    )
    ROW_NUMBER = _row("number", "This is not a number.", "Write digits with a point, as 36.2012.")
    ROW_WHOLE_NUMBER = _row(
        "whole_number", "This is not a whole number from 0.", "Write digits only; unknown is empty."
    )
    ROW_OUT_OF_RANGE = _row(
        "out_of_range",
        "The number lies outside {low} to {high}.",
        "Check the unit and the decimal point.",
    )
    ROW_COORDINATES_HALF = _row(
        "coordinates_half",
        "Only one of latitude and longitude is given.",
        "Give both, or neither and the name of the place.",
    )
    ROW_COORDINATES_COPIED = _row(
        "coordinates_copied",
        "Latitude and longitude are the same number.",
        "One was copied over the other, or both stand for unknown: look the place up again.",
    )
    ROW_CODE = _row(
        "code",
        "The code is not in the vocabulary {vocabulary}.",
        "Use a code of docs/reference/lexicon.md; a parent code is a valid, less precise answer.",
    )
    ROW_LANGUAGE = _row(
        "language", "This is not a language tag.", "Write a BCP 47 tag, as ar or en-GB."
    )
    ROW_RANGE_ORDER = _row(
        "range_order",
        "Low, best and high are not in this order.",
        "Check the three figures; leave empty what the source does not say.",
    )
    ROW_IDENTIFIER = _row(
        "identifier",
        "The identifier holds a bar or a control character.",
        "Use letters, digits and punctuation other than |, which separates identifiers in lists.",
    )
    ROW_DUPLICATE_ID = _row(
        "duplicate_id",
        "Another row has the same identifier.",
        "Give each report its own identifier; a correction is a new report.",
    )
    ROW_RECORDED = _row(
        "recorded",
        "A report with this identifier is recorded, and it says something else.",
        "Give the new report an identifier of its own, or correct the recorded one: --correct REASON.",
    )
    ROW_TOO_LONG = _row(
        "too_long",
        "The report takes more than {limit} as a statement.",
        "Shorten its text, or record the whole table as one file: --bulk.",
    )
    ROW_UNMAPPED = _row(
        "unmapped",
        "The mapping {mapping} says nothing about this value.",
        "Add the value to the mapping file, or correct it at the source.",
    )

    RECORD_MALFORMED = _record(
        "malformed",
        "{what} is malformed: {cause}.",
        "Fetch the original bytes again; nothing of it was used.",
        400,
    )
    RECORD_MISSING = _record(
        "missing",
        "{what} is missing.",
        "Copy it from the log's owner or from any mirror; what is copied is verified.",
        404,
    )
    RECORD_SIGNATURE = _record(
        "signature",
        "{what} bears no valid signature of {who}.",
        "Do not rely on it; ask the signer, and keep these bytes.",
        403,
    )
    RECORD_HASH = _record(
        "hash",
        "{what} is not what its hash says.",
        "It was changed after it was recorded; restore it from a mirror and keep the changed copy.",
    )
    RECORD_PROOF = _record(
        "proof",
        "{what} is not proven: {cause}.",
        "Do not rely on it; ask for a proof against the latest checkpoint.",
    )
    RECORD_CHAIN = _record(
        "chain",
        "{what} does not follow from the log that holds it: {cause}.",
        "The log's owner signed it, so keep the proof that was written and tell the other delegations.",
    )
    RECORD_KEY = _record(
        "key",
        "The key of {who} cannot be used: {cause}.",
        "Ask its owner for the key again, over a second channel.",
    )
    RECORD_POLICY = _record(
        "policy",
        "Line {line} of the policy {file} cannot be used: {cause}.",
        "Correct the line; docs/reference/record.md has the form.",
    )
    RECORD_QUORUM = _record(
        "quorum",
        "The checkpoint of {origin} lacks the cosignatures that the policy asks for.",
        "Ask the witnesses: `groundtruce record cosign`; recording goes on meanwhile.",
        403,
    )
    RECORD_APPROVAL = _record(
        "approval",
        "{count} delegations approved this erasure in {origin}; the mechanism asks for more.",
        "Pass the proposal to the others: `groundtruce evidence approve`. Nothing was erased.",
        403,
    )
    RECORD_LOG_UNKNOWN = _record(
        "log_unknown",
        "The log {origin} is not in the mechanism.",
        "Add its delegation to the mechanism document first.",
        404,
    )
    RECORD_CONFLICT = _record(
        "conflict",
        "The witness last cosigned size {size} of {origin}, not {old}.",
        "Send a consistency proof from that size.",
        409,
    )
    RECORD_UNAUDITED = _record(
        "unaudited",
        "The statements of {origin} up to {size} could not be audited here: {cause}.",
        "Serve the tiles and bodies where the mechanism says, then ask again.",
        503,
    )
    RECORD_CLOCK = _record(
        "clock",
        "The clock of this node shows {now}, but there are signatures of {last} already.",
        "Set the clock right; nothing is signed until it has passed that time.",
        503,
    )
    RECORD_MISBEHAVIOUR = _record(
        "misbehaviour",
        "{origin} broke the rules of the record: {kind}.",
        "The proof is in {file}; anyone can check it with `groundtruce record verify`.",
        409,
    )
    RECORD_LOCKED = _record(
        "locked",
        "Another process is writing to {log}.",
        "Let it finish; a log has one writer.",
        423,
    )
    RECORD_FORK = _record(
        "fork",
        "The log {origin} was forked: {cause}.",
        "Rely on nothing beyond its last cosigned checkpoint; the proof is in {file}.",
        409,
    )
    RECORD_ROLLBACK = _record(
        "rollback",
        "The log {origin} was rolled back: {cause}.",
        "Stop writing to it. Restore what the mirrors hold, or open a new log that says why.",
        409,
    )
    RECORD_DISK = _record(
        "disk",
        "{file} could not be made durable: {cause}.",
        "Stop, look after the disk, then run `groundtruce record fsck`; nothing was acknowledged.",
        500,
    )
    RECORD_PEER = _record(
        "peer",
        "{peer} did not answer as agreed: {cause}.",
        "Recording goes on; try again later. A refusal is itself recorded.",
        502,
    )
    EVIDENCE_ERASED = _record(
        "erased",
        "{what} was erased; only its commitment is left.",
        "The tombstone says who approved it and why; nobody can bring it back.",
        410,
    )
    EVIDENCE_WITHHELD = _record(
        "withheld",
        "{what} is withheld here.",
        "Ask the delegation that recorded it for the disclosure.",
        403,
    )
    REPORT_STATE = _Words(
        "report.state",
        "{file} does not name the record state that it was computed from.",
        "Verify the HTML or JSON form, or keep {stem}.json beside the file.",
        422,
    )
    DECISION_REPORT_UNKNOWN = _decision(
        "report_unknown",
        "No report in the record has the identifier {id}.",
        "Take it from `groundtruce review next`, or from the column report_id of the links.",
        404,
    )
    DECISION_REPORT_SHARED = _decision(
        "report_shared",
        "Several reports have the identifier {id}: {known}.",
        "Name the one that is meant with its ending, or each of them.",
        409,
    )
    DECISION_TOO_FEW = _decision(
        "too_few",
        "A decision compares two {what} or more, and {count} is named.",
        "Name each one that it is about, once.",
    )
    DECISION_TOO_LARGE = _decision(
        "too_large",
        "The decision is about {count} {what}; one statement holds {limit} at most.",
        "Decide on some of them at a time.",
        413,
    )
    DECISION_INCIDENTS = _decision(
        "incidents",
        "The reports stand in several incidents: {known}.",
        "Split one incident at a time, or name with --from what they are told apart from.",
        409,
    )
    DECISION_WHOLE = _decision(
        "whole",
        "The incident {id} has no other reports.",
        "To tell its reports from each other, use `groundtruce review different`.",
        409,
    )
    DECISION_REASON = _decision(
        "reason",
        "The decision has no reason.",
        "Say in --reason how it is known; everyone who holds the record reads it.",
    )
    DECISION_OVERRULED = _decision(
        "overruled",
        "{one} and {other} cannot be brought together: {who} holds them apart, because “{reason}”.",
        "Only {who} can take that back, with `groundtruce review undo` and the id {statement}.",
        409,
    )
    DECISION_UNKNOWN = _decision(
        "unknown",
        "{id} is no decision of {who} that still counts.",
        "Take the id from `groundtruce review list`; a decision is taken back in the log that holds it.",
        404,
    )
    DECISION_UNCONFIRMED = _decision(
        "unconfirmed",
        "There is no terminal on which to confirm the decision.",
        "Give --yes to record it, or --dry-run to see its effect only. Nothing was recorded.",
    )
    DECISION_OUTDATED = _decision(
        "outdated",
        "Other decisions came into the record while this one waited.",
        "Look at its effect again: repeat the command. Nothing was recorded.",
        409,
    )
    ENGINE_UNKNOWN = _engine(
        "unknown",
        "There is no engine {engine}.",
        "Use local, spark, or spark=MASTER as in spark=spark://host:7077.",
    )
    ENGINE_MISSING = _engine(
        "missing",
        "Spark is not installed beside Groundtruce.",
        "Install it: pip install 'groundtruce[spark]'; or use --engine local.",
    )
    ENGINE_JAVA = _engine(
        "java",
        "Spark needs Java, and there is none.",
        "Install a Java runtime of version 17 or newer, or set JAVA_HOME; or use --engine local.",
    )
    SLICE_UNKNOWN = _Words(
        "slice.unknown",
        "There is nothing to slice by in {name}.",
        "Take day, week, month or a column of the report table, as kind or place_name.",
        422,
    )
    ENGINE_INPUT = _engine(
        "input",
        "{what}, which the engine spark does not take.",
        "Give it Parquet files of the report table, as `groundtruce intake --format parquet` writes them, and ask "
        "for no more than links and incidents.",
    )
    ENGINE_FAILED = _engine(
        "failed",
        "Spark stopped before the work was done: {cause}.",
        "Nothing was written. Look at the workers' logs; docs/how-to/fuse-on-a-cluster.md has what they need.",
        500,
    )
    DATABASE_ADDRESS = _database(
        "address",
        "{url} is not the address of a database.",
        "Write sqlite:///PATH, or postgresql://USER@HOST/NAME.",
        422,
    )
    DATABASE_MISSING = _database(
        "missing",
        "{database} holds no view that this version of the program can read.",
        "Fill it: `groundtruce replay NODE --database ADDRESS`. Nothing is lost, it follows from the record.",
    )
    DATABASE_EXTRA = _database(
        "extra",
        "The driver of PostgreSQL is not installed beside Groundtruce.",
        "Install it: pip install 'groundtruce[postgres]'; or use sqlite:///PATH.",
    )
    DATABASE_UNREACHABLE = _database(
        "unreachable",
        "{database} cannot be used: {cause}.",
        "Check that it runs, that it has PostGIS, and that the user may make schemas in it; then repeat the command.",
    )
    NODE_OR_FILES = _Words(
        "node.or_files",
        "Nothing says where {what}.",
        "Give {either}.",
        422,
    )
    NODE_MISSING = _Words(
        "node.missing",
        "{folder} is no node.",
        "Make one with `groundtruce init {folder}`, or name the folder of one.",
        404,
    )
    NODE_EXISTS = _Words(
        "node.exists",
        "{folder} is a node already, of {delegation}.",
        "Choose another folder; a node keeps its keys and its log for ever.",
        409,
    )

    QUERY_UNKNOWN_KEY = _query(
        "unknown_key",
        "The address asks for {key}, which is not known here.",
        "Take it out, or choose one of {known}.",
    )
    QUERY_BAD_VALUE = _query(
        "bad_value",
        "{key} cannot be {value}.",
        "Give {expected}.",
    )
    WEB_MISSING = _web(
        "missing",
        "There is no page at {path}.",
        "Check the address, or begin at the situation page.",
        404,
    )
    WEB_UNKNOWN = _web(
        "unknown",
        "There is no {what} called {id} here.",
        "Look it up on the list; an identifier is never used for anything else.",
        404,
    )
    WEB_GONE = _web(
        "gone",
        "The {what} {id} is no longer in the view.",
        "Nothing took its place: its reports were withdrawn or erased. The record says by whom, and why.",
        410,
    )
    WEB_STATE = _web(
        "state",
        "This server knows no record state that begins with {digest}.",
        "Choose one from the list of states on the page of the record, or ask without as_of.",
        404,
    )
    WEB_METHOD = _web(
        "method",
        "{method} is not answered at {path}.",
        "Read with GET; nothing can be written here.",
        405,
    )
    WEB_SLOW = _web(
        "slow",
        "The request did not arrive within {seconds} seconds.",
        "Send it again, all at once.",
        408,
    )
    WEB_TOO_LARGE = _web(
        "too_large",
        "The request is longer than {limit} bytes.",
        "Send less; for a long list of incidents use the filters.",
        413,
    )
    WEB_TOO_MANY = _web(
        "too_many",
        "More requests came from your network than are answered in that time.",
        "Wait {seconds} seconds and go on more slowly; whole tables come in one request, as CSV or Parquet.",
        429,
    )
    WEB_FAULT = _web(
        "fault",
        "Something went wrong inside this server.",
        "Try again; if it stays so, tell its operator this reference: {reference}. The record is not affected.",
        500,
    )
    WEB_PREPARING = _web(
        "preparing",
        "{what} is being computed from the record.",
        "Try again in a moment; the page comes by itself when it is ready.",
        503,
    )
    WEB_BUSY = _web(
        "busy",
        "As many whole tables as this server sends at a time are on their way.",
        "Try again in a minute, or choose fewer rows with the filters.",
        503,
    )

    @property
    def code(self) -> str:
        """Dotted, permanent code, as `row.time_offset`."""
        return self.value.code

    @property
    def exit_status(self) -> ExitStatus:
        """What the command returns when this problem decides."""
        return self.value.exit_status

    @property
    def http_status(self) -> int:
        """What an API returns for it."""
        return self.value.http_status

    def sentence(self, details: Mapping[str, object]) -> str:
        """Return the sentence with the details filled in; raises KeyError when one is missing."""
        return self.value.sentence.format(**details)

    def advice(self, details: Mapping[str, object]) -> str:
        """Return the advice with the details filled in."""
        return self.value.advice.format(**details)


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
