"""Outputs that differ between databases, side by side under one cell.

`press.making.pages` has put each of them into a cell of its own. Here they
come together, each under its databases' names; ``databases.js`` makes tabs of
them, which follow the reader's choice on every page. Without JavaScript, and
on paper, all are shown.
"""

import re
from itertools import takewhile
from typing import TypeGuard

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.nodes import traverse_parent

from press.book.book import DATABASES

ON = "tag_on-"
# What a cell prints that does nothing on this database.
ELSEWHERE = re.compile(r"This runs on .+ only\.")
_ID = re.compile(r' id="([^"]*)"')


def setup(app: Sphinx) -> None:
    """Register what brings the outputs together."""
    app.connect("doctree-read", bring_together)


def bring_together(_app: Sphinx, doctree: nodes.document) -> None:
    """Move the outputs of each run of cells into the first of them."""
    for cell in list(doctree.findall(nodes.container)):
        if not _databases(cell) or _is_follower(cell):
            continue
        place = nodes.container(classes=["databases"])
        after = cell.parent.children[cell.parent.index(cell) + 1 :]
        cells = [cell, *takewhile(_is_follower, after)]
        _leave_ids_once(cells)
        for each in cells:
            place += _panel(each)
        for each in cells[1:]:
            each.parent.remove(each)
        cell.append(place)


def is_other(node: nodes.Element) -> bool:
    """Tell whether a node is in a cell that repeats one before it.

    The page's outputs are not brought together yet, and this cell has those
    of another database.
    """
    return any(map(_is_follower, traverse_parent(node)))


def _is_follower(node: nodes.Node) -> TypeGuard[nodes.container]:
    return (
        isinstance(node, nodes.container)
        and "tag_remove-input" in node["classes"]
        and bool(_databases(node))
    )


def _leave_ids_once(cells: list[nodes.container]) -> None:
    """Drop the ids that an output has which an earlier cell's has as well."""
    taken: set[str] = set()
    for cell in cells:
        outputs = list(cell.findall(nodes.raw))
        here = {name for raw in outputs for name in _ID.findall(raw.astext())}
        for raw in outputs:
            text = raw.astext()
            for name in here & taken:
                text = text.replace(f' id="{name}"', "")
            raw.children = [nodes.Text(text)]
        taken |= here


def _databases(cell: nodes.container) -> list[str]:
    """List the databases that a cell's outputs come from, if it says so."""
    return [
        name.removeprefix(ON)
        for name in cell["classes"]
        if name.startswith(ON)
    ]


def _panel(cell: nodes.container) -> nodes.container:
    """Make the panel with a cell's outputs, under its databases' names."""
    names = _databases(cell)
    label = ", ".join(DATABASES[name] for name in names)
    panel = nodes.container(
        classes=["databases__one", *(f"on-{name}" for name in names)]
    )
    panel += nodes.paragraph("", label, classes=["databases__label"])
    outputs = [
        child
        for child in cell.children
        if "cell_output" in getattr(child, "attributes", {}).get("classes", [])
    ]
    for output in outputs:
        cell.remove(output)
        panel += output
    said = "".join(output.astext() for output in outputs).strip()
    if ELSEWHERE.fullmatch(said):
        panel["classes"].append("databases__elsewhere")
    if not outputs:
        panel += nodes.paragraph("", "No output.", classes=["databases__none"])
    return panel
