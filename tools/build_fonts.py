"""Builds the packaged fonts from the npm packages of Noto Sans and Noto Sans Arabic, 5.3.0.

- `npm pack` both, unpack them, then `python tools/build_fonts.py NOTO_SANS_DIR NOTO_SANS_ARABIC_DIR`.
- The source splits Latin in two files. We join them: WeasyPrint knows a font by family and weight
  only, and of two files with the same it draws the letters of one with the outlines of the other.
- Same packages in, same bytes out: the fonts keep their own dates.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from fontTools.merge import Merger  # type: ignore[import-untyped] # publishes no types
from fontTools.ttLib import TTFont  # type: ignore[import-untyped] # publishes no types

TARGET = Path(__file__).parents[1] / "src/groundtruce/publish/fonts"
WEIGHTS = (400, 700)


def join(sources: list[Path], target: Path) -> None:
    """Write one WOFF2 with the letters of all sources; those that come first win."""
    with TemporaryDirectory() as folder:
        plain = []
        for source in sources:
            font = TTFont(source, recalcTimestamp=False)
            font.flavor = None
            plain.append(str(Path(folder) / f"{source.stem}.ttf"))
            font.save(plain[-1])
        joined = Merger().merge(plain)
    first = TTFont(sources[0])
    joined["head"].created = first["head"].created
    joined["head"].modified = first["head"].modified
    joined.recalcTimestamp = False
    joined.flavor = "woff2"
    joined.save(target)


def build(latin: Path, arabic: Path) -> None:
    """Write one font for each script and weight."""
    for weight in WEIGHTS:
        parts = [
            latin / "files" / f"noto-sans-{part}-{weight}-normal.woff2"
            for part in ("latin", "latin-ext")
        ]
        join(parts, TARGET / f"noto-sans-{weight}.woff2")
        source = arabic / "files" / f"noto-sans-arabic-arabic-{weight}-normal.woff2"
        (TARGET / f"noto-sans-arabic-{weight}.woff2").write_bytes(source.read_bytes())


if __name__ == "__main__":
    if len(sys.argv) != 3:  # noqa: PLR2004 - the program and its two arguments
        sys.exit("Usage: build_fonts.py NOTO_SANS_DIR NOTO_SANS_ARABIC_DIR, the unpacked packages")
    build(Path(sys.argv[1]), Path(sys.argv[2]))
    for font_file in sorted(TARGET.glob("*.woff2")):
        print(f"{font_file.name}\t{font_file.stat().st_size} bytes")
