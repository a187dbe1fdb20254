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
from press.book.text import cell_texts, page_texts

TEXT = {"text", "console", "none"}
CODE = {"code", "code-block", "code-cell", "sourcecode"}
UNPROVEN = (
    "is code that nothing runs: include it from tested code, put it into a "
    "code cell, or mark it as text."
)
DIRECTIVE = re.compile(r"\{(?P<name>[^}]+)\}\s*(?P<argument>\S*)")


def check(book: Book) -> Iterator[str]:
    """Find the blocks of code in pages and notebooks that nothing runs."""
    for name, text in page_texts(book):
        for line, fault in faults(text):
            yield f"{name}, line {line}: {fault}"
    for name, cell, text in cell_texts(book):
        for _, fault in faults(text):
            yield f"{name}, text cell {cell}: {fault}"


def faults(text: str, line: int = 1) -> Iterator[tuple[int, str]]:
    """Find the blocks of code in a MyST text that nothing runs.

    `line` is the number of the text's first line. Each block's line is
    given, and what is wrong with it.
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
