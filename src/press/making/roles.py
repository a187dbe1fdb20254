"""What a cell is for, as its tags say, and how its page shows it.

Notebooks hold plain Markdown and tags, so that they read well in JupyterLab
and on GitHub. Boxes, folds and file names are added here, on the way to the
site. The tags:

- ``setup``: prepares the notebook; its page leaves it out.
- ``paste``: lines for the reader's project. A first line ``%%writefile NAME``
  makes the cell a file, and becomes its caption.
- ``original``: the lines that the book comments on.
- ``proof``, ``check``: folded, under their first line, a comment.
- ``figure``: only its code is folded.
- ``exercise``, ``solution``: boxes; a solution is closed.
- ``once``: its outputs vary by themselves; its page shows those of one
  database. ``only-postgresql``, ``only-mysql``: it does its work on that
  database alone; its page shows what it did there.

A text cell of the error atlas lists other wordings of its error in the
metadata ``error``. Its page carries them, and the message that it shows, as
comments, for the search.
"""

import re

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from press.book.notebook import tags
from press.making.entries import MESSAGE
from press.site.search import ERROR

FOLDED = {"proof", "check", "figure", "setup", "solution"}
"""The tags of the cells whose code a reader need not see."""

QUIET = {"proof", "solution"}
"""Those of them whose outputs need not be seen either."""

_FILE = re.compile(r"%%writefile (?P<name>\S+)\n")
_EXERCISE = re.compile(r"\*\*Exercise: (?P<title>.+?)\*\*\s*")


def dress(notebook: NotebookNode) -> None:
    """Prepare a notebook's cells for its page, in their place."""
    cells: list[NotebookNode] = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _boxed(cell) + _wordings(cell)
        elif name := written_file(cell):
            cells.append(_caption(cell, name))
            cell.source = cell.source.partition("\n")[2]
            _add_tags(cell, "remove-output")
        else:
            _fold(cell)
        cells.append(cell)
    notebook.cells = cells


def written_file(cell: NotebookNode) -> str:
    """Tell which file a code cell writes; empty where it writes none."""
    found = _FILE.match(cell.source)
    return found["name"] if found else ""


def _caption(cell: NotebookNode, name: str) -> NotebookNode:
    caption: NotebookNode = new_markdown_cell(  # type: ignore[no-untyped-call]  # nbformat leaves it untyped
        f"`{name}`{{.file-name}}", id=f"{cell.id}-file"
    )
    return caption


def _fold(cell: NotebookNode) -> None:
    """Fold a code cell, under the comment in its first line."""
    roles = FOLDED.intersection(tags(cell))
    if not roles:
        return
    if "setup" in roles:
        _add_tags(cell, "remove-cell")
        return
    first, _, rest = cell.source.partition("\n")
    label = "Solution" if "solution" in roles else "Code"
    if first.startswith("# "):
        label, cell.source = first.removeprefix("# ").rstrip("."), rest
    if "remove-input" in tags(cell):  # another database's outputs
        return
    _add_tags(cell, "hide-cell" if roles & QUIET else "hide-input")
    prompts = {"code_prompt_show": label, "code_prompt_hide": label}
    cell.metadata["mystnb"] = cell.metadata.get("mystnb", {}) | prompts


def _boxed(cell: NotebookNode) -> str:
    """Put a text cell into its box, if its tags ask for one."""
    text: str = cell.source
    if "exercise" in tags(cell):
        found = _EXERCISE.match(text)
        title = found["title"].rstrip(".") if found else ""
        text = text[found.end() :] if found else text
        return _box(f"Exercise: {title}", "exercise", text)
    if "solution" in tags(cell):
        return _box("Solution", "dropdown solution", text)
    return text


def _wordings(cell: NotebookNode) -> str:
    """Write the message and the other wordings of an error, as comments."""
    if "error" not in cell.metadata:
        return ""
    shown = "\n".join(MESSAGE.findall(cell.source)).splitlines()
    patterns = [*filter(str.strip, shown), *cell.metadata["error"]["patterns"]]
    return "".join(  # MyST joins comments without a blank line between them
        f"\n\n% {ERROR}{' '.join(pattern.split())}" for pattern in patterns
    )


def _box(title: str, classes: str, text: str) -> str:
    return (
        f"::::{{admonition}} {title}\n:class: {classes}\n\n"
        f"{text.strip()}\n::::"
    )


def _add_tags(cell: NotebookNode, *names: str) -> None:
    cell.metadata["tags"] = [*tags(cell), *names]
