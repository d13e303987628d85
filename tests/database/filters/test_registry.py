"""The registry: every filter says its values in every language, and every facet is shown."""

import pytest
from tests.database.views import SYRIA, terms

from groundtruce.database.filters.filter import FacetFilter, Filter
from groundtruce.database.filters.registry import BY_KEY, FACETS, FILTERS
from groundtruce.language.words import Words
from groundtruce.model.code import UNKNOWN, Language

_OTHER = {
    "kind": "civilians",
    "weapon": UNKNOWN,
    "target": "combatant",
    "actor": UNKNOWN,
    "party": "Free Army",
    "verdict": "none",
    "clause": "A1",
    "reason": "missing(place)",
    "source": "Centre",
    "day__gte": "2016-03-05",
    "day__lte": "2016-03-05",
    "touches": "2016-03-05",
    "bbox": "0,0,1,1",
    "q": "hospital",
    "corroborated": "no",
    "contradiction": "any",
    "placed": "no",
    "killed__gte": "11",
    "incident": "I-aaaaaaaaaaaa",
}
"""Another value of each key beside its example."""


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("choice", FILTERS, ids=BY_KEY)
def test_a_filter_names_its_value_in_every_language(choice: Filter, language: Language) -> None:
    """The sentence of a filter is translated, has room for one value, and says which one it is."""
    words = Words(language, terms(SYRIA).agreement)
    sentence = words.say(choice.sentence)
    assert (sentence == choice.sentence) == (language is Language.ENGLISH)
    phrases = [
        choice.phrase(words, choice.parse(value)) for value in (choice.example, _OTHER[choice.key])
    ]
    assert all(phrases)
    said = [sentence.format(value=phrase) for phrase in phrases]
    assert said[0] != said[1]
    assert all(phrase in text for phrase, text in zip(phrases, said, strict=True))


def test_words_and_names_are_said_as_they_are() -> None:
    """A search for the word unknown is one for that word; a source that is not known is said to be so."""
    words = Words(Language.ENGLISH, terms(SYRIA).agreement)
    assert BY_KEY["q"].phrase(words, UNKNOWN) == UNKNOWN
    assert BY_KEY["source"].phrase(words, UNKNOWN) == "not known"


def test_every_facet_is_shown_once() -> None:
    """Each filter whose values can be counted is among the facets, and keys name one filter each."""
    assert sorted(choice.key for choice in FACETS) == sorted(
        choice.key for choice in FILTERS if isinstance(choice, FacetFilter)
    )
    assert len(BY_KEY) == len(FILTERS)
