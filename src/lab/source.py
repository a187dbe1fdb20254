"""Code shown from where it runs, so that nobody retypes it."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
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
    *objects: Callable[..., Any] | type, docstrings: bool = False
) -> Source:
    """Show functions or classes as they are written.

    Args:
        *objects: Functions, methods or classes.
        docstrings: Whether to keep their docstrings.

    Returns:
        The source; a cell that ends with it shows it.

    Raises:
        OSError: There is no source file to read.
    """
    pieces = [
        textwrap.dedent(inspect.getsource(inspect.unwrap(piece))).strip()
        for piece in objects
    ]
    if not docstrings:
        pieces = [_without_docstrings(piece) for piece in pieces]
    return Source("\n\n\n".join(pieces))


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
