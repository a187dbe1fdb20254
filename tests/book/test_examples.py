"""The programs that pages include do what the pages say."""

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "book" / "examples"


def run(program: str, folder: Path) -> str:
    """Run an example as a reader would, in a folder of its own."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / program],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr == ""
    assert ended.returncode == 0
    return ended.stdout


def test_first_program_stores_a_user_and_reads_it_back(tmp_path):
    """The landing page's program prints the user, on every run a new one."""
    assert run("first.py", tmp_path) == "1 ann@example.org\n"
    assert run("first.py", tmp_path) == "2 ann@example.org\n"


def test_every_example_is_tested():
    """No example lies beside the tested ones."""
    assert {path.name for path in EXAMPLES.iterdir()} == {"first.py"}
