"""The lexicon: complete in three languages, with every parent before its children."""

import pytest

from groundtruce.model.code import Language
from groundtruce.model.vocabulary import VocabularyName, agrees, covers, load_vocabulary


@pytest.mark.parametrize("name", list(VocabularyName))
def test_every_entry_is_complete(name: VocabularyName) -> None:
    """Labels and definitions exist in all languages; parents come first."""
    seen: set[str] = set()
    for code, entry in load_vocabulary(name).items():
        assert entry.parent is None or entry.parent in seen
        for language in Language:
            assert entry.label[language].strip()
            assert entry.definition[language].strip()
        seen.add(code)


def test_every_kind_has_a_known_counting_unit() -> None:
    """Counts of different units are never added, so each kind says what it counts."""
    units = load_vocabulary(VocabularyName.UNIT)
    assert all(entry.unit in units for entry in load_vocabulary(VocabularyName.KIND).values())


@pytest.mark.parametrize("name", list(VocabularyName))
def test_what_a_code_includes_exists(name: VocabularyName) -> None:
    """A code sums up only codes of its own vocabulary."""
    known = load_vocabulary(name)
    assert all(code in known for entry in known.values() for code in entry.includes)


def test_a_parent_covers_and_a_prefix_does_not() -> None:
    """Only whole steps of a code count."""
    assert covers("fire", "fire.mortar")
    assert not covers("fire.mor", "fire.mortar")


def test_agreement_is_symmetric() -> None:
    """Shelling may be mortar fire, whichever is named first; mortar is not tank."""
    kind = VocabularyName.KIND
    assert agrees(kind, "fire.shelling", "fire.mortar")
    assert agrees(kind, "fire.mortar", "fire.shelling")
    assert not agrees(kind, "fire.mortar", "fire.tank")
