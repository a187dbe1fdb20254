"""Names of the code in prose, written as code: each must be somewhere.

A name in a span of code, or that looks like code by its underscore, is known
if the packages in ``press_packages`` have it or the code beside the text: a
lesson's own cells and what they show or, for a page, all cells and examples.
A name from elsewhere stands on a line with a link to its source.
"""

import ast
import re
import sys
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

import yaml
from nbformat import NotebookNode

from press.book import text as prose
from press.book.book import CONFIG, Book
from press.book.notebook import Notebooks, code_cells, shown

_WORD = re.compile(r"[^\W\d]\w*")
_LIKE_CODE = re.compile(r"(?<![\w/-])[^\W\d]\w*_\w+(?![\w/-])")
_MEMBER = re.compile(r"\b([A-Z]\w*)\.([^\W\d]\w*)")
# Paths and commands are no names of the code.
_ELSEWHERE = re.compile(
    r"[\w.-]*/[\w./-]*|[\w-]*\.(?:ini|md|toml|ya?ml)|make .*"
)
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Names:
    """The names that a book's packages have, and Python's own modules.

    Attributes:
        known: All of them.
        classes: The names that each class has, by the class's name.
    """

    def __init__(self, book: Book) -> None:
        """Read the packages.

        Args:
            book: The book, whose configuration names its packages.
        """
        settings = yaml.safe_load((book.root / CONFIG).read_text()) or {}
        sphinx = (settings.get("sphinx") or {}).get("config") or {}
        self.known: set[str] = {*sys.stdlib_module_names}
        self.classes: dict[str, set[str]] = {}
        for package in sphinx.get("press_packages", []):
            self.known.add(package)
            for path in sorted((book.root / "src" / package).rglob("*.py")):
                self._read(path)

    def _read(self, path: Path) -> None:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, _DOCUMENTED) and ast.get_docstring(node):
                node.body[0] = ast.Pass()  # it may speak of what is gone
        self.known |= {path.stem, *_words(ast.unparse(tree))}
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                has = self.classes.setdefault(node.name, set())
                has |= _words(ast.unparse(node))


def of_notebook(
    notebook: NotebookNode, executed: NotebookNode, names: Names
) -> Iterator[tuple[str, str]]:
    """Find the names in a notebook's prose that nothing has.

    Args:
        notebook: The notebook with its current text.
        executed: Its executed copy: the same code, with outputs.
        names: What the packages have.

    Yields:
        The id of the text's cell, and the name.
    """
    beside: set[str] = set()
    for _, cell in code_cells(executed):
        for text in (cell.source, *shown(cell)):
            beside |= _words(text)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for _, name in unknown(cell.source, names, beside):
                yield cell.id, name


def of_pages(
    book: Book, notebooks: Notebooks, names: Names
) -> Iterator[tuple[str, int, str]]:
    """Find the names in a book's pages that nothing has.

    Args:
        book: The book.
        notebooks: Its notebooks.
        names: What the packages have.

    Yields:
        The page, the number of the line, and the name.
    """
    beside = {
        word
        for notebook in notebooks.values()
        for _, cell in code_cells(notebook)
        for word in _words(cell.source)
    }
    for path in (book.root / "book").rglob("*.py"):
        beside |= _words(path.read_text(encoding="utf-8"))
    pages = [*book.root.glob("index.md"), *book.root.glob("book/**/*.md")]
    for path in sorted(pages):
        text = path.read_text(encoding="utf-8")
        for line, name in unknown(text, names, beside):
            yield path.relative_to(book.root).as_posix(), line, name


def unknown(
    source: str, names: Names, beside: AbstractSet[str]
) -> Iterator[tuple[int, str]]:
    """Find the names in a text that nothing has.

    Args:
        source: The text, in Markdown.
        names: What the packages have.
        beside: The names in the code beside the text.

    Yields:
        The number of the line, and the name. A link to one name whose text
        is another one is found too.
    """
    for line in prose.lines(source):
        addresses = " ".join(address for _, address in line.links)
        known = names.known | beside | _words(addresses)
        found = list(_misled(line, names))
        if not line.sourced:
            found += (word for word in _named(line) if word not in known)
            found += _misplaced(line, names)
        for name in found:
            yield line.number, name


def _misled(line: prose.Line, names: Names) -> Iterator[str]:
    """Find links to a name of the code whose text is another name."""
    for text, address in line.links:
        called = text.removesuffix("()").rpartition(".")[2]
        owner, _, target = address.rpartition(".")
        if not owner.startswith("#") or not _WORD.fullmatch(called):
            continue
        if called not in names.classes.get(target, set()) | {target}:
            yield f"{text} -> {address}"


def _named(line: prose.Line) -> Iterator[str]:
    """List the names in a line's code, and those that look like code."""
    for code in line.code:
        if not _ELSEWHERE.fullmatch(code):
            yield from _WORD.findall(code)
    yield from _LIKE_CODE.findall(line.text)


def _misplaced(line: prose.Line, names: Names) -> Iterator[str]:
    """Find members that their class, one of the packages', has not."""
    for code in line.code:
        for owner, member in _MEMBER.findall(code):
            if member not in names.classes.get(owner, {member}):
                yield f"{owner}.{member}"


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text))
