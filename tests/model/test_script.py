"""Texts for a drawing that does not turn brackets by itself."""

import pytest

from groundtruce.model.script import shape_for_drawing


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("line (example)", "line (example)"),
        ("خط (مثال)", "خط )مثال("),
        ("(مثال) خط", ")مثال( خط"),
        ("3 (حلب) [1]", "3 )حلب( ]1["),
        ("Aleppo (حلب)", "Aleppo (حلب)"),
        ("(1)", "(1)"),
        ("", ""),
    ],
)
def test_brackets_turn_with_the_text(text: str, drawn: str) -> None:
    """The first letter decides, as in pages; a text without letters runs from the left."""
    assert drawn == shape_for_drawing(text)
