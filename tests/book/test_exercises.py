"""Exercises are complete; the press runs them, and reads their verdicts."""

import re
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from tests.book import lessons

BLOCK = re.compile(r"```text\n(.*?)```", re.DOTALL)
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


@pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)
def test_exercises_are_complete(path):
    """A task, then its check, its stub, its solution, and wrong answers."""
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
        wrong = [
            (cell.source.count(before), before != after)
            for cell in exercise
            for before, after in cell.metadata.get("wrong", ())
        ]
        assert set(wrong) == {(1, True)}


@pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)
def test_code_in_a_task_is_the_code_that_is_checked(path):
    """A block of code that a task shows is in a cell, word for word."""
    cells = nbformat.read(path, as_version=4).cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    for cell in cells:
        if part(cell) == "exercise":
            for block in BLOCK.findall(cell.source):
                assert any(block.strip() in source for source in code)
