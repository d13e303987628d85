"""`python -m benchmarks.fusion calibrate`: prints the constants of certainty as they fit the generator."""

import sys

from benchmarks.fusion.calibrate import calibrate


def main() -> None:
    """Fit and print."""
    if sys.argv[1:] != ["calibrate"]:
        sys.exit("usage: python -m benchmarks.fusion calibrate")
    for line in calibrate():
        print(line)


if __name__ == "__main__":
    main()
