"""The incidents' columns in few packed parts, so that they are read whole in a moment and counted in memory.

* The first eight bits of its number tell the part of an incident, so that the parts one after the other are in the
  order of numbers; a change rewrites the parts that it touches and no others.
* A part is a line of JSON, with the values of each coded column, and the compressed bytes of the columns in turn. It
  depends on the rows alone, not on their order, and its digest says whether a reader has it already.
* A coded column holds texts, or lists: of names, or of clauses each with its verdict.
* Unknown is -1 for a whole number, NaN for a place and the code 0 for a coded value; an unknown first day is
  before every day, an unknown last day after every day, and so are instants.

>>> number_of("I-aaaaaaaaaaab"), incident_id(1)
(1, 'I-aaaaaaaaaaab')
"""

import json
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from groundtruce.compliance.summary import list_clause_verdicts
from groundtruce.database.backend.schema import LISTS
from groundtruce.day.dating import FIRST_DAY, LAST_DAY
from groundtruce.model.text_form import split_column, split_raw_column

__all__ = [
    "CODED",
    "DAYS",
    "FIRST",
    "INSTANTS",
    "LAST",
    "NOTHING",
    "PARTS",
    "PLACES",
    "WHOLE",
    "PartRows",
    "find_first_number",
    "find_numbers",
    "find_part",
    "format_id",
    "pack_parts",
    "parse_id",
    "unpack_part",
]

PARTS = 256
"""At a million incidents a part has 4,000 rows: some milliseconds to rewrite, and all digests are soon asked for."""

WHOLE = (
    "killed_low",
    "killed_best",
    "killed_high",
    "injured_low",
    "injured_high",
    "n_reports",
    "n_independent",
)
_SHIFT = 60 - 8
"""Bits of a number that do not tell its part."""

INSTANTS = ("occurred_from", "occurred_to")
"""Microseconds since 1970, as the database holds them."""

DAYS = ("first_day", "last_day")
"""Days since 1970 of the agreement's zone."""

PLACES = ("lon", "lat", "radius_m")
CODED = (
    "kind",
    "weapon",
    "target",
    "actor_party",
    "parties",
    "sources",
    "verdict",
    "clauses",
    "reasons",
    "contradictions",
    "place_name",
)

FIRST, LAST = (int(bound) for bound in (np.iinfo(np.int64).min, np.iinfo(np.int64).max))
"""Stand for an unknown beginning and an unknown end."""

_TYPES: dict[str, np.dtype[Any]] = {
    "number": np.dtype("<i8"),
    **dict.fromkeys(INSTANTS, np.dtype("<i8")),
    **dict.fromkeys(DAYS, np.dtype("<i4")),
    **dict.fromkeys(PLACES, np.dtype("<f8")),
    **dict.fromkeys(WHOLE, np.dtype("<i4")),
}
_CODEC = "zstd"
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_ID_LENGTH = 12


@dataclass(frozen=True, slots=True)
class PartRows:
    """Incidents, all or some, and what they are assessed as; columns as in `schema`."""

    incidents: pl.DataFrame
    assessments: pl.DataFrame


def format_id(number: int) -> str:
    """Return the identifier whose 60 bits are the number."""
    letters = (_LETTERS[number >> 5 * place & 31] for place in reversed(range(_ID_LENGTH)))
    return "I-" + "".join(letters)


def parse_id(identifier: str) -> int:
    """Return the number of an identifier of an incident."""
    number = 0
    for letter in identifier.removeprefix("I-"):
        number = number << 5 | _LETTERS.index(letter)
    return number


def find_numbers(beginning: str) -> tuple[int, int]:
    """Return the numbers from which and before which identifiers begin with a text, as `I-ab`."""
    letters = beginning.removeprefix("I-").removeprefix("i-")
    shift = 5 * (_ID_LENGTH - len(letters))
    first = parse_id(f"I-{letters}") << shift
    return first, first + (1 << shift)


def find_part(number: int) -> int:
    """Return the part in which an incident stands."""
    return number >> _SHIFT


def find_first_number(part: int) -> int:
    """Return the lowest number of a part."""
    return part << _SHIFT


