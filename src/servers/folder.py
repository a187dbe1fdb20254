"""The folder of one run's servers, and what killed runs left behind."""

import fcntl
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

PREFIX = "press-servers-"


@contextmanager
def own_folder() -> Iterator[Path]:
    """Make the run's folder, and remove it and stale ones of other runs.

    A lock on a file inside says that its keeper lives. The folder gets
    the name that ``sweep`` looks for only once the lock is held.
    """
    sweep()
    new = Path(tempfile.mkdtemp(prefix="new-"))
    with (new / "lock").open("x") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        new.chmod(0o711)  # the servers' accounts pass through
        folder = new.rename(new.with_name(PREFIX + new.name[4:]))
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


def sweep() -> None:
    """Stop the servers of keepers that were killed; remove their data."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with ExitStack() as stack:
            try:
                if folder.stat().st_uid != os.geteuid():
                    continue
                lock = stack.enter_context((folder / "lock").open())
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, FileNotFoundError):
                continue  # its keeper lives, or another sweep was first
            end_orphans(folder)
            with suppress(FileNotFoundError):  # the other sweep just ended
                shutil.rmtree(folder)


def end_orphans(folder: Path) -> None:
    """Stop the servers whose data is in a folder, and wait for their end.

    They are known by their command lines, which name the folder: unlike
    a process id, its random name is never used again.

    Raises:
        TimeoutError: A server withstands SIGKILL for 10 seconds.
    """
    deadline = time.monotonic() + 10
    number = signal.SIGQUIT  # lets PostgreSQL free its memory
    while orphans := [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(
            word.rpartition("=")[2].startswith(f"{folder}/")
            for word in process.info["cmdline"] or ()
        )
    ]:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{orphans} do not end.")
        for process in orphans:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        number = signal.SIGKILL
        psutil.wait_procs(orphans, timeout=0.2)
