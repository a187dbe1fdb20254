"""Outputs that differ between databases, side by side under one cell.

`press.making.pages` has put each of them into a cell of its own. Here they
come together, each under its databases' names; ``databases.js`` makes tabs of
them, which follow the reader's choice on every page. Without JavaScript, and
on paper, all are shown.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx

from press.book.book import DATABASES

ON = "tag_on-"

ELSEWHERE = re.compile(r"This runs on .+ only\.")
"""What a cell prints that does nothing on this database."""

_ID = re.compile(r' id="([^"]*)"')


def setup(app: Sphinx) -> None:
    """Register what brings the outputs together."""
    app.connect("doctree-read", bring_together)


def bring_together(_app: Sphinx, doctree: nodes.document) -> None:
    """Move the outputs of each run of cells into the first of them."""
    for cell in list(doctree.findall(nodes.container)):
        if not _databases(cell) or "tag_remove-input" in cell["classes"]:
            continue
        place = nodes.container(classes=["databases"])
        cells = [cell, *_followers(cell)]
        _leave_ids_once(cells)
        for each in cells:
            place += _panel(each)
        for each in cells[1:]:
            each.parent.remove(each)
        cell.append(place)


def is_other(node: nodes.Node) -> bool:
    """Tell whether a node is in a cell that has another database's outputs.

    Args:
        node: A node of a page whose outputs are not brought together yet.

    Returns:
        Whether a cell before it has the same code, and the first outputs.
    """
    while (node := node.parent) is not None:
        if isinstance(node, nodes.container) and _is_follower(node):
            return True
    return False


def _is_follower(cell: nodes.container) -> bool:
    return "tag_remove-input" in cell["classes"] and bool(_databases(cell))


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


def _followers(cell: nodes.container) -> list[nodes.container]:
    """List the cells after a cell that have its other outputs."""
    siblings = cell.parent.children
    found = []
    for sibling in siblings[siblings.index(cell) + 1 :]:
        if not (
            isinstance(sibling, nodes.container) and _is_follower(sibling)
        ):
            break
        found.append(sibling)
    return found


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
