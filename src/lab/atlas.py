"""The messages that the book knows, read from its notebooks.

The error atlas, ``notebooks/errors``, is read as it is stored: the message
that each entry shows, and the other wordings in its cell's metadata. The
errors that other pages show on purpose are outputs, so they are read from the
copies that the last ``make book`` executed.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
"""The repository."""

ATLAS = ROOT / "notebooks" / "errors"
"""Where the atlas is."""

EXECUTED = ROOT / ".stage" / "executed"
"""Where the executed copies are, in a folder for each database."""

_FENCE = re.compile(r"```text\n(.*?)```", re.DOTALL)
_FENCES = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_FIX = re.compile(r"\*\*Fix\.\*\*\s+(.*?)\s+\*\*Prevent\.\*\*", re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_EXPECTS = re.compile(r"\bexpect\(")
_ERROR = re.compile(r"[A-Z]\w+: .+(?:\n {2}.+)*")  # folded by `lab.expect`


@dataclass(frozen=True)
class Entry:
    """A heading under which an error is explained.

    Attributes:
        title: The heading.
        page: The notebook's path in the repository and the heading's anchor.
        fix: How to fix the error, in Markdown; empty outside the atlas, where
            the text under the heading says it.
        wordings: The texts that it is found by.
    """

    title: str
    page: str
    fix: str
    wordings: tuple[str, ...]


def read_atlas(folder: Path = ATLAS) -> list[Entry]:
    """Read the entries of the error atlas.

    Args:
        folder: The folder that holds its notebooks.

    Returns:
        The entries, notebook by notebook.

    Raises:
        FileNotFoundError: The folder is not there, as in a wheel.
    """
    if not folder.is_dir():
        raise FileNotFoundError(
            f"There is no error atlas in {folder}: install the book from its"
            " repository, with `pip install --editable`."
        )
    return [
        entry
        for path in sorted(folder.glob("*.ipynb"))
        for entry in _entries(path)
    ]


def read_shown(folder: Path = EXECUTED) -> list[Entry]:
    """Read the errors that pages outside the atlas show on purpose.

    Args:
        folder: The folder with the executed copies.

    Returns:
        The headings that show any, in the order of the pages; none before
        the first ``make book``.
    """
    found: dict[tuple[str, str], dict[str, None]] = {}
    for database in sorted(folder.glob("*")):
        for path in sorted(database.glob("notebooks/**/*.ipynb")):
            page = path.relative_to(database)
            if page.parent.name == ATLAS.name:
                continue
            for title, error in _shown(path):
                errors = found.setdefault((page.as_posix(), title), {})
                errors[error] = None
    return [
        Entry(title, f"{page}#{_anchor(title)}", "", tuple(errors))
        for (page, title), errors in sorted(found.items())
    ]


def _entries(path: Path) -> Iterator[Entry]:
    """Read the entries of one of the atlas' notebooks."""
    cells = _cells(path)
    for number, cell in enumerate(cells):
        patterns = cell["metadata"].get("error", {}).get("patterns")
        if not patterns:
            continue
        text = "".join(cell["source"])
        title = text.partition("\n")[0].removeprefix("## ")
        fence = _FENCE.search(text)
        lines = fence[1].splitlines() if fence else []
        yield Entry(
            title,
            f"notebooks/errors/{path.name}#{_anchor(title)}",
            _fix(cells[number + 1 :]),
            (title, *filter(None, lines), *patterns),
        )


def _shown(path: Path) -> Iterator[tuple[str, str]]:
    """List the errors that an executed notebook shows, with its headings."""
    title = ""
    for cell in _cells(path):
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            title = ([title, *_HEADING.findall(_FENCES.sub("", text))])[-1]
        elif _EXPECTS.search(text):
            for output in cell["outputs"]:
                printed = "".join(output.get("text", ""))
                for error in _ERROR.findall(printed):
                    yield title, " ".join(error.split())


def _cells(path: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cells"]
    return cells


def _fix(cells: Iterable[dict[str, Any]]) -> str:
    """Get the fix from the next cell that has one."""
    found = (_FIX.match("".join(cell["source"])) for cell in cells)
    return next(match[1] for match in found if match)


def _anchor(title: str) -> str:
    """Write a heading as its address, as the site and JupyterLab's do."""
    return re.sub(r"[^\w\- ]", "", title.lower().replace(" ", "-"))
