"""Notebook files: reading, writing, and finding a cell by its number.

Code cells are counted from 1, as JupyterLab's ``[1]`` does after a run from
top to bottom.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode, ValidationError
from nbformat.reader import NotJSONError

from press.book.book import PressError

Notebooks = dict[str, NotebookNode]
"""Notebooks by their names: their paths from the book's root."""

_COMMAND = re.compile(r"^[ \t]*[%!].*$", re.MULTILINE)


def read(path: Path) -> NotebookNode:
    """Read a notebook, in format 4.

    Raises:
        PressError: The file holds no notebook.
    """
    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # nbformat leaves it untyped
    except (NotJSONError, ValidationError) as error:
        reason = str(error).partition("\n")[0]
        raise PressError(f"{path} is not a notebook: {reason}") from error
    return notebook


def dump(notebook: NotebookNode) -> bytes:
    """Write a notebook the one way that all of ours are stored.

    Keys are sorted, a level is one space, and a newline ends the file.
    """
    text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]  # nbformat leaves it untyped
    return f"{text}\n".encode()


def code_cells(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    """Go through a notebook's code cells, each with its number."""
    cells = (cell for cell in notebook.cells if cell.cell_type == "code")
    yield from enumerate(cells, start=1)


def parsed(source: str) -> ast.Module:
    """Parse a code cell, without the lines that only IPython understands.

    A file that the cell writes is parsed as well, if it is in Python; where
    nothing is, the tree is empty.
    """
    try:
        return ast.parse(_COMMAND.sub("", source))
    except SyntaxError:
        return ast.Module([], [])


def tags(cell: NotebookNode) -> list[str]:
    """List a cell's tags."""
    return list(cell.metadata.get("tags", []))


def errors(cell: NotebookNode) -> list[NotebookNode]:
    """List the errors that a code cell shows."""
    return [out for out in cell.outputs if out.output_type == "error"]


def shown(cell: NotebookNode) -> Iterator[str]:
    """List the texts that a code cell shows: what it printed, its value."""
    for output in cell.get("outputs", []):
        yield output.get("text", "")
        for kind, text in output.get("data", {}).items():
            if kind.startswith("text/"):
                yield text
