"""Each page as Markdown beside it, for programs that read text.

It is written from the finished page: code that a page includes is there, and
so is what a cell printed. Another extension's raw HTML may bring its Markdown
in its attribute ``markdown``.
"""

import re
from collections.abc import Iterable
from html import unescape
from itertools import count, repeat
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from press.site.outputs import Fold

TAG = re.compile(r"<style.*?</style>|<[^>]+>", re.DOTALL)
_ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
_ENTRY = re.compile(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", re.DOTALL)
_INLINE = {"strong": "**", "emphasis": "*"}
_SILENT = (
    nodes.comment,
    nodes.substitution_definition,
    nodes.system_message,
    nodes.target,
    addnodes.index,
    addnodes.toctree,
)


def setup(app: Sphinx) -> None:
    """Register what writes the Markdown."""
    app.connect("html-page-context", write)


def write(
    app: Sphinx,
    page: str,
    _template: str,
    _context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Write a page's Markdown, if it is more than a template."""
    if doctree:
        path = Path(app.outdir, f"{page}.md")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(markdown(doctree), encoding="utf-8")


def markdown(doctree: nodes.Node) -> str:
    """Write a page, or a part of one, with one empty line between blocks."""
    return _block(doctree, 0).strip() + "\n"


def _block(node: nodes.Node, level: int) -> str:  # noqa: C901, PLR0911, PLR0912 - one case for each kind of node
    """Write a block; `level` counts the sections around it."""
    match node:
        case nodes.section():
            return _blocks(node.children, level + 1)
        case nodes.title():
            return f"{'#' * max(level, 1)} {_inline(node)}\n\n"
        case nodes.literal_block():
            language = node.get("language", "")
            shown = {"ipython3": "python", "myst-ansi": "text"}
            name = shown.get(language, language)
            return f"```{name}\n{node.astext()}\n```\n\n"
        case nodes.paragraph() | nodes.rubric() | nodes.caption():
            return f"{_inline(node)}\n\n"
        case nodes.bullet_list():
            return _items(node, repeat("-"), level)
        case nodes.enumerated_list():
            return _items(node, (f"{n}." for n in count(1)), level)
        case nodes.definition_list_item() | nodes.field():
            first, *rest = node.children
            term = f"**{_inline(first)}**\n\n"
            return term + _blocks(rest, level)
        case nodes.table():
            rows = node.findall(nodes.row)
            return _rows([[_cell(entry) for entry in row] for row in rows])
        case Fold() if "more" not in node["classes"]:
            return f"**{node['label']}**\n\n{_blocks(node.children, level)}"
        case nodes.Admonition():
            return _quoted(_blocks(node.children, 4))
        case nodes.block_quote():
            return _quoted(_blocks(node.children, level))
        case nodes.raw() if "markdown" in node:
            return f"{node['markdown']}\n"
        case nodes.raw():
            return _raw(node.astext())
        case nodes.image():
            return f"![{node.get('alt', '')}]()\n\n"
        case addnodes.desc_signature():
            return f"`{node.astext()}`\n\n"
        case nodes.Element():
            is_silent = isinstance(node, _SILENT)
            return "" if is_silent else _blocks(node.children, level)
    return node.astext()


def _blocks(children: Iterable[nodes.Node], level: int) -> str:
    return "".join(_block(child, level) for child in children)


def _inline(node: nodes.Node) -> str:
    """Write what a block holds, on one line."""
    return " ".join("".join(map(_word, node.children)).split())


def _word(node: nodes.Node) -> str:
    if isinstance(node, nodes.literal):
        return f"`{node.astext()}`"
    inside = "".join(map(_word, node.children)) or node.astext()
    if isinstance(node, nodes.reference) and node.get("refuri"):
        address = node["refuri"]
        if node.get("internal"):
            address = address.replace(".html", ".md")
        return f"[{inside}]({address})"
    if isinstance(node, nodes.raw):
        return unescape(TAG.sub(" ", node.astext()))
    mark = _INLINE.get(node.__class__.__name__, "")
    return f"{mark}{inside}{mark}"


def _items(node: nodes.Element, marks: Iterable[str], level: int) -> str:
    lines = [
        f"{mark} {_indented(_blocks(item.children, level), len(mark) + 1)}"
        for mark, item in zip(marks, node.children, strict=False)
    ]
    return "\n".join(lines) + "\n\n"


def _indented(text: str, by: int) -> str:
    return text.strip().replace("\n", "\n" + " " * by)


def _quoted(text: str) -> str:
    lines = text.strip().splitlines()
    return "".join(f"> {line}".rstrip() + "\n" for line in lines) + "\n"


def _raw(html: str) -> str:
    """Write the words of raw HTML, and a table in it as a table."""
    rows = [
        [_words(entry) for entry in _ENTRY.findall(row)]
        for row in _ROW.findall(html)
    ]
    before = f"{_words(html.partition('<tr')[0])}\n\n"
    return f"{before}{_rows(rows)}".lstrip("\n") if rows else before


def _words(html: str) -> str:
    return unescape(" ".join(TAG.sub(" ", html).split()))


def _rows(rows: list[list[str]]) -> str:
    head, *body = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


def _cell(entry: nodes.Node) -> str:
    return "".join(map(_inline, entry.children))
