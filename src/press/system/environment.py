"""The environment, which the press hands on to the programs it starts."""

import os


def environment() -> dict[str, str]:
    """Copy the process's environment.

    Returns:
        The variables, which the caller may change for a program it starts.
    """
    return dict(os.environ)  # noqa: TID251 - the press's one look at it
