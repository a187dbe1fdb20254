"""Check without running: style, types, imports, workflows, what is stored."""

import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

from press.book.book import Book, PressError
from press.gates import alive, lost, stored
from press.prose import fences, plain, titles
from press.system.process import run
from press.system.terminal import say

BIN = Path(sys.executable).parent
WORKFLOWS = Path(".github")


def lint(book: Book, variables: Mapping[str, str]) -> None:
    """Run every check, and then fail if any did.

    Raises:
        PressError: A check failed.
    """
    failed = []
    for name, command in programs(book, variables).items():
        begun = time.monotonic()
        log = book.work / "lint.log"
        log.parent.mkdir(exist_ok=True)
        status = run(command, cwd=book.root, env=variables, log=log)
        seconds = time.monotonic() - begun
        say(f"  {name:<40} {seconds:6.1f} s{'  FAILED' if status else ''}")
        if status:
            say(log.read_text())
            failed.append(name)
    found = [*findings(book), *lost.check(book, variables)]
    for finding in found:
        say(f"  {finding}")
    if found:
        failed.append("notebooks and pages")
    if failed:
        raise PressError(f"Lint failed: {', '.join(failed)}.")


def findings(book: Book) -> Iterator[str]:
    """Find what is wrong with notebooks and pages as they are stored."""
    yield from chain(
        stored.check(book),
        fences.check(book),
        plain.check(book),
        titles.check(book),
        alive.check(book),
    )


def format_sources(book: Book, variables: Mapping[str, str]) -> None:
    """Format code and notebooks, and fix what can be fixed automatically."""
    ruff = BIN / "ruff"
    for options in (["check", "--fix-only"], ["format"]):
        run([ruff, *options], cwd=book.root, env=variables)
    for path in stored.normalise(book):
        say(f"Normalised {path.relative_to(book.root)}")


def programs(
    book: Book, variables: Mapping[str, str]
) -> dict[str, list[str | Path]]:
    """Give the command lines of the programs that check, by their names."""
    commands: dict[str, list[str | Path]] = {
        "ruff check": [BIN / "ruff", "check"],
        "ruff format": [BIN / "ruff", "format", "--check"],
        "mypy": [BIN / "mypy"],
        "deptry": [BIN / "deptry", "."],
        "lint-imports": [BIN / "lint-imports", "--no-logo"],
    }
    if (book.root / WORKFLOWS).exists():
        commands["zizmor"] = [BIN / "zizmor", "--offline", WORKFLOWS]
        path = f"{BIN}{os.pathsep}{variables.get('PATH', os.defpath)}"
        actionlint = shutil.which("actionlint", path=path)
        if actionlint:
            commands["actionlint"] = [actionlint]
        else:
            say("  actionlint is not installed, so it was left out")
    return commands
