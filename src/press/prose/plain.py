"""Notebooks hold plain Markdown: what only the site understands is found.

JupyterLab, VS Code and GitHub show MyST's directives, roles and targets as
raw text, and a link to a name of the code leads nowhere there.
"""

import re
from collections.abc import Iterator

from press.book.book import Book
from press.book.text import cell_texts

_MYST = {
    "a directive": re.compile(r"^(:::+|```+|~~~+)\{", re.MULTILINE),
    "a box": re.compile(r"^:::", re.MULTILINE),
    "a role": re.compile(r"(?<!`)\{[\w:-]+\}`(?!`)"),
    "a target": re.compile(r"^\([\w-]+\)=$", re.MULTILINE),
    "a link to a name": re.compile(r"\]\(#\w+\.[\w.]+\)"),
}


def check(book: Book) -> Iterator[str]:
    """Find what a notebook's text holds beyond plain Markdown."""
    for name, cell, text in cell_texts(book):
        for what in beyond(text):
            yield (
                f"{name}, text cell {cell}: holds {what}, which only "
                "the site understands: write plain Markdown, or use a "
                "cell tag."
            )


def beyond(text: str) -> Iterator[str]:
    """Name what a text holds beyond plain Markdown."""
    for what, pattern in _MYST.items():
        if pattern.search(text):
            yield what
