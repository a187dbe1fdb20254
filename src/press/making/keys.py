"""What an executed notebook is known by: all that its outputs depend on."""

import hashlib
import json
from pathlib import Path

from nbformat import NotebookNode

from press.book.book import Run
from press.book.notebook import code_cells, read
from press.book.stamp import installed, source_hash


def state_key(run: Run) -> str:
    """Name everything outside of a notebook that its outputs depend on.

    Returns:
        A key of ``src``, the lock, Python, the run and its server.
    """
    server = "" if run.database == "sqlite" else run.server or run.url
    parts = [source_hash(run.tree), installed(), run.database, server]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def notebook_key(notebook: NotebookNode, state: str) -> str:
    """Name a notebook's code and what it runs with.

    Args:
        notebook: The notebook; its text is left aside.
        state: What `state_key` gave.

    Returns:
        The key, of the same length as the state's.
    """
    code = [[cell.source, cell.metadata] for _, cell in code_cells(notebook)]
    parts = [state, notebook.metadata, code]
    return hashlib.sha256(
        json.dumps(parts, sort_keys=True).encode()
    ).hexdigest()


def kept_key(path: Path) -> str:
    """Tell which key an executed copy was kept under.

    Args:
        path: The copy.

    Returns:
        The key; nothing if there is no such copy.
    """
    if not path.exists():
        return ""
    return str(read(path).metadata.press.key)
