"""Statements: one byte form, strict reading, unknown fields kept, and schemas by which another program judges alike."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any
from unicodedata import normalize

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from tests.conftest import ROOT
from tests.effort import examples

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.statement.canonical import (
    DEPTH_LIMIT,
    INTEGER_LIMIT,
    Value,
    canonical_json,
    parse_canonical,
)
from groundtruce.record.statement.schema import FIELDS, VERSION, FieldType, StatementKind
from groundtruce.record.statement.statement import (
    Draft,
    Link,
    compose,
    format_second,
    parse_statement,
)
from groundtruce.record.tlog.checkpoint import Head
from groundtruce.record.tlog.leaf import statement_id
from groundtruce.record.tlog.tile import BODY_LIMIT

AT = datetime(2016, 3, 4, 12, tzinfo=UTC)
HASH = "ab" * 32
HEADS = [Head(origin=name, size=size, root=b"\1" * 32) for name, size in (("a", 1), ("b", 2))]
SAMPLES: Mapping[FieldType, Value] = {
    FieldType.TEXT: "a text, é عربي 😀",
    FieldType.HASH: HASH,
    FieldType.INSTANT: "2016-03-04T12:00:00Z",
    FieldType.INTEGER: 7,
    FieldType.HASHES: [HASH],
    FieldType.TEXTS: ["a", "b"],
    FieldType.FIELDS: {"killed": 3, "place": "حلب"},
    FieldType.OBJECTS: [{"key": HASH, "signature": "AAAA"}],
}


def content(kind: StatementKind) -> dict[str, Value]:
    """Return content with every field of a kind."""
    return {
        one.name: one.choices[0] if one.choices else SAMPLES[one.content] for one in FIELDS[kind]
    }


def body(
    kind: StatementKind = StatementKind.REPLY, sequence: int = 1, **given_content: Value
) -> bytes:
    """Return the body of a statement."""
    link = Link(
        origin="log", author="A", sequence=sequence, previous=b"\2" * 32 if sequence else None
    )
    draft = Draft(kind, {**content(kind), **given_content})
    return compose(draft, link, AT, HEADS, Random(1).randbytes)


def value_of(content_: bytes) -> dict[str, Any]:
    """Return a body as a value to be changed."""
    found: dict[str, Any] = json.loads(content_)
    return found


VALUE = value_of(body())
TEXT = body().decode()


def without(*names: str) -> bytes:
    """Return the body without fields."""
    return rfc8785.dumps({name: one for name, one in VALUE.items() if name not in names})


def changed(**fields: Any) -> bytes:
    """Return the body with other fields, whatever their type."""
    return rfc8785.dumps({**VALUE, **fields})


def replaced(old: str, new: str) -> bytes:
    """Return the body with another text in it."""
    assert old in TEXT
    return TEXT.replace(old, new, 1).encode("utf-8", "surrogatepass")


def nested(depth: int) -> object:
    """Return lists in each other."""
    return [nested(depth - 1)] if depth else 1


def padded(length: int) -> bytes:
    """Return the body, made as long as asked for."""
    return changed(more="x" * (length - len(changed(more=""))))


def of(kind: StatementKind, **other: Value) -> bytes:
    """Return a body of a kind with other content."""
    made = value_of(body(kind))
    return rfc8785.dumps({**made, "content": {**made["content"], **other}})


BROKEN_BYTES = {
    "nothing": b"",
    "no JSON": b"{",
    "no object": b"[]",
    "a text": b'"a"',
    "null": b"null",
    "two values": body() + b"{}",
    "a newline behind": body() + b"\n",
    "a space before": b" " + body(),
    "a byte order mark": b"\xef\xbb\xbf" + body(),
    "UTF-16": TEXT.encode("utf-16"),
    "no UTF-8": body().replace("é".encode(), b"\xe9"),
    "cut": body()[:-1],
    "spaces": replaced('","content"', '", "content"'),
    "another order": b'{"z":1,' + body()[1:],
    "a field twice": replaced('{"author":"A"', '{"author":"A","author":"A"'),
    "an inner field twice": replaced('"to":', '"to":"' + HASH + '","to":'),
    "a float": replaced('"sequence":1', '"sequence":1.0'),
    "an exponent": replaced('"sequence":1', '"sequence":1e0'),
    "minus zero": replaced('"sequence":1', '"sequence":-0'),
    "a leading zero": replaced('"sequence":1', '"sequence":01'),
    "a plus": replaced('"sequence":1', '"sequence":+1'),
    "a float in an unknown field": changed(more=1.5),
    "minus zero in an unknown field": changed(more=0).replace(b'"more":0', b'"more":-0'),
    "an integer too large in an unknown field": changed(more=0).replace(
        b'"more":0', b'"more":9007199254740992'
    ),
    "NaN": replaced('"sequence":1', '"sequence":NaN'),
    "infinity": replaced('"sequence":1', '"sequence":Infinity'),
    "beyond 2^53-1": replaced('"sequence":1', f'"sequence":{INTEGER_LIMIT + 1}'),
    "far below": replaced('"sequence":1', f'"sequence":-{INTEGER_LIMIT + 1}'),
    "ten thousand digits": replaced('"sequence":1', '"sequence":' + "9" * 10_000),
    "a needless escape": replaced("a text", "\\u0061 text"),
    "an escaped slash": replaced("a text", "a\\/text"),
    "upper-case escape": replaced("a text", "\\u001F"),
    "half a character": replaced("a text", "\\ud800"),
    "half a character, raw": replaced("a text", "\ud800"),
    "an escaped pair": replaced("a text", "\\ud83d\\ude00"),
    "a raw control character": replaced("a text", "a\ttext"),
    "no NFC": replaced("a text", "e\u0301"),
    "no NFC in a name": changed(**{"e\u0301": 1}),
    "no NFC, escaped": replaced("a text", "e\\u0301"),
    "no NFC beside many lists": changed(more=[[]] * 9, other="e\u0301"),
    "no NFC, Hangul in parts": replaced("a text", "\u1100\u1161"),
    "single quotes": TEXT.replace('"', "'").encode(),
    "a comment": body()[:-1] + b"/**/}",
    "a comma too many": body()[:-1] + b",}",
    "null inside": changed(more=None),
    "null in a list": changed(more=[None]),
    "NUL, raw": replaced("a text", "\0"),
    "a byte order mark inside": b'{\xef\xbb\xbf"z":1,' + body()[1:],
    "too deep": changed(more=[[[[[[[[1]]]]]]]]),
    "very deep": changed(more=1).replace(b'"more":1', b'"more":' + b"[" * 20_000 + b"]" * 20_000),
    "too deep by one": changed(more=nested(DEPTH_LIMIT)),
    "too long": changed(more="x" * BODY_LIMIT),
    "too long by one": padded(BODY_LIMIT + 1),
}
BROKEN_FIELDS = {
    **{f"no {name}": without(name) for name in VALUE if name != "previous"},
    **{
        f"{name} of another type": changed(**{name: {"a": []}})
        for name in VALUE
        if name != "content"
    },
    **{f"{name} empty": changed(**{name: ""}) for name in VALUE},
    "content a list": changed(content=[]),
    "no previous": without("previous"),
    "a previous of the first": changed(sequence=0),
    "sequence below zero": changed(sequence=-1),
    "sequence a boolean": changed(sequence=True),
    "version a text": changed(version="1"),
    "version below zero": changed(version=-1),
    "upper-case hash": changed(previous=HASH.upper()),
    "short hash": changed(previous=HASH[:-1]),
    "long hash": changed(previous=HASH + "ab"),
    "a hash with a sign": changed(previous="-" + HASH[1:]),
    "a newline behind a hash": changed(previous=HASH + "\n"),
    "other digits": changed(previous="٣" * 64),
    "no nonce of 32 bytes": changed(nonce=HASH[:32]),
    "with an offset": changed(filed_at="2016-03-04T12:00:00+00:00"),
    "without a zone": changed(filed_at="2016-03-04T12:00:00"),
    "with a fraction": changed(filed_at="2016-03-04T12:00:00.5Z"),
    "with a space": changed(filed_at="2016-03-04 12:00:00Z"),
    "no such day": changed(filed_at="2016-02-30T12:00:00Z"),
    "no such hour": changed(filed_at="2016-03-04T24:00:00Z"),
    "a leap second": changed(filed_at="2016-12-31T23:59:60Z"),
    "before the first year": changed(filed_at="0001-01-01T00:00:00+23:00"),
    "after the last year": changed(filed_at="9999-12-31T23:00:00-23:00"),
    "the year nought": changed(filed_at="0000-01-01T00:00:00Z"),
    "a small z": changed(filed_at="2016-03-04T12:00:00z"),
    "other digits in a time": changed(filed_at="٢٠١٦-03-04T12:00:00Z"),
    "a date alone": changed(filed_at="2016-03-04"),
    "a week date": changed(filed_at="2016-W09-5T12:00:00Z"),
    "heads out of order": changed(seen=list(reversed(list(VALUE["seen"])))),
    "one log seen twice": changed(seen=[{"origin": "a", "root": HASH, "size": n} for n in (1, 2)]),
    "a head without a root": changed(seen=[{"origin": "a", "size": 1}]),
    "a head that is none": changed(seen=["a"]),
    "a head without a log": changed(seen=[{"origin": "", "root": HASH, "size": 1}]),
    "a head below zero": changed(seen=[{"origin": "a", "root": HASH, "size": -1}]),
    "content of another kind": changed(kind="retraction"),
    "content of no kind": changed(content={}),
    "another choice": of(StatementKind.POSITION, position="agree"),
    "no such day in content": of(StatementKind.CUSTODY_STEP, at="2016-02-30T12:00:00Z"),
    "no such hour in content": of(StatementKind.REQUEST, due_at="2016-03-04T99:00:00Z"),
    "content without its field": changed(content={"text": "a"}),
    "a field of another type": changed(content={"to": 7, "text": "a"}),
    "a field that is no hash": changed(content={"to": "ab", "text": "a"}),
    "a text with NUL": changed(content={"to": HASH, "text": "\0"}),
}


@pytest.mark.parametrize("name", BROKEN_BYTES)
def test_another_byte_form_is_refused(name: str) -> None:
    """What is no JSON of the profile, or not its one byte form."""
    assert refusal(BROKEN_BYTES[name]) is Problem.RECORD_MALFORMED


@pytest.mark.parametrize("name", BROKEN_FIELDS)
def test_broken_fields_are_refused(name: str) -> None:
    """What is canonical, and no statement."""
    assert canonical_json(parse_canonical(BROKEN_FIELDS[name])) == BROKEN_FIELDS[name]
    assert refusal(BROKEN_FIELDS[name]) is Problem.RECORD_MALFORMED


def refusal(content_: bytes) -> Problem:
    """Return the problem with which a body is refused."""
    with pytest.raises(GroundtruceError) as caught:
        parse_statement(content_)
    return caught.value.problem


TEXTS = st.text(st.characters(exclude_categories=["Cs"])).map(lambda text: normalize("NFC", text))
INTEGERS = st.integers(-INTEGER_LIMIT, INTEGER_LIMIT)
COUNTS = st.integers(0, INTEGER_LIMIT)
HASHES = st.binary(min_size=32, max_size=32)
NO_NUL = TEXTS.filter(lambda text: "\0" not in text)
TIMES = st.datetimes(timezones=st.just(UTC)).map(lambda one: one.replace(microsecond=0))
CONTENTS: Mapping[FieldType, st.SearchStrategy[Value]] = {
    FieldType.TEXT: NO_NUL,
    FieldType.HASH: HASHES.map(bytes.hex),
    FieldType.INSTANT: TIMES.map(format_second),
    FieldType.INTEGER: COUNTS,
    FieldType.HASHES: st.lists(HASHES.map(bytes.hex), max_size=3),
    FieldType.TEXTS: st.lists(NO_NUL, max_size=3),
    FieldType.FIELDS: st.dictionaries(TEXTS, TEXTS | INTEGERS, max_size=3),
    FieldType.OBJECTS: st.lists(st.dictionaries(TEXTS, TEXTS, max_size=3), max_size=3),
}
LINKS = st.builds(
    Link,
    origin=TEXTS.filter(bool),
    author=TEXTS.filter(bool),
    sequence=COUNTS.filter(bool),
    previous=HASHES,
) | st.builds(
    Link, origin=st.just("log"), author=TEXTS.filter(bool), sequence=st.just(0), previous=st.none()
)
SEEN = st.lists(
    st.builds(Head, origin=TEXTS.filter(bool), size=COUNTS, root=HASHES),
    max_size=3,
    unique_by=lambda head: head.origin,
)


def any_content(kind: StatementKind) -> st.SearchStrategy[dict[str, Value]]:
    """Return contents of a kind, with and without what it need not hold."""
    made = {
        one.name: st.sampled_from(one.choices) if one.choices else CONTENTS[one.content]
        for one in FIELDS[kind]
    }
    optional = {one.name for one in FIELDS[kind] if not one.required}
    return st.fixed_dictionaries(
        {name: one for name, one in made.items() if name not in optional},
        optional={name: made[name] for name in optional},
    )


@pytest.mark.parametrize("kind", StatementKind)
@examples(10)
@given(LINKS, TIMES, SEEN, st.data())
def test_what_is_composed_is_read(
    kind: StatementKind, link: Link, at: datetime, seen: list[Head], data: st.DataObject
) -> None:
    """Every kind, with any content, place, time and heads in any order; a schema accepts it, too."""
    said = data.draw(any_content(kind))
    made = compose(Draft(kind, said), link, at, seen, Random(1).randbytes)
    found = parse_statement(made)
    assert (found.body, found.identifier) == (made, statement_id(made))
    assert (found.kind, found.content, found.link) == (kind, said, link)
    assert (found.filed_at, list(found.seen)) == (at, sorted(seen))
    assert JUDGE.is_valid(json.loads(made))


@pytest.mark.parametrize("kind", StatementKind)
def test_content_without_a_required_field_is_not_composed(kind: StatementKind) -> None:
    """What a reader would refuse is not written."""
    for name in [one.name for one in FIELDS[kind] if one.required]:
        draft = Draft(kind, {key: one for key, one in content(kind).items() if key != name})
        link = Link(origin="log", author="A", sequence=0, previous=None)
        with pytest.raises(GroundtruceError):
            compose(draft, link, AT, [], Random(1).randbytes)


def test_what_is_unknown_is_kept() -> None:
    """Other fields, another kind, another version: byte for byte, and no meaning is guessed."""
    for made in (
        changed(seen=[{"more": 1, "origin": "a", "root": HASH, "size": 1}]),
        changed(more={"a": [1, "é"]}),
        changed(content={**VALUE["content"], "more": [True]}),
        changed(kind="a_kind_of_tomorrow", content={"to": 1}),
        changed(version=VERSION + 1, content={"to": 1}),
    ):
        found = parse_statement(made)
        assert found.body == made
        assert canonical_json(parse_canonical(made)) == made
        assert (found.kind is None) == (b'"to":1' in made)
        assert JUDGE.is_valid(json.loads(made))


def test_the_limits_themselves_are_allowed() -> None:
    """The deepest and the longest statement, and the largest integers."""
    for made in (
        changed(more=nested(DEPTH_LIMIT - 1)),
        padded(BODY_LIMIT),
        changed(more=[INTEGER_LIMIT, -INTEGER_LIMIT]),
    ):
        assert parse_statement(made).body == made


def test_what_is_not_read_is_not_composed() -> None:
    """Content that no reader would take is refused when it is written."""
    link = Link(origin="log", author="A", sequence=0, previous=None)
    for text in ("e\u0301", "\ud800", "\0", "x" * BODY_LIMIT):
        draft = Draft(StatementKind.REPLY, {"to": HASH, "text": text})
        with pytest.raises(GroundtruceError):
            compose(draft, link, AT, [], Random(1).randbytes)


VALUES = st.recursive(
    st.booleans() | INTEGERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=6))
def test_the_byte_form_is_that_of_the_library(value: dict[str, Value]) -> None:
    """The quick way gives the bytes of `rfc8785`, also for keys beyond the basic plane, and reads them back."""
    try:
        made = canonical_json(value)
    except GroundtruceError:
        # nested too deep
        return
    assert made == rfc8785.dumps(value)
    assert parse_canonical(made) == value


@given(TIMES, st.integers(0, 999_999))
def test_times_are_read_as_they_were_written(at: datetime, part: int) -> None:
    """From the first year to the last; fractions of a second are cut."""
    link = Link(origin="log", author="A", sequence=0, previous=None)
    exact = at.replace(microsecond=part)
    made = compose(
        Draft(StatementKind.REPLY, content(StatementKind.REPLY)),
        link,
        exact,
        [],
        Random(1).randbytes,
    )
    assert parse_statement(made).filed_at == at


# --- Schemas -------------------------------------------------------------------------------------


def validator() -> Draft202012Validator:
    """Return an independent judge of statements, by the files under `spec/`."""
    schemas = {
        path.name: json.loads(path.read_text(encoding="utf-8"))
        for path in (ROOT / "spec" / "statement" / "v1").iterdir()
    }
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    registry = Registry().with_resources(
        (name, Resource.from_contents(schema)) for name, schema in schemas.items()
    )
    return Draft202012Validator(schemas["statement.schema.json"], registry=registry)


JUDGE = validator()
BEYOND_A_SCHEMA = {
    # Python reads `$` before a last newline, too
    "a newline behind a hash",
    # dates of the calendar, and order
    *("no such day", "no such hour", "a leap second", "the year nought"),
    *("no such day in content", "no such hour in content"),
    *("heads out of order", "one log seen twice"),
}


def test_the_schemas_are_those_of_the_code() -> None:
    """`spec/` is up to date."""
    command = [sys.executable, "tools/schemas.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", BROKEN_FIELDS)
def test_the_schemas_refuse_what_the_parser_refuses(name: str) -> None:
    """But for what a schema cannot say, which is listed."""
    assert JUDGE.is_valid(json.loads(BROKEN_FIELDS[name])) == (name in BEYOND_A_SCHEMA)


OTHERS: tuple[Any, ...] = (
    *(*SAMPLES.values(), "", "\0", "a\nb", HASH + "ab", "2016-3-4", True, 0, -1),
    *([], {}, [""], ["\0"], [HASH, "ab"], [7], [True], [{}], [[]], [{"a": "\0"}, {"a": 7}]),
    *({"a": []}, {"a": True}, {"a": -1}, {"a": "\0"}, {"a": {}}, [{"a": True}], [{"a": []}]),
)
"""What a field may hold that was meant for another, or for none."""


def agree(value: Mapping[str, Any]) -> bool:
    """Return whether parser and schemas both accept a statement, or both refuse it."""
    encoded = rfc8785.dumps(value)
    try:
        parse_statement(encoded)
        accepted = True
    except GroundtruceError:
        accepted = False
    return JUDGE.is_valid(json.loads(encoded)) == accepted


def mutants(fields: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield fields of which one is missing or holds something else."""
    for name in fields:
        yield name, {key: one for key, one in fields.items() if key != name}
        yield from ((f"{name}: {other!r}", {**fields, name: other}) for other in OTHERS)


@pytest.mark.parametrize("kind", StatementKind)
def test_parser_and_schemas_agree_on_changed_content(kind: StatementKind) -> None:
    """Every field of every kind in turn is missing, or holds what it may or may not."""
    made = value_of(body(kind))
    found = mutants(made["content"])
    assert [what for what, inner in found if not agree({**made, "content": inner})] == []


@pytest.mark.parametrize("sequence", [0, 1])
def test_parser_and_schemas_agree_on_a_changed_frame(sequence: int) -> None:
    """The same of the fields of the statement itself, and of the heads in it."""
    made = value_of(body(sequence=sequence))
    assert [what for what, changed_ in mutants(made) if not agree(changed_)] == []
    heads = mutants(made["seen"][0])
    assert [what for what, head in heads if not agree({**made, "seen": [head]})] == []
