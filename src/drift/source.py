"""A package's source: its modules, parsed, with the exact place of each node.

Places are byte offsets, since that is how Python's parser counts columns. A
mutant is spliced into the text, so that all else keeps its formatting.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """A piece of a file, replaced.

    Attributes:
        path: The file, from the folder that holds the package.
        start: The first byte replaced.
        end: The byte after the last one replaced.
        text: What stands there instead.
    """

    path: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Scope:
    """A function, a class or a module, and where it stands.

    Attributes:
        node: The definition; None for the module itself.
        name: Its qualified name in the module; nothing for the module.
        parents: The definitions around it, the outermost first.
    """

    node: Definition | None
    name: str = ""
    parents: tuple[Definition, ...] = ()

    @property
    def public(self) -> bool:
        """Whether no part of the name is private."""
        return all(
            part.startswith("__") or not part.startswith("_")
            for part in self.name.split(".")
        )


@dataclass
class Module:
    """One file of a package.

    Attributes:
        path: The file, from the folder that holds the package.
        name: The module's dotted name.
        content: The file's bytes.
    """

    path: str
    name: str
    content: bytes
    tree: ast.Module = field(init=False)
    starts: list[int] = field(init=False)
    parent: dict[ast.AST, ast.AST] = field(init=False)

    def __post_init__(self) -> None:
        """Parse it."""
        self.tree = ast.parse(self.content)
        self.starts = [0]
        for line in self.content.split(b"\n"):
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.parent = {
            child: node
            for node in ast.walk(self.tree)
            for child in ast.iter_child_nodes(node)
        }

    def offset(self, line: int, column: int) -> int:
        """Turn a line, counted from 1, and a column into an offset."""
        return self.starts[line - 1] + column

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Give a node's first byte and the byte after its last."""
        where: ast.expr = node  # type: ignore[assignment]  # all that have a place have these
        return (
            self.offset(where.lineno, where.col_offset),
            self.offset(where.end_lineno or 0, where.end_col_offset or 0),
        )

    def text(self, node: ast.AST) -> str:
        """Give a node's source."""
        start, end = self.span(node)
        return self.content[start:end].decode()

    def replace(self, node: ast.AST, text: str) -> Edit:
        """Put another text in a node's place."""
        return Edit(self.path, *self.span(node), text)

    def cut(self, start: int, end: int, text: str = "") -> Edit:
        """Put another text in the place of some bytes."""
        return Edit(self.path, start, end, text)

    def find(self, pattern: str, start: int, end: int) -> re.Match[bytes]:
        """Find the first match of a pattern between two bytes."""
        found = re.compile(pattern.encode()).search(self.content, start, end)
        assert found is not None, (self.path, pattern)  # noqa: S101 - grammar
        return found

    def drop_item(self, items: list[ast.AST], index: int) -> Edit:
        """Drop one of several things between commas."""
        start, end = self.span(items[index])
        after = self.content[end:]
        if index + 1 < len(items):
            return self.cut(start, self.span(items[index + 1])[0])
        if index:
            return self.cut(self.span(items[index - 1])[1], end)
        comma = re.match(rb"\s*,", after)
        return self.cut(start, end + (comma.end() if comma else 0))

    @cached_property
    def docstrings(self) -> set[ast.AST]:
        """The statements that are documentation, after attributes as well."""
        return {
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
        }

    def scopes(self) -> Iterator[Scope]:
        """List the module, and every function and class in it."""
        yield Scope(None)
        yield from _scopes(self.tree, ())

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """List what a node stands in, the innermost first."""
        while (above := self.parent.get(node)) is not None:
            yield above
            node = above

    def statement(self, node: ast.AST) -> ast.stmt:
        """Find the statement that a node is part of, or is."""
        for each in (node, *self.ancestors(node)):
            if isinstance(each, ast.stmt):
                return each
        raise LookupError(node)

    def own(self, scope: Scope) -> Iterator[ast.AST]:
        """List the nodes of a scope that belong to no inner scope.

        Of a function these are the body's; its decorators, parameters and
        annotations belong to the scope around it.
        """
        top = scope.node or self.tree
        waiting: list[ast.AST] = list(top.body)
        while waiting:
            node = waiting.pop(0)
            if node in self.docstrings or _is_for_types(node):
                continue
            yield node
            if isinstance(node, Definition):
                waiting += _outside(node)
            else:
                waiting += _children(node)


