"""Who is asked about a broken copy: lessons, the bank's notebooks, tests."""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from drift.likely import likely
from drift.scene import Scene, ask_notebooks
from press.book.book import Book
from press.gates.lint import findings
from press.making.stage import read_all
from press.prose.mentions import Names, of_pages
from press.system.process import run as start

HANGING = 120  # seconds
LIKELY = 3  # files of tests to begin with
RED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Judge:
    """Somebody who is asked whether a copy is broken."""

    title: str  # in the reports
    looks_at: tuple[str, ...]  # the beginnings of the paths it depends on
    ask: Callable[[Scene], str]  # gives what noticed, or nothing


def _ask_gate(scene: Scene) -> str:
    """Run what has to notice a planted fault."""
    gate = scene.patch.gate
    if gate == "lint":
        return _ask_lint(scene)
    if gate == "book":
        return _ask_book(scene)
    return _ask_pytest(scene, gate)


def _ask_pytest(scene: Scene, where: str) -> str:
    """Run tests, those that are likely to notice before all of them."""
    texts = {
        path.relative_to(scene.place).as_posix(): path.read_text("utf-8")
        for path in (scene.place / where).rglob("test_*.py")
    }
    first = likely(scene.patch, texts)[:LIKELY]
    rounds = [first, [where]] if first and scene.patch.edits else [[where]]
    databases = ",".join(run.database for run in scene.runs)
    for paths in rounds:
        status = start(
            [
                *(sys.executable, "-m", "pytest", "--exitfirst", "-q"),
                *("--disable-plugin-autoload", "-p", "pytest_asyncio.plugin"),
                *("-p", "drift.pick", "-p", "no:cacheprovider"),
                f"--drift-databases={databases}",
                f"--override-ini=faulthandler_timeout={HANGING}",
                "--override-ini=faulthandler_exit_on_timeout=true",
                *paths,
            ],
            cwd=scene.place,
            env=scene.environment,
            log=scene.log,
        )
        if status:
            found = RED.search(scene.log.read_text("utf-8", "replace"))
            return found[1] if found else f"pytest, with status {status}"
    return ""


def _ask_lint(scene: Scene) -> str:
    if found := next(iter(findings(Book(scene.place))), ""):
        return found
    ending = (".py", "ipynb")
    sources = [name for name in scene.changed if name.endswith(ending)]
    if not sources:
        return ""
    status = start(
        [Path(sys.executable).parent / "ruff", "check", "-q", *sources],
        cwd=scene.place,
        env=scene.environment,
        log=scene.log,
    )
    return "ruff" if status else ""


def _ask_book(scene: Scene) -> str:
    """Execute the notebooks that were edited, and check names on pages."""
    book = Book(scene.place)
    for page, line, _ in of_pages(book, Names(book, read_all(book))):
        return f"{page}, line {line}"
    edited = [re.escape(x) for x in scene.changed if x.endswith("ipynb")]
    return ask_notebooks(scene, "|".join(edited) or "(?!)")


JUDGES = {
    "lessons": Judge(
        "lessons",
        ("notebooks/0", "notebooks/1", "src/bank", "src/lab", "src/port"),
        lambda scene: ask_notebooks(scene, r"notebooks/\d[^/]*"),
    ),
    "bank": Judge(
        "the bank's notebooks",
        ("notebooks/bank", "src/bank", "src/lab"),
        lambda scene: ask_notebooks(scene, "notebooks/bank/.*"),
    ),
    "tests": Judge(
        "unit tests",
        ("src/bank", "src/lab", "src/servers", "tests/bank", "tests/conf"),
        lambda scene: _ask_pytest(scene, "tests/bank"),
    ),
    "gates": Judge("gates", ("",), _ask_gate),
}
