"""`python -m benchmarks.fusion calibrate` prints the constants of certainty as they fit the generator, `voices` how the
cost of counting independent sources grows."""

import sys

from benchmarks.fusion.calibrate import calibrate
from benchmarks.fusion.voices import COLUMNS, counting_voices


def main() -> None:
    """Fit or measure, and print."""
    match sys.argv[1:]:
        case ["calibrate"]:
            for line in calibrate():
                print(line)
        case ["voices"]:
            for row in (COLUMNS, *counting_voices()):
                print(" | ".join(row))
        case _:
            sys.exit("usage: python -m benchmarks.fusion calibrate | voices")


if __name__ == "__main__":
    main()
