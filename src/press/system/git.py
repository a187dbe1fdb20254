"""What git knows of a folder."""

import shutil
import subprocess
from pathlib import Path


def git(root: Path, *arguments: str, check: bool = False) -> str:
    """Ask git about the repository that `root` is in.

    Returns:
        What it prints; nothing where it is not installed or cannot answer.

    Raises:
        FileNotFoundError: With `check`, git is not installed.
        subprocess.CalledProcessError: With `check`, git cannot answer.
    """
    program = shutil.which("git")
    if program is None and not check:
        return ""
    return subprocess.run(  # noqa: S603 - git, with arguments of our own
        [program or "git", *arguments],
        cwd=root,
        check=check,
        capture_output=True,
        text=True,
    ).stdout
