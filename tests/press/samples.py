"""Notebooks made for a test."""

from copy import deepcopy
from pathlib import Path
from textwrap import dedent
from typing import Any

from nbformat import NotebookNode, from_dict
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

from press.book.book import Run
from press.book.notebook import Notebooks, dump
from press.gates.stored import normal
from press.making.stage import read_all, stage


def code(source: str, **metadata: Any) -> NotebookNode:
    """Make a code cell."""
    cell: NotebookNode = new_code_cell(
        dedent(source).strip(), metadata=metadata
    )
    return cell


def text(source: str) -> NotebookNode:
    """Make a text cell."""
    cell: NotebookNode = new_markdown_cell(source)
    return cell


def notebook(*cells: NotebookNode, **metadata: Any) -> NotebookNode:
    """Make a notebook of copies of cells, known by their place."""
    cells = deepcopy(cells)
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    made: NotebookNode = new_notebook(cells=list(cells), metadata=metadata)
    return made


def write_notebook(path: Path, *cells: NotebookNode, **metadata: Any) -> None:
    """Store a notebook in its normal form."""
    path.write_bytes(normal(dump(notebook(*cells, **metadata))))


def staged(run: Run) -> Notebooks:
    """Stage a run, and give its notebooks."""
    notebooks = read_all(run.book)
    stage(run.book, run.tree, notebooks)
    return notebooks


def executed(stored: NotebookNode, *shown: str) -> NotebookNode:
    """Give an executed copy of a notebook whose code cells printed these."""
    copy = notebook(*stored.cells, language_info={"name": "python"})
    stamp = {"source": "0123456789ab", "executed": "2026-01-31"}
    copy.metadata.stamp = from_dict({**stamp, "versions": {}})
    cells = (cell for cell in copy.cells if cell.cell_type == "code")
    for number, (cell, words) in enumerate(
        zip(cells, shown, strict=True), start=1
    ):
        cell.execution_count = number
        cell.outputs = [new_output("stream", name="stdout", text=words)]
    return copy
