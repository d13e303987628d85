"""Withheld fields: the known answer of RFC 9901, strict reading, and nothing told that was not disclosed."""

import copy
import json
import pickle
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import asdict
from hashlib import sha256
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundtruce.model.problem import GroundtruceError, Problem
from groundtruce.record.evidence.disclosure import (
    Disclosure,
    FieldValue,
    Withheld,
    disclose,
    withhold,
)

KNOWN = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
KNOWN_DIGEST = "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
SALT = "_26bc4LT-ac6q2KI6cBW5es"
BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

FIELDS: dict[str, FieldValue] = {
    "kind": "fire.shelling",
    "observer": "Karl 7",
    "killed": 3,
    "depth": -12,
}

values = st.integers(-(2**53) + 1, 2**53 - 1) | st.text('abcéñ عربي日😀\n"\\\0', max_size=20)
names = st.text("abcdefgé_.", min_size=1, max_size=8).filter(
    lambda name: name not in {"_sd", "..."}
)
fields = st.dictionaries(names, values, max_size=12)


def seeded(seed: int = 1) -> Callable[[int], bytes]:
    """Return a source of bytes that is the same in each run."""
    return Random(seed).randbytes


def text_of(content: object) -> str:
    """Return the disclosure text of any JSON."""
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).rstrip(b"=").decode()


def texts(withheld: Withheld) -> list[str]:
    """Return what would be handed over."""
    return [disclosure.text.reveal() for disclosure in withheld.disclosures]


def refusal(text: str) -> Problem:
    """Return the problem with which a disclosure is refused."""
    with pytest.raises(GroundtruceError) as caught:
        Disclosure.parse(text)
    return caught.value.problem


def test_the_known_answer_is_read() -> None:
    """The disclosure of the RFC, which has spaces after its commas, has the digest of the RFC."""
    found = Disclosure.parse(KNOWN)
    assert found.digest == KNOWN_DIGEST
    assert (found.name.reveal(), found.value.reveal()) == ("family_name", "Möbius")
    opened = disclose({"kind": "fire"}, [KNOWN_DIGEST], [KNOWN])
    assert opened.fields == {"kind": "fire", "family_name": "Möbius"}
    assert opened.closed == ()


@given(fields, st.data(), st.integers(0, 1000))
def test_what_is_withheld_comes_back(
    given_fields: dict[str, FieldValue], data: st.DataObject, seed: int
) -> None:
    """With all disclosures at hand, in any order, the fields are what they were."""
    hidden = data.draw(st.sets(st.sampled_from(sorted(given_fields)))) if given_fields else set()
    withheld = withhold(given_fields, hidden, seeded(seed))
    assert withheld.kept.keys() == given_fields.keys() - hidden
    order = data.draw(st.permutations(texts(withheld)))
    opened = disclose(withheld.kept, withheld.digests, order)
    assert opened.fields == given_fields
    assert len(opened.closed) == len(withheld.digests) - len(hidden)


@given(st.data())
def test_some_disclosures_tell_some_fields(data: st.DataObject) -> None:
    """Each disclosure opens its own field; the digests of the others are still closed."""
    withheld = withhold(FIELDS, FIELDS.keys(), seeded())
    chosen = data.draw(st.sets(st.sampled_from(withheld.disclosures)))
    opened = disclose({}, withheld.digests, [one.text.reveal() for one in chosen])
    expected = {one.name.reveal(): one.value.reveal() for one in chosen}
    assert opened.fields == expected
    assert set(opened.closed) == set(withheld.digests) - {one.digest for one in chosen}


@pytest.mark.parametrize(("count", "listed"), [(0, 0), (1, 8), (7, 8), (8, 8), (9, 16)])
def test_the_number_of_withheld_fields_is_not_told(count: int, listed: int) -> None:
    """The list is filled up with decoys to a multiple of eight, and sorted."""
    many: dict[str, FieldValue] = {f"field {number}": number for number in range(9)}
    withheld = withhold(many, sorted(many)[:count], seeded())
    assert len(withheld.digests) == listed
    assert list(withheld.digests) == sorted(set(withheld.digests))


