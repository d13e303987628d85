"""Prints the size on disk of each installed package, for the tables of docs/dependencies.md.

- Compiled copies (`.pyc`) are left out: they depend on who installed, not on the package.
- Names given on the command line choose the packages; without any, all are printed.
"""

import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

BYTES_PER_MB = 1_000_000


def size_bytes(package: Distribution) -> int:
    """The sum of the package's own files as installed."""
    own = (file for file in package.files or () if file.suffix != ".pyc")
    paths = (Path(str(package.locate_file(file))) for file in own)
    return sum(path.stat().st_size for path in paths if path.is_file())


def rows(names: Iterable[str]) -> Iterator[str]:
    """One line a package: name, version, megabytes, ordered by name."""
    wanted = {name.lower() for name in names}
    for package in sorted(distributions(), key=lambda found: found.name.lower()):
        if not wanted or package.name.lower() in wanted:
            yield f"{package.name}\t{package.version}\t{size_bytes(package) / BYTES_PER_MB:.1f} MB"


if __name__ == "__main__":
    print("\n".join(rows(sys.argv[1:])))
