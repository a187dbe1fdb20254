"""Put the outputs of executed copies under the notebooks' current text."""

from nbformat import NotebookNode

from press.book import Edition
from press.execute import VERDICT
from press.notebook import code_cells, dump, read, tags
from press.stage import write_if_changed


def lay_out(edition: Edition) -> None:
    """Write every notebook into the staged book, as its page shows it.

    Args:
        edition: The edition, executed and checked.
    """
    for path in edition.book.sources():
        notebook = read(path)
        take_outputs(notebook, read(edition.executed / path.name))
        staged = edition.tree / edition.book.notebooks / path.name
        write_if_changed(staged, dump(notebook))


def take_outputs(notebook: NotebookNode, executed: NotebookNode) -> None:
    """Complete a notebook with what its execution gave.

    Args:
        notebook: The notebook; gains outputs, the stamp, and the language
            that the kernel said it speaks.
        executed: Its executed copy: the same code, maybe another text.
    """
    for (_, cell), (_, ran) in zip(
        code_cells(notebook), _without_verdict(executed), strict=True
    ):
        cell.outputs = ran.outputs
        cell.execution_count = ran.execution_count
    for name in ("language_info", "stamp"):
        notebook.metadata[name] = executed.metadata[name]


def _without_verdict(
    executed: NotebookNode,
) -> list[tuple[int, NotebookNode]]:
    return [
        (number, cell)
        for number, cell in code_cells(executed)
        if VERDICT not in tags(cell)
    ]
