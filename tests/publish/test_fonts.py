"""The letters of the PDF: all that we promise, each with its own outline."""

import io
import re
from importlib.resources import files

import pytest
from pypdf import PdfReader

from groundtruce.publish.pdf import render_pdf

NAMES = "été, œuvre, Łódź, Şanlıurfa, Ḥalab, Ādam"


def faces() -> list[tuple[str, str]]:
    """Family and weight of each font that the style sheet declares."""
    sheet = (files("groundtruce.publish") / "fonts" / "fonts.css").read_text("utf-8")
    return re.findall(r'font-family: "([^"]+)";.*?font-weight: (\d+);', sheet, re.DOTALL)


def test_each_family_and_weight_is_one_file() -> None:
    """Of two files with one family and weight, a PDF draws letters with the other's outlines."""
    assert len(faces()) == len(set(faces())) == 4


@pytest.mark.parametrize("weight", [400, 700])
def test_pdf_embeds_letters_of_names(weight: int) -> None:
    """Letters beyond French are not swapped for others: place names depend on them."""
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Names</title>'
        f'<p style="font: {weight} 12pt Noto Sans">{NAMES}</p></html>'
    )
    text = PdfReader(io.BytesIO(render_pdf(page))).pages[0].extract_text()
    assert NAMES in text
