"""Exercises: unsolved, the verdict is bad, and the notebook runs through."""

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.book import lessons

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
EXERCISE = re.compile(
    r"^:::\{exercise\}.*\n:label: (?P<label>\S+)", re.MULTILINE
)
START = re.compile(r"^:::\{solution-start\} (?P<label>\S+)", re.MULTILINE)
END = re.compile(r"^:::\{solution-end\}", re.MULTILINE)
GOOD = "\nassert result.good\n"


def without_solutions(
    notebook: NotebookNode,
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Take the solutions out.

    Give each exercise's visible code cells, and the code of each solution.
    """
    kept: list[NotebookNode] = []
    cells: dict[str, list[str]] = {}
    solutions: dict[str, list[str]] = {}
    label, solving = "", False
    for cell in notebook.cells:
        source = cell.source if cell.cell_type == "markdown" else ""
        if found := EXERCISE.search(source):
            label = found["label"]
            cells[label] = []
        if found := START.search(source):
            assert found["label"] == label, "the solution is its exercise's"
            solving = True
            solutions[label] = []
        if not solving:
            kept.append(cell)
            if label and cell.cell_type == "code":
                cells[label].append(cell.id)
        elif cell.cell_type == "code":
            solutions[label].append(cell.source)
        if END.search(source):
            label, solving = "", False
    notebook.cells = kept
    return cells, solutions


@pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)
def test_solutions_are_asserted(path):
    """The code of each solution asserts that its verdict is good."""
    _, solutions = without_solutions(nbformat.read(path, as_version=4))
    for label, code in solutions.items():
        assert any(GOOD in source for source in code), label
    assert solutions


@pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)
def test_unsolved_exercises_are_judged_bad(path, monkeypatch, tmp_path):
    """Without its solutions a notebook runs through, and says "Not yet"."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    notebook = nbformat.read(path, as_version=4)
    exercises, _ = without_solutions(notebook)
    assert 1 <= len(exercises) <= 3
    client = NotebookClient(
        notebook,
        timeout=60,
        kernel_name="python3",
        resources={"metadata": {"path": os.fspath(NOTEBOOKS)}},
    )
    client.execute()
    for label, ids in exercises.items():
        said = [
            output.get("text", "")
            + output.get("data", {}).get("text/plain", "")
            for cell in notebook.cells
            if cell.id in ids
            for output in cell.outputs
        ]
        assert any("Not yet" in text for text in said), label
