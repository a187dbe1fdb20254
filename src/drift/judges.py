"""Who is asked about a broken copy: lessons, the bank's notebooks, tests."""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from drift.patch import Patch
from press.book.book import Book, PressError, Run
from press.book.notebook import Notebooks, dump, read
from press.gates.lint import findings
from press.making.check import of_executed, of_prose, of_source
from press.making.execute import prepared, run_staged
from press.making.stage import read_all, stage, write_if_changed
from press.prose.mentions import Names, of_pages
from press.system.process import run as start

HANGING = 120  # seconds
LIKELY = 3  # files of tests to begin with
RED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
WORD = re.compile(r"\b[a-zA-Z]\w{3,}\b")


@dataclass(frozen=True, slots=True)
class Scene:
    """A broken copy, and what to judge it with.

    Attributes:
        place: The copy's folder.
        patch: What it was broken with; without edits where nothing was.
        changed: The files that are broken.
        runs: A run of the notebooks on each database.
        variables: The environment for tests, which names the servers.
    """

    place: Path
    patch: Patch
    changed: Sequence[str]
    runs: Sequence[Run]
    variables: Mapping[str, str]

    @property
    def log(self) -> Path:
        """The file for what programs print."""
        return self.place.parent / f"{self.place.name}.log"

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which programs import the copy's code."""
        return {**self.variables, "PYTHONPATH": str(self.place / "src")}


@dataclass(frozen=True, slots=True)
class Judge:
    """Somebody who is asked whether a copy is broken.

    Attributes:
        title: Who it is, in the reports.
        looks_at: The beginnings of the paths that its verdict depends on.
        ask: Gives what noticed, a path; nothing where nothing did.
    """

    title: str
    looks_at: tuple[str, ...]
    ask: Callable[[Scene], str]


def ask_lessons(scene: Scene) -> str:
    """Run the lessons, up to the first that fails."""
    return _ask_notebooks(scene, re.compile(r"notebooks/\d[^/]*"))


def ask_bank(scene: Scene) -> str:
    """Run the bank's own notebooks, up to the first that fails."""
    return _ask_notebooks(scene, re.compile(r"notebooks/bank/.*"))


def ask_tests(scene: Scene) -> str:
    """Run the bank's unit tests, up to the first that fails."""
    return _ask_pytest(scene, "tests/bank")


def ask_gate(scene: Scene) -> str:
    """Run what has to notice a planted fault."""
    gate = scene.patch.gate
    if gate == "lint":
        return _ask_lint(scene)
    if gate == "book":
        return _ask_book(scene)
    return _ask_pytest(scene, gate)


JUDGES = {
    "lessons": Judge(
        "lessons",
        ("notebooks/0", "notebooks/1", "src/bank", "src/lab", "src/port"),
        ask_lessons,
    ),
    "bank": Judge(
        "the bank's notebooks",
        ("notebooks/bank", "src/bank", "src/lab"),
        ask_bank,
    ),
    "tests": Judge(
        "unit tests",
        *(("src/bank", "src/lab", "src/servers", "tests/bank", "tests/conf"),),
        ask_tests,
    ),
    "gates": Judge("gates", ("",), ask_gate),
}


def likely(patch: Patch, texts: Mapping[str, str]) -> list[str]:
    """Order files by how much they speak of what a patch changes.

    Args:
        patch: The change.
        texts: The files' contents, by their names.

    Returns:
        The names, the likeliest to notice first.
    """
    words = {Path(name).stem for name in patch.files}
    for edit in patch.edits:
        before, after = (
            set(WORD.findall(text)) for text in (edit.before, edit.after)
        )
        words |= before ^ after if len(edit.before) > 2_000 else before | after  # noqa: PLR2004 - a mutant's is the whole file
    rank = {
        name: (-sum(word in text for word in words), len(text))
        for name, text in texts.items()
    }
    return sorted(texts, key=rank.__getitem__)


def _ask_notebooks(scene: Scene, which: re.Pattern[str]) -> str:
    book = Book(scene.place)
    all_of_them = read_all(book)
    notebooks = {
        name: notebook
        for name, notebook in all_of_them.items()
        if which.fullmatch(name)
    }
    for name, notebook in notebooks.items():
        if next(of_source(notebook), None):
            return name
    if not notebooks:
        return ""
    texts = {
        name: (scene.place / name).read_text("utf-8") for name in notebooks
    }
    ordered = {name: notebooks[name] for name in likely(scene.patch, texts)}
    names = Names(book, all_of_them)
    found = (
        _first_red(_run_of(given, book, scene), ordered, names, scene.log)
        for given in scene.runs
    )
    return next(filter(None, found), "")


def _run_of(given: Run, book: Book, scene: Scene) -> Run:
    """Give the run on the same database, of a broken copy."""
    code = {"PYTHONPATH": str(scene.place / "src")}
    return replace(given, book=book, variables={**given.variables, **code})


def _first_red(run: Run, notebooks: Notebooks, names: Names, log: Path) -> str:
    """Execute notebooks, and name the first that fails or leaves something."""
    stage(run.book, run.tree, notebooks)
    for name, notebook in notebooks.items():
        write_if_changed(run.tree / name, dump(prepared(notebook)))
    try:
        outcomes = run_staged(run, notebooks, log, until_failure=True)
    except PressError as error:
        return str(error).partition("\n")[0]
    for name, outcome in outcomes.items():
        if not outcome["passed"]:
            return name
    for name, notebook in notebooks.items():
        executed = read(run.tree / name)
        prose = of_prose(notebook, executed, names)
        if next(chain(of_executed(executed), prose), None):
            return name
    return ""


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
    found = next(iter(findings(Book(scene.place))), "")
    if found:
        return found
    sources = [
        name for name in scene.changed if name.endswith((".py", "ipynb"))
    ]
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
    return _ask_notebooks(scene, re.compile("|".join(edited) or "(?!)"))
