"""Folding: text as it is searched, the same for what is stored and for what is asked.

* Letters without case and marks, digits as 0 to 9, words apart by one space, nothing else.
* Arabic: alef with hamza or madda, and alef wasla, as alef; hamza alone and tatweel go; taa marbuta as haa, alef
  maqsura as yaa, and the Persian yeh and kaf as the Arabic ones.
* An apostrophe within a word goes, so that Ma'arra and Maarra are one word; every other sign parts words.

>>> fold_text("Ma'arrat an-Nuʿmān")
'maarrat an numan'
>>> fold_text("إِدْلِب") == fold_text("ادلب")
True
"""

import polars as pl

__all__ = ["fold_column", "fold_text"]

_LETTERS = {
    "ٱ": "ا",
    "ة": "ه",
    "ى": "ي",
    "ی": "ي",
    "ې": "ي",
    "ک": "ك",
    "ے": "ي",
    "ہ": "ه",
    "ە": "ه",
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "ð": "d",
    "đ": "d",
    "þ": "th",
    "ł": "l",
    "ħ": "h",
    "ı": "i",
    "ς": "σ",
} | {chr(start + digit): str(digit) for start in (0x0660, 0x06F0) for digit in range(10)}
"""Letters that Unicode does not take apart, and digits of Arabic and Persian, by what replaces them."""

_DROPPED = r"[\p{M}\p{Cf}ءـ'’‘ʼʻʿʾ`´]+"
"""Marks, invisible signs, hamza, tatweel and the apostrophes of transliterations: gone within a word."""

_BETWEEN = r"[^\p{L}\p{N} ][^\p{L}\p{N}]*| [^\p{L}\p{N}]+"
"""What parts words, but for a single space, which most often does and can stay."""


def fold_column(text: pl.Expr) -> pl.Expr:
    """Return the folded form of a text column; null stays null."""
    plain = text.str.normalize("NFKD").str.to_lowercase().str.replace_all(_DROPPED, "")
    letters = plain.str.replace_many(_LETTERS)
    return letters.str.replace_all(_BETWEEN, " ").str.strip_chars(" ")


def fold_text(text: str) -> str:
    """Return the folded form of one text."""
    return str(pl.select(fold_column(pl.lit(text))).item())
