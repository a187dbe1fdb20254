"""``python -m bench``: see :mod:`bench.run`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.run import run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The arguments, or ``None`` for those of the command line.

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
        "--publish", action="store_true", help="write book/bench.json as well"
    )
    parsed = parser.parse_args(arguments)
    return run(Path.cwd(), quick=parsed.quick, publish=parsed.publish)


if __name__ == "__main__":
    sys.exit(main())
