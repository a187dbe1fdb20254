"""Which project a book is of, and where its repository is."""

import subprocess
from pathlib import Path

import pytest

from press.site.repository import address, project

CI = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "someone/fork",
}


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder."""
    subprocess.run(["git", "-C", folder, *arguments], check=True)  # noqa: S607 - the machine's git


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a repository without a remote."""
    git(tmp_path, "init", "--quiet")
    return tmp_path


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/owner/name",
        "https://github.com/owner/name.git",
        "https://github.com/owner/name/",
        "https://user:token@github.com/owner/name.git",
        "git@github.com:owner/name.git",
        "ssh://git@github.com/owner/name.git",
    ],
)
def test_remote_on_github_is_the_address(root: Path, remote: str) -> None:
    """Every spelling of a GitHub remote gives its page, no credentials."""
    git(root, "remote", "add", "origin", remote)
    assert address(root, {}) == "https://github.com/owner/name"


def test_dots_and_dashes_belong_to_the_name(root: Path) -> None:
    """Only a last `.git` is not part of a repository's name."""
    git(root, "remote", "add", "origin", "git@github.com:o-o/n.a-m_e.git")
    assert address(root, {}) == "https://github.com/o-o/n.a-m_e"


def test_remote_comes_before_ci(root: Path) -> None:
    """A checkout of another repository than CI's links to its own."""
    git(root, "remote", "add", "origin", "git@github.com:owner/name.git")
    assert address(root, CI) == "https://github.com/owner/name"


def test_ci_tells_the_address(root: Path) -> None:
    """Without a remote, the environment of GitHub Actions names it."""
    assert address(root, CI) == "https://github.com/someone/fork"
    elsewhere = CI | {"GITHUB_SERVER_URL": "https://github.example.org"}
    assert (
        address(root, elsewhere) == "https://github.example.org/someone/fork"
    )


@pytest.mark.parametrize(
    "remote",
    [
        "",
        "/srv/git/name.git",
        "https://example.org/owner/name.git",
        "https://github.com.example.org/owner/name",
        "git@example.org:github.com/owner/name.git",
        "https://github.com/owner",
    ],
)
def test_other_remote_is_no_address(root: Path, remote: str) -> None:
    """Nothing is made up of a remote that is not on GitHub."""
    git(root, "config", "remote.origin.url", remote)
    assert address(root, {}) is None


def test_no_remote_is_no_address(root: Path) -> None:
    """Without a remote and outside of CI there is no address."""
    assert address(root, {}) is None


def test_outer_repository_is_not_asked(root: Path) -> None:
    """A project unpacked inside of another repository is not that one."""
    git(root, "remote", "add", "origin", "git@github.com:owner/name.git")
    project = root / "vendor" / "project"
    project.mkdir(parents=True)
    assert address(project, {}) is None


def test_no_git_is_no_address(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without git builds the site all the same."""
    git(root, "remote", "add", "origin", "git@github.com:owner/name.git")
    monkeypatch.setenv("PATH", "")
    assert address(root, {}) is None


def test_staged_copy_belongs_to_its_project(tmp_path: Path) -> None:
    """What belongs to the project is looked for above the press's folder."""
    assert project(tmp_path) == tmp_path
    assert project(tmp_path / ".stage" / "book") == tmp_path
