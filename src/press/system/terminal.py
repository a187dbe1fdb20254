"""What the press says on the terminal."""

import sys


def say(text: str) -> None:
    """Write a line, or several, at once, also to a file or a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
