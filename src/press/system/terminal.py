"""What the press says on the terminal."""

import sys


def say(text: str = "") -> None:
    """Write a line at once, also when the output is a file or a pipe.

    Args:
        text: The line, or several.
    """
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
