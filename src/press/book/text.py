"""The Markdown of a book, and the code and links in a text's lines."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from markdown_it import MarkdownIt

from press.book.book import Book
from press.book.notebook import read


@dataclass(slots=True)
class Line:
    """A line's spans of code, and its links: the text and the address.

    It ends where its author broke it. Lines are counted from 1.
    """

    number: int
    code: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)


@cache
def lines(source: str) -> tuple[Line, ...]:
    """Read a Markdown text's lines, without blocks of code and of HTML."""
    return tuple(_lines(source))


def _lines(source: str) -> Iterator[Line]:
    for token in _parser().parse(source):
        if token.type != "inline":
            continue
        line = Line((token.map or [0])[0] + 1)
        linked, address = False, ""
        for child in token.children or ():
            if child.type in {"softbreak", "hardbreak"}:
                yield line
                line = Line(line.number + 1)
            elif child.type == "link_open":
                linked, address = True, str(child.attrGet("href"))
                line.links.append(("", address))
            elif child.type == "link_close":
                linked = False
            elif linked:
                text, _ = line.links.pop() if line.links else ("", "")
                line.links.append((text + child.content, address))
            elif child.type == "code_inline":
                line.code.append(child.content)
        yield line


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt()


def page_texts(book: Book) -> Iterator[tuple[str, str]]:
    """Read the pages that are no notebooks: each one's path and text."""
    for path in book.pages():
        name = path.relative_to(book.root).as_posix()
        yield name, path.read_text(encoding="utf-8")


def cell_texts(book: Book) -> Iterator[tuple[str, str, str]]:
    """Read the notebooks' text cells: the path, the cell's id, the text."""
    for path in book.sources():
        name = path.relative_to(book.root).as_posix()
        for cell in read(path).cells:
            if cell.cell_type == "markdown":
                yield name, cell.id, cell.source
