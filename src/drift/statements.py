"""What functions do, left out: statements, clauses, arguments, decorators."""

import ast
import re
from collections.abc import Iterable, Iterator

from drift.bodies import inside, short
from drift.mutant import Mutant
from drift.signatures import body_lines, called
from drift.source import (
    Definition,
    Edit,
    Function,
    Module,
    Package,
    Scope,
    format_of,
)

ARRANGING = {"sorted", "set", "frozenset", "reversed"}
NOTHING = "__import__('contextlib').nullcontext()"


def mutants(package: Package) -> Iterator[Mutant]:
    """List what can be left out of a package's functions.

    Args:
        package: The package.

    Yields:
        A mutant for each statement that only acts, each link of a chain of
        calls, each named argument and each entry that is passed to what is
        not the package's own, each context, and each decorator.
    """
    ours = {
        scope.name.split(".")[-1]
        for module in package.modules.values()
        for scope in module.scopes()
    }
    for module in package.modules.values():
        for scope in module.scopes():
            if isinstance(scope.node, Definition):
                yield from _decorators(module, scope, scope.node)
            for node in module.own(scope):
                if isinstance(scope.node, Function):
                    yield from _in_function(module, scope, node, ours)
                elif isinstance(node, ast.Expr):
                    yield _dropped(module, scope, node)


def _in_function(
    module: Module, scope: Scope, node: ast.AST, ours: set[str]
) -> Iterator[Mutant]:
    if isinstance(node, ast.stmt):
        yield from _statement(module, scope, node)
    if format_of(module, node):
        return  # Python 3.11 cannot tell where it stands
    changes: Iterable[tuple[str, Edit]] = ()
    if isinstance(node, ast.Dict):
        changes = _entries(module, node)
    elif isinstance(node, ast.Set):
        changes = _elements(module, node)
    elif isinstance(node, ast.Call):
        changes = _call(module, node, ours)
    for what, edit in changes:
        text = f"{short(what)} dropped"
        yield inside(module, scope, node, "statements", text, edit)


def _decorators(
    module: Module, scope: Scope, node: Definition
) -> Iterator[Mutant]:
    for decorator in node.decorator_list:
        start, end = module.span(decorator)
        begin = module.content.rindex(b"@", 0, start)
        after = module.content.index(b"\n", end) + 1
        indent = begin - (module.content.rfind(b"\n", 0, begin) + 1)
        edit = module.cut(begin, after + indent)
        lines = body_lines(node) if isinstance(node, Function) else frozenset()
        private = not scope.public or any(
            name in ast.unparse(decorator)
            for name in ("compiles", "listens_for", "router")
        )
        yield Mutant(
            "statements",
            module.name,
            scope.name,
            decorator.lineno,
            short(f"@{ast.unparse(decorator)} dropped"),
            (edit,),
            lines=frozenset() if private else lines,
            words=called(scope),
        )


def _dropped(module: Module, scope: Scope, node: ast.stmt) -> Mutant:
    what = f"{short(ast.unparse(node))} dropped"
    edit = module.replace(node, "pass")
    return inside(module, scope, node, "statements", what, edit)


def _statement(
    module: Module, scope: Scope, node: ast.stmt
) -> Iterator[Mutant]:
    match node:
        case ast.Expr(value=value) if not isinstance(
            value, ast.Yield | ast.YieldFrom
        ):
            yield _dropped(module, scope, node)
        case ast.Raise() | ast.AugAssign():
            yield _dropped(module, scope, node)
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            # In __init__ it gives a name a value: without, nothing works.
            if not scope.name.endswith("__init__"):
                yield _dropped(module, scope, node)
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if any(
            isinstance(each, ast.Name) and each.id == name
            for each in ast.walk(value)
        ):
            yield _dropped(module, scope, node)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                if item.optional_vars is None:
                    what = f"with {short(ast.unparse(item))} dropped"
                    edit = module.replace(item.context_expr, NOTHING)
                    yield inside(
                        module,
                        scope,
                        item.context_expr,
                        "statements",
                        what,
                        edit,
                    )


def _entries(module: Module, node: ast.Dict) -> Iterator[tuple[str, Edit]]:
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None:
            start, end = module.span(key)[0], module.span(value)[1]
            comma = re.match(rb"\s*,", module.content[end:])
            end += comma.end() if comma else 0
            yield f"entry {ast.unparse(key)}", module.cut(start, end)


def _elements(module: Module, node: ast.Set) -> Iterator[tuple[str, Edit]]:
    if len(node.elts) > 1:
        for index, element in enumerate(node.elts):
            edit = module.drop_item([*node.elts], index)
            yield f"{ast.unparse(element)} in a set", edit


def _call(
    module: Module, node: ast.Call, ours: set[str]
) -> Iterator[tuple[str, Edit]]:
    """Drop a link of a chain, what only arranges, and named arguments."""
    function = node.func
    if (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Call)
        and ast.unparse(function.value) != "super()"
    ):
        arguments = ", ".join(
            ast.unparse(each) for each in (*node.args, *node.keywords)
        )
        start, end = module.span(function.value)[1], module.span(node)[1]
        yield f".{function.attr}({arguments})", module.cut(start, end)
    if ast.unparse(function) in ARRANGING and len(node.args) == 1:
        edit = module.replace(node, module.text(node.args[0]))
        yield f"{ast.unparse(function)}()", edit
    if ast.unparse(function).split(".")[-1] not in ours:
        yield from dropped_keywords(module, node)


def dropped_keywords(
    module: Module, node: ast.Call
) -> Iterator[tuple[str, Edit]]:
    """Drop each named argument of a call.

    Args:
        module: The module.
        node: The call.

    Yields:
        What is dropped, and the change.
    """
    parts: list[ast.AST] = [*node.args, *node.keywords]
    parts.sort(key=module.span)
    for index, part in enumerate(parts):
        if isinstance(part, ast.keyword) and part.arg is not None:
            what = f"{ast.unparse(part)} for {ast.unparse(node.func)}"
            yield short(what), module.drop_item(parts, index)
