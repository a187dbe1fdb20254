"""Find entries of the error atlas that show an error which no cell raises.

A text cell with the metadata ``error`` begins an entry and shows its message
in a fence. Between it and the text that begins with **Fix.** stand the cells
that reproduce it. They must expect the message's words. A fault without a
message has "(no message" there, or a title that begins with "Silent": then an
``assert`` of the entry must look at what they made. What the cells of a fix
print is promised in their metadata.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from nbformat import NotebookNode

from press.book.notebook import parsed, tags

FIX = "**Fix.**"
SILENT = "Silent"
NO_MESSAGE = "(no message"
MESSAGE = re.compile(r"^```text\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass
class Entry:
    """An entry: its code before the fix, and the rest, with what proves it."""

    title: str
    message: str
    reproduction: list[str] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)

    @property
    def is_silent(self) -> bool:
        """Whether the fault prints no message."""
        return self.title.startswith(SILENT) or self.message.startswith(
            NO_MESSAGE
        )


def entries(notebook: NotebookNode) -> Iterator[Entry]:
    """Read the entries of a notebook."""
    entry, is_fixed = None, False
    for cell in notebook.cells:
        if "error" in cell.metadata:
            if entry:
                yield entry
            title = cell.source.partition("\n")[0].removeprefix("## ")
            message = " ".join(MESSAGE.findall(cell.source))
            entry, is_fixed = Entry(title, " ".join(message.split())), False
        elif entry and cell.cell_type == "code":
            proves = is_fixed or "proof" in tags(cell)
            (entry.rest if proves else entry.reproduction).append(cell.source)
        elif cell.source.startswith(FIX):
            is_fixed = True
    if entry:
        yield entry


def unproven(notebook: NotebookNode) -> Iterator[str]:
    """Find entries whose reproduction could vanish without a failure."""
    for entry in entries(notebook):
        code = [parsed(source) for source in entry.reproduction]
        if entry.is_silent:
            made = {name for tree in code for name in _bound(tree)}
            everything = [*code, *map(parsed, entry.rest)]
            seen = {name for tree in everything for name in _asserted(tree)}
            if not made & seen:
                yield (
                    f", entry {entry.title!r}: no assert looks at what the"
                    " cells before its fix make."
                )
        elif not any(_expects(tree, entry.message) for tree in code):
            yield (
                f", entry {entry.title!r}: no cell before its fix expects"
                " the message that it shows."
            )


def unpromised(notebook: NotebookNode) -> Iterator[str]:
    """Find fixes that print something, whatever it is."""
    is_entry = is_fixed = False
    for cell in notebook.cells:
        if "error" in cell.metadata:
            is_entry, is_fixed = True, False
        elif cell.cell_type != "code":
            is_fixed |= is_entry and cell.source.startswith(FIX)
        elif is_fixed and _prints(cell) and "proof" not in tags(cell):
            yield (
                f", cell {cell.id!r}: say in the metadata `prints` what the "
                "fix prints."
            )


def _prints(cell: NotebookNode) -> bool:
    """Tell whether a cell itself prints what it does not promise."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    done = (
        x for x in parsed(cell.source).body if not isinstance(x, functions)
    )
    names = {
        node.id
        for statement in done
        for node in ast.walk(statement)
        if isinstance(node, ast.Name)
    }
    return "prints" not in cell.metadata and "print" in names


def _expects(tree: ast.Module, message: str) -> bool:
    """Tell whether a cell expects an error with words of the message."""
    return any(
        re.search(ast.literal_eval(node.value), message)
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "match"
    )


def _bound(tree: ast.Module) -> Iterator[str]:
    """List the names that a cell makes."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                yield name


def _asserted(tree: ast.Module) -> Iterator[str]:
    """List the names that a cell's asserts look at."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            for each in ast.walk(node.test):
                if isinstance(each, ast.Name):
                    yield each.id
