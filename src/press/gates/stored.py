"""How notebooks are stored: without outputs, the same bytes from any editor.

A difference between two versions then shows what an author changed. Tools
that drop outputs, nbstripout and nb-clean, neither name cells nor write folds.
"""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import nbformat
from nbformat import NotebookNode, ValidationError

from press.book.book import Book, PressError
from press.book.notebook import dump, tags
from press.making.roles import FOLDED, QUIET
from press.making.stage import write_if_changed

KERNEL = {
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
    "name": "python3",
}
EDITORS_OWN = {
    "ExecuteTime",
    "collapsed",
    "editable",
    "execution",
    "jp-MarkdownHeadingCollapsed",
    "scrolled",
    "slideshow",
    "vscode",
}


def normalise(book: Book) -> list[Path]:
    """Store every notebook as it should be stored; list those that changed."""
    return [
        path
        for path in book.sources()
        if write_if_changed(path, _normal_file(path))
    ]


def check(book: Book) -> Iterator[str]:
    """Find the notebooks that are not stored as they should be."""
    for path in book.sources():
        if path.read_bytes() != _normal_file(path):
            yield (
                f"{path.relative_to(book.root)} is not stored in its normal "
                "form: run `make format`."
            )


def normal(content: bytes) -> bytes:
    """Give the normal form of a notebook's file, in format 4.

    It has no outputs and no editors' own metadata, the kernel's standard
    name, an identity for every cell, folds as the tags say, and sorted keys.
    """
    notebook: NotebookNode = nbformat.from_dict(json.loads(content))  # type: ignore[no-untyped-call]  # nbformat leaves it untyped
    notebook.nbformat_minor = 5
    notebook.metadata = {
        **notebook.metadata,
        "kernelspec": KERNEL,
        "language_info": {"name": "python"},
    }
    taken: set[str] = set()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        cell.metadata = {
            key: value
            for key, value in cell.metadata.items()
            if key not in EDITORS_OWN
        }
        if folded := _folded(cell):
            cell.metadata["jupyter"] = folded
        if cell.get("id") is None or cell.id in taken:
            fresh = (f"cell-{number}" for number in count(len(taken) + 1))
            cell.id = next(name for name in fresh if name not in taken)
        taken.add(cell.id)
    return dump(notebook)


def _folded(cell: NotebookNode) -> dict[str, bool]:
    """Say what of a cell JupyterLab folds, in its own words."""
    folded = {}
    if cell.cell_type == "code":
        if FOLDED.intersection(tags(cell)):
            folded["source_hidden"] = True
        if QUIET.intersection(tags(cell)):
            folded["outputs_hidden"] = True
    return folded


def _normal_file(path: Path) -> bytes:
    try:
        return normal(path.read_bytes())
    except (AttributeError, ValueError, ValidationError) as error:
        raise PressError(f"{path} is not a notebook of format 4.") from error
