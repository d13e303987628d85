"""The incidents' columns in few packed parts, so that they are read whole in a moment and counted in memory.

* The first eight bits of its number tell the part of an incident, so that the parts one after the other are in the
  order of numbers; a change rewrites the parts that it touches and no others.
* A part is a line of JSON, with the texts of each coded column, and the compressed bytes of one column after the other.
  It depends on the rows alone, not on their order, and its digest says whether a reader has it already.
* Unknown is -1 for a whole number, NaN for a place and the code 0 for a text; an unknown first day lies before every
  day, an unknown last day after every day, and so do instants.

>>> number_of("I-aaaaaaaaaaab"), incident_id(1)
(1, 'I-aaaaaaaaaaab')
"""

import json
from collections.abc import Callable, Collection, Iterator
from hashlib import sha256
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from groundtruce.database.columnar.derived import Parts
from groundtruce.model.code import Verdict

__all__ = [
    "CODED",
    "DAYS",
    "FIRST",
    "FIRST_DAY",
    "INSTANTS",
    "LAST",
    "LAST_DAY",
    "NOTHING",
    "PARTS",
    "PLACES",
    "WHOLE",
    "first_of",
    "incident_id",
    "number_of",
    "numbers_beginning",
    "packed",
    "part_of",
    "unpacked",
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

FIRST_DAY, LAST_DAY = (int(bound) for bound in (np.iinfo(np.int32).min, np.iinfo(np.int32).max))
"""Stand for an unknown first and an unknown last day."""

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
_DIGITS = {verdict.value: place for place, verdict in enumerate(Verdict, 1)}
_BASE = len(_DIGITS) + 1
_PER_WORD = 27
"""Digits of base 5 in a signed number of 64 bits."""


def incident_id(number: int) -> str:
    """Return the identifier whose 60 bits are the number."""
    letters = (_LETTERS[number >> 5 * place & 31] for place in reversed(range(_ID_LENGTH)))
    return "I-" + "".join(letters)


def number_of(identifier: str) -> int:
    """Return the number of an identifier of an incident."""
    number = 0
    for letter in identifier.removeprefix("I-"):
        number = number << 5 | _LETTERS.index(letter)
    return number


def numbers_beginning(beginning: str) -> tuple[int, int]:
    """Return the numbers from which and before which identifiers begin with a text, as `I-ab`."""
    letters = beginning.removeprefix("I-").removeprefix("i-")
    shift = 5 * (_ID_LENGTH - len(letters))
    first = number_of(f"I-{letters}") << shift
    return first, first + (1 << shift)


def part_of(number: int) -> int:
    """Return the part in which an incident stands."""
    return number >> _SHIFT


def first_of(part: int) -> int:
    """Return the lowest number of a part."""
    return part << _SHIFT


def packed(rows: Parts, only: Collection[int] | None = None) -> Iterator[tuple[int, str, bytes]]:
    """Yield number, digest and content of each part, or of some; all incidents of a part must be among the rows."""
    asked = range(PARTS) if only is None else sorted(only)
    wanted = rows.incidents.with_columns(part=pl.col("number") // (1 << _SHIFT))
    if only is not None:
        wanted = wanted.filter(pl.col("part").is_in(list(asked)))
    clauses = _clauses(
        rows.assessments
        if only is None
        else rows.assessments.join(wanted.select("incident_id"), on="incident_id", how="semi")
    )
    told = (
        wanted.rename({"location_radius_m": "radius_m"})
        .join(clauses, on="incident_id", how="left")
        .select(
            "part",
            "number",
            *_bounds(INSTANTS, pl.col, pl.Int64(), (FIRST, LAST)),
            *_bounds(DAYS, _day, pl.Int32(), (FIRST_DAY, LAST_DAY)),
            *(pl.col(name).cast(pl.Float64).fill_null(float("nan")) for name in PLACES),
            *(pl.col(name).cast(pl.Int32).fill_null(-1) for name in WHOLE),
            *CODED,
        )
    )
    found = {
        int(str(part)): frame
        for (part,), frame in told.sort("number").partition_by("part", as_dict=True).items()
    }
    for part in asked:
        content = _content(found.get(part, told.clear()).drop("part"))
        yield part, sha256(content).hexdigest()[:32], content


def unpacked(content: bytes) -> tuple[dict[str, list[str]], dict[str, NDArray[Any]]]:
    """Return the texts of each coded column in the order of their codes, which begin with 1, and all columns."""
    head, _, body = content.partition(b"\n")
    said = json.loads(head)
    texts: dict[str, list[str]] = said["texts"]
    types = {**_TYPES, **{name: _code_type(texts[name]) for name in CODED}}
    size = sum(said["rows"] * dtype.itemsize for dtype in types.values())
    whole = pa.decompress(body, size, codec=_CODEC, asbytes=True)
    columns, begin = {}, 0
    for name, dtype in types.items():
        columns[name] = np.frombuffer(whole, dtype, said["rows"], begin)
        begin += columns[name].nbytes
    return texts, columns


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


def _code_type(texts: list[str]) -> np.dtype[Any]:
    """Return the smallest type that tells so many texts apart, and an unknown one."""
    return np.min_scalar_type(len(texts)).newbyteorder("<")


def _content(rows: pl.DataFrame) -> bytes:
    texts = {name: sorted(rows[name].drop_nulls().unique()) for name in CODED}
    columns = [rows[name].to_numpy().astype(dtype) for name, dtype in _TYPES.items()]
    for name, values in texts.items():
        codes = rows[name].cast(pl.Enum(values)).to_physical().cast(pl.Int64) + 1
        columns.append(codes.fill_null(0).to_numpy().astype(_code_type(values)))
    head = {"rows": rows.height, "texts": texts}
    body: bytes = pa.compress(b"".join(map(bytes, columns)), codec=_CODEC, asbytes=True)
    return json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" + body


def _clauses(assessments: pl.DataFrame) -> pl.DataFrame:
    """Return by incident its verdicts in one text, `A3=breach|A5=exempt`, clauses in order of their identifiers.

    Few texts differ: the verdicts of an incident are added up as one number, and only distinct ones are spelt.
    """
    clauses = assessments["clause_id"].unique().sort().to_list()
    words = [f"word_{word}" for word in range(1 + len(clauses) // _PER_WORD)]
    places = pl.DataFrame(
        [
            (clause, place // _PER_WORD, _BASE ** (place % _PER_WORD))
            for place, clause in enumerate(clauses)
        ],
        schema={"clause_id": pl.String, "word": pl.Int64, "worth": pl.Int64},
        orient="row",
    )
    digit = pl.col("verdict").replace_strict(_DIGITS, return_dtype=pl.Int64)
    summed = (
        assessments.join(places, on="clause_id")
        .group_by("incident_id")
        .agg(
            (digit * pl.col("worth")).filter(pl.col("word") == number).sum().alias(word)
            for number, word in enumerate(words)
        )
    )
    distinct = summed.select(words).unique()
    spelt = distinct.with_columns(
        clauses=pl.Series([_spelt(row, clauses) for row in distinct.iter_rows()], dtype=pl.String)
    )
    return summed.join(spelt, on=words, how="left").select("incident_id", "clauses")


def _spelt(row: tuple[int, ...], clauses: list[str]) -> str | None:
    names = {place: verdict for verdict, place in _DIGITS.items()}
    parts = []
    for place, clause in enumerate(clauses):
        digit = row[place // _PER_WORD] // _BASE ** (place % _PER_WORD) % _BASE
        if digit:
            parts.append(f"{clause}={names[digit]}")
    return "|".join(parts) or None


NOTHING = _content(
    pl.DataFrame(schema={**dict.fromkeys(_TYPES, pl.Int64), **dict.fromkeys(CODED, pl.String)})
)
"""A part without incidents."""
