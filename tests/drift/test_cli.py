"""Drift's command line."""

from pathlib import Path

import pytest

from drift import cli
from drift.patch import Edit, Patch
from press.system.git import git

SOURCE = "src/bank/pond.py"


def test_a_change_under_review_may_replace_what_would_be_broken(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    """What no longer fits it is named, and fails nothing."""
    (tmp_path / SOURCE).parent.mkdir(parents=True)
    (tmp_path / SOURCE).write_text("fish = 3\n")
    (tmp_path / "_config.yml").touch()
    author = ("-c", "user.name=me", "-c", "user.email=me@example.org")
    for command in (
        ("init", "--quiet"),
        ("add", "."),
        (*author, "commit", "--quiet", "--message=A pond"),
    ):
        git(tmp_path, *command, check=True)
    (tmp_path / SOURCE).write_text("fish = 4\n")
    kept = Patch("more-fish", "regressions", "", (Edit(SOURCE, "3", "5"),))
    monkeypatch.setattr(cli, "kept", lambda _kind: [kept])
    options = ("--root", str(tmp_path), "--only", "regressions")
    assert cli.main([*options, "--since", "HEAD"]) == 0
    assert "more-fish no longer fits" in capsys.readouterr().out
