"""What functions compute, changed: results, conditions, sums, messages."""

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

from drift.mutant import Mutant
from drift.signatures import body_lines, called
from drift.source import (
    Edit,
    Function,
    Module,
    Package,
    Scope,
    format_of,
)

Change = tuple[str, str, Edit]
"""A kind of mutant, what it is in words, and the edit."""

BOUNDARY: dict[type[ast.AST], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
}
TURNED: dict[type[ast.AST], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
}
EMPTY = {
    "Sequence": "[]",
    "list": "[]",
    "dict": "{}",
    "set": "set()",
    "str": "''",
}


def mutants(package: Package) -> Iterator[Mutant]:
    """List the changed bodies of a package's functions.

    Args:
        package: The package.

    Yields:
        The mutants.
    """
    for module in package.modules.values():
        for scope in module.scopes():
            if isinstance(scope.node, Function):
                yield from _results(module, scope, scope.node)
            for node in module.own(scope):
                for kind, what, edit in _inside(module, node, scope):
                    yield inside(module, scope, node, kind, what, edit)


def inside(
    module: Module,
    scope: Scope,
    node: ast.AST,
    kind: str,
    what: str,
    *edits: Edit,
) -> Mutant:
    """Make a mutant of a node in a scope.

    Args:
        module: The module.
        scope: The function, class or module that the node belongs to.
        node: What is changed.
        kind: What kind of change it is.
        what: The change in words.
        *edits: The change.

    Returns:
        The mutant; in a function it is noticed where its statement runs.
    """
    lines: frozenset[int] = frozenset()
    if isinstance(scope.node, Function):
        statement = module.statement(node)
        last = statement.end_lineno or statement.lineno
        body = getattr(statement, "body", None)
        if body and not isinstance(statement, Function | ast.ClassDef):
            last = max(statement.lineno, body[0].lineno - 1)
        if isinstance(node, ast.ExceptHandler):
            lines = frozenset({node.lineno})
        elif isinstance(node, ast.match_case):
            lines = frozenset({node.pattern.lineno})
        else:
            lines = frozenset(range(statement.lineno, last + 1))
    return Mutant(
        kind,
        module.name,
        scope.name,
        getattr(node, "lineno", 0) or module.statement(node).lineno,
        what,
        edits,
        lines=lines,
        words=called(scope) if scope.name else (),
    )


def _results(module: Module, scope: Scope, node: Function) -> Iterator[Mutant]:
    """Change what a function returns."""
    own = list(module.own(scope))
    returns = [
        each.value
        for each in own
        if isinstance(each, ast.Return) and each.value is not None
    ]
    if any(isinstance(each, ast.Yield | ast.YieldFrom) for each in own):
        return

    def mutant(what: str, *edits: Edit) -> Mutant:
        return Mutant(
            "bodies",
            module.name,
            scope.name,
            node.lineno,
            what,
            edits,
            lines=body_lines(node),
            words=called(scope),
        )

    if not returns:
        body = [each for each in node.body if each not in module.docstrings]
        if len(body) > 1:
            start, _ = module.span(body[0])
            _, end = module.span(body[-1])
            yield mutant("does nothing", module.cut(start, end, "return"))
        return
    if any(ast.unparse(each) != "None" for each in returns):
        yield mutant(
            "returns None",
            *(module.replace(each, "None") for each in returns),
        )
    kind = _kind(node.returns)
    if kind in EMPTY:
        yield mutant(
            "returns nothing but an empty value",
            *(module.replace(each, EMPTY[kind]) for each in returns),
        )
    wrapped = {
        "Sequence": ("returns the reverse", "list(reversed({}))"),
        "list": ("returns the reverse", "list(reversed({}))"),
        "int": ("returns one more", "({}) + 1"),
        "float": ("returns one more", "({}) + 1"),
        "bool": ("returns the opposite", "not ({})"),
    }
    if kind in wrapped:
        what, form = wrapped[kind]
        yield mutant(
            what,
            *(
                module.replace(each, form.format(module.text(each)))
                for each in returns
            ),
        )


def _kind(annotation: ast.expr | None) -> str:
    if isinstance(annotation, ast.Subscript):
        annotation = annotation.value
    return ast.unparse(annotation) if annotation else ""


