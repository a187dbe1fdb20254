"""Parameters renamed and reordered, and defaults changed."""

import ast
from collections.abc import Iterator
from itertools import pairwise

from drift.mutant import Mutant
from drift.names import SUFFIX, is_registered
from drift.source import (
    Edit,
    Function,
    Module,
    Package,
    Scope,
    format_of,
    in_format,
)


def mutants(package: Package) -> Iterator[Mutant]:
    """List the changed signatures of a package's public functions.

    Args:
        package: The package.

    Yields:
        A mutant for each parameter's name, each pair of positional
        parameters that are neighbours, and each default.
    """
    for module in package.modules.values():
        for scope in module.scopes():
            if not isinstance(scope.node, Function) or not scope.public:
                continue
            if any(isinstance(each, Function) for each in scope.parents):
                continue
            yield from _of_function(package, module, scope, scope.node)
        yield from _field_defaults(module)


def _of_function(
    package: Package, module: Module, scope: Scope, node: Function
) -> Iterator[Mutant]:
    def mutant(
        kind: str,
        place: ast.AST,
        what: str,
        *edits: Edit,
        spoken: str = "",
        unfollowed: tuple[Edit, ...] = (),
    ) -> Mutant:
        return Mutant(
            kind,
            module.name,
            scope.name,
            getattr(place, "lineno", node.lineno),
            what,
            edits,
            lines=body_lines(node),
            words=(spoken,) if spoken else called(scope),
            unfollowed=unfollowed,
        )

    arguments = node.args
    registered = is_registered(node)
    for argument in (*arguments.args, *arguments.kwonlyargs):
        if argument.arg in {"self", "cls"} or argument.arg.startswith("_"):
            continue
        if registered and not _is_asked_for(node, argument):
            continue
        inside = tuple(_rename(module, node, argument))
        named = (
            edit
            for other in package.modules.values()
            for edit in _named(other, called(scope)[0], argument.arg)
        )
        yield mutant(
            "signatures",
            argument,
            f"parameter {argument.arg} renamed",
            *inside,
            *named,
            spoken=argument.arg,
            unfollowed=inside,
        )
    plain = [
        each for each in arguments.args if each.arg not in {"self", "cls"}
    ]
    without = max(len(plain) - len(arguments.defaults), 0)
    for first, second in pairwise([] if registered else plain[:without]):
        yield mutant(
            "signatures",
            first,
            f"parameters {first.arg} and {second.arg} swapped",
            module.replace(first, module.text(second)),
            module.replace(second, module.text(first)),
        )
    defaults = [
        *zip(
            reversed(arguments.args),
            reversed(arguments.defaults),
            strict=False,
        )
    ]
    defaults += [
        (argument, default)
        for argument, default in zip(
            arguments.kwonlyargs, arguments.kw_defaults, strict=True
        )
        if default is not None
    ]
    for argument, default in defaults:
        what = f"default of {argument.arg}"
        other = changed(default)
        if other:
            edit = module.replace(default, other)
            yield mutant("defaults", default, f"{what} now {other}", edit)
        elif argument in arguments.kwonlyargs:
            edit = module.cut(
                module.span(argument)[1], module.span(default)[1]
            )
            yield mutant("defaults", default, f"{what} dropped", edit)
        else:
            edit = module.replace(default, "...")
            yield mutant("defaults", default, f"{what} now ...", edit)


def _is_asked_for(function: Function, argument: ast.arg) -> bool:
    """Say whether a framework's callers know a parameter's name.

    They do where it may be left out, and where the decorator names it, as a
    path does.
    """
    decorators = " ".join(map(ast.unparse, function.decorator_list))
    arguments = function.args
    optional = [
        *arguments.args[len(arguments.args) - len(arguments.defaults) :],
        *arguments.kwonlyargs,
    ]
    return argument in optional or f"{{{argument.arg}}}" in decorators


def _rename(
    module: Module, node: Function, argument: ast.arg
) -> Iterator[Edit]:
    """Rename a parameter in its function."""
    name = argument.arg
    start, _ = module.span(argument)
    yield module.cut(start, start + len(name), name + SUFFIX)
    for statement in node.body:
        for each in ast.walk(statement):
            if isinstance(each, ast.Name) and each.id == name:
                if inside := format_of(module, each):
                    yield from in_format(module, inside, name, name + SUFFIX)
                else:
                    yield module.replace(each, name + SUFFIX)


def _named(module: Module, function: str, name: str) -> Iterator[Edit]:
    """Rename an argument in a module's calls of a function."""
    for call in ast.walk(module.tree):
        if (
            isinstance(call, ast.Call)
            and ast.unparse(call.func).split(".")[-1] == function
        ):
            for keyword in call.keywords:
                if keyword.arg == name:
                    start, _ = module.span(keyword)
                    yield module.cut(start, start + len(name), name + SUFFIX)


def _field_defaults(module: Module) -> Iterator[Mutant]:
    """Change the defaults of classes' annotated fields."""
    for scope in module.scopes():
        if not isinstance(scope.node, ast.ClassDef) or not scope.public:
            continue
        for node in scope.node.body:
            if not isinstance(node, ast.AnnAssign) or node.value is None:
                continue
            default: ast.expr = node.value
            if isinstance(default, ast.Call):
                if not default.args or not isinstance(node.target, ast.Name):
                    continue
                if ast.unparse(default.func) != "Field":
                    continue
                default = default.args[0]
            other = changed(default)
            if other is None and ast.unparse(default) == "None":
                other = "1"
            if other is None:
                continue
            name = ast.unparse(node.target)
            yield Mutant(
                "defaults",
                module.name,
                scope.name,
                node.lineno,
                f"default of {name} now {other}",
                (module.replace(default, other),),
                words=(name, scope.name),
            )


def changed(node: ast.expr) -> str | None:
    """Write another value of a literal's kind.

    Args:
        node: An expression.

    Returns:
        The other value, or None where the expression is no literal, or is
        None.
    """
    if not isinstance(node, ast.Constant):
        return None
    match node.value:
        case bool():
            return str(not node.value)
        case int() | float():
            return str(node.value + 1)
        case str():
            return repr(node.value + "x")
    return None


def body_lines(node: Function) -> frozenset[int]:
    """Give the lines of a function's body."""
    last = node.end_lineno or node.lineno
    return frozenset(range(node.body[0].lineno, last + 1))


def called(scope: Scope) -> tuple[str, ...]:
    """Tell by which name a function is called: a class's by the class's."""
    parts = scope.name.split(".")
    return (parts[-2] if parts[-1] == "__init__" else parts[-1],)
