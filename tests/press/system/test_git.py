"""What git is asked."""

import subprocess
from pathlib import Path

import pytest

from press.system.git import git


def test_what_git_cannot_answer_is_empty(tmp_path: Path):
    """No repository is as if nothing were known, unless it is needed."""
    assert git(tmp_path, "rev-parse", "HEAD") == ""
    with pytest.raises(subprocess.CalledProcessError):
        git(tmp_path, "rev-parse", "HEAD", check=True)


def test_without_git_nothing_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A book is made from an archive, too, where git is not installed."""
    git(tmp_path, "init", check=True)
    assert git(tmp_path, "rev-parse", "--is-inside-work-tree") == "true\n"
    monkeypatch.setenv("PATH", "")
    assert git(tmp_path, "rev-parse", "--is-inside-work-tree") == ""
    with pytest.raises(FileNotFoundError):
        git(tmp_path, "rev-parse", "--is-inside-work-tree", check=True)
