"""The lines that pages offer for pasting, and an empty project for them.

They are taken from the built pages, as a reader's browser shows them, and
run where nothing of this project can be imported.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from tests import warm

PROGRAM = "program.py"

# Runs one of the pasted files. This project is installed in the environment
# that the tests run in: a reader's project does not have it.
START = """\
import sys
sys.path[:] = [".", *(p for p in sys.path if not p.endswith("/src"))]
import asyncio, importlib.util, inspect, runpy
assert importlib.util.find_spec("bank") is None
assert importlib.util.find_spec("lab") is None
"""
RUN_MAIN = """
import program
if inspect.iscoroutinefunction(getattr(program, "main", None)):
    asyncio.run(program.main())
"""
# A reader has none of the plugins that this project installs.
RUN_PYTEST = """
import pytest
alone = ["--disable-plugin-autoload", "-p", "pytest_asyncio.plugin"]
sys.exit(pytest.main([*alone, "-q", "-p", "no:cacheprovider", "."]))
"""
SERVE = """
import uvicorn
uvicorn.run("app:app", port=int(sys.argv[1]), log_level="warning")
"""


@dataclass(frozen=True)
class Pasted:
    """What a page offers for pasting.

    Attributes:
        place: The page.
        files: The files that it makes, by their names; all blocks without a
            separate name make one program.
    """

    place: str
    files: dict[str, str]

    def write(self, folder: Path) -> None:
        """Write the files into an empty folder."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")


def pasted(place: str, soup: BeautifulSoup) -> Pasted:
    """Take the blocks from a built page, in the order of the page.

    Args:
        place: The page's path.
        soup: The page.

    Returns:
        What the page offers.
    """
    files: dict[str, str] = {}
    for cell in soup.select("div.cell.tag_paste"):
        code = cell.select_one(".cell_input pre")
        assert code is not None, f"{place}: an empty block"
        name = _file_name(cell) or PROGRAM
        before = files.get(name, "")
        files[name] = f"{before}\n\n{code.text}" if before else code.text
    return Pasted(place, files)


def _file_name(cell: Tag) -> str:
    """Read the caption over a block, if it has one."""
    above = cell.find_previous_sibling()
    caption = above.select_one(".file-name") if above else None
    return caption.text if caption else ""


def run(
    script: str, *arguments: str, folder: Path, url: str | None
) -> "subprocess.CompletedProcess[str]":
    """Run a script in a reader's project.

    Args:
        script: What to run after `START`.
        arguments: Its arguments.
        folder: The project's folder.
        url: The database, as ``DATABASE_URL``; None for the default.

    Returns:
        The ended process, with what it printed.
    """
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", START + script, *arguments],
        cwd=folder,
        env=variables(url),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def run_warm(
    script: str, *, folder: Path, url: str | None
) -> "subprocess.CompletedProcess[str]":
    """Run a script as `run` does, where the libraries are imported."""
    copy = warm.start(START + script, folder=folder, variables=variables(url))
    return copy.end()


def variables(url: str | None) -> dict[str, str]:
    """Give the environment of a reader's project on one database."""
    kept = {**os.environ}  # noqa: TID251 - handed on
    for name in ("DATABASE_URL", "PYTHONPATH", "PYTEST_ADDOPTS"):
        kept.pop(name, None)
    return kept | ({"DATABASE_URL": url} if url else {})
