"""Put the outputs of executed copies under the notebooks' current text."""

from copy import deepcopy

from nbformat import NotebookNode

from press.book import Edition
from press.execute import VERDICT
from press.notebook import Notebooks, code_cells, dump, read, tags
from press.stage import write_if_changed


def lay_out(edition: Edition, notebooks: Notebooks) -> None:
    """Write every notebook into the staged book, as its page shows it.

    Args:
        edition: The edition, executed and checked.
        notebooks: Its notebooks.
    """
    for name, notebook in notebooks.items():
        page = with_outputs(notebook, read(edition.executed / name))
        write_if_changed(edition.tree / name, dump(page))


def with_outputs(
    notebook: NotebookNode, executed: NotebookNode
) -> NotebookNode:
    """Complete a notebook with what its execution gave.

    Args:
        notebook: The notebook; it stays as it is.
        executed: Its executed copy: the same code, maybe another text.

    Returns:
        The notebook with outputs, the stamp, and the language that the kernel
        said it speaks.
    """
    notebook = deepcopy(notebook)
    ran = (
        cell for _, cell in code_cells(executed) if VERDICT not in tags(cell)
    )
    for (_, cell), source in zip(code_cells(notebook), ran, strict=True):
        cell.outputs = source.outputs
        cell.execution_count = source.execution_count
    for name in ("language_info", "stamp"):
        notebook.metadata[name] = executed.metadata[name]
    return notebook
