"""Sentences marked for translation where they are written; what shows them translates them.

>>> translatable("Breach")
'Breach'
"""

__all__ = ["translatable"]


def translatable(text: str) -> str:
    """Mark a text for translation; `tools/messages.py` finds it, and it is translated when it is shown."""
    return text
