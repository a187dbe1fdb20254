"""Find asserts that cannot fail, and expectations that anything meets.

A lesson's claim is an assert beside it. One that compares a value with
itself, that stands under ``if False``, or that expects an error of any words
looks like a check and is none. Ruff finds the other dead ones: pairs,
compared constants, errors that are passed over.
"""

import ast
import re
from collections.abc import Iterator

from nbformat import NotebookNode

from press.book.book import DIALECTS, Book
from press.book.notebook import code_cells, parsed, read

WIDE = {"Exception", "BaseException", "object"}
EXPECTING = {"expect", "raises", "warns", "suppress"}
AWAITING = (ast.Await, ast.AsyncWith, ast.AsyncFor)
STRANGER = "3f9 zq~"
"""A text that no sensible expectation of words matches."""
_DIALECT = ("dialect", "dialect.name")
SHORT = 4
"""Fewer characters are a part of too many words, or all of the message."""


def check(book: Book) -> Iterator[str]:
    """Find the dead checks in a book's notebooks."""
    for path in book.sources():
        name = path.relative_to(book.root)
        for number, cell in code_cells(read(path)):
            for fault in (*of_code(cell.source), *of_promise(cell)):
                yield f"{name}, cell {number}: {fault}"


def of_code(source: str) -> Iterator[str]:
    """Find the dead checks in a cell's code."""
    tree = parsed(source)
    for node in ast.walk(tree):
        match node:
            case ast.Assert(test=test) if _decided(test):
                yield f"`{ast.unparse(node)}` cannot fail."
            case ast.Assert(test=test) if _loose(test):
                yield (
                    f"`{ast.unparse(node)}` takes several counts: write `==`,"
                    " or `<` where the count varies."
                )
            case ast.Compare() if name := _no_dialect(node):
                yield f"no dialect is called {name!r}: this never holds."
            case ast.While(test=ast.Constant(value=True)):
                continue  # it ends from inside
            case (
                ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test)
            ) if _decided(test):
                yield f"what hangs on `{ast.unparse(test)}` is decided."
            case ast.Lambda(
                args=ast.arguments(args=[]),
                body=(ast.Constant(value=True) | ast.BoolOp()) as body,
            ) if _decided(body):
                yield f"an expectation is always met: `{ast.unparse(node)}`."
            case ast.Call():
                yield from _of_call(node)
    yield from _idle(tree)


def of_promise(cell: NotebookNode) -> Iterator[str]:
    """Find a promise, in the metadata ``raises``, that any error keeps."""
    promise = cell.metadata.get("raises") or {}
    if promise.get("type") in WIDE:
        yield f"promises {promise['type']}, which any error is."
    if "message" in promise and _is_wide(promise["message"]):
        yield f"promises the message {promise['message']!r}: others have that."


def _of_call(node: ast.Call) -> Iterator[str]:
    """Find what a call lets through."""
    name = ast.unparse(node.func).rpartition(".")[2]
    if name not in EXPECTING:
        return
    for kind in node.args:
        if wide := _names(kind) & WIDE:
            yield f"`{name}({wide.pop()})` accepts any error."
    if (pattern := message_of(node)) is not None and _is_wide(pattern):
        yield f"`match={pattern!r}` accepts other messages."


def message_of(call: ast.Call) -> str | None:
    """Give the pattern of the message that a call expects, if it is plain."""
    for keyword in call.keywords:
        match keyword:
            case ast.keyword(arg="match", value=ast.Constant(value=pattern)):
                return str(pattern)
    return None


def _idle(tree: ast.Module) -> Iterator[str]:
    """Find tasks that are made and cancelled with no await in between."""
    bodies = (getattr(node, "body", None) for node in ast.walk(tree))
    for body in bodies:
        if isinstance(body, list):
            yield from _idle_in(body)


def _idle_in(body: list[ast.stmt]) -> Iterator[str]:
    new: set[str] = set()
    for statement in body:
        if any(isinstance(x, AWAITING) for x in ast.walk(statement)):
            new.clear()
        match statement:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Attribute(attr="create_task")),
            ):
                new.add(name)
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr="cancel")
                )
            ) if name in new:
                yield f"`{name}` is cancelled before it begins: await first."


def _decided(test: ast.expr) -> bool:
    """Tell whether a condition is decided before anything runs."""
    match test:
        case (
            ast.Constant()
            | ast.JoinedStr()
            | ast.Lambda()
            | ast.GeneratorExp()
            | ast.List()
            | ast.Set()
            | ast.Dict()
        ):  # each is an object, whatever is in it
            return True
        case ast.ListComp(generators=loops) | ast.SetComp(generators=loops):
            return not any(loop.ifs for loop in loops)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _decided(operand)
        case ast.BoolOp(values=values):
            return any(map(_decided, values))
        case ast.Compare(left=left, ops=[how], comparators=[right]):
            same = ast.dump(left) == ast.dump(right)
            calls = any(isinstance(x, ast.Call) for x in ast.walk(left))
            no_less = isinstance(how, ast.GtE) and ast.unparse(right) == "0"
            return no_less or (same and not calls)  # a count is never less
    return False


def _no_dialect(node: ast.Compare) -> str:
    """Give a name that is compared with a dialect's and that none has."""
    sides = (node.left, *node.comparators)
    if not any(ast.unparse(side).endswith(_DIALECT) for side in sides):
        return ""
    parts = (each for side in sides for each in ast.walk(side))
    values = (each.value for each in parts if isinstance(each, ast.Constant))
    return next((str(each) for each in values if each not in DIALECTS), "")


def _loose(test: ast.expr) -> bool:
    """Tell whether a count is compared by `<=` or `>=`, as if by mistake."""
    match test:
        case ast.Compare(ops=[ast.LtE() | ast.GtE()]):
            sides = (test.left, *test.comparators)
            return any(map(_is_count, sides))
    return False


def _is_count(side: ast.expr) -> bool:
    match side:
        case ast.Constant(value=value):
            return type(value) is int
        case ast.Call(func=ast.Name(id="len")):
            return True
    return False


def _is_wide(pattern: str) -> bool:
    """Tell whether a pattern fits messages that nobody expects."""
    if not pattern.startswith("^") and len(re.findall(r"\w", pattern)) < SHORT:
        return True
    try:
        return bool(re.search(pattern, STRANGER))
    except re.error:
        return False


def _names(node: ast.AST) -> set[str]:
    """List the names in an expression."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
