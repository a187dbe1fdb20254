"""Public names renamed: functions, classes, methods, attributes, constants.

The definition gets another name, and so do the package's own uses, as far as
they can be told: of a module's name those that are bound to it, of a member
those with a name that no other class of the package has. Only what is outside
the package can notice then.

A name that no notebook speaks of is renamed where it is defined and nowhere
else, which is the same as removed. That goes unnoticed if the package does
not need it either: then it is there for nobody.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator

from drift.mutant import Mutant
from drift.source import (
    Definition,
    Edit,
    Function,
    Module,
    Package,
    format_of,
    in_format,
)

SUFFIX = "_renamed"


def mutants(package: Package) -> Iterator[Mutant]:
    """List the renamed names of a package.

    Args:
        package: The package.

    Yields:
        A mutant for each public name.
    """
    members = Counter(
        name
        for module in package.modules.values()
        for owner, name, _ in _members(module)
    )
    for module in package.modules.values():
        for name, node in _globals(module):
            if isinstance(node, Function) and is_registered(node):
                continue
            yield Mutant(
                "names",
                module.name,
                name,
                node.lineno,
                f"{name} renamed",
                tuple(_rename_global(package, module, name, node)),
                words=(name,),
                unfollowed=tuple(_where_defined(module, node, name)),
            )
        for owner, name, node in _members(module):
            follow = members[name] == 1
            yield Mutant(
                "names",
                module.name,
                f"{owner.name}.{name}",
                node.lineno,
                f"{name} renamed",
                tuple(
                    _rename_member(package, module, name, node, follow=follow)
                ),
                words=(name,),
                unfollowed=tuple(
                    _where_defined(module, node, name) if follow else ()
                ),
            )


def _globals(module: Module) -> Iterator[tuple[str, ast.stmt]]:
    """List a module's public names, but those of types alone."""
    found: dict[str, ast.stmt] = {}
    for node in module.tree.body:
        if isinstance(node, Definition):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and not _type_variable(node):
                    found[target.id] = node
        elif isinstance(node, ast.AnnAssign) and isinstance(
            node.target, ast.Name
        ):
            found[node.target.id] = node
    for name, node in found.items():
        if not name.startswith("_"):
            yield name, node


def _type_variable(node: ast.Assign) -> bool:
    return isinstance(node.value, ast.Call) and ast.unparse(
        node.value.func
    ).endswith("TypeVar")


def _members(
    module: Module,
) -> Iterator[tuple[ast.ClassDef, str, ast.stmt]]:
    """List the public members of a module's public classes."""
    for owner in module.tree.body:
        if isinstance(owner, ast.ClassDef) and not owner.name.startswith("_"):
            found: dict[str, ast.stmt] = {}
            for node in owner.body:
                for name, statement in _bound(node):
                    found.setdefault(name, statement)
            for name, statement in found.items():
                if not name.startswith("_"):
                    yield owner, name, statement


def _bound(node: ast.stmt) -> Iterator[tuple[str, ast.stmt]]:
    """List the names that a statement gives to a class or its objects."""
    if isinstance(node, Function):
        yield node.name, node
        if node.name == "__init__":
            yield from _set_by(node).items()
    elif isinstance(node, ast.AnnAssign | ast.Assign):
        for target in targets(node):
            if isinstance(target, ast.Name):
                yield target.id, node


def _set_by(function: Function) -> dict[str, ast.stmt]:
    """List the attributes that a function sets on its first parameter."""
    found: dict[str, ast.stmt] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if (
                    isinstance(target, ast.Attribute)
                    and isinstance(target.value, ast.Name)
                    and target.value.id == function.args.args[0].arg
                ):
                    found[target.attr] = node
    return found


def _rename_global(
    package: Package, module: Module, name: str, node: ast.stmt
) -> Iterator[Edit]:
    """Rename a module's name, wherever it is bound."""
    yield from _where_defined(module, node, name)
    bound = [module]
    for other in package.modules.values():
        for each in ast.walk(other.tree):
            if isinstance(each, ast.ImportFrom) and each.module == module.name:
                for alias in each.names:
                    if alias.name == name:
                        start, _ = other.span(alias)
                        yield other.cut(
                            start, start + len(name), name + SUFFIX
                        )
                        if alias.asname is None:
                            bound.append(other)
    for other in bound:
        yield from _uses(other, name)


