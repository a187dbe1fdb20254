"""Run a script in a copy of a process that has the libraries imported.

A program of ten lines takes most of its second for its imports. What it
imports is what it names, here too: a name without its import is an error.
"""

import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

IMPORTED = (
    "aiomysql",
    "aiosqlite",
    "alembic",
    "asyncpg",
    "fastapi",
    "httpx",
    "pytest",
    "pytest_asyncio",
    "sqlalchemy.ext.asyncio",
    "tests.warm",
    "uvicorn",
)
COPIES = get_context("forkserver")
COPIES.set_forkserver_preload(list(IMPORTED))


@dataclass(frozen=True)
class Copy:
    """A script that runs.

    Attributes:
        process: Its process.
        printed: A folder with what it prints.
    """

    process: BaseProcess
    printed: "tempfile.TemporaryDirectory[str]"

    def end(self) -> "subprocess.CompletedProcess[str]":
        """Wait for its end, a minute at most, and give what it printed."""
        self.process.join(timeout=60)
        if self.process.exitcode is None:
            self.process.kill()
            raise TimeoutError
        with self.printed as folder:
            out, err = (Path(folder, name).read_text() for name in "12")
        return subprocess.CompletedProcess(
            self.process.name, self.process.exitcode, out, err
        )


def start(
    script: str,
    *,
    folder: Path | None = None,
    variables: Mapping[str, str] | None = None,
) -> Copy:
    """Start a script, with warnings as errors.

    Args:
        script: The script.
        folder: Where it runs; by default here.
        variables: All of its environment; by default this one.

    Returns:
        The running script. Start and end several from one thread.
    """
    printed = tempfile.TemporaryDirectory(prefix="printed-")
    process = COPIES.Process(
        target=_become,
        args=(
            script,
            folder or Path.cwd(),
            dict(variables or os.environ),  # noqa: TID251 - handed on
            Path(printed.name),
        ),
    )
    process.start()
    return Copy(process, printed)


def _become(
    script: str, folder: Path, variables: dict[str, str], printed: Path
) -> None:
    """Become the script: its output, its folder, its environment."""
    for number in (1, 2):
        with (printed / str(number)).open("wb") as file:
            os.dup2(file.fileno(), number)
    os.chdir(folder)
    os.environ.clear()  # noqa: TID251 - the script's own
    os.environ.update(variables)  # noqa: TID251
    sys.path_importer_cache.clear()  # "." is another folder now
    warnings.simplefilter("error")
    exec(script, {"__name__": "__main__"})  # noqa: S102 - a test's own