def test_equal_fields_have_different_digests() -> None:
    """The salt keeps anyone from comparing digests of two statements, or with a guess."""
    one = Disclosure.make("observer", "Karl 7", seeded(1))
    other = Disclosure.make("observer", "Karl 7", seeded(2))
    assert one.digest != other.digest


def test_the_text_is_compact_and_its_digest_is_plain() -> None:
    """Another program computes the same from the format alone."""
    made = Disclosure.make("name", "Ä", lambda size: b"\xff" * size)
    text = urlsafe_b64encode('["_____________________w","name","Ä"]'.encode()).rstrip(b"=")
    assert made.text.reveal() == text.decode()
    digest = urlsafe_b64encode(sha256(text).digest()).rstrip(b"=").decode()
    assert made.digest == digest


@given(st.integers(0, len(KNOWN) - 1), st.sampled_from(BASE64URL))
def test_a_changed_disclosure_is_refused(place: int, letter: str) -> None:
    """Whatever character is changed, the disclosure is malformed or not in the list."""
    changed = KNOWN[:place] + letter + KNOWN[place + 1 :]
    if changed == KNOWN:
        return
    with pytest.raises(GroundtruceError) as caught:
        disclose({}, [KNOWN_DIGEST], [changed])
    assert caught.value.problem in {Problem.RECORD_MALFORMED, Problem.RECORD_HASH}


