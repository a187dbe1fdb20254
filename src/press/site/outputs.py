"""How boxes, tables and outputs of a page are made of plain HTML.

What a cell printed is told apart: SQL that was sent is highlighted as SQL,
and an error that a lesson shows on purpose is marked as such. A box with the
class ``dropdown`` becomes a fold that needs no script, with the solution's
code in it. A table gets a box, in which a wide one scrolls; where it has a few
columns, each cell carries its column's name, so that a phone shows cards. So
do the cells of a table that a notebook made with ``lab.table``.
"""

import re
from html import escape
from xml.etree import ElementTree as ET

from docutils import nodes
from myst_nb.sphinx_ import (  # type: ignore[import-untyped]  # no types
    HideCodeCellNode,
)
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from press.site.claims import verdict_class, verdicts

SQL = re.compile(
    r"(?:ALTER|BEGIN|COMMIT|CREATE|DELETE|DROP|INSERT|PRAGMA|RELEASE"
    r"|ROLLBACK|SAVEPOINT|SELECT|UPDATE|WITH)\b(?! statement)"
)
ERROR = re.compile(r"(?:[a-z_]\w*\.)*[A-Z]\w+(?:: .+)?")
# The same anywhere in what was printed, folded with two spaces.
_MESSAGE = re.compile(r"^[A-Z]\w+: .+(?:\n {2}.+)*", re.MULTILINE)
_PLAIN = "myst-ansi"  # how MyST-NB calls what was printed
_CODE = re.compile(r"`([^`]+)`")
_NUMBERED = re.compile(r"  # \d+$")
_EXPECTS = re.compile(r"\bexpect\(")
# A table that a notebook made.
_MADE = re.compile(r'<table class="dataframe">.*?</table>', re.DOTALL)
CARDS = range(3, 6)  # how many columns a table has that becomes cards
LONG = 60  # characters of a text that needs a phone's whole width


class Fold(nodes.General, nodes.Element):
    """Something that opens when its one line is clicked."""


def setup(app: Sphinx) -> None:
    """Register what looks at each page that was read."""
    app.add_node(Fold, html=(open_fold, close_fold))
    close_cell = HTML5Translator.depart_entry
    app.add_node(nodes.entry, override=True, html=(open_cell, close_cell))
    app.add_node(HideCodeCellNode, override=True, html=(open_fold, close_fold))
    app.connect("doctree-read", mark_outputs)
    app.connect("doctree-read", join_solutions)
    app.connect("doctree-resolved", fold)
    app.connect("doctree-resolved", box_tables)
    app.connect("doctree-resolved", label_outputs)


def mark_outputs(_app: Sphinx, doctree: nodes.document) -> None:
    """Mark the outputs that are SQL, or errors shown on purpose.

    The latter are listed in the block's attribute ``errors``, for the search.
    No block keeps empty lines at its end, and lines that end in a number as
    their comment are marked: the text refers to them.
    """
    for block in doctree.findall(nodes.literal_block):
        _strip(block)
        _mark_numbered(block)
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") != "cell_code":
            continue
        blocks = list(cell.findall(nodes.literal_block))
        expects = any(_EXPECTS.search(block.astext()) for block in blocks)
        for block in blocks:
            if block.get("language") != _PLAIN:
                continue
            first = block.astext().lstrip("\n").partition("\n")[0]
            if expects:
                block["errors"] = [
                    " ".join(message.split())
                    for message in _MESSAGE.findall(block.astext())
                ]
            if SQL.match(first):
                block["language"] = "sql"
                block["classes"].append("sent-sql")
            elif expects and ERROR.fullmatch(first):
                block["classes"].append("expected-error")


def join_solutions(_app: Sphinx, doctree: nodes.document) -> None:
    """Move a solution's code into the box with its words."""
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


def fold(_app: Sphinx, doctree: nodes.document, _page: str) -> None:
    """Make boxes of the class ``dropdown`` folds."""
    for box in list(doctree.findall(nodes.admonition)):
        if "dropdown" not in box["classes"]:
            continue
        title, *inside = box.children
        folded = Fold(label=title.astext(), classes=box["classes"])
        folded["classes"].remove("dropdown")
        folded += inside
        box.replace_self(folded)