def _inside(module: Module, node: ast.AST, scope: Scope) -> Iterator[Change]:
    """Change one node."""
    if format_of(module, node):
        return  # Python 3.11 cannot tell where it stands
    for kinds, change in CHANGES:
        if isinstance(node, kinds):
            yield from change(module, node, scope)


def _tests(module: Module, node: Any, _scope: Scope) -> Iterator[Change]:
    tests = node.ifs if isinstance(node, ast.comprehension) else [node.test]
    for test in tests:
        yield _negated(module, test)


def _cases(module: Module, node: Any, _scope: Scope) -> Iterator[Change]:
    for case in node.cases:
        pattern = case.pattern
        if case.guard or (
            isinstance(pattern, ast.MatchAs) and not pattern.pattern
        ):
            continue
        _, end = module.span(pattern)
        what = f"case {ast.unparse(pattern)} never met"
        yield "conditions", short(what), module.cut(end, end, " if False")


def _boundaries(module: Module, node: Any, _scope: Scope) -> Iterator[Change]:
    left = node.left
    for operator, right in zip(node.ops, node.comparators, strict=True):
        if pair := BOUNDARY.get(type(operator)):
            edit = _between(module, left, right, *pair)
            what = f"{ast.unparse(node)}: {pair[0]} now {pair[1]}"
            yield "conditions", short(what), edit
        left = right


def _and_or(module: Module, node: Any, scope: Scope) -> Iterator[Change]:
    if scope.node is not None:
        pair = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        left, right, *_ = node.values
        edit = _between(module, left, right, *pair)
        what = f"{ast.unparse(node)}: {pair[0]} now {pair[1]}"
        yield "conditions", short(what), edit


def _sums(module: Module, node: Any, scope: Scope) -> Iterator[Change]:
    pair = TURNED.get(type(node.op))
    if pair and isinstance(scope.node, Function):
        edit = _between(module, node.left, node.right, *pair)
        yield "bodies", short(f"{ast.unparse(node)}: sign turned"), edit


def _signs(module: Module, node: Any, _scope: Scope) -> Iterator[Change]:
    edit = module.replace(node, module.text(node.operand))
    if isinstance(node.op, ast.USub):
        yield "bodies", short(f"{ast.unparse(node)}: minus dropped"), edit
    elif isinstance(node.op, ast.Not) and not isinstance(
        module.parent[node], ast.If | ast.IfExp | ast.While
    ):
        yield "conditions", short(f"{ast.unparse(node)}: not dropped"), edit


def _numbers(module: Module, node: Any, scope: Scope) -> Iterator[Change]:
    if not isinstance(scope.node, Function) or not is_number(node):
        return
    above = module.parent[node]
    if isinstance(above, ast.MatchValue | ast.Subscript | ast.UnaryOp):
        return
    what = f"{ast.unparse(above)}: {node.value} now {node.value + 1}"
    yield "bodies", short(what), module.replace(node, repr(node.value + 1))


CHANGES: tuple[
    tuple[Any, Callable[[Module, Any, Scope], Iterator[Change]]], ...
] = (
    ((ast.If, ast.IfExp, ast.While, ast.comprehension), _tests),
    (ast.Match, _cases),
    (ast.Compare, _boundaries),
    (ast.BoolOp, _and_or),
    (ast.BinOp, _sums),
    (ast.UnaryOp, _signs),
    (ast.Constant, _numbers),
)


def is_number(node: ast.Constant) -> bool:
    """Say whether a literal is a number; True and False are none here."""
    return isinstance(node.value, int | float) and not isinstance(
        node.value, bool
    )


def _between(
    module: Module, left: ast.AST, right: ast.AST, old: str, new: str
) -> Edit:
    """Replace the operator between two operands."""
    _, start = module.span(left)
    end, _ = module.span(right)
    return module.cut(*module.find(re.escape(old), start, end).span(), new)


def _negated(module: Module, test: ast.expr) -> tuple[str, str, Edit]:
    """Negate a condition."""
    what = f"{ast.unparse(test)}: negated"
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        new = module.text(test.operand)
    else:
        new = f"not ({module.text(test)})"
    return "conditions", short(what), module.replace(test, new)


def short(text: str, width: int = 72) -> str:
    """Write a piece of code in one line, and cut its middle if it is long.

    Args:
        text: The text.
        width: How many characters are kept.

    Returns:
        The line.
    """
    line = " ".join(text.split())
    half = width // 2 - 2
    return line if len(line) <= width else f"{line[:half]} ... {line[-half:]}"
