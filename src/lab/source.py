"""Code shown from where it runs, so that nobody retypes it."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

_Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, repr=False)
class Source:
    """A piece of source that shows itself as highlighted Python.

    Attributes:
        code: The source.
    """

    code: str

    def _repr_markdown_(self) -> str:
        """Show it as a fenced block."""
        return f"```python\n{self.code}\n```"

    def __repr__(self) -> str:
        """Show it as plain text."""
        return self.code


def show_source(
    *objects: Callable[..., Any] | type | ModuleType, docstrings: bool = False
) -> Source:
    """Show functions, classes or modules as they are written.

    Args:
        *objects: Functions, methods or classes; or modules, each of which is
            shown whole, with its docstrings, for readers to copy.
        docstrings: Whether to keep the docstrings of the others.

    Returns:
        The source; a cell that ends with it shows it.

    Raises:
        OSError: There is no source file to read.
    """
    return Source(
        "\n\n\n".join(
            inspect.getsource(each).strip()
            if isinstance(each, ModuleType)
            else _piece(each, docstrings=docstrings)
            for each in objects
        )
    )


def _piece(piece: Callable[..., Any] | type, *, docstrings: bool) -> str:
    """Read the source of a function or class."""
    code = textwrap.dedent(inspect.getsource(piece)).strip()
    return code if docstrings else _without_docstrings(code)


def _without_docstrings(code: str) -> str:
    """Cut the lines of all docstrings, and the blank line after each."""
    lines: list[str | None] = list(code.splitlines())
    for node in ast.walk(ast.parse(code)):
        if (
            isinstance(node, _Documented)
            and ast.get_docstring(node) is not None
        ):
            text = node.body[0]
            first, last = text.lineno - 1, text.end_lineno or text.lineno
            lines[first:last] = [None] * (last - first)
            if len(node.body) == 1:
                lines[first] = " " * text.col_offset + "..."
            elif lines[last] == "":
                lines[last] = None
    return "\n".join(line for line in lines if line is not None)
