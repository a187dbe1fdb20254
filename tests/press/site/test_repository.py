"""Which project a book is of, and where its repository is."""

from pathlib import Path

import pytest

from press.site.repository import address, project
from press.system.git import git

CI = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "someone/fork",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a repository without a remote."""
    git(tmp_path, "init", "--quiet", check=True)
    return tmp_path


def add_remote(root: Path, remote: str) -> None:
    """Let a repository have a remote."""
    git(root, "remote", "add", "origin", remote, check=True)


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
    add_remote(root, remote)
    assert address(root, {}) == "https://github.com/owner/name"


def test_dots_and_dashes_belong_to_the_name(root: Path) -> None:
    """Only a last `.git` is not part of a repository's name."""
    add_remote(root, "git@github.com:o-o/n.a-m_e.git")
    assert address(root, {}) == "https://github.com/o-o/n.a-m_e"


def test_remote_comes_before_ci(root: Path) -> None:
    """A checkout of another repository than CI's links to its own."""
    add_remote(root, "git@github.com:owner/name.git")
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
    git(root, "config", "remote.origin.url", remote, check=True)
    assert address(root, {}) is None


def test_no_remote_is_no_address(root: Path) -> None:
    """Without a remote and outside of CI there is no address."""
    assert address(root, {}) is None


def test_outer_repository_is_not_asked(root: Path) -> None:
    """A project unpacked inside of another repository is not that one."""
    add_remote(root, "git@github.com:owner/name.git")
    project = root / "vendor" / "project"
    project.mkdir(parents=True)
    assert address(project, {}) is None


def test_no_git_is_no_address(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without git builds the site all the same."""
    add_remote(root, "git@github.com:owner/name.git")
    monkeypatch.setenv("PATH", "")
    assert address(root, {}) is None


def test_staged_copy_belongs_to_its_project(tmp_path: Path) -> None:
    """What belongs to the project is looked for above the press's folder."""
    assert project(tmp_path) == tmp_path
    assert project(tmp_path / ".stage" / "book") == tmp_path