def open_fold(writer: HTML5Translator, node: nodes.Element) -> None:
    """Write the start of a fold, ours or a cell's, and what is always seen."""
    label = node.get("label") or node["prompt_show"]
    said = _CODE.sub(r"<code>\1</code>", escape(label, quote=False))
    kind = [] if isinstance(node, Fold) else ["hide"]
    classes = " ".join([*kind, *node["classes"]])
    badges = "".join(
        f' <span class="verdict {verdict_class(verdict)}">{verdict}</span>'
        for verdict in verdicts(node)
    )
    writer.body.append(
        f'<details class="{classes}"><summary>{said}{badges}</summary>\n'
    )


def close_fold(writer: HTML5Translator, _node: nodes.Element) -> None:
    """Write the end of a fold."""
    writer.body.append("</details>\n")


def box_tables(_app: Sphinx, doctree: nodes.document, _page: str) -> None:
    """Give each table a box, in which a wide one scrolls."""
    for table in list(doctree.findall(nodes.table)):
        _label_cells(table)
        box = nodes.container(classes=["table-box"])
        table.replace_self(box)
        box += table


def label_outputs(_app: Sphinx, doctree: nodes.document, _page: str) -> None:
    """Give the cells of tables that a notebook made their columns' names."""
    for output in doctree.findall(nodes.raw):
        text = output.astext()
        if (labelled := _MADE.sub(_labelled, text)) != text:
            output.children = [nodes.Text(labelled)]


def open_cell(writer: HTML5Translator, node: nodes.entry) -> None:
    """Write the start of a table's cell, with its label where it has one."""
    HTML5Translator.visit_entry(writer, node)
    if label := node.get("label"):
        start = f'<td data-label="{escape(label)}"'
        writer.body[-1] = writer.body[-1].replace("<td", start, 1)


def _labelled(found: re.Match[str]) -> str:
    """Give the cells of a table their columns' names, if it has a few."""
    table = ET.fromstring(found[0])  # noqa: S314 - our own output
    labels = [cell.text or "" for cell in table.findall("thead/tr/*")]
    rows = table.findall("tbody/tr")
    is_list = len(labels) == 2 and any(  # noqa: PLR2004 - names and texts
        len("".join(cell.itertext())) > LONG for row in rows for cell in row
    )
    if len(labels) not in CARDS and not is_list:
        return found[0]
    table.set("class", "dataframe cards")
    for row in [] if is_list else rows:
        for label, cell in zip(labels[1:], row.findall("*")[1:], strict=True):
            cell.set("data-label", label)
    return ET.tostring(table, encoding="unicode", method="html")


def _label_cells(table: nodes.table) -> None:
    """Give the cells of a table with few columns their columns' names."""
    labels = [
        entry.astext()
        for head in table.findall(nodes.thead)
        for entry in head.findall(nodes.entry)
    ]
    if len(labels) not in CARDS or "claims" in table["classes"]:
        return
    table["classes"].append("cards")
    for body in table.findall(nodes.tbody):
        for row in body.findall(nodes.row):
            _, *cells = row.findall(nodes.entry)
            for label, cell in zip(labels[1:], cells, strict=False):
                cell["label"] = label


def _mark_numbered(block: nodes.literal_block) -> None:
    """Mark the statements that a number in a comment refers to."""
    lines = block.astext().splitlines()
    marked: list[int] = []
    for last, line in enumerate(lines):
        if _NUMBERED.search(line):
            first = last
            if line.lstrip()[:1] in {")", "]", "}"}:
                margin = line[: len(line) - len(line.lstrip())]
                first -= 1
                while lines[first].startswith(f"{margin} "):
                    first -= 1
            marked += range(first + 1, last + 2)
    if marked:
        block["highlight_args"] = {"hl_lines": marked}


def _strip(block: nodes.literal_block) -> None:
    """Drop empty lines at a block's end: a part of a file may have some."""
    if len(block.children) == 1 and block.rawsource == block.astext():
        block.rawsource = block.rawsource.rstrip("\n")
        block.children = [nodes.Text(block.rawsource)]
