"""Exercises are solved after "Run All", so they run again at a notebook's end.

The tags of their code cells are ``check``, which defines the check, ``stub``,
which a reader completes, and ``solution``. A stub shows "Not yet", a solution
"Right" and no "Not yet"; both do so in their place, and again at the end. That
finds a solution which its check refuses, and a check which accepts the stub.

A solution's metadata ``wrong`` holds edits, each the text before and after,
that make near misses of it. They run last, and each shows "Not yet".
"""

import re
from collections.abc import Iterator
from copy import deepcopy

from nbformat import NotebookNode

from press.book.notebook import code_cells, shown, tags

PARTS = {"check", "stub", "solution"}
AGAIN = "again"
"""The tag of a cell that was appended, and how its id begins."""


def again(notebook: NotebookNode) -> list[NotebookNode]:
    """Copy what a notebook's exercises run, and what cleans up after them."""
    cells = [cell for _, cell in code_cells(notebook)]
    parts = [cell for cell in cells if PARTS.intersection(tags(cell))]
    parts += [miss for cell in parts for miss in near_misses(cell)]
    if parts and cells[-1] not in parts:
        parts.append(cells[-1])
    copies = [deepcopy(cell) for cell in parts]
    for cell in copies:
        cell.id = f"{AGAIN}-{cell.id}"
        cell.metadata["tags"] = [*tags(cell), AGAIN]
    return copies


def near_misses(solution: NotebookNode) -> Iterator[NotebookNode]:
    """Make a solution's wrong answers, without its own asserts."""
    for number, (before, after) in enumerate(
        solution.metadata.get("wrong", ()), start=1
    ):
        cell = deepcopy(solution)
        cell.id = f"{solution.id}-wrong-{number}"
        cell.metadata["tags"] = ["wrong"]
        wrong = solution.source.replace(before, after)
        cell.source = re.sub(r"(?m)^assert .*\n", "", wrong)
        yield cell


def misjudged(executed: NotebookNode) -> Iterator[str]:
    """Find exercises whose verdict is not the one that readers should see."""
    for number, cell in code_cells(executed):
        roles = tags(cell)
        text = "".join(shown(cell))
        place = f", cell {number}: "
        if AGAIN in roles:
            place = f", cell {cell.id.removeprefix(AGAIN)[1:]} run again: "
        if "stub" in roles and "Not yet" not in text:
            yield f"{place}is a stub, but does not show 'Not yet'."
        if "wrong" in roles and "Not yet" not in text:
            yield f"{place}is a wrong answer, but does not show 'Not yet'."
        if "solution" in roles and ("Not yet" in text or "Right" not in text):
            yield f"{place}is a solution, but does not show 'Right'."
