"""How boxes, tables and outputs of a page are made of plain HTML.

What a cell printed is told apart: SQL that was sent is highlighted as SQL,
and an error that a lesson shows on purpose is marked as such. A box with the
class ``dropdown`` becomes a fold that needs no script, with the solution's
code in it. A table gets a box, in which a wide one scrolls.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx

SQL = re.compile(
    r"(?:ALTER|BEGIN|COMMIT|CREATE|DELETE|DROP|INSERT|PRAGMA|RELEASE"
    r"|ROLLBACK|SAVEPOINT|SELECT|UPDATE|WITH)\b(?! statement)"
)
ERROR = re.compile(r"(?:[a-z_]\w*\.)*[A-Z]\w+(?:: .+)?")
_PLAIN = "myst-ansi"  # how MyST-NB calls what was printed
_EXPECTS = re.compile(r"\bexpect\(")


def setup(app: Sphinx) -> None:
    """Register what looks at each page that was read.

    Args:
        app: The build.
    """
    app.connect("doctree-read", mark_outputs)
    app.connect("doctree-read", join_solutions)
    app.connect("doctree-resolved", fold)
    app.connect("doctree-resolved", box_tables)


def mark_outputs(_app: Sphinx, doctree: nodes.document) -> None:
    """Mark the outputs that are SQL, or errors shown on purpose.

    No block keeps empty lines at its end.

    Args:
        _app: The build.
        doctree: A page, just read.
    """
    for block in doctree.findall(nodes.literal_block):
        _strip(block)
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") != "cell_code":
            continue
        blocks = list(cell.findall(nodes.literal_block))
        expects = any(_EXPECTS.search(block.astext()) for block in blocks)
        for block in blocks:
            if block.get("language") != _PLAIN:
                continue
            first = block.astext().lstrip("\n").partition("\n")[0]
            if SQL.match(first):
                block["language"] = "sql"
                block["classes"].append("sent-sql")
            elif expects and ERROR.fullmatch(first):
                block["classes"].append("expected-error")


def join_solutions(_app: Sphinx, doctree: nodes.document) -> None:
    """Move a solution's code into the box with its words.

    Args:
        _app: The build.
        doctree: A page, just read.
    """
    for box in list(doctree.findall(nodes.admonition)):
        if "solution" not in box["classes"]:
            continue
        siblings = box.parent.children
        for cell in siblings[siblings.index(box) + 1 :]:
            classes = getattr(cell, "attributes", {}).get("classes", [])
            if "tag_solution" not in classes:
                break
            cell["hide_mode"] = ""  # type: ignore[index]  # an element
            box.parent.remove(cell)
            box.append(cell)


def fold(app: Sphinx, doctree: nodes.document, _page: str) -> None:
    """Make boxes of the class ``dropdown`` folds.

    Args:
        app: The build.
        doctree: A page, about to be written.
        _page: Its name.
    """
    if app.builder.format != "html":
        return
    for box in list(doctree.findall(nodes.admonition)):
        if "dropdown" not in box["classes"]:
            continue
        title, *inside = box.children
        classes = " ".join(
            each for each in box["classes"] if each != "dropdown"
        )
        box.replace_self(
            [
                _raw(f'<details class="{classes}">'),
                _raw(f"<summary>{title.astext()}</summary>"),
                *inside,
                _raw("</details>"),
            ]
        )


def box_tables(app: Sphinx, doctree: nodes.document, _page: str) -> None:
    """Give each table a box, in which a wide one scrolls.

    Args:
        app: The build.
        doctree: A page, about to be written.
        _page: Its name.
    """
    if app.builder.format != "html":
        return
    for table in list(doctree.findall(nodes.table)):
        box = nodes.container(classes=["table-box"])
        table.replace_self(box)
        box += table


def _strip(block: nodes.literal_block) -> None:
    """Drop empty lines at a block's end: a part of a file may have some."""
    if len(block.children) == 1 and block.rawsource == block.astext():
        block.rawsource = block.rawsource.rstrip("\n")
        block.children = [nodes.Text(block.rawsource)]


def _raw(html: str) -> nodes.raw:
    return nodes.raw("", html, format="html")
