"""Harmless changes, which no notebook may notice.

They are the gate's inverted control: a page that fails on one of them holds
on to what does not matter.
"""

import ast
import re
from collections.abc import Iterator

from drift.source import (
    Definition,
    Edit,
    Function,
    Module,
    Package,
    format_of,
    in_format,
    splice,
)

SUFFIX = "_other"


def changes(package: Package) -> Iterator[tuple[str, dict[str, bytes]]]:
    """List harmless changes of a package.

    Args:
        package: The package.

    Yields:
        What is changed, and the changed files.
    """
    yield "formatted otherwise, without comments", reformatted(package)
    yield "private names and local variables renamed", renamed(package)


def reformatted(package: Package) -> dict[str, bytes]:
    """Write each module as Python itself would, without comments.

    Args:
        package: The package.

    Returns:
        The files.
    """
    return {
        module.path: f"{ast.unparse(module.tree)}\n".encode()
        for module in package.modules.values()
    }


def renamed(package: Package) -> dict[str, bytes]:
    """Rename each module's private functions, classes and constants.

    Names that another module of the package imports are left, and so are
    local variables that an inner function shares.

    Args:
        package: The package.

    Returns:
        The files.
    """
    return {
        module.path: splice(module.content, _edits(package, module))
        for module in package.modules.values()
    }


def _edits(package: Package, module: Module) -> Iterator[Edit]:
    for name in _private(module):
        if any(package.imports_of(module, name)):
            continue
        yield from _everywhere(module, module.tree, name)
    for scope in module.scopes():
        if isinstance(scope.node, Function) and not any(
            isinstance(each, Function) for each in scope.parents
        ):
            for name in _locals(scope.node):
                for statement in scope.node.body:
                    yield from _everywhere(module, statement, name)


def _private(module: Module) -> Iterator[str]:
    for node in module.tree.body:
        if isinstance(node, Definition):
            names = [node.name]
        elif isinstance(node, ast.Assign):
            names = [
                each.id for each in node.targets if isinstance(each, ast.Name)
            ]
        else:
            names = []
        for name in names:
            if re.match(r"_[A-Za-z]", name):
                yield name


def _locals(function: Function) -> set[str]:
    """List the variables that a function itself assigns, and nobody shares."""
    inner = [
        node
        for node in ast.walk(function)
        if isinstance(node, Definition | ast.Lambda) and node is not function
    ]
    if inner:
        return set()
    shared = {
        name
        for node in ast.walk(function)
        if isinstance(node, ast.Global | ast.Nonlocal)
        for name in node.names
    }
    arguments = {
        node.arg for node in ast.walk(function) if isinstance(node, ast.arg)
    }
    stored = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    } | {
        node.name
        for node in ast.walk(function)
        if isinstance(node, ast.ExceptHandler) and node.name
    }
    return stored - shared - arguments


def _everywhere(module: Module, top: ast.AST, name: str) -> Iterator[Edit]:
    new = name + SUFFIX
    for node in ast.walk(top):
        if isinstance(node, ast.Name) and node.id == name:
            if inside := format_of(module, node):
                yield from in_format(module, inside, name, new)
            else:
                yield module.replace(node, new)
        elif isinstance(node, Definition) and node.name == name:
            start, end = module.span(node)
            found = module.find(rf"\b(?:def|class)\s+({name})\b", start, end)
            yield module.cut(*found.span(1), new)
        elif isinstance(node, ast.ExceptHandler) and node.name == name:
            start, end = module.span(node)
            found = module.find(rf"\bas\s+({name})\b", start, end)
            yield module.cut(*found.span(1), new)
