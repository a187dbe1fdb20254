"""Generic mutants of the bank: one small change each, drawn at random."""

import ast
import random
from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path

from drift.patch import Edit, Patch

FLIPPED: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: ">=",
    ast.LtE: ">",
    ast.Gt: "<=",
    ast.GtE: "<",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
Change = tuple[ast.AST, str, str]
"""What is replaced, by which text, and what that is in words."""


def sample(
    root: Path, files: Iterable[str], number: int, seed: int
) -> list[Patch]:
    """Draw a number of mutants, or all that there are if they are fewer."""
    found = [
        mutant
        for name in sorted(files)
        for mutant in of_file(name, (root / name).read_text(encoding="utf-8"))
    ]
    drawn = random.Random(seed)  # noqa: S311 - no secret
    return drawn.sample(found, min(number, len(found)))


def of_file(name: str, source: str) -> Iterator[Patch]:
    """Make all mutants of a file that are still Python."""
    content = source.encode()
    lengths = map(len, content.splitlines(keepends=True))
    starts = list(accumulate(lengths, initial=0))
    for node, text, words in _changes(ast.parse(source)):
        first = starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]  # each node here has a place
        last = starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]  # the same
        mutated = (content[:first] + text.encode() + content[last:]).decode()
        try:
            ast.parse(mutated)
        except SyntaxError:
            continue
        line = node.lineno  # type: ignore[attr-defined]  # the same
        stem = name.removeprefix("src/").removesuffix(".py")
        yield Patch(
            name=f"{stem} line {line}: {words}",
            kind="mutants",
            intent=words,
            edits=(Edit(name, source, mutated),),
        )


def _changes(tree: ast.Module) -> Iterator[Change]:
    """List the changes of a module, without docstrings and annotations."""
    left_out = set(_said(tree))
    for node in ast.walk(tree):
        if node not in left_out:
            yield from _of(node)


def _said(tree: ast.Module) -> Iterator[ast.AST]:
    """List what readers and type checkers alone read, and f-strings.

    The parts of an f-string have no places.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()) | ast.JoinedStr():
                yield from ast.walk(node)
            case ast.Call(func=ast.Name(id="cast" | "TypeVar")):
                yield from ast.walk(node)
            case (
                ast.arg(annotation=ast.AST() as said)
                | ast.AnnAssign(annotation=said)
                | ast.FunctionDef(returns=ast.AST() as said)
                | ast.AsyncFunctionDef(returns=ast.AST() as said)
            ):
                yield from ast.walk(said)


def _of(node: ast.AST) -> Iterator[Change]:
    """List the changes of one node."""
    match node:
        case ast.Constant(value=value):
            if (other := _other(value)) is not None:
                yield node, other, "a constant is changed"
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            yield test, f"(not ({ast.unparse(test)}))", "a test is negated"
        case ast.Expr(value=ast.Await()):
            yield node, "pass", "an awaited call is removed"
        case ast.Expr() | ast.Raise() | ast.AugAssign() | ast.Delete():
            yield node, "pass", "a statement is removed"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield node, "pass", "a statement is removed"
        case ast.Call(func=func, args=args, keywords=keywords):
            for index in range(len(keywords)):
                fewer = keywords[:index] + keywords[index + 1 :]
                shorter = ast.unparse(ast.Call(func, args, fewer))
                yield node, shorter, "an argument is dropped"
        case _:
            yield from _of_logic(node)


def _of_logic(node: ast.AST) -> Iterator[Change]:
    """List the changes of a comparison, or of what joins some."""
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            sides = ast.unparse(left), ast.unparse(right)
            flipped = f"{sides[0]} {FLIPPED[type(op)]} {sides[1]}"
            yield node, flipped, "a comparison is flipped"
        case ast.BoolOp(op=op, values=values):
            other = " or " if isinstance(op, ast.And) else " and "
            parts = (f"({ast.unparse(value)})" for value in values)
            yield node, f"({other.join(parts)})", "and is exchanged with or"


def _other(value: object) -> str | None:
    """Write another constant of the same type."""
    match value:
        case bool():
            return str(not value)
        case int() | float():
            return str(value + 1)
        case str() if value:
            return repr(f"{value}x")
    return None
