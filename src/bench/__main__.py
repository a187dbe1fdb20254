"""``python -m bench``: see :mod:`bench.run`."""

import argparse
import sys
from pathlib import Path

from bench.run import run


def main() -> int:
    """Run the command.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(
        "python -m bench",
        description="Measure what the bank's repository pattern costs.",
    )
    parser.add_argument(
        "--quick", action="store_true", help="take a minute instead of ten"
    )
    parser.add_argument(
        "--publish", action="store_true", help="write the book's results"
    )
    parsed = parser.parse_args()
    return run(Path.cwd(), quick=parsed.quick, publish=parsed.publish)


if __name__ == "__main__":
    sys.exit(main())
