"""The command line, from the outside."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from press.book.book import Book, Run
from press.book.notebook import dump
from tests.press.samples import code, notebook

SLEEP = """
import os
import time
from pathlib import Path

Path("pids").write_text(f"{os.getpid()} {os.getppid()}")
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


def test_no_book(tmp_path: Path) -> None:
    """A folder without a book is named, and left as it is."""
    done = subprocess.run(
        press(Book(tmp_path), "book"),
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"There is no _config.yml in {tmp_path}: ")
    assert list(tmp_path.iterdir()) == []


def test_unknown_step(book: Book) -> None:
    """A step that ONLY misspells is refused, with those that there are."""
    done = subprocess.run(
        press(book, "test", ONLY="lint banks"),
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr == (
        "ONLY names banks: it takes some of"
        " lint, bank, rest, notebooks, site.\n"
    )


def test_help(book: Book) -> None:
    """The help names every command and what it does."""
    done = subprocess.run(
        press(book, "--help"), capture_output=True, check=True, text=True
    )
    for name in ("book", "site", "test", "lint", "format"):
        assert f"    {name} " in done.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_end(book: Book, run: Run, number: signal.Signals) -> None:
    """However the press ends, pytest and the kernels end within seconds."""
    for path in book.sources():
        path.unlink()
    sleeper = book.root / "notebooks" / "04-sleep.ipynb"
    sleeper.write_bytes(dump(notebook(code(SLEEP))))
    pids = run.tree / "notebooks" / "pids"
    with subprocess.Popen(
        press(book, "book"), stderr=subprocess.PIPE, text=True
    ) as program:
        assert wait_for(lambda: pids.exists() and pids.read_text() != "")
        started = [int(pid) for pid in pids.read_text().split()]
        assert all(alive(pid) for pid in started)
        program.send_signal(number)
        _, errors = program.communicate(timeout=10)
    assert wait_for(lambda: not any(alive(pid) for pid in started))
    if number == signal.SIGTERM:
        assert errors == "Interrupted.\n"
        assert program.returncode == 130


@pytest.mark.usefixtures("heard_signals")
def test_parent_killed(book: Book) -> None:
    """The press ends when `make` is killed, which can tell nobody."""
    pids = book.root / "pids"
    parent = (
        "import subprocess, sys; "
        "press = subprocess.Popen(sys.argv[2:]); "
        "open(sys.argv[1], 'w').write(str(press.pid)); "
        "press.wait()"
    )
    with (
        flock(book),
        subprocess.Popen(
            [sys.executable, "-c", parent, str(pids), *press(book, "book")],
            stdout=subprocess.PIPE,
            text=True,
        ) as program,
    ):
        assert program.stdout
        assert program.stdout.readline().startswith("Waiting for another run")
        pid = int(pids.read_text())
        program.kill()
        assert wait_for(lambda: not alive(pid))


@contextmanager
def flock(book: Book) -> Iterator[None]:
    """Hold the lock that a run on the book takes."""
    book.work.mkdir()
    with (book.work / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> bool:
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
