"""The environment, which the press hands on to the programs it starts."""

import os


def environment() -> dict[str, str]:
    """Copy the process's environment, for a program that is started."""
    return dict(os.environ)  # noqa: TID251 - the press's one look at it
