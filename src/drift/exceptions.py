"""Errors changed: their types, what they are kinds of, and their words."""

import ast
import re
from collections.abc import Iterator

from drift.bodies import Change, inside, short
from drift.mutant import Mutant
from drift.source import Edit, Function, Module, Package, Scope

Bases = dict[str, list[str]]
WORD = re.compile(rb"[A-Za-z]{4,}")


def mutants(package: Package) -> Iterator[Mutant]:
    """List the changed errors of a package.

    Args:
        package: The package.

    Yields:
        A mutant for each type that is raised or caught, each base of an
        error, each message and each cause.
    """
    bases = _errors(package)
    for module in package.modules.values():
        for scope in module.scopes():
            if isinstance(scope.node, ast.ClassDef):
                yield from _bases(module, scope, scope.node, bases)
            for node in module.own(scope):
                for kind, what, edit in _changes(module, scope, node, bases):
                    yield inside(module, scope, node, kind, short(what), edit)


def _errors(package: Package) -> Bases:
    """List the package's errors, each with its bases."""
    classes = {
        node.name: [ast.unparse(base) for base in node.bases]
        for module in package.modules.values()
        for node in module.tree.body
        if isinstance(node, ast.ClassDef)
    }

    def is_error(name: str) -> bool:
        return name.endswith(("Exception", "Error")) or any(
            is_error(base) for base in classes.get(name, [])
        )

    return {name: of for name, of in classes.items() if is_error(name) and of}


def _other(name: str, bases: Bases) -> str:
    """Name the type that stands for another one: its base, if it is ours."""
    base = bases[name][0]
    return base if base in bases else "RuntimeError"


def _bases(
    module: Module,
    scope: Scope,
    node: ast.ClassDef,
    bases: Bases,
) -> Iterator[Mutant]:
    if node.name not in bases:
        return
    for index, base in enumerate(node.bases):
        name = ast.unparse(base)
        if name in bases:
            other = bases[name][0]
            what = f"{node.name} is a {other}, no {name}"
            edit = module.replace(base, other)
        elif len(node.bases) > 1:
            what = f"{node.name} is no {name}"
            edit = module.drop_item([*node.bases], index)
        else:
            continue
        yield Mutant(
            "exceptions",
            module.name,
            scope.name,
            node.lineno,
            what,
            (edit,),
            words=(node.name, name),
        )


def _changes(
    module: Module, scope: Scope, node: ast.AST, bases: Bases
) -> Iterator[Change]:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in bases:
            if isinstance(scope.node, Function):
                other = _usable(module, _other(name, bases))
                yield from _raised(module, node, other)
        case ast.Raise(exc=ast.Call(func=ast.Name(id=name)) as call) if (
            name not in bases
        ):
            yield from _raised(module, call, "RuntimeError")
        case ast.ExceptHandler(type=ast.Tuple(elts=types)):
            for each in types:
                others = "".join(
                    f"{module.text(other)}, "
                    for other in types
                    if other is not each
                )
                edit = module.replace(node.type or each, f"({others})")
                what = f"except no more {ast.unparse(each)}"
                yield "exceptions", what, edit
        case ast.ExceptHandler(type=ast.expr() as caught):
            what = f"except no more {ast.unparse(caught)}"
            yield "exceptions", what, module.replace(caught, "()")
    if isinstance(node, ast.Raise) and node.cause is not None and node.exc:
        start, end = module.span(node.exc)[1], module.span(node.cause)[1]
        what = f"{_begun(node.exc)}: from {ast.unparse(node.cause)} dropped"
        yield "causes", what, module.cut(start, end)


def _raised(module: Module, call: ast.Call, other: str) -> Iterator[Change]:
    """Change the type and the words of an error that is made."""
    edit = module.replace(call.func, other)
    name = other.rpartition(".")[2]
    yield "exceptions", f"{_begun(call)} is a {name}", edit
    if call.args and (words := _reworded(module, call.args[0])):
        yield "messages", f"{_begun(call)} reworded", words


def _usable(module: Module, name: str) -> str:
    """Write a type's name so that a module which lacks it can use it."""
    known = {
        alias.asname or alias.name
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    } | {
        node.name
        for node in module.tree.body
        if isinstance(node, ast.ClassDef)
    }
    if name in known or name == "RuntimeError":
        return name
    package = module.name.partition(".")[0]
    return f"__import__('{package}.errors').errors.{name}"


def _begun(node: ast.AST) -> str:
    """Write how a piece of code begins."""
    return ast.unparse(node)[:48]


def _reworded(module: Module, message: ast.expr) -> Edit | None:
    """Change the first word of a message."""
    if not isinstance(message, ast.Constant | ast.JoinedStr):
        return None
    start, end = module.span(message)
    position = start
    while found := WORD.search(module.content, position, end):
        before = module.content[start : found.start()]
        if before.count(b"{") == before.count(b"}"):
            return module.cut(*found.span(), "Other")
        position = found.end()
    return None
