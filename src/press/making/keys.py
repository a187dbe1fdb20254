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

    That is ``src``, the lock, what is installed, the run and its server.
    """
    server = "" if run.database == "sqlite" else run.server or run.url
    return _key(source_hash(run.tree), installed(), run.database, server)


def notebook_key(notebook: NotebookNode, state: str) -> str:
    """Name a notebook's code, not its text, and the state that it runs in."""
    code = [[cell.source, cell.metadata] for _, cell in code_cells(notebook)]
    return _key(state, notebook.metadata, code)


def kept_key(path: Path) -> str:
    """Tell which key an executed copy was kept under; none if it is absent."""
    return str(read(path).metadata.press.key) if path.exists() else ""


def _key(*parts: object) -> str:
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
