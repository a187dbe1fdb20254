"""The project that a book belongs to, and its address where one is known."""

import re
from collections.abc import Mapping
from pathlib import Path

from press.system.git import git

GITHUB = "https://github.com"
STAGE = ".stage"

# https, with or without credentials, and both spellings of ssh.
_REMOTE = re.compile(
    r"""(?: https://(?:[^/@\s]+@)? | ssh://git@ | git@ )
        github\.com [:/]
        (?P<slug> [\w.-]+ / [\w.-]+? ) (?:\.git)? /?""",
    re.VERBOSE,
)


def project(folder: Path) -> Path:
    """Give the project of a book's folder, which the press may have staged."""
    return folder.parents[1] if folder.parent.name == STAGE else folder


def address(root: Path, environ: Mapping[str, str]) -> str | None:
    """Tell the repository's address on GitHub, and never guess one.

    It is that of the git remote `origin`, without credentials, else the one
    that GitHub Actions tells in the environment, else None:
    https://docs.github.com/en/actions/reference/workflows-and-actions/variables
    """
    if remote := _REMOTE.fullmatch(_origin(root)):
        return f"{GITHUB}/{remote['slug']}"
    if slug := environ.get("GITHUB_REPOSITORY"):
        return f"{environ.get('GITHUB_SERVER_URL', GITHUB)}/{slug}"
    return None


def _origin(root: Path) -> str:
    """Ask git for the remote `origin` of the repository that is `root`.

    A project that was unpacked inside of another repository has no remote:
    that one's would be wrong.
    """
    if not (root / ".git").exists():
        return ""
    return git(root, "config", "--get", "remote.origin.url").strip()
