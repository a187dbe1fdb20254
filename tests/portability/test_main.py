"""The command that runs every probe."""

import os
import subprocess
import sys

from portability.registry import GROUPS


def run(url):
    """Run the command with a database URL."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "portability"],
        env={**os.environ, "DATABASE_URL": url},  # noqa: TID251 - handed on
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_tells_each_groups_counts():
    """One line for each group, and the seconds."""
    ended = run("sqlite+aiosqlite:///bank.db")
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == list(GROUPS)
    assert all("probes, of which" in line for line in lines[:-1])
    assert lines[-1].endswith(" s")


def test_a_url_that_cannot_work_is_told_in_a_sentence():
    """The command ends by saying how to fix it, without a traceback."""
    ended = run("postgres://user:secret@host/database")
    assert ended.returncode == 1
    assert ended.stderr.startswith("SQLAlchemy knows no 'postgres'")
    assert ended.stderr.count("\n") == 1
    assert "secret" not in ended.stderr
