"""Find code in prose that nothing runs.

A block in Markdown is a directive that includes tested code, or it is marked
as text. Anything else looks like code that works, and nobody would notice
when it does not.
"""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from mdit_py_plugins.colon_fence import colon_fence_plugin

from press.book.book import Book
from press.book.notebook import read

TEXT = {"text", "console", "none"}
CODE = {"code", "code-block", "code-cell", "sourcecode"}
UNPROVEN = (
    "is code that nothing runs: include it from tested code, put it into a "
    "code cell, or mark it as text."
)
DIRECTIVE = re.compile(r"\{(?P<name>[^}]+)\}\s*(?P<argument>\S*)")


def check(book: Book) -> Iterator[str]:
    """Find the blocks of code in pages and notebooks that nothing runs.

    Yields:
        A sentence for each, which says where it is.
    """
    pages = [*book.root.glob("index.md"), *book.root.glob("book/**/*.md")]
    for path in sorted(pages):
        for line, fault in faults(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(book.root)}, line {line}: {fault}"
    for path in book.sources():
        for cell in read(path).cells:
            if cell.cell_type != "markdown":
                continue
            for _, fault in faults(cell.source):
                name = path.relative_to(book.root)
                yield f"{name}, text cell {cell.id}: {fault}"


def faults(text: str, line: int = 1) -> Iterator[tuple[int, str]]:
    """Find the blocks of code in a Markdown text that nothing runs.

    Args:
        text: The text, in MyST.
        line: The number of its first line.

    Yields:
        The block's line, and what is wrong with it.
    """
    parser = MarkdownIt("commonmark").use(colon_fence_plugin)
    for token in parser.parse(text):
        if token.type not in {"fence", "colon_fence", "code_block"}:
            continue
        place = line + token.map[0] if token.map else line
        if token.type == "code_block":
            if line == 1:
                yield place, f"an indented block {UNPROVEN}"
            continue
        info = token.info.strip()
        directive = DIRECTIVE.match(info)
        if directive and directive["name"] not in CODE:
            yield from faults(token.content, place + 1)
            continue
        language = directive["argument"] if directive else info
        if language.partition(" ")[0] not in TEXT:
            yield place, f"```{info} {UNPROVEN}"
