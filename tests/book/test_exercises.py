"""Exercises: complete, not yet solved, and solved by their solutions."""

import copy
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.book import lessons

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
PARTS = ("exercise", "check", "stub", "solution")


def part(cell: NotebookNode) -> str:
    """Say which part of an exercise a cell is; empty if it is none."""
    return next(
        (tag for tag in cell.metadata.get("tags", []) if tag in PARTS), ""
    )


def parts(path: Path) -> list[NotebookNode]:
    """List the cells of a notebook's exercises, in their order."""
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if part(cell)]


def shown(cell: NotebookNode) -> str:
    """Give what a cell printed and returned."""
    return "".join(
        output.get("text", "") + output.get("data", {}).get("text/plain", "")
        for output in cell.outputs
    )


@pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)
def test_exercises_are_complete(path):
    """A task, then its check, its stub, and its solution, asserted."""
    found = parts(path)
    starts = [n for n, cell in enumerate(found) if part(cell) == "exercise"]
    assert 1 <= len(starts) <= 3
    assert starts[0] == 0
    for start, end in zip(starts, [*starts[1:], len(found)], strict=True):
        exercise = found[start:end]
        names = [part(cell) for cell in exercise]
        assert exercise[0].source.startswith("**Exercise: ")
        assert names == sorted(names, key=PARTS.index)
        assert {"check", "stub", "solution"} <= set(names)
        code = [
            cell.source
            for cell in exercise
            if part(cell) == "solution" and cell.cell_type == "code"
        ]
        assert any("assert result.good" in source for source in code)


@pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)
def test_exercises_are_judged(path, monkeypatch, tmp_path):
    """A stub's verdict is "Not yet", and a solution's is "Right".

    Both hold on the way down, and again after the whole notebook has run,
    which is when a reader solves them.
    """
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    notebook = nbformat.read(path, as_version=4)
    again = [
        copy.deepcopy(cell)
        for cell in notebook.cells
        if part(cell) and cell.cell_type == "code"
    ]
    for cell in again:
        cell.id = f"again-{cell.id}"
    notebook.cells += again
    NotebookClient(
        notebook,
        timeout=60,
        kernel_name="python3",
        resources={"metadata": {"path": os.fspath(NOTEBOOKS)}},
    ).execute()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if part(cell) == "stub":
            assert "Not yet" in shown(cell), cell.id
        if part(cell) == "solution" and "assert result.good" in cell.source:
            assert "Not yet" not in shown(cell), cell.id
            assert "Right" in shown(cell), cell.id
