"""Run a script in a copy of a process that has the libraries imported.

A program of ten lines takes most of its second for its imports. What it
imports is what it names, here too: a name without its import is an error.
"""

import os
import subprocess
import sys
import warnings
from collections.abc import Mapping
from multiprocessing import get_context
from pathlib import Path

IMPORTED = (
    "aiomysql",
    "aiosqlite",
    "asyncpg",
    "fastapi",
    "httpx",
    "pytest",
    "pytest_asyncio",
    "sqlalchemy.ext.asyncio",
    "tests.site.warm",
)
COPIES = get_context("forkserver")
COPIES.set_forkserver_preload(list(IMPORTED))


def run(
    script: str, *, folder: Path, variables: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run a script, with warnings as errors.

    Args:
        script: The script.
        folder: Where it runs; what it prints goes to files beside it.
        variables: All of its environment.

    Returns:
        The ended process, with what it printed.
    """
    printed = [folder.with_suffix(end) for end in (".out", ".err")]
    process = COPIES.Process(
        target=_enter, args=(script, folder, dict(variables), printed)
    )
    process.start()
    process.join(timeout=60)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError(script)
    return subprocess.CompletedProcess(
        script, process.exitcode, *(path.read_text() for path in printed)
    )


def _enter(
    script: str, folder: Path, variables: dict[str, str], printed: list[Path]
) -> None:
    """Become the script: its output, its folder, its environment."""
    for number, path in enumerate(printed, 1):
        with path.open("wb") as file:
            os.dup2(file.fileno(), number)
    os.chdir(folder)
    os.environ.clear()  # noqa: TID251 - the script's own
    os.environ.update(variables)  # noqa: TID251
    sys.path_importer_cache.clear()  # "." is another folder now
    warnings.simplefilter("error")
    exec(script, {"__name__": "__main__"})  # noqa: S102 - what a page offers
