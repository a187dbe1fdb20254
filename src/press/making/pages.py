"""Put the outputs of executed copies under the notebooks' current text.

A cell whose outputs differ between databases is followed by a cell for each
of the other outputs, without its code. The tags say whose they are, as in
``on-postgresql on-mysql``, and `press.site.databases` makes tabs of them.
"""

from collections.abc import Sequence
from copy import deepcopy

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from press.book.book import Book, Run
from press.book.notebook import Notebooks, code_cells, dump, read, tags
from press.making.roles import dress
from press.making.stage import write_if_changed

ONCE = "once"
"""The tag of a cell whose outputs vary by themselves: one database's do."""

ONLY = "only-"
"""Begins the tag of a cell that does its work on one database alone."""


def lay_out(book: Book, notebooks: Notebooks, runs: Sequence[Run]) -> None:
    """Write every notebook into the staged book, as its page shows it."""
    for name, notebook in notebooks.items():
        executed = {run.database: read(run.executed / name) for run in runs}
        page = with_outputs(notebook, executed)
        dress(page)
        write_if_changed(book.source / name, dump(page))


def with_outputs(
    notebook: NotebookNode, executed: dict[str, NotebookNode]
) -> NotebookNode:
    """Give a notebook with what its executions, by database, gave.

    The executed copies have the same code, maybe another text. The stamp has
    all versions that were used.
    """
    notebook = deepcopy(notebook)
    first = next(iter(executed.values()))
    ran = {
        database: {cell.id: cell for _, cell in code_cells(copy)}
        for database, copy in executed.items()
    }
    cells: list[NotebookNode] = []
    for cell in notebook.cells:
        cells.append(cell)
        if cell.cell_type == "code":
            cells += _fill(cell, {name: ran[name][cell.id] for name in ran})
    notebook.cells = cells
    notebook.metadata["language_info"] = first.metadata["language_info"]
    versions: dict[str, str] = {}
    for copy in executed.values():
        versions |= copy.metadata["stamp"]["versions"]
    notebook.metadata["stamp"] = first.metadata["stamp"] | {
        "versions": versions
    }
    return notebook


def _fill(
    cell: NotebookNode, ran: dict[str, NotebookNode]
) -> list[NotebookNode]:
    """Give a cell its outputs; return the cells with other databases'."""
    alone = {name: ran[name] for name in ran if f"{ONLY}{name}" in tags(cell)}
    ran = alone or ran
    groups: list[tuple[list[str], list[NotebookNode]]] = []
    for database, executed in ran.items():
        here = _joined(executed.outputs)
        for names, outputs in groups:
            if outputs == here or ONCE in tags(cell):
                names.append(database)
                break
        else:
            groups.append(([database], here))
    cell.execution_count = next(iter(ran.values())).execution_count
    (names, cell.outputs), *others = groups
    if not others:
        return []
    cell.metadata["tags"] = [*tags(cell), *_on(names)]
    shared = [tag for tag in tags(cell) if not tag.startswith("on-")]
    made = []
    for number, (names, outputs) in enumerate(others, start=2):
        other = new_code_cell(cell.source, id=f"{cell.id}-{number}")  # type: ignore[no-untyped-call]  # nbformat leaves it untyped
        other.outputs = outputs
        other.execution_count = cell.execution_count
        other.metadata = deepcopy(cell.metadata)
        other.metadata["tags"] = [*shared, "remove-input", *_on(names)]
        made.append(other)
    return made


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join the pieces of a stream: where it was cut is a matter of timing."""
    joined: list[NotebookNode] = []
    for output in deepcopy(outputs):
        last = joined[-1] if joined else None
        if last and last.get("name") == output.get("name", output):
            last.text += output.text
        else:
            joined.append(output)
    return joined


def _on(databases: list[str]) -> list[str]:
    return [f"on-{database}" for database in databases]
