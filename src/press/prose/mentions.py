"""Find names of code in prose that nothing has: misspelt, renamed or gone.

A span of code that is a name with an underscore or with two capitals, such as
``make_engine`` or ``UserRepository.add``, is known if the packages in
``press_packages`` have it, the book's code, Python, or a library that
``press_libraries`` lists. ``press_foreign`` lists the other names that prose
may use, such as a server's settings; on a line with a link to a source, any
name may stand.
"""

import ast
import builtins
import importlib
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

import yaml
from nbformat import NotebookNode

from press.book import text as prose
from press.book.book import CONFIG, Book
from press.book.notebook import Notebooks, code_cells, shown

_WORD = re.compile(r"[^\W\d]\w*")
_SPAN = re.compile(r"(?P<name>[^\W\d][\w.]*)(\(.*\))?")
_FILE = re.compile(r".*\.(ini|ipynb|lock|md|py|toml|ya?ml)")
_TELLING = re.compile(r"_*[^\W_]+_\w+|[A-Z][a-z0-9]+[A-Z]\w*")
_MEMBER = re.compile(r"\b([A-Z]\w*)\.([^\W\d]\w*)")
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Names:
    """The names that prose may use.

    Attributes:
        known: All of them.
        classes: The names that each class has, by the class's name.
    """

    def __init__(self, book: Book, notebooks: Notebooks) -> None:
        """Read what the book's configuration names, and its own code."""
        settings = yaml.safe_load((book.root / CONFIG).read_text()) or {}
        sphinx = (settings.get("sphinx") or {}).get("config") or {}
        self.known = {*dir(builtins), *sphinx.get("press_foreign", [])}
        for library in sphinx.get("press_libraries", []):
            self.known |= {*dir(importlib.import_module(library))}
        for notebook in notebooks.values():
            for _, cell in code_cells(notebook):
                self.known |= _words(cell.source)
        for path in (book.root / "book").rglob("*.py"):
            self.known |= _words(path.read_text(encoding="utf-8"))
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

    What its executed copy shows is known. The cell's id is given as well.
    """
    beside: set[str] = set()
    for _, cell in code_cells(executed):
        for text in shown(cell):
            beside |= _words(text)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for _, name in unknown(cell.source, names, beside):
                yield cell.id, name


def of_pages(book: Book, names: Names) -> Iterator[tuple[str, int, str]]:
    """Find the names in a book's pages that nothing has: page, line, name."""
    for page, text in prose.page_texts(book):
        for line, name in unknown(text, names, set()):
            yield page, line, name


def unknown(
    source: str, names: Names, beside: AbstractSet[str]
) -> Iterator[tuple[int, str]]:
    """Find the names in a Markdown text that nothing has, and their lines.

    The names in `beside` are known as well: the outputs next to the text have
    them. A link to one name whose text is another one is found too.
    """
    for line in prose.lines(source):
        addresses = " ".join(address for _, address in line.links)
        near = beside | _words(addresses)
        found = list(_misled(line, names))
        if not any(address.startswith("http") for _, address in line.links):
            telling = (word for word in _named(line) if word not in near)
            found += (word for word in telling if word not in names.known)
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
    """List the telling names among a line's spans of code."""
    for code in line.code:
        found = _SPAN.fullmatch(code)
        if found and not _FILE.fullmatch(code):
            parts = found["name"].split(".")
            yield from (part for part in parts if _TELLING.fullmatch(part))


def _misplaced(line: prose.Line, names: Names) -> Iterator[str]:
    """Find members that their class, one of the packages', has not."""
    for code in line.code:
        for owner, member in _MEMBER.findall(code):
            if member not in names.classes.get(owner, {member}):
                yield f"{owner}.{member}"


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text))