@dataclass
class Package:
    """A package's modules.

    Attributes:
        name: The package's name.
        modules: Its modules by their dotted names.
    """

    name: str
    modules: dict[str, Module]

    def imports_of(self, module: Module, name: str) -> Iterator[ast.alias]:
        """List where the package imports a name of a module from it."""
        for other in self.modules.values():
            for node in ast.walk(other.tree):
                if (
                    isinstance(node, ast.ImportFrom)
                    and node.module == module.name
                ):
                    for alias in node.names:
                        if alias.name == name:
                            yield alias


def read_package(folder: Path, name: str) -> Package:
    """Read a package's modules.

    Args:
        folder: The folder that holds the package.
        name: The package's name.

    Returns:
        The package.
    """
    modules = {}
    for path in sorted((folder / name).rglob("*.py")):
        relative = path.relative_to(folder)
        parts = relative.with_suffix("").parts
        dotted = ".".join(part for part in parts if part != "__init__")
        modules[dotted] = Module(
            relative.as_posix(), dotted, path.read_bytes()
        )
    return Package(name, modules)


def splice(content: bytes, edits: Iterable[Edit]) -> bytes:
    """Apply edits to a file, the last one first.

    Args:
        content: The file's bytes.
        edits: Its edits, which do not overlap.

    Returns:
        The new bytes.
    """
    for edit in sorted(set(edits), reverse=True):
        content = (
            content[: edit.start] + edit.text.encode() + content[edit.end :]
        )
    return content


def _scopes(node: ast.AST, parents: tuple[Definition, ...]) -> Iterator[Scope]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition):
            path = (*parents, child)
            name = ".".join(each.name for each in path)
            yield Scope(child, name, parents)
            yield from _scopes(child, path)
        else:
            yield from _scopes(child, parents)


def _is_for_types(node: ast.AST) -> bool:
    """Say whether a node only concerns type checkers."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    if isinstance(node, ast.Assign):
        return isinstance(node.value, ast.Call) and ast.unparse(
            node.value.func
        ).endswith("TypeVar")
    return isinstance(node, ast.Call) and (
        isinstance(node.func, ast.Name) and node.func.id == "cast"
    )


def _outside(node: Definition) -> list[ast.AST]:
    """List the parts of a definition that run where it stands."""
    parts: list[ast.AST] = list(node.decorator_list)
    if isinstance(node, ast.ClassDef):
        return parts + [keyword.value for keyword in node.keywords]
    arguments = node.args
    return parts + [
        each
        for each in (*arguments.defaults, *arguments.kw_defaults)
        if each is not None
    ]


def _children(node: ast.AST) -> list[ast.AST]:
    """List a node's parts, without annotations."""
    if isinstance(node, ast.AnnAssign):
        return [each for each in (node.target, node.value) if each]
    return list(ast.iter_child_nodes(node))


def format_of(module: Module, node: ast.AST) -> ast.JoinedStr | None:
    """Find the f-string that a node stands in.

    Args:
        module: The module.
        node: The node.

    Returns:
        The outermost f-string, or None.
    """
    outer = None
    for above in module.ancestors(node):
        if isinstance(above, ast.JoinedStr):
            outer = above
    return outer


def in_format(
    module: Module,
    node: ast.JoinedStr,
    name: str,
    new: str,
    *,
    member: bool = False,
) -> Iterator[Edit]:
    """Rename in an f-string's braces, whose places Python 3.11 cannot tell.

    Args:
        module: The module.
        node: The f-string.
        name: The name.
        new: The other name.
        member: Whether it is the name of a member, after a dot.

    Yields:
        The edits.
    """
    before = r"(?<=\.)" if member else r"(?<![\w.])"
    word = re.compile(rf"{before}{name}\b".encode())
    for brace in re.finditer(rb"\{[^{}]*\}", module.content):
        start, end = module.span(node)
        if start <= brace.start() and brace.end() <= end:
            for found in word.finditer(module.content, *brace.span()):
                yield module.cut(*found.span(), new)