def _uses(module: Module, name: str) -> Iterator[Edit]:
    """Rename a name, and where a text that is code names it."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name) and node.id == name:
            if inside := format_of(module, node):
                yield from in_format(module, inside, name, name + SUFFIX)
            else:
                yield module.replace(node, name + SUFFIX)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = module.parent.get(node)
            if text in module.docstrings or format_of(module, node):
                continue
            if _is_code(node.value, name):
                yield module.replace(
                    node,
                    re.sub(rf"\b{name}\b", name + SUFFIX, module.text(node)),
                )


def _is_code(text: str, name: str) -> bool:
    """Say whether a text is an expression with a name in it."""
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return False
    return any(
        isinstance(node, ast.Name) and node.id == name
        for node in ast.walk(tree)
    )


def _rename_member(
    package: Package,
    module: Module,
    name: str,
    node: ast.stmt,
    *,
    follow: bool,
) -> Iterator[Edit]:
    """Rename a class's member, and its uses if they can be told."""
    yield from _where_defined(module, node, name)
    if isinstance(node, ast.AnnAssign | ast.Assign):
        for target in targets(node):
            if isinstance(target, ast.Name):
                yield from _in_class_body(module, target, name)
    owner = next(
        each
        for each in module.ancestors(node)
        if isinstance(each, ast.ClassDef)
    )
    for other in package.modules.values():
        for each in ast.walk(other.tree):
            yield from _member_uses(other, each, name, owner, follow=follow)


def _member_uses(
    module: Module,
    node: ast.AST,
    name: str,
    owner: ast.ClassDef,
    *,
    follow: bool,
) -> Iterator[Edit]:
    match node:
        case ast.Attribute(attr=attribute) if attribute == name:
            if follow or _of(module, node, owner):
                yield from _member_use(module, node)
        case ast.keyword(arg=argument) if follow and argument == name:
            yield from _keyword_use(module, node, owner.name)
        case ast.Constant(value=text):
            # In a relationship's text, or as getattr takes it.
            dotted = f"{owner.name}.{name}"
            if text == dotted or (follow and text == name):
                new = ast.Constant(f"{text}{SUFFIX}")
                yield module.replace(node, ast.unparse(new))


def _of(module: Module, node: ast.Attribute, owner: ast.ClassDef) -> bool:
    """Say whether an attribute is plainly a class's own."""
    if not isinstance(node.value, ast.Name):
        return False
    return node.value.id == owner.name or (
        node.value.id in {"self", "cls"} and owner in module.ancestors(node)
    )


def _member_use(module: Module, node: ast.Attribute) -> Iterator[Edit]:
    if inside := format_of(module, node):
        name = node.attr
        yield from in_format(module, inside, name, name + SUFFIX, member=True)
    else:
        yield _attribute(module, node)


def _keyword_use(
    module: Module, node: ast.keyword, owner: str
) -> Iterator[Edit]:
    """Rename a named argument that sets a member, also in an UPDATE."""
    call = module.parent[node]
    called = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
    if node.arg and (called == owner or called.endswith(".values")):
        start, _ = module.span(node)
        yield module.cut(start, start + len(node.arg), node.arg + SUFFIX)


def targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    """List what a statement assigns to."""
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _in_class_body(
    module: Module, target: ast.AST, name: str
) -> Iterator[Edit]:
    """Rename what later statements of a class's body call by its name."""
    statement = module.statement(target)
    owner = module.parent[statement]
    for other in getattr(owner, "body", []):
        if other is statement or isinstance(other, Definition):
            continue
        for node in ast.walk(other):
            if (
                isinstance(node, ast.Name)
                and node.id == name
                and isinstance(node.ctx, ast.Load)
            ):
                yield module.replace(node, name + SUFFIX)


def _where_defined(
    module: Module, node: ast.stmt, name: str
) -> Iterator[Edit]:
    """Rename a name where it is bound, and nowhere else."""
    if isinstance(node, Definition):
        yield _definition(module, node)
    elif isinstance(node, ast.AnnAssign | ast.Assign):
        for target in targets(node):
            if isinstance(target, ast.Attribute) and target.attr == name:
                yield _attribute(module, target)
            elif isinstance(target, ast.Name) and target.id == name:
                yield module.replace(target, name + SUFFIX)


def _definition(module: Module, node: Definition) -> Edit:
    """Rename a function or a class where it is defined."""
    start, end = module.span(node)
    found = module.find(rf"\b(?:def|class)\s+({node.name})\b", start, end)
    return module.cut(*found.span(1), node.name + SUFFIX)


def _attribute(module: Module, node: ast.Attribute) -> Edit:
    _, end = module.span(node)
    return module.cut(end - len(node.attr), end, node.attr + SUFFIX)


def is_registered(function: Function) -> bool:
    """Say whether a decorator hands a function over to a framework.

    Then nobody calls it by its name, and nobody knows its parameters but the
    framework.

    Args:
        function: The function.

    Returns:
        Whether it has a decorator that is a call of a method, as in
        ``@router.get("/users")``.
    """
    return any(
        isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute)
        for each in function.decorator_list
    )
