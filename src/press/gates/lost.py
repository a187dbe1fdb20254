"""Find checks that notebooks had in git, and have no longer.

An assert that is gone, or that demands less, leaves everything green, and so
may lines to paste that do less: only the difference between two versions
shows it. Whoever takes one away on purpose says so in the changelog, and names
the notebook there.
"""

import ast
import builtins
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from copy import deepcopy
from itertools import chain

import nbformat
from nbformat import NotebookNode

from press.book.book import NOTEBOOKS, Book
from press.book.notebook import code_cells, parsed, read, tags
from press.gates.alive import message_of
from press.system.git import git

CHANGELOG = "CHANGELOG.md"
EXPECTING = ("expect", "raises", "warns")
DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
PASTE = "paste"
BUILTIN = vars(builtins)  # all is not any


def check(book: Book, variables: Mapping[str, str]) -> Iterator[str]:
    """Compare a book's notebooks with those on the branch that it goes into.

    That is the target of a pull request, or else what ``origin`` has; where
    neither is known, the last commit. Without git there is nothing to say.
    """
    if not (book.root / ".git").exists():
        return
    branch = f"origin/{variables.get('GITHUB_BASE_REF') or 'HEAD'}"
    base = git(book.root, "merge-base", "HEAD", branch).strip() or "HEAD"
    options = ("--name-only", "--diff-filter=M", base, "--", NOTEBOOKS)
    changed = git(book.root, "diff", *options).split()
    told = _news(book, base)
    for name in changed:
        if not name.endswith(".ipynb") or name in told:
            continue
        text = git(book.root, "show", f"{base}:{name}")
        before = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]  # nbformat leaves it untyped
        for loss in losses(before, read(book.root / name)):
            yield (
                f"{name} had `{loss}`, and has it no longer: put it back, or "
                f"name the notebook in {CHANGELOG} and say why it may go."
            )


def losses(before: NotebookNode, now: NotebookNode) -> Iterator[str]:
    """Give the checks of a notebook that another version of it lacks.

    Values and variables' names may differ: a wrong one fails when it runs.
    Of a message that is expected, or of what is to be printed, half must be
    left.
    """
    there = defaultdict(list)
    for length, shape, _ in _checks(now):
        there[shape].append(length)
    for length, shape, check in sorted(_checks(before), reverse=True):
        enough = [each for each in there[shape] if 2 * each >= length]
        if enough:
            there[shape].remove(min(enough))
        else:
            yield check


def _checks(notebook: NotebookNode) -> Iterator[tuple[int, str, str]]:
    """List a notebook's asserts and expectations, and what it hands over.

    Each has the length of the message that it expects, its shape, and words.
    """
    for _, cell in code_cells(notebook):
        promises = cell.metadata
        if "prints" in promises:
            said = promises["prints"]
            yield _length(said), "prints", f"prints: {said}"
        if "raises" in promises:
            said = promises["raises"]
            yield _length(said.get("message", "")), "raises", f"raises: {said}"
        for _ in promises.get("wrong", ()):
            yield 0, "wrong", "a wrong answer of an exercise"
        for node in ast.walk(parsed(cell.source)):
            match node:
                case ast.Assert():
                    yield 0, _shape(node), ast.unparse(node)
                case ast.Call() if ast.unparse(node.func).endswith(EXPECTING):
                    message = message_of(node) or ""
                    yield _length(message), _shape(node), ast.unparse(node)
    for used in _handed_over(notebook):
        yield 0, used, used


def _handed_over(notebook: NotebookNode) -> Iterator[str]:
    """List what the lines to paste use: attributes, arguments, keys, calls.

    What they define themselves may get another name.
    """
    cells = (cell for _, cell in code_cells(notebook) if PASTE in tags(cell))
    trees = (parsed(cell.source) for cell in cells)
    parts = [*chain.from_iterable(map(ast.walk, trees))]
    own = {each.name for each in parts if isinstance(each, DEFINED)}
    parameters = {each.arg for each in parts if isinstance(each, ast.arg)}
    for node in parts:
        match node:
            case ast.Attribute(attr=name) if name not in own:
                yield f".{name}"
            case ast.keyword(arg=str(name)) if name not in parameters:
                yield f"{name}="
            case ast.Dict(keys=keys):
                yield from (ast.unparse(key) for key in keys if key)
            case ast.Call(func=ast.Name(id=name)) if name not in own:
                yield f"{name}(...)"


def _length(pattern: str) -> int:
    """Count the letters that a pattern, or one of its alternatives, asks for.

    A class of characters, such as that of digits, asks for none.
    """
    literal = re.sub(r"\\[a-zA-Z]", "", pattern)
    return min(len(re.findall(r"\w", part)) for part in literal.split("|"))


def _shape(node: ast.AST) -> str:
    """Write code without its values and the names of its variables."""
    plain = deepcopy(node)
    for part in ast.walk(plain):
        match part:
            case ast.Name(id=name) if name.islower() and name not in BUILTIN:
                part.id = "_"
            case ast.Constant():
                part.value = ...
    return ast.dump(plain)


def _news(book: Book, base: str) -> str:
    """Give the changelog's lines that the base has not."""
    path = book.root / CHANGELOG
    if not path.exists():
        return ""
    known = set(git(book.root, "show", f"{base}:{CHANGELOG}").splitlines())
    lines = path.read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if line not in known)