def pack_parts(
    rows: PartRows, only: Collection[int] | None = None
) -> Iterator[tuple[int, str, bytes]]:
    """Yield number, digest and content of each part, or of some; all incidents of a part must be among the rows."""
    parts = range(PARTS) if only is None else sorted(only)
    incidents, assessments = rows.incidents, rows.assessments
    incidents = incidents.with_columns(part=pl.col("number") // (1 << _SHIFT))
    if only is not None:
        incidents = incidents.filter(pl.col("part").is_in(list(parts)))
        assessments = assessments.join(
            incidents.select("incident_id"), on="incident_id", how="semi"
        )
    values, table = _coded_table(incidents, assessments)
    rows_by_part = {
        int(str(part)): frame
        for (part,), frame in table.sort("number").partition_by("part", as_dict=True).items()
    }
    for part in parts:
        content = _content(rows_by_part.get(part, table.clear()), values)
        yield part, sha256(content).hexdigest()[:32], content


def unpack_part(content: bytes) -> tuple[dict[str, list[Hashable]], dict[str, NDArray[Any]]]:
    """Return the values of each coded column in the order of their codes, which begin with 1, and all columns."""
    head, _, body = content.partition(b"\n")
    said = json.loads(head)
    values = {name: [_freeze(value) for value in said["values"][name]] for name in CODED}
    types = {**_TYPES, **{name: _code_type(len(values[name])) for name in CODED}}
    size = sum(said["rows"] * dtype.itemsize for dtype in types.values())
    whole = pa.decompress(body, size, codec=_CODEC, asbytes=True)
    columns, begin = {}, 0
    for name, dtype in types.items():
        columns[name] = np.frombuffer(whole, dtype, said["rows"], begin)
        begin += columns[name].nbytes
    return values, columns


def _freeze(value: object) -> Hashable:
    """Return lists, and lists within them, as tuples."""
    return tuple(map(_freeze, value)) if isinstance(value, list) else str(value)


def _coded_table(
    incidents: pl.DataFrame, assessments: pl.DataFrame
) -> tuple[dict[str, list[object]], pl.DataFrame]:
    """Return the values of each coded column in order, and the rows with the code of each, unknown as 0."""
    table = (
        incidents.rename({"location_radius_m": "radius_m"})
        .join(list_clause_verdicts(assessments), on="incident_id", how="left")
        .select(
            "part",
            "number",
            *_bounds(INSTANTS, pl.col, pl.Int64(), (FIRST, LAST)),
            *_bounds(DAYS, _day, pl.Int32(), (FIRST_DAY, LAST_DAY)),
            *(pl.col(name).cast(pl.Float64).fill_null(float("nan")) for name in PLACES),
            *(pl.col(name).cast(pl.Int32).fill_null(-1) for name in WHOLE),
            *(split_column(pl.col(name)) if name in LISTS else name for name in CODED),
        )
        .with_columns(split_raw_column(pl.col("reasons")))
    )
    values = {}
    for name in CODED:
        distinct = table.select(name).drop_nulls().unique()
        texts = distinct[name].to_list()
        order = sorted(range(len(texts)), key=texts.__getitem__)
        values[name] = [texts[place] for place in order]
        codes = np.empty(len(texts), np.int64)
        codes[order] = np.arange(1, len(texts) + 1)
        coded = table.select(name).join(
            distinct.with_columns(code=pl.Series(codes)),
            on=name,
            how="left",
            maintain_order="left",
        )
        table = table.with_columns(coded["code"].fill_null(0).alias(name))
    return values, table


def _bounds(
    names: tuple[str, str],
    column: Callable[[str], pl.Expr],
    dtype: pl.DataType,
    unknown: tuple[int, int],
) -> Iterator[pl.Expr]:
    """Yield a first and a last moment, with what stands for an unknown one."""
    for name, value in zip(names, unknown, strict=True):
        yield column(name).cast(dtype).fill_null(pl.lit(value, dtype)).alias(name)


def _day(name: str) -> pl.Expr:
    return pl.col(name).str.to_date("%Y-%m-%d").to_physical()


def _code_type(count: int) -> np.dtype[Any]:
    """Return the smallest type that tells so many values apart, and an unknown one."""
    return np.min_scalar_type(count).newbyteorder("<")


def _content(rows: pl.DataFrame, values: Mapping[str, list[object]]) -> bytes:
    """Return a part as bytes; of the values those that its rows have, with codes of their own."""
    columns = [rows[name].to_numpy().astype(dtype) for name, dtype in _TYPES.items()]
    own: dict[str, list[object]] = {}
    for name in CODED:
        occurring, codes = np.unique(np.append(0, rows[name].to_numpy()), return_inverse=True)
        own[name] = [values[name][code - 1] for code in occurring.tolist()[1:]]
        columns.append(codes[1:].astype(_code_type(len(own[name]))))
    head = {"rows": rows.height, "values": own}
    body: bytes = pa.compress(b"".join(map(bytes, columns)), codec=_CODEC, asbytes=True)
    return json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" + body


NOTHING = _content(pl.DataFrame(schema=dict.fromkeys((*_TYPES, *CODED), pl.Int64)), {})
"""A part without incidents."""
