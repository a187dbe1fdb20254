"""The folder of one run's servers, and what killed runs left behind."""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

PREFIX = "press-servers-"


@contextmanager
def own_folder() -> Iterator[Path]:
    """Make the run's folder, and remove it and stale ones of other runs.

    A lock on a file inside says that its keeper lives. The folder gets
    the name that ``sweep`` looks for only once the lock is held.

    Yields:
        The folder's path.
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

    Args:
        folder: The folder of a keeper that is gone.

    Raises:
        TimeoutError: A server withstands SIGKILL for 10 seconds.
    """
    data = re.compile(rf"(-D |=| ){re.escape(str(folder))}/")
    deadline = time.monotonic() + 10
    signals = iter([signal.SIGQUIT])  # lets PostgreSQL free its memory
    while True:
        listing = subprocess.run(
            ["/bin/ps", "-axww", "-o", "pid=,args="],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        orphans = [
            int(line.split()[0])
            for line in listing.splitlines()
            if data.search(line)
        ]
        if not orphans:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"Processes {orphans} do not end.")
        number = next(signals, signal.SIGKILL)
        for pid in orphans:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        time.sleep(0.2)
