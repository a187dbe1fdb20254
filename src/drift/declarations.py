"""What classes and modules declare, altered: columns, fields, constants."""

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

from drift.bodies import inside, is_number, short
from drift.mutant import Mutant
from drift.source import (
    Definition,
    Edit,
    Function,
    Module,
    Package,
)
from drift.statements import dropped_keywords

MAPPED = re.compile(r"Mapped\[(?P<type>.+)\]")


def mutants(package: Package) -> Iterator[Mutant]:
    """List the altered declarations of a package.

    Args:
        package: The package.

    Yields:
        A mutant for each named argument, each number, each entry and each
        part that is declared outside functions, and each column that may
        hold nothing, or must not.
    """
    for module in package.modules.values():
        for scope in module.scopes():
            if isinstance(scope.node, Function):
                continue
            for node in module.own(scope):
                if isinstance(module.statement(node), Definition):
                    continue
                for what, edit in _changes(module, node):
                    yield inside(
                        module, scope, node, "declarations", short(what), edit
                    )


def _changes(module: Module, node: ast.AST) -> Iterator[tuple[str, Edit]]:
    for kinds, change in CHANGES:
        if isinstance(node, kinds):
            for what, edit in change(module, node):
                target = _target(module.statement(node))
                yield f"{target}: {what}", edit


def _arguments(module: Module, node: Any) -> Iterator[tuple[str, Edit]]:
    for what, edit in dropped_keywords(module, node):
        yield f"{what} dropped", edit
    parts = sorted([*node.args, *node.keywords], key=module.span)
    for each in node.args:
        # A call that is passed: a ForeignKey, a constraint.
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name):
            edit = module.drop_item(parts, parts.index(each))
            yield f"{ast.unparse(each)} dropped", edit
    if isinstance(node.func, ast.Attribute) and isinstance(
        node.func.value, ast.Call
    ):
        start, end = module.span(node.func.value)[1], module.span(node)[1]
        yield f".{node.func.attr}() dropped", module.cut(start, end)


def _parts(module: Module, node: Any) -> Iterator[tuple[str, Edit]]:
    statement = module.statement(node)
    elements: list[ast.AST] = [*node.elts]
    if not isinstance(statement, ast.Assign) or statement.value is not node:
        return
    for index, each in enumerate(elements):
        if isinstance(each, ast.Call):
            edit = module.drop_item(elements, index)
            yield f"{ast.unparse(each)} dropped", edit


def _entries(module: Module, node: Any) -> Iterator[tuple[str, Edit]]:
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            continue
        start, end = module.span(key)[0], module.span(value)[1]
        comma = re.match(rb"\s*,", module.content[end:])
        end += comma.end() if comma else 0
        yield f"entry {ast.unparse(key)} dropped", module.cut(start, end)


def _numbers(module: Module, node: Any) -> Iterator[tuple[str, Edit]]:
    above = module.parent[node]
    if not is_number(node) or isinstance(above, ast.Dict | ast.BinOp):
        return
    if _is_default(module.statement(node), node):
        return
    what = f"{ast.unparse(above)}: {node.value} now {node.value + 1}"
    yield what, module.replace(node, repr(node.value + 1))


def _sums(module: Module, node: Any) -> Iterator[tuple[str, Edit]]:
    if not isinstance(module.parent[node], ast.BinOp):
        edit = module.replace(node, f"({module.text(node)}) + 1")
        yield f"{ast.unparse(node)} now one more", edit


def _nullable(module: Module, node: Any) -> Iterator[tuple[str, Edit]]:
    """Let a column hold nothing, or refuse it; relationships are lists."""
    found = MAPPED.fullmatch(ast.unparse(node.annotation))
    if found is None or found["type"].startswith("list["):
        return
    plain = found["type"].removesuffix(" | None")
    if plain == found["type"]:
        new, what = f"Mapped[{plain} | None]", "may be NULL"
    else:
        new, what = f"Mapped[{plain}]", "may not be NULL"
    is_relationship = node.value is not None and "relationship" in ast.unparse(
        node.value
    )
    if not is_relationship:
        yield what, module.replace(node.annotation, new)


CHANGES: tuple[
    tuple[type, Callable[[Module, Any], Iterator[tuple[str, Edit]]]], ...
] = (
    (ast.Call, _arguments),
    (ast.Tuple, _parts),
    (ast.Dict, _entries),
    (ast.Constant, _numbers),
    (ast.BinOp, _sums),
    (ast.AnnAssign, _nullable),
)


def _is_default(statement: ast.stmt, node: ast.Constant) -> bool:
    """Say whether a number is a field's default, which has its own kind."""
    if not isinstance(statement, ast.AnnAssign):
        return False
    value = statement.value
    return value is node or (
        isinstance(value, ast.Call)
        and node in value.args[:1]
        and ast.unparse(value.func) == "Field"
    )


def _target(statement: ast.stmt) -> str:
    match statement:
        case ast.Assign(targets=[target, *_]):
            return ast.unparse(target)
        case ast.AnnAssign(target=target):
            return ast.unparse(target)
    return short(ast.unparse(statement), 30)
