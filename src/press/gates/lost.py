"""Find checks that notebooks had in git, and have no longer.

An assert that is gone, or that demands less, leaves everything green: only
the difference between two versions shows it. Whoever takes one away on
purpose says so in the changelog, and names the notebook there.
"""

import ast
import builtins
from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy

import nbformat
from nbformat import NotebookNode

from press.book.book import NOTEBOOKS, Book
from press.book.notebook import code_cells, read
from press.system.git import git

CHANGELOG = "CHANGELOG.md"
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
    """
    there = Counter(shape for shape, _ in _checks(now))
    for shape, check in _checks(before):
        there[shape] -= 1
        if there[shape] < 0:
            yield check


def _checks(notebook: NotebookNode) -> Iterator[tuple[str, str]]:
    """List a notebook's asserts and expectations: their shapes and words."""
    for _, cell in code_cells(notebook):
        for promise in ("prints", "raises"):
            if promise in cell.metadata:
                yield promise, f"{promise}: {cell.metadata[promise]}"
        for _ in cell.metadata.get("wrong", ()):
            yield "wrong", "a wrong answer of an exercise"
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:  # a cell with IPython's own commands
            continue
        for node in ast.walk(tree):
            match node:
                case ast.Assert():
                    yield _shape(node), ast.unparse(node)
                case ast.Call() if ast.unparse(node.func).endswith("expect"):
                    yield _shape(node), ast.unparse(node)


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
