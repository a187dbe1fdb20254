"""What has changed since a commit: functions of a package, and notebooks."""

import re
import subprocess
from dataclasses import dataclass

from drift.mutant import Mutant
from drift.source import Package
from press.book.book import Book, PressError

HUNK = re.compile(r"^@@ -\S+ \+(?P<start>\d+)(?:,(?P<count>\d+))? @@")


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed.

    Attributes:
        lines: The changed lines of each file, as they are now.
        notebooks: The notebooks that changed.
    """

    lines: dict[str, frozenset[int]]
    notebooks: frozenset[str]


def since(book: Book, commit: str) -> Changes:
    """Ask git what has changed since a commit, stored in git or not.

    Args:
        book: The book, in a git repository.
        commit: The commit; by default where this branch left
            ``origin/main``, or the last commit where there is none.

    Returns:
        The changes of ``src`` and of the notebooks.

    Raises:
        PressError: Git knows no such commit.
    """
    base = commit or _left_main(book) or "HEAD"
    diff = _git(
        book, "diff", "--unified=0", "--no-color", "--no-prefix", base, "--"
    )
    lines: dict[str, set[int]] = {}
    file = ""
    for line in diff.splitlines():
        if line.startswith("+++ "):
            file = line[4:].removesuffix("\t")
        elif found := HUNK.match(line):
            start = int(found["start"])
            count = int(found["count"] or 1)
            # Where lines are gone only, their neighbours have changed.
            touched = (
                range(start, start + count) if count else (start, start + 1)
            )
            lines.setdefault(file, set()).update(touched)
    new = _git(book, "ls-files", "--others", "--exclude-standard")
    for file in new.splitlines():
        lines[file] = set(range(1, 1_000_000)) if file.endswith(".py") else {1}
    return Changes(
        {
            name.removeprefix("src/"): frozenset(of)
            for name, of in lines.items()
            if name.startswith("src/")
        },
        frozenset(
            name
            for name in lines
            if name.startswith(f"{book.notebooks}/")
            and name.endswith(".ipynb")
        ),
    )


def concerned(
    package: Package, mutants: list[Mutant], changes: Changes
) -> list[Mutant]:
    """Choose the mutants of what has changed.

    Args:
        package: The package, as it is now.
        mutants: Its mutants.
        changes: The changes.

    Returns:
        The mutants of changed functions, and those on changed lines.
    """
    functions: dict[str, set[str]] = {}
    for module in package.modules.values():
        touched = changes.lines.get(module.path, frozenset())
        functions[module.name] = {
            scope.name
            for scope in module.scopes()
            if scope.node is not None
            and not hasattr(scope.node, "bases")
            and touched
            & frozenset(
                range(scope.node.lineno, (scope.node.end_lineno or 0) + 1)
            )
        }
    return [
        mutant
        for mutant in mutants
        if mutant.function in functions[mutant.module]
        or mutant.line
        in changes.lines.get(package.modules[mutant.module].path, ())
    ]


def _left_main(book: Book) -> str:
    try:
        return _git(book, "merge-base", "HEAD", "origin/main").strip()
    except PressError:
        return ""


def _git(book: Book, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - git alone
        ["git", "-C", str(book.root), *arguments],  # noqa: S607 - from PATH
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode:
        raise PressError(
            f"git cannot tell what has changed: {done.stderr.strip()}"
        )
    return done.stdout