@given(
    st.text(max_size=60)
    | st.text(BASE64URL, max_size=60)
    | st.binary().map(lambda content: urlsafe_b64encode(content).rstrip(b"=").decode())
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but a catalogued problem comes of foreign text."""
    try:
        Disclosure.parse(text)
    except GroundtruceError as error:
        assert error.problem is Problem.RECORD_MALFORMED  # noqa: PT017 - both ways are right


@pytest.mark.parametrize(
    "content",
    [
        pytest.param([SALT, "name"], id="two items"),
        pytest.param([SALT, "name", "value", "more"], id="four items"),
        pytest.param({"salt": SALT}, id="an object"),
        pytest.param(f"{SALT} name value", id="no JSON"),
        pytest.param("", id="nothing"),
        pytest.param(["x" * 21, "name", "value"], id="a salt of 126 bits"),
        pytest.param([SALT + " ", "name", "value"], id="a salt with a space"),
        pytest.param([SALT + "\n", "name", "value"], id="a salt with a line end"),
        pytest.param(["٣" * 30, "name", "value"], id="a salt of other digits"),
        pytest.param([12345, "name", "value"], id="a number for a salt"),
        pytest.param([SALT, 1, "value"], id="a number for a name"),
        pytest.param([SALT, "", "value"], id="an empty name"),
        pytest.param([SALT, "_sd", "value"], id="a reserved name"),
        pytest.param([SALT, "...", "value"], id="the other reserved name"),
        pytest.param([SALT, "name", None], id="null"),
        pytest.param([SALT, "name", True], id="a truth value"),
        pytest.param([SALT, "name", 1.5], id="a float"),
        pytest.param(f'["{SALT}","name",1.0]', id="a whole float"),
        pytest.param(f'["{SALT}","name",1e3]', id="an exponent"),
        pytest.param(f'["{SALT}","name",-0]', id="minus zero"),
        pytest.param(f'["{SALT}","name",NaN]', id="not a number"),
        pytest.param(f'["{SALT}","name",-Infinity]', id="infinity"),
        pytest.param([SALT, "name", 2**53], id="too large a number"),
        pytest.param([SALT, "name", -(2**53)], id="too small a number"),
        pytest.param(f'["{SALT}","name",{"9" * 5000}]', id="thousands of digits"),
        pytest.param([SALT, "name", ["value"]], id="a list for a value"),
        pytest.param([SALT, "name", {"a": "b"}], id="an object for a value"),
        pytest.param(f'["{SALT}","name",{"[" * 20_000}', id="deep nesting"),
        pytest.param(f'["{SALT}","name","e\u0301"]', id="text that is not NFC"),
        pytest.param(f'["{SALT}","e\u0301","value"]', id="a name that is not NFC"),
        pytest.param(f'["{SALT}","name","\\ud800"]', id="an escaped half character"),
        pytest.param(f'["{SALT}","name","\ud800"]', id="half a character"),
        pytest.param(f'\ufeff["{SALT}","name","value"]', id="a byte-order mark"),
        pytest.param(f'["{SALT}","name","value"] []', id="more behind"),
        pytest.param([SALT, "name", "x" * 50_000], id="too long"),
    ],
)
def test_json_with_another_form_is_refused(content: object) -> None:
    """Exactly a salt of 128 bits, a name and a plain value are read."""
    assert refusal(text_of(content)) is Problem.RECORD_MALFORMED


@pytest.mark.parametrize(
    "text",
    [
        KNOWN + "=",
        KNOWN + "==",
        KNOWN[:-1] + "1",
        KNOWN + "\n",
        " " + KNOWN,
        KNOWN[:9] + "." + KNOWN[9:],
    ],
)
def test_another_spelling_of_base64url_is_refused(text: str) -> None:
    """Padding, spare bits, spaces and foreign letters are not skipped."""
    assert refusal(text) is Problem.RECORD_MALFORMED


def test_a_refusal_does_not_quote_the_content() -> None:
    """A malformed disclosure may still be secret; neither the message nor its cause tells it."""
    with pytest.raises(GroundtruceError) as caught:
        Disclosure.parse(text_of(f'["{SALT}","observer","Karl 7"'))
    assert "Karl" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "value", [1.5, None, True, 2**53, "e\u0301", "\ud800", ["x"], "x" * 50_000], ids=repr
)
def test_what_no_field_may_hold_is_not_withheld(value: object) -> None:
    """The author learns it at once, not the reader years later."""
    with pytest.raises(GroundtruceError) as caught:
        withhold({"field": value}, ["field"], seeded())  # type: ignore[dict-item]
    assert caught.value.problem is Problem.RECORD_MALFORMED


def test_a_field_that_is_not_there_is_not_withheld() -> None:
    """A misspelt name must not leave the field in the open."""
    with pytest.raises(GroundtruceError) as caught:
        withhold(FIELDS, ["observers"], seeded())
    assert caught.value.problem is Problem.RECORD_MISSING


def test_a_disclosure_of_another_statement_is_refused() -> None:
    """A disclosure must be one that the list holds."""
    mine = withhold(FIELDS, ["observer"], seeded(1))
    other = withhold(FIELDS, ["observer"], seeded(2))
    with pytest.raises(GroundtruceError) as caught:
        disclose(mine.kept, mine.digests, texts(other))
    assert caught.value.problem is Problem.RECORD_HASH


def test_an_open_field_is_not_replaced() -> None:
    """A disclosure for a name that the statement tells, or given twice, is refused."""
    withheld = withhold(FIELDS, ["observer"], seeded())
    for kept, given_texts in ((FIELDS, texts(withheld)), (withheld.kept, texts(withheld) * 2)):
        with pytest.raises(GroundtruceError) as caught:
            disclose(kept, withheld.digests, given_texts)
        assert caught.value.problem is Problem.RECORD_MALFORMED


def test_a_list_that_no_program_writes_is_refused() -> None:
    """Digests are SHA-256 in base64url, sorted, each once."""
    digests = withhold(FIELDS, ["observer"], seeded()).digests
    for wrong in (
        digests[::-1],
        (*digests, digests[-1]),
        ("A",),
        ("",),
        (sha256(b"").hexdigest(),),
        (digests[0] + "=",),
    ):
        with pytest.raises(GroundtruceError) as caught:
            disclose({}, wrong, [])
        assert caught.value.problem is Problem.RECORD_MALFORMED


def test_a_disclosure_does_not_show_itself() -> None:
    """It is not printed, formatted, copied or serialised by accident."""
    disclosure = Disclosure.make("observer", "Karl 7", seeded())
    shown = f"{disclosure} {disclosure!r} {[disclosure]} {disclosure.value}"
    assert "Karl" not in shown
    assert "observer" not in shown
    opened = disclose({}, [disclosure.digest], [disclosure.text.reveal()])
    assert "Karl" not in repr(opened)
    for serialise in (pickle.dumps, asdict, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            serialise(disclosure)
