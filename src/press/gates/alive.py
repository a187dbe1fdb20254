"""Find asserts that cannot fail, and expectations that anything meets.

A lesson's claim is an assert beside it. One that compares a value with
itself, that stands under ``if False``, or that expects an error of any words
looks like a check and is none.
"""

import ast
import re
from collections.abc import Iterator

from nbformat import NotebookNode

from press.book.book import Book
from press.book.notebook import code_cells, read

WIDE = {"Exception", "BaseException", "object"}
EXPECTING = {"expect", "raises", "warns"}
STRANGER = "3f9 zq~"
"""A text that no sensible expectation of words matches."""
SHORT = 4


def check(book: Book) -> Iterator[str]:
    """Find the dead checks in a book's notebooks.

    Yields:
        A sentence for each, which says where it is.
    """
    for path in book.sources():
        name = path.relative_to(book.root)
        for number, cell in code_cells(read(path)):
            for fault in (*of_code(cell.source), *of_promise(cell)):
                yield f"{name}, cell {number}: {fault}"


def of_code(source: str) -> Iterator[str]:
    """Find the dead checks in a cell's code.

    Args:
        source: The code; what is not plain Python is left aside.

    Yields:
        What is wrong, a sentence each.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a cell with IPython's own commands
        return
    for node in ast.walk(tree):
        match node:
            case ast.Assert(test=test) if _decided(test):
                yield f"`{ast.unparse(node)}` cannot fail."
            case (
                ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test)
            ) if _decided(test) and not _is_for_ever(node):
                yield f"what hangs on `{ast.unparse(test)}` is decided."
            case ast.Lambda(
                args=ast.arguments(args=[]),
                body=(ast.Constant(value=True) | ast.BoolOp()) as body,
            ) if _decided(body):
                yield f"an expectation is always met: `{ast.unparse(node)}`."
            case ast.Call():
                yield from _of_call(node)
            case ast.ExceptHandler(type=kind, body=[ast.Pass()]) if (
                kind is None or _names(kind) & WIDE
            ):
                yield "any error is passed over."


def of_promise(cell: NotebookNode) -> Iterator[str]:
    """Find a cell's promise of an error that any error keeps.

    Args:
        cell: The cell, whose metadata may have ``raises``.

    Yields:
        What is wrong, a sentence each.
    """
    promise = cell.metadata.get("raises") or {}
    if promise.get("type") in WIDE:
        yield f"promises {promise['type']}, which any error is."
    if _is_wide(promise.get("message", STRANGER)):
        yield f"promises the message {promise['message']!r}: others have that."


def _of_call(node: ast.Call) -> Iterator[str]:
    """Find what a call lets through."""
    name = ast.unparse(node.func).rpartition(".")[2]
    if name not in {*EXPECTING, "suppress"}:
        return
    for kind in node.args:
        if wide := _names(kind) & WIDE:
            yield f"`{name}({wide.pop()})` accepts any error."
    for keyword in node.keywords:
        value = keyword.value
        if keyword.arg != "match" or not isinstance(value, ast.Constant):
            continue
        if _is_wide(str(value.value)):
            yield f"`match={value.value!r}` accepts other messages."


def _decided(test: ast.expr) -> bool:
    """Tell whether a condition is decided before anything runs."""
    match test:
        case ast.Constant() | ast.JoinedStr() | ast.Lambda():
            return True
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return bool(parts)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _decided(operand)
        case ast.BoolOp(values=values):
            return any(map(_decided, values))
        case ast.Compare(left=left, ops=[how], comparators=[right]):
            same = ast.dump(left) == ast.dump(right)
            calls = any(isinstance(x, ast.Call) for x in ast.walk(left))
            constants = isinstance(left, ast.Constant) and isinstance(
                right, ast.Constant
            )
            length = ast.unparse(left).startswith("len(") and (
                isinstance(how, ast.GtE) and ast.unparse(right) == "0"
            )
            return constants or length or (same and not calls)
    return False


def _is_for_ever(node: ast.AST) -> bool:
    """Tell whether it is a loop that ends from inside."""
    return isinstance(node, ast.While) and ast.unparse(node.test) == "True"


def _is_wide(pattern: str) -> bool:
    """Tell whether a pattern fits messages that nobody expects.

    A pattern of fewer characters than `SHORT` is a part of too many words,
    unless it is all of the message.
    """
    if pattern == STRANGER:
        return False
    if not pattern.startswith("^") and len(re.findall(r"\w", pattern)) < SHORT:
        return True
    try:
        return bool(re.search(pattern, STRANGER))
    except re.error:
        return False


def _names(node: ast.AST) -> set[str]:
    """List the names in an expression."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
