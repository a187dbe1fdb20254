"""Exercises are solved after "Run All", so they run again at a notebook's end.

The tags of their code cells are ``check``, which defines the check, ``stub``,
which a reader completes, and ``solution``. A stub shows "Not yet", a solution
"Right" and no "Not yet"; both do so in their place, and again at the end. That
finds a solution which its check refuses, and a check which accepts the stub.
"""

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
    if parts and cells[-1] not in parts:
        parts.append(cells[-1])
    copies = [deepcopy(cell) for cell in parts]
    for cell in copies:
        cell.id = f"{AGAIN}-{cell.id}"
        cell.metadata["tags"] = [*tags(cell), AGAIN]
    return copies


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
        if "solution" in roles and ("Not yet" in text or "Right" not in text):
            yield f"{place}is a solution, but does not show 'Right'."
