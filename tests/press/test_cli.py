"""The command line, from the outside."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from press.book import Book, Edition
from press.notebook import dump
from tests.press.samples import code, notebook

SLEEP = """
import os
import time
from pathlib import Path

Path("kernel.pid").write_text(str(os.getpid()))
time.sleep(60)
"""


def press(book: Book, *arguments: str, **variables: str) -> list[str]:
    """Give the command line that runs the press on a book."""
    env = [f"{name}={value}" for name, value in variables.items()]
    program = [sys.executable, "-m", "press", "--root", str(book.root)]
    return ["env", *env, *program, *arguments]


def test_bad_url(book: Book) -> None:
    """What cannot work ends in one sentence and a status, not a traceback."""
    done = subprocess.run(
        press(book, "book", DATABASE_URL="oracle://scott:tiger@localhost"),
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("DATABASE_URL names no database that")
    assert len(done.stderr.splitlines()) == 1


def test_help(book: Book) -> None:
    """The help names every command and what it does."""
    done = subprocess.run(
        press(book, "--help"), capture_output=True, check=True, text=True
    )
    for name in ("book", "test", "lint", "format"):
        assert f"    {name} " in done.stdout


def test_interrupt(book: Book, edition: Edition) -> None:
    """SIGTERM ends the press, pytest and kernels within seconds."""
    for path in book.sources():
        path.unlink()
    sleeper = book.root / "notebooks" / "04-sleep.ipynb"
    sleeper.write_bytes(dump(notebook(code(SLEEP))))
    pid_file = edition.tree / "notebooks" / "kernel.pid"
    with subprocess.Popen(
        press(book, "book"), stderr=subprocess.PIPE, text=True
    ) as program:
        assert wait_for(lambda: pid_file.exists() and pid_file.read_text())
        kernel = int(pid_file.read_text())
        program.send_signal(signal.SIGTERM)
        _, errors = program.communicate(timeout=10)
    assert errors == "Interrupted.\n"
    assert program.returncode == 130
    assert wait_for(lambda: not alive(kernel))


def wait_for(condition, seconds: float = 20) -> bool:
    """Wait until something holds, and say whether it does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def alive(pid: int) -> bool:
    """Say whether a process runs; one that waits to be reaped does not."""
    status = Path(f"/proc/{pid}/stat")
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not status.exists() or status.read_text().split(")")[1][1] != "Z"
