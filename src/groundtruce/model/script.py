"""Scripts: what a drawing must be told of a text that runs from right to left.

* Pages turn brackets by themselves; the map library joins Arabic letters but draws brackets as they are.

>>> for_drawing("line (example)"), for_drawing("خط (مثال)") == "خط )مثال("
('line (example)', True)
"""

import unicodedata

__all__ = ["shape_for_drawing"]

_TURNED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")


def shape_for_drawing(text: str) -> str:
    """Return a text with its brackets turned if it begins from the right: by its first letter, as pages decide it."""
    strong = (unicodedata.bidirectional(letter) for letter in text)
    first = next((direction for direction in strong if direction in ("L", "R", "AL")), "L")
    return text if first == "L" else text.translate(_TURNED)
