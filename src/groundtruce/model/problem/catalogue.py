"""The index of the catalogue: every problem by its name, its entry in the module of its area."""

from collections.abc import Mapping
from enum import Enum

from groundtruce.model.problem import (
    command,
    database,
    decision,
    document,
    engine,
    file,
    node,
    query,
    record,
    row,
    web,
)
from groundtruce.model.problem.entry import ExitStatus

__all__ = ["Problem"]


class Problem(Enum):
    """Every catalogued problem: `row.*` quarantine a row, all others stop the command."""

    FILE_MISSING = file.MISSING
    FILE_DIRECTORY = file.DIRECTORY
    FILE_SPECIAL = file.SPECIAL
    FILE_UNREADABLE = file.UNREADABLE
    FILE_EMPTY = file.EMPTY
    FILE_FORMAT = file.FORMAT
    FILE_CONTENT = file.CONTENT
    FILE_DAMAGED = file.DAMAGED
    FILE_BOMB = file.BOMB
    FILE_TOO_LARGE = file.TOO_LARGE
    FILE_ENCODING = file.ENCODING
    FILE_DELIMITER = file.DELIMITER
    FILE_HEADER_REPEATS = file.HEADER_REPEATS
    FILE_COLUMN_RESERVED = file.COLUMN_RESERVED
    FILE_COLUMNS_MISSING = file.COLUMNS_MISSING
    FILE_COLUMNS_TOO_MANY = file.COLUMNS_TOO_MANY
    FILE_NO_ROWS = file.NO_ROWS
    FILE_NO_GOOD_ROWS = file.NO_GOOD_ROWS
    FILE_BAD_ROWS = file.BAD_ROWS
    OUTPUT_UNWRITABLE = file.OUTPUT_UNWRITABLE
    OUTPUT_IS_INPUT = file.OUTPUT_IS_INPUT
    OUTPUT_EXISTS = file.OUTPUT_EXISTS
    ARGUMENT = command.ARGUMENT
    DOCUMENT_SYNTAX = document.SYNTAX
    DOCUMENT_FIELD = document.FIELD
    MAPPING_UNKNOWN = document.MAPPING_UNKNOWN
    MAPPING_TABLE = document.MAPPING_TABLE
    CASES_FAILED = document.CASES_FAILED
    INCIDENT_UNKNOWN = document.INCIDENT_UNKNOWN
    CLAUSE_UNKNOWN = document.CLAUSE_UNKNOWN
    DAY_EMPTY = document.DAY_EMPTY
    ROW_FIELDS = row.FIELDS
    ROW_QUOTE = row.QUOTE
    ROW_ENCODING = row.ENCODING
    ROW_CELL_TOO_LONG = row.CELL_TOO_LONG
    ROW_JSON = row.JSON
    ROW_REQUIRED = row.REQUIRED
    ROW_TIME = row.TIME
    ROW_TIME_OFFSET = row.TIME_OFFSET
    ROW_TIME_MISSING = row.TIME_MISSING
    ROW_TIME_IMPLAUSIBLE = row.TIME_IMPLAUSIBLE
    ROW_END_BEFORE_START = row.END_BEFORE_START
    ROW_REPORTED_BEFORE = row.REPORTED_BEFORE
    ROW_NUMBER = row.NUMBER
    ROW_WHOLE_NUMBER = row.WHOLE_NUMBER
    ROW_OUT_OF_RANGE = row.OUT_OF_RANGE
    ROW_COORDINATES_HALF = row.COORDINATES_HALF
    ROW_COORDINATES_COPIED = row.COORDINATES_COPIED
    ROW_CODE = row.CODE
    ROW_LANGUAGE = row.LANGUAGE
    ROW_RANGE_ORDER = row.RANGE_ORDER
    ROW_IDENTIFIER = row.IDENTIFIER
    ROW_DUPLICATE_ID = row.DUPLICATE_ID
    ROW_RECORDED = row.RECORDED
    ROW_TOO_LONG = row.TOO_LONG
    ROW_UNMAPPED = row.UNMAPPED
    RECORD_MALFORMED = record.MALFORMED
    RECORD_MISSING = record.MISSING
    RECORD_SIGNATURE = record.SIGNATURE
    RECORD_HASH = record.HASH
    RECORD_PROOF = record.PROOF
    RECORD_CHAIN = record.CHAIN
    RECORD_KEY = record.KEY
    RECORD_POLICY = record.POLICY
    RECORD_QUORUM = record.QUORUM
    RECORD_APPROVAL = record.APPROVAL
    RECORD_LOG_UNKNOWN = record.LOG_UNKNOWN
    RECORD_CONFLICT = record.CONFLICT
    RECORD_UNAUDITED = record.UNAUDITED
    RECORD_CLOCK = record.CLOCK
    RECORD_MISBEHAVIOUR = record.MISBEHAVIOUR
    RECORD_LOCKED = record.LOCKED
    RECORD_FORK = record.FORK
    RECORD_ROLLBACK = record.ROLLBACK
    RECORD_DISK = record.DISK
    RECORD_PEER = record.PEER
    EVIDENCE_ERASED = record.ERASED
    EVIDENCE_WITHHELD = record.WITHHELD
    REPORT_STATE = record.REPORT_STATE
    DECISION_REPORT_UNKNOWN = decision.REPORT_UNKNOWN
    DECISION_REPORT_SHARED = decision.REPORT_SHARED
    DECISION_TOO_FEW = decision.TOO_FEW
    DECISION_TOO_LARGE = decision.TOO_LARGE
    DECISION_INCIDENTS = decision.INCIDENTS
    DECISION_WHOLE = decision.WHOLE
    DECISION_REASON = decision.REASON
    DECISION_OVERRULED = decision.OVERRULED
    DECISION_UNKNOWN = decision.UNKNOWN
    DECISION_UNCONFIRMED = decision.UNCONFIRMED
    DECISION_OUTDATED = decision.OUTDATED
    ENGINE_UNKNOWN = engine.UNKNOWN
    ENGINE_MISSING = engine.MISSING
    ENGINE_JAVA = engine.JAVA
    SLICE_UNKNOWN = command.SLICE_UNKNOWN
    ENGINE_INPUT = engine.INPUT
    ENGINE_FAILED = engine.FAILED
    DATABASE_ADDRESS = database.ADDRESS
    DATABASE_MISSING = database.MISSING
    DATABASE_EXTRA = database.EXTRA
    DATABASE_UNREACHABLE = database.UNREACHABLE
    NODE_OR_FILES = command.NODE_OR_FILES
    NODE_MISSING = node.MISSING
    NODE_EXISTS = node.EXISTS
    QUERY_UNKNOWN_KEY = query.UNKNOWN_KEY
    QUERY_BAD_VALUE = query.BAD_VALUE
    WEB_MISSING = web.MISSING
    WEB_UNKNOWN = web.UNKNOWN
    WEB_GONE = web.GONE
    WEB_STATE = web.STATE
    WEB_METHOD = web.METHOD
    WEB_SLOW = web.SLOW
    WEB_TOO_LARGE = web.TOO_LARGE
    WEB_TOO_MANY = web.TOO_MANY
    WEB_FAULT = web.FAULT
    WEB_PREPARING = web.PREPARING
    WEB_BUSY = web.BUSY

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
